"""Reproducible randomness: generators and names derived from given values."""

from __future__ import annotations

import hashlib
import json
from random import Random
from string import ascii_letters, digits

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
