"""JSON Pointers (RFC 6901), and URI fragments such as `#/paths/~1chat/post`."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from aoai_specs.errors import DocumentError


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
        pointer = f"{pointer}/{escape(text) if '/' in text or '~' in text else text}"
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


def find(content: Any, pointer: str) -> Any:
    """Return the value at a pointer. Raises DocumentError if there is none."""
    value = content
    for token in tokens(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            raise DocumentError(f"{pointer} does not exist: there is no {token!r}.")
    return value
