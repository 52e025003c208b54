"""Removing secrets from what is recorded of requests: credentials in headers, queries and bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from aoai_emulator.http.json_text import JsonTextError, parse, write

REMOVED = "[removed]"
_LONGEST_REMEMBERED = 64
#: Headers and query parameters whose values are secret.
_SECRET_NAME = re.compile(
    r"authorization|cookie|signature|^sig$|(key|token|secret|password|connectionstring|credential)$",
    re.IGNORECASE,
)
#: Fields of bodies whose text is secret, such as the keys of data sources.
_SECRET_FIELD = re.compile(
    r"(?:^|_|api|access)(?:key|token|secret|password|connection_?string)$|authorization", re.IGNORECASE
)
_WITH_SECRETS = re.compile(rb"data_?sources", re.IGNORECASE)


def without_secrets(values: Mapping[str, str]) -> dict[str, str]:
    """Return headers or query parameters with the secret ones removed; their names stay."""
    return {name: REMOVED if _is_secret(name) else value for name, value in values.items()}


def _is_secret(name: str) -> bool:
    return _short_is_secret(name) if len(name) <= _LONGEST_REMEMBERED else bool(_SECRET_NAME.search(name))


@lru_cache(maxsize=512)
def _short_is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name))


def without_secret_fields(raw: bytes) -> bytes:
    """Return a body without the credentials of data sources; any other body as it is."""
    if not _WITH_SECRETS.search(raw):
        return raw
    try:
        return write(_without(parse(raw)))
    except JsonTextError:
        return b""


def _without(value: Any) -> Any:
    """Return a JSON value with the text of secret fields removed; its depth is bounded by `parse`."""
    if isinstance(value, list):
        return [_without(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: REMOVED if isinstance(inner, str) and _SECRET_FIELD.search(name) else _without(inner)
        for name, inner in value.items()
    }
