"""Reproducible randomness: generators and names derived from given values; and ids."""

from __future__ import annotations

import hashlib
import json
import secrets
from random import Random
from string import ascii_letters, digits

from aoai_emulator.http.requests import AcceptedRequest

_ALPHABET = ascii_letters + digits


def digest(*parts: object) -> bytes:
    """Return 32 bytes that depend on every part and on nothing else; parts are JSON values."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=32).digest()


def chance(*parts: object) -> Random:
    """Return a random generator seeded by the parts."""
    return Random(digest(*parts))


def label(length: int, *parts: object) -> str:
    """Return a name of letters and digits that the parts determine, of at most 32 characters."""
    return "".join(_ALPHABET[value % len(_ALPHABET)] for value in digest(*parts)[:length])


def response_id(prefix: str) -> str:
    """Return a unique id for a response."""
    return prefix + label(29, secrets.token_hex(16))


def system_fingerprint(request: AcceptedRequest) -> str:
    """Return the fingerprint of what determines a response besides the request: model and seed."""
    return "fp_" + digest(request.settings.seed, request.deployment.model).hex()[:10]


def resource_id(prefix: str) -> str:
    """Return a unique id for a stored resource."""
    return prefix + secrets.token_hex(16)
