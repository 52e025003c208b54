"""Reproducible randomness: generators and names derived from given values; and ids."""

from __future__ import annotations

import hashlib
import json
import json.encoder
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from json.encoder import encode_basestring_ascii
from random import Random
from string import ascii_letters, digits
from typing import Any, Final

from aoai_emulator.http.requests import AcceptedRequest

#: Makes ids, which are no secrets and need not cost a system call each.
_RANDOM: Final = Random()
_ALPHABET: Final = (ascii_letters + digits).encode()
#: Maps each byte to a letter or digit.
_LETTERS: Final = bytes(_ALPHABET[value % len(_ALPHABET)] for value in range(256))
#: The bits of a UUID that its version (4) and its variant fix, and their values.
_FIXED: Final = 0xF << 76 | 0b11 << 62
_VERSION: Final = 4 << 76 | 0b10 << 62


_ENCODER: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _text_writer() -> Callable[[object], str]:
    """Return what writes JSON like `_ENCODER`, which prepares itself anew for each value."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # not CPython
        return _ENCODER.encode
    encode = make(
        None, _ENCODER.default, json.encoder.encode_basestring_ascii, None, ":", ",", True, False, True
    )
    return lambda value: "".join(encode(value, 0))


_write_text: Final = _text_writer()


def digest(*parts: object) -> bytes:
    """Return 32 bytes that depend on every part and on nothing else; parts are JSON values."""
    return hashlib.blake2b(_write_text(parts).encode(), digest_size=32).digest()


def digest_of_chat(seed: int, own_seed: object, model: str, messages: Sequence[Mapping[str, Any]]) -> bytes:
    """Return `digest(seed, own_seed, model, messages)`; most messages are no more than a role and a text."""
    own = "null" if own_seed is None else _write_text(own_seed)
    written: list[str] = []
    for message in messages:
        role, content = message.get("role"), message.get("content")
        if len(message) == 2 and type(role) is str and type(content) is str:
            content, role = encode_basestring_ascii(content), encode_basestring_ascii(role)
            written.append(f'{{"content":{content},"role":{role}}}')
        else:
            written.append(_write_text(message))
    text = f"[{seed},{own},{encode_basestring_ascii(model)},[{','.join(written)}]]"
    return hashlib.blake2b(text.encode(), digest_size=32).digest()


def chance(*parts: object) -> Random:
    """Return a random generator seeded by the parts."""
    return Random(digest(*parts))


def large_number(key: str) -> int:
    """Return a number of 64 bytes that a text determines: many draws at the cost of one."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=64).digest(), "big")


def label(length: int, *parts: object) -> str:
    """Return a name of letters and digits that the parts determine, of at most 32 characters."""
    return digest(*parts)[:length].translate(_LETTERS).decode("ascii")


class _Uuids:
    """UUIDs that are random but for the last twelve digits, which count from a random number."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin with other random digits."""
        text = f"{_RANDOM.getrandbits(128) & ~_FIXED | _VERSION:032x}"
        self._start = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-"
        self._numbers = count(_RANDOM.getrandbits(40))

    def new(self) -> str:
        """Return the next one."""
        return f"{self._start}{next(self._numbers):012x}"


_UUIDS: Final = _Uuids()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_RANDOM.seed)
    os.register_at_fork(after_in_child=_UUIDS.restart)


def new_uuid() -> str:
    """Return a UUID that no other call returns."""
    return _UUIDS.new()


def response_id(prefix: str) -> str:
    """Return an id for a response: 29 letters and digits after the prefix."""
    return prefix + _RANDOM.getrandbits(29 * 8).to_bytes(29, "little").translate(_LETTERS).decode("ascii")


def system_fingerprint(request: AcceptedRequest) -> str:
    """Return the fingerprint of what determines a response besides the request: model and seed."""
    return _fingerprint(request.settings.seed, request.deployment.model)


@lru_cache(maxsize=256)
def _fingerprint(seed: int, model: str) -> str:
    return "fp_" + digest(seed, model).hex()[:10]


def resource_id(prefix: str) -> str:
    """Return a unique id for a stored resource."""
    return prefix + secrets.token_hex(16)
