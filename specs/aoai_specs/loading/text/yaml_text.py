"""Reading YAML from untrusted sources.

Text is read as the JSON-compatible subset of YAML 1.2 that OpenAPI requires: dates stay text, `yes` and `on`
stay text, keys are text, and only true and false are booleans. Only plain data is constructed. Aliases are
copied, so that places never share a value, and their expanded size is limited.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

from aoai_specs.errors import DocumentError
from aoai_specs.loading.problems import DUPLICATE_KEY, UNSUPPORTED_VALUE, Remark
from aoai_specs.loading.text.limits import MAX_DEPTH, MAX_DIGITS, MAX_VALUES, TOO_DEEP, TOO_MANY
from aoai_specs.pointers import join

_NULL = frozenset({"~", "null", "Null", "NULL", ""})
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
#: The first characters of plain texts that may be numbers.
_NUMERIC = frozenset("0123456789+-.")
#: Plain texts that YAML 1.1 reads as another type.
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?"
)
_TRUTH_WORDS = frozenset({"yes", "no", "on", "off"})
_LONGEST_MISREAD = 40
_TAG = "tag:yaml.org,2002:"
_MERGE = "<<"


class _Reader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader. Only its parser is used, which yields events and constructs nothing."""


class YamlError(Exception):
    """A text that is not YAML, or that exceeds a limit; the message begins with the line."""


@dataclass(frozen=True, slots=True)
class YamlText:
    """The value of a text; the places that YAML 1.1 reads as another type; remarks about the text."""

    value: Any
    misread: dict[str, str]
    remarks: list[Remark]
    places: _Places = field(repr=False)

    def lines(self) -> dict[str, int]:
        """Return the line of each place."""
        return self.places.lines()


