"""JSON Pointers (RFC 6901) in the form that addresses a place in a document: `#/paths/~1chat/post`."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from aoai_specs.errors import DocumentError


def escaped(token: str | int) -> str:
    """One reference token as it is written in a pointer."""
    return str(token).replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """The pointer that goes on from `pointer` through these tokens."""
    return "/".join((pointer, *map(escaped, tokens)))


def tokens(pointer: str) -> list[str]:
    """The tokens of a pointer, with or without its leading `#`."""
    path = pointer.removeprefix("#")
    if not path:
        return []
    if not path.startswith("/"):
        raise DocumentError(f"{pointer!r} is no JSON Pointer; it has to start with '#/'.")
    return [token.replace("~1", "/").replace("~0", "~") for token in path[1:].split("/")]


def canonical(reference: str) -> str:
    """A `$ref` as a pointer: the percent-encoding of a URI fragment undone."""
    return unquote(reference) if "%" in reference else reference


def find(content: Any, pointer: str) -> Any:
    """The value that a pointer leads to. Raises DocumentError when it leads nowhere."""
    value = content
    for token in tokens(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            raise DocumentError(f"{pointer} leads nowhere: there is no {token!r}.")
    return value
