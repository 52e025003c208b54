"""Reading YAML and JSON from untrusted sources.

Text is read as the JSON-compatible subset of YAML 1.2 that OpenAPI requires: dates stay text, `yes` and `on`
stay text, keys are text, and only true and false are booleans. Only plain data is constructed. Aliases are
copied, so that places never share a value, and their expanded size is limited.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

from aoai_specs.errors import DocumentError
from aoai_specs.loading.surrogates import REPLACEMENT, join_surrogate_pairs
from aoai_specs.pointers import join

#: The largest text that is read, in bytes; about ten times the largest published description.
MAX_BYTES = 16 * 1024 * 1024
#: The most values in a text after its aliases are expanded.
MAX_VALUES = 500_000
MAX_DEPTH = 100
_TOO_DEEP = f"values are nested deeper than {MAX_DEPTH} levels."

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MAX_DIGITS = 1000
#: Plain texts that YAML 1.1 reads as another type.
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?"
)
_TRUTH = re.compile(r"(?:yes|no|on|off)", re.IGNORECASE)
_LONGEST_MISREAD = 40
_TAG = "tag:yaml.org,2002:"


class _Reader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader. Only its parser is used, which yields events and constructs nothing."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The content of a file, with its places.

    `content` is plain data, `source` the file or URL for messages, `lines` the line of each pointer
    ("#/info"). `misread` maps pointers of unquoted texts to the type that YAML 1.1 gives them, `date` or
    `truth value`. `unpaired` lists pointers of texts and names with half a surrogate pair, which is read as
    U+FFFD. `unreadable` maps pointers to patterns that are not regular expressions and were removed from
    `content`.
    """

    content: dict[str, Any]
    source: str
    lines: Mapping[str, int] = field(repr=False)
    misread: Mapping[str, str] = field(repr=False, default_factory=dict)
    unpaired: tuple[str, ...] = field(repr=False, default=())
    unreadable: Mapping[str, str] = field(repr=False, default_factory=dict)

    def line(self, pointer: str) -> int:
        """Return the line where the value at a pointer begins, or else the nearest value around it."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)

    def error(self, message: str, pointer: str = "#") -> DocumentError:
        """Return a DocumentError that names the file and the line of a pointer."""
        return DocumentError(f"{self.source}, line {self.line(pointer)}: {message}")


def load(data: bytes | str, source: str) -> Loaded:
    """Read YAML or JSON whose root is an object. Raises DocumentError with `source` and line."""
    text, mark = join_surrogate_pairs(_decode(data, source))
    builder = _Builder(source, mark)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise DocumentError(f"{source}, {_parser_error(text, error)}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DocumentError(
            f"{source}, line {line}: the text has a character that YAML does not allow."
        ) from None
    if not isinstance(builder.root, dict):
        raise DocumentError(f"{source}, line 1: expected an object, such as an OpenAPI description.")
    return Loaded(builder.root, source, builder.lines, builder.misread, tuple(builder.unpaired))


def _decode(data: bytes | str, source: str) -> str:
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{source} is larger than the limit of {MAX_BYTES // 2**20} MiB.")
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{source}, line {line}: the file is not UTF-8 text.") from None


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
        return f"line {line}: {_TOO_DEEP}"
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
        while reader.check_event():
            yield reader.get_event()
    finally:
        reader.dispose()


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that has begun; `key` is the key whose value comes next."""

    value: dict[str, Any] | list[Any]
    pointer: str
    anchor: str | None
    key: str | None = None
    key_line: int = 1


