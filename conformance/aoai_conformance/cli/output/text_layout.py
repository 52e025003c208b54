"""Wraps text to a width: paragraphs and JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from aoai_model.serialization import Json

_INDENT = 2


def paragraph(text: str, width: int, indent: int = 0) -> Iterator[str]:
    """The lines of a text, indented; a word that is longer, such as a URL or a clause, stays whole."""
    words = " ".join(text.split())
    for line in textwrap.wrap(words, width - indent, break_long_words=False, break_on_hyphens=False):
        yield " " * indent + line


def json_lines(value: Json, width: int, indent: int = 0, head: str = "", tail: str = "") -> Iterator[str]:
    """The lines of a JSON value: one line if it fits, else one for each member or item."""
    whole = json.dumps(value, ensure_ascii=False)
    margin = " " * indent
    if len(margin) + len(head) + len(whole) + len(tail) <= width or not value:
        yield f"{margin}{head}{whole}{tail}"
        return
    deeper = indent + _INDENT
    if isinstance(value, dict):
        yield f"{margin}{head}{{"
        for index, (key, each) in enumerate(value.items(), 1):
            comma = "," if index < len(value) else ""
            yield from json_lines(each, width, deeper, f"{json.dumps(key, ensure_ascii=False)}: ", comma)
        yield f"{margin}}}{tail}"
    elif isinstance(value, list):
        yield f"{margin}{head}["
        for index, each in enumerate(value, 1):
            yield from json_lines(each, width, deeper, "", "," if index < len(value) else "")
        yield f"{margin}]{tail}"
    else:
        yield from long_text(f"{head}{whole}{tail}", width, indent)


def long_text(text: str, width: int, indent: int) -> Iterator[str]:
    """The lines of preformatted text; continuation lines are indented."""
    if len(text) <= width - indent:
        yield f"{' ' * indent}{text}".rstrip()
        return
    lines = textwrap.wrap(
        text, width - indent, subsequent_indent=" " * _INDENT, drop_whitespace=False, break_on_hyphens=False
    )
    for line in lines:
        yield " " * indent + line.rstrip()
