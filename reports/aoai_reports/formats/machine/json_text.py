"""JSON that may be printed in the log of a CI runner: no value in it is a command."""

from __future__ import annotations

import json

from aoai_reports.formats.legible import BRACKET_COMMAND


def json_text(value: object, *, indent: int | None = 2) -> str:
    r"""A value as JSON that ends with a line end; `#` is `\u0023` where a CI runner would read a command."""
    return inert_json(json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)) + "\n"


def inert_json(text: str) -> str:
    r"""Equal JSON, with `\u0023` for a `#` that begins a command to a CI runner."""
    return BRACKET_COMMAND.sub(r"\1\\u0023\3\4", text)