class _Builder:
    """Builds plain data from events and records the line of each place."""

    def __init__(self, source: str, mark: str | None = None) -> None:
        self.root: Any = None
        self.lines: dict[str, int] = {}
        self.misread: dict[str, str] = {}
        self.unpaired: list[str] = []
        self._source = source
        self._mark = mark
        self._open: list[_Open] = []
        self._anchors: dict[str, Any] = {}
        self._values = 0
        self._documents = 0
        self._line = 1

    def take(self, event: yaml.Event) -> None:
        self._line = event.start_mark.line + 1 if event.start_mark else self._line
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._error("a second YAML document begins; put each document in its own file.")
            case yaml.MappingStartEvent():
                self._begin({}, event, "map")
            case yaml.SequenceStartEvent():
                self._begin([], event, "seq")
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.ScalarEvent():
                self._scalar(event)

    def _error(self, message: str) -> DocumentError:
        return DocumentError(f"{self._source}, line {self._line}: {message}")

    def _begin(self, value: dict[str, Any] | list[Any], event: yaml.CollectionStartEvent, kind: str) -> None:
        if event.tag not in (None, "!", _TAG + kind):
            raise self._error(f"the tag {event.tag} is not allowed; only plain data is supported.")
        if len(self._open) >= MAX_DEPTH:
            raise self._error(_TOO_DEEP)
        if self._expects_key():
            raise self._error("a key must be text.")
        pointer = self._place(value)
        self._open.append(_Open(value, pointer, event.anchor))

    def _end(self) -> None:
        ended = self._open.pop()
        if ended.anchor is not None:
            self._anchors[ended.anchor] = ended.value

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise self._error(f"the alias *{event.anchor} refers to nothing that is complete here.")
        value = self._anchors[event.anchor]
        if self._expects_key():
            if not isinstance(value, str):
                raise self._error("a key must be text.")
            self._take_key(value)
        else:
            self._place(self._copy(value, len(self._open)))

    def _copy(self, value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self._error(_TOO_DEEP)
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
        has_half_pair = self._mark is not None and isinstance(value, str) and self._mark in value
        if has_half_pair:
            value = value.replace(self._mark, REPLACEMENT)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        pointer = self._place(value)
        if has_half_pair:
            self.unpaired.append(pointer)
        if event.implicit[0] and isinstance(value, str) and len(value) <= _LONGEST_MISREAD:
            self._note_misread(pointer, value)

    def _note_misread(self, pointer: str, text: str) -> None:
        if text[:1].isdigit() and _DATE.fullmatch(text):
            self.misread[pointer] = "date"
        elif _TRUTH.fullmatch(text):
            self.misread[pointer] = "truth value"

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _take_key(self, key: str) -> None:
        around = self._open[-1]
        if self._mark is not None and self._mark in key:
            key = key.replace(self._mark, REPLACEMENT)
            self.unpaired.append(join(around.pointer, key))
        if key == "<<":
            raise self._error("merge keys (<<) are not part of YAML 1.2; write out the fields.")
        if key in around.value:
            raise self._error(f"the key {key!r} appears twice.")
        around.key = key
        around.key_line = self._line

    def _place(self, value: Any) -> str:
        self._count(1)
        line = self._line
        if not self._open:
            self.root = value
            pointer = "#"
        else:
            around = self._open[-1]
            if isinstance(around.value, list):
                pointer = join(around.pointer, len(around.value))
                around.value.append(value)
            else:
                key = around.key or ""
                pointer = join(around.pointer, key)
                around.value[key] = value
                around.key = None
                line = around.key_line
        self.lines[pointer] = line
        return pointer

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise self._error(f"the file has more than {MAX_VALUES} values after its aliases are expanded.")

    def _resolve(self, event: yaml.ScalarEvent) -> Any:
        text, tag = event.value, event.tag
        if tag in ("!", _TAG + "str") or (tag is None and not event.implicit[0]):
            return text
        if tag is not None and tag.removeprefix(_TAG) not in ("null", "bool", "int", "float"):
            raise self._error(f"the tag {tag} is not allowed; only plain data is supported.")
        if len(text) > _MAX_DIGITS:
            return text
        if _NULL.fullmatch(text):
            return None
        if _TRUE.fullmatch(text):
            return True
        if _FALSE.fullmatch(text):
            return False
        return self._number(text)

    def _number(self, text: str) -> Any:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _OCTAL.fullmatch(text):
            return int(text, 0)
        if _HEXADECIMAL.fullmatch(text):
            return int(text, 0)
        if _NO_NUMBER.fullmatch(text):
            raise self._error(f"{text} is not a JSON number.")
        if _FLOAT.fullmatch(text):
            number = float(text)
            if math.isinf(number):
                raise self._error(f"the number {text} is too large.")
            return number
        return text
