"""Formats bodies for display: JSON is indented with one place marked; everything is bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from aoai_model.serialization import Json
from aoai_reports.formats.legible import visible
from aoai_reports.record.evidence import cut_text
from aoai_specs.pointers import tokens

MOST_LINES = 60
#: An array or object with more members is shortened.
MOST_MEMBERS = 40
LINES_BEFORE_MARK = 12
LONGEST_LINE = 400
LONGEST_TEXT = 4000
DEEPEST = 40
#: Larger bodies are not parsed.
LARGEST_PARSED = 4_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a body; `left_out` is the number of lines or members omitted in its place."""

    text: str
    marked: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """A formatted body: its lines and a description of its kind."""

    rows: tuple[Row, ...]
    kind: str


def format_body(content: bytes, pointer: str | None = None, *, exact: bool = False) -> Layout:
    """Format a body.

    JSON is indented and the place of `pointer` is marked; if it does not exist, its nearest parent is, unless
    `exact`. Other text is kept; binary data is shown in hexadecimal.
    """
    size = f"{len(content):,} bytes"
    if not content:
        return Layout((), "empty")
    if len(content) <= LARGEST_PARSED:
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            pass
        else:
            return Layout(
                _window(list(json_rows(value, pointer, exact=exact))), f"JSON, {size}, indented here"
            )
    head = content[: 4 * LONGEST_TEXT]
    if _is_text(content):
        return Layout(_text_rows(head.decode("utf-8", "ignore")), f"text, {size}")
    if head.isascii() or b"\r\nContent-" in head[:1000] or b"\r\ncontent-" in head[:1000]:
        return Layout(_text_rows(head.decode("utf-8", "backslashreplace")), f"multipart, {size}")
    return Layout((Row(head[:96].hex(" ") + (" …" if len(content) > 96 else "")),), f"binary, {size}")


def json_rows(value: Json, pointer: str | None = None, *, exact: bool = False) -> Iterator[Row]:
    """A JSON value as indented lines, with those at `pointer` marked and long arrays shortened."""
    target: tuple[str, ...] = ()
    whole = False
    if pointer:
        wanted = tuple(tokens(pointer)) if pointer.startswith("/") else ()
        target = _existing(value, wanted)
        whole = target == wanted
        if exact and not whole:
            target = ()
    yield from _json_rows(value, (), _Lead("", ""), target, whole)


@dataclass(frozen=True, slots=True)
class _Lead:
    """The text around a value: indentation and member name before it, comma after it."""

    indent: str
    name: str
    comma: str = ""


def _json_rows(
    value: Json, path: tuple[str, ...], lead: _Lead, target: tuple[str, ...], whole: bool
) -> Iterator[Row]:
    inside = bool(target) and path[: len(target)] == target
    marked = inside and whole
    # A missing place is marked at the first line of its parent.
    first_marked = marked or (bool(target) and path == target)
    if not isinstance(value, dict | list) or not value or len(path) >= DEEPEST:
        yield _row(f"{lead.indent}{lead.name}{_compact(value)}{lead.comma}", first_marked)
        return
    if isinstance(value, dict):
        members = [(key, f"{_compact(key)}: ", item) for key, item in value.items()]
    else:
        members = [(str(place), "", item) for place, item in enumerate(value)]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    displayed = _displayed_members(
        members, target[len(path)] if path == target[: len(path)] and len(path) < len(target) else None
    )
    yield _row(f"{lead.indent}{lead.name}{opening}", first_marked)
    previous = -1
    for place in displayed:
        if place > previous + 1:
            yield Row("", left_out=place - previous - 1)
        previous = place
        key, name, item = members[place]
        comma = "," if place < len(members) - 1 else ""
        yield from _json_rows(item, (*path, key), _Lead(lead.indent + "  ", name, comma), target, whole)
    if previous < len(members) - 1:
        yield Row("", left_out=len(members) - 1 - previous)
    yield _row(f"{lead.indent}{closing}{lead.comma}", marked)


def _displayed_members(members: list[tuple[str, str, Json]], wanted: str | None) -> list[int]:
    """The members to show: all of them if they are few, else the first ones and those around `wanted`."""
    if len(members) <= MOST_MEMBERS:
        return list(range(len(members)))
    displayed = set(range(MOST_MEMBERS // 2))
    if wanted is not None:
        middle = next((place for place, (key, _, _) in enumerate(members) if key == wanted), 0)
        displayed |= set(range(max(0, middle - 2), min(len(members), middle + 3)))
    return sorted(displayed)


def _row(text: str, marked: bool) -> Row:
    return Row(visible(cut_text(text, LONGEST_LINE)), marked)


def _existing(value: Json, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The longest prefix of a path that exists in the value."""
    for depth, token in enumerate(wanted):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return wanted[:depth]
    return wanted


def _compact(value: Json) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "… (nested too deeply)"


def _window(rows: list[Row]) -> tuple[Row, ...]:
    """About MOST_LINES lines at most: the first ones and those around the first mark."""
    if len(rows) <= MOST_LINES:
        return tuple(rows)
    mark = next((place for place, row in enumerate(rows) if row.marked), 0)
    start = max(0, mark - LINES_BEFORE_MARK)
    head = min(start, 4)
    end = min(len(rows), start + MOST_LINES - head)
    displayed: list[Row] = rows[:head]
    if start > head:
        displayed.append(Row("", left_out=_lines_in(rows[head:start])))
    displayed += rows[start:end]
    if end < len(rows):
        displayed.append(Row("", left_out=_lines_in(rows[end:])))
    return tuple(displayed)


def _lines_in(rows: list[Row]) -> int:
    return sum(row.left_out or 1 for row in rows)


def _text_rows(text: str) -> tuple[Row, ...]:
    cut = text[:LONGEST_TEXT]
    lines = visible(cut, lines=True).split("\n")
    rows = [Row(cut_text(line, LONGEST_LINE)) for line in lines]
    if len(text) > LONGEST_TEXT:
        rows.append(Row("", left_out=text.count("\n", LONGEST_TEXT) + 1))
    return _window(rows)


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content
