"""Reproducible randomness: generators and names derived from given values; and ids."""

from __future__ import annotations

import hashlib
import json
import secrets
from functools import lru_cache
from random import Random
from string import ascii_letters, digits

from aoai_emulator.http.requests import AcceptedRequest

_ALPHABET = (ascii_letters + digits).encode()
#: Maps each byte to a letter or digit.
_LETTERS = bytes(_ALPHABET[value % len(_ALPHABET)] for value in range(256))


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def digest(*parts: object) -> bytes:
    """Return 32 bytes that depend on every part and on nothing else; parts are JSON values."""
    return hashlib.blake2b(_ENCODER.encode(parts).encode(), digest_size=32).digest()


def chance(*parts: object) -> Random:
    """Return a random generator seeded by the parts."""
    return Random(digest(*parts))


def label(length: int, *parts: object) -> str:
    """Return a name of letters and digits that the parts determine, of at most 32 characters."""
    return digest(*parts)[:length].translate(_LETTERS).decode("ascii")


def response_id(prefix: str) -> str:
    """Return a unique id for a response."""
    return prefix + secrets.token_bytes(29).translate(_LETTERS).decode("ascii")


def system_fingerprint(request: AcceptedRequest) -> str:
    """Return the fingerprint of what determines a response besides the request: model and seed."""
    return _fingerprint(request.settings.seed, request.deployment.model)


@lru_cache(maxsize=256)
def _fingerprint(seed: int, model: str) -> str:
    return "fp_" + digest(seed, model).hex()[:10]


def resource_id(prefix: str) -> str:
    """Return a unique id for a stored resource."""
    return prefix + secrets.token_hex(16)
