"""JSON Pointers (RFC 6901), and URI fragments such as `#/paths/~1chat/post`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from aoai_specs.errors import DocumentError

#: Python refuses to read numbers with thousands of digits, and no list is that long.
_LONGEST_INDEX = 9


def escape(token: str | int) -> str:
    """Return one reference token as it is written in a pointer."""
    text = str(token)
    return text.replace("~", "~0").replace("/", "~1") if "/" in text or "~" in text else text


def unescape(token: str) -> str:
    """Return the member name that one token of a pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")


def join(pointer: str, *tokens: str | int) -> str:
    """Return the pointer extended by these tokens, which are escaped."""
    for token in tokens:
        text = token if isinstance(token, str) else str(token)
        if "/" in text or "~" in text:
            text = escape(text)
        pointer = f"{pointer}/{text}"
    return pointer


def tokens(pointer: str) -> list[str]:
    """Return the unescaped tokens of a pointer, with or without its leading `#`.

    Raises DocumentError if the pointer does not start with a slash.
    """
    path = pointer.removeprefix("#")
    if not path:
        return []
    if not path.startswith("/"):
        raise DocumentError(f"{pointer!r} is not a JSON Pointer; it must start with '#/'.")
    parts = path[1:].split("/")
    return [unescape(token) for token in parts] if "~" in path else parts


def canonical(reference: str) -> str:
    """Return a `$ref` as a pointer, with its percent-encoding removed."""
    return unquote(reference) if "%" in reference else reference


def as_reference(pointer: str) -> str:
    """Return a pointer as a `$ref`, which `canonical` turns back into the pointer."""
    return pointer.replace("%", "%25")


def item_index(items: Sequence[Any], token: str | int) -> int | None:
    """Return the index of the item of a list that a token names, or None if there is none."""
    text = str(token)
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_INDEX:
        return None
    return int(text) if int(text) < len(items) else None


def find(content: Any, pointer: str) -> Any:
    """Return the value at a pointer. Raises DocumentError if there is none."""
    value = content
    for token in tokens(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and (index := item_index(value, token)) is not None:
            value = value[index]
        else:
            raise DocumentError(f"{pointer} does not exist: there is no {token!r}.")
    return value