def read_yaml(text: str) -> YamlText:
    """Return the content of a YAML text. Raises YamlError."""
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise YamlError(_parser_error(text, error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(f"line {line}: the text has a character that YAML does not allow.") from None
    return YamlText(builder.root, builder.misread(), builder.remarks, builder.places)


def _parser_error(text: str, error: yaml.MarkedYAMLError) -> str:
    """Return the line and the reason why the parser rejects a text.

    Parsers read ahead, and some limit the depth themselves, so they can reject a nested text before they
    yield the events that exceed our limit. The text before the error is therefore measured again.
    """
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"line 1: {error.problem or error.context}."
    line = _first_line_too_deep(text[: mark.index])
    if line is not None:
        return f"line {line}: {TOO_DEEP}"
    return f"line {mark.line + 1}: {error.problem or error.context}."


def _first_line_too_deep(text: str) -> int | None:
    """Return the line where a text, complete or not, first exceeds MAX_DEPTH."""
    depth = 0
    with suppress(yaml.YAMLError):
        for event in _events(text):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                return event.start_mark.line + 1 if event.start_mark else 1
    return None


def _events(text: str) -> Iterator[yaml.Event]:
    reader = _Reader(text)
    try:
        yield from iter(reader.get_event, None)
    finally:
        reader.dispose()


class _Places:
    """The places of a text in order: for each the number of the place around it, its token and its line."""

    def __init__(self) -> None:
        self._around: list[int] = []
        self._tokens: list[str | int] = []
        self._lines: list[int] = []

    def add(self, around: int, token: str | int, line: int) -> int:
        self._around.append(around)
        self._tokens.append(token)
        self._lines.append(line)
        return len(self._lines) - 1

    def pointer(self, number: int) -> str:
        tokens: list[str | int] = []
        while number > 0:
            tokens.append(self._tokens[number])
            number = self._around[number]
        return join("#", *reversed(tokens))

    def lines(self) -> dict[str, int]:
        pointers: list[str] = []
        for number, token in enumerate(self._tokens):
            pointers.append("#" if number == 0 else join(pointers[self._around[number]], token))
        return dict(zip(pointers, self._lines, strict=True))


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that has begun; `key` is the key whose value comes next."""

    value: dict[str, Any] | list[Any]
    place: int
    anchor: str | None
    key: str | None = None
    key_line: int = 1


class _Builder:
    """Builds plain data from events and records the line of each place."""

    def __init__(self) -> None:
        self.root: Any = None
        self.places = _Places()
        self.remarks: list[Remark] = []
        self._misread: list[tuple[int, str]] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Any] = {}
        self._values = 0
        self._documents = 0
        self._line = 1

    def misread(self) -> dict[str, str]:
        return {self.places.pointer(place): kind for place, kind in self._misread}

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        if mark is not None:
            self._line = mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin({}, event, "map")
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin([], event, "seq")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error("a second YAML document begins; put each document in its own file.")

    def _error(self, message: str) -> YamlError:
        return YamlError(f"line {self._line}: {message}")

    def _remark(self, message: str, kind: str = UNSUPPORTED_VALUE, key: str | None = None) -> None:
        """Note a problem of the value that comes next, or of a key."""
        pointer = "#"
        if self._open:
            around = self._open[-1]
            token = len(around.value) if isinstance(around.value, list) else key or around.key or ""
            pointer = join(self.places.pointer(around.place), token)
        self.remarks.append(Remark(kind, pointer, self._line, message))

    def _begin(self, value: dict[str, Any] | list[Any], event: yaml.CollectionStartEvent, kind: str) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._error(TOO_DEEP)
        if self._expects_key():
            raise self._error("a key must be text.")
        if event.tag not in (None, "!", _TAG + kind):
            self._remark(f"the tag {event.tag} is not allowed and is ignored; only plain data is supported.")
        self._open.append(_Open(value, self._place(value), event.anchor))

    def _end(self) -> None:
        ended = self._open.pop()
        if isinstance(ended.value, dict) and _MERGE in ended.value:
            _merge(ended.value)
        if ended.anchor is not None:
            self._anchors[ended.anchor] = ended.value

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            if self._expects_key():
                raise self._error("a key must be text.")
            self._remark(
                f"the alias *{event.anchor} refers to nothing that is complete here and is read as null."
            )
            self._place(None)
            return
        value = self._anchors[event.anchor]
        if self._expects_key():
            if not isinstance(value, str):
                raise self._error("a key must be text.")
            self._take_key(value)
        else:
            self._place(self._copy(value, len(self._open)))

    def _copy(self, value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self._error(TOO_DEEP)
        if not isinstance(value, dict | list):
            return value
        self._count(len(value))
        if isinstance(value, dict):
            return {key: self._copy(each, depth + 1) for key, each in value.items()}
        return [self._copy(each, depth + 1) for each in value]

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._expects_key():
            if event.anchor is not None:
                self._anchors[event.anchor] = event.value
            self._take_key(event.value)
            return
        value = self._resolve(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        place = self._place(value)
        if isinstance(value, str) and event.implicit[0] and len(value) <= _LONGEST_MISREAD:
            self._note_misread(place, value)

    def _note_misread(self, place: int, text: str) -> None:
        if text[:1].isdigit() and _DATE.fullmatch(text):
            self._misread.append((place, "date"))
        elif len(text) < 4 and text.lower() in _TRUTH_WORDS:
            self._misread.append((place, "truth value"))

    def _expects_key(self) -> bool:
        if not self._open:
            return False
        around = self._open[-1]
        return around.key is None and isinstance(around.value, dict)

    def _take_key(self, key: str) -> None:
        around = self._open[-1]
        if key == _MERGE:
            self._remark("merge keys (<<) are not part of YAML 1.2; write out the fields.", key=key)
        elif key in around.value:
            self._remark(f"the key {key!r} appears twice; the last one counts.", DUPLICATE_KEY, key)
        around.key = key
        around.key_line = self._line

    def _place(self, value: Any) -> int:
        self._count(1)
        if not self._open:
            self.root = value
            return self.places.add(-1, "", self._line)
        around = self._open[-1]
        if isinstance(around.value, list):
            place = self.places.add(around.place, len(around.value), self._line)
            around.value.append(value)
            return place
        key = around.key or ""
        place = self.places.add(around.place, key, around.key_line)
        around.value[key] = value
        around.key = None
        return place

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise self._error(TOO_MANY)

    def _resolve(self, event: yaml.ScalarEvent) -> Any:
        text, tag = event.value, event.tag
        if tag is None and not event.implicit[0]:
            return text
        if tag in ("!", _TAG + "str"):
            return text
        if tag is not None and tag.removeprefix(_TAG) not in ("null", "bool", "int", "float"):
            self._remark(f"the tag {tag} is not allowed; the value is read as text.")
            return text
        if text in _NULL:
            return None
        if text in _TRUTHS:
            return _TRUTHS[text]
        return self._number(text) if text[0] in _NUMERIC and len(text) <= MAX_DIGITS else text

    def _number(self, text: str) -> Any:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
            return int(text, 0)
        if _NO_NUMBER.fullmatch(text):
            self._remark(f"{text} is not a JSON number; it is read as text.")
        elif _FLOAT.fullmatch(text):
            number = float(text)
            if math.isfinite(number):
                return number
            self._remark(f"the number {text} is too large; it is read as text.")
        return text


def _merge(value: dict[str, Any]) -> None:
    """Merge what `<<` names into an object, as YAML 1.1 does; fields of the object win."""
    merged = value.pop(_MERGE)
    for each in merged if isinstance(merged, list) else [merged]:
        for key, held in each.items() if isinstance(each, dict) else ():
            value.setdefault(key, held)


def document_error(source: str, error: YamlError) -> DocumentError:
    """Return the error for a file or URL."""
    return DocumentError(f"{source}, {error}")
