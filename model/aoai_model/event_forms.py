"""The JSON objects in the events of a stream, parsed once for each form.

Most events of a stream differ only in the text that they add. Events of one name whose data is equal apart
from non-empty texts under the names in `_TEXT_NAMES` have the same form: one of them stands for all.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from aoai_model.json_parsing import parse_strictly
from aoai_specs.pointers import join

if TYPE_CHECKING:
    from aoai_model.events import Events

#: The members whose text is most of what a stream sends.
_TEXT_NAMES = ("content", "text", "refusal", "arguments", "reasoning_content", "obfuscation", "delta")
#: What JSON may write between the quotes of a text that is not empty.
_WRITTEN = r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))++'
_ANY_TEXT = re.compile(f"({_WRITTEN})")
_NAMED_TEXT = re.compile(rf'("(?:{"|".join(_TEXT_NAMES)})"[ \t\r\n]*:[ \t\r\n]*")({_WRITTEN})"')
#: Stands for a text in a key. JSON cannot contain it unescaped.
_NO_TEXT = "\0"
_WITHOUT_TEXT = rf'\1{_NO_TEXT}"'
_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"
#: Data that is longer has a form of its own, so that the keys need little memory.
_LONGEST_SHARED = 16_384
#: After this many forms, each new one is a form of its own.
_MOST_SHARED = 4_096
#: A form with this many events is recognised by its template, which is faster than making the key.
_FREQUENT = 4
_MOST_TEMPLATES = 8
_NO_OBJECT = -1
#: Events whose member names repeat: which of their texts counts depends on the parser.
_NOT_SHARED = -2


@dataclass(slots=True)
class EventForm:
    """The events of one form.

    `value` is the JSON object of the first of them, whose position is `first`; `last` is that of the last
    one. `texts` are the JSON Pointers of the texts in which they may differ, in the order of the data.
    """

    value: dict[str, Any]
    first: int
    last: int
    count: int = 1
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Template:
    """What all data of a form has in common: its beginning, its end, and what lies between its texts."""

    number: int
    name: str
    start: str
    end: str
    texts: re.Pattern[str]

    @classmethod
    def of(cls, number: int, name: str, key: str) -> _Template:
        start, *between, end = key.split(_NO_TEXT)
        pattern = f"({_WRITTEN})" + "".join(f"{re.escape(each)}({_WRITTEN})" for each in between)
        return cls(number, name, start, end, re.compile(pattern) if between else _ANY_TEXT)

    def match(self, data: str) -> re.Match[str] | None:
        """Return the match with the texts of data of this form as groups; None for any other data."""
        if not (data.startswith(self.start) and data.endswith(self.end)):
            return None
        return self.texts.fullmatch(data, len(self.start), len(data) - len(self.end))


class EventForms:
    """The forms of the events of a stream.

    `forms` are in order of their first events. `numbers` has the number of the form of each event, negative
    for an event whose data is not a JSON object. `observe` is applied to each object that is parsed.
    """

    def __init__(self, events: Events, observe: Callable[[Any], Any] | None = None) -> None:
        self._events = events
        self._observe = observe
        self._numbers_by_key: dict[tuple[str, str], int] = {}
        self._templates: list[_Template] = []
        self.forms: list[EventForm] = []
        self.numbers = array("l", map(self._number, range(len(events))))
        self._numbers_by_key.clear()

    def objects(self) -> Iterator[dict[str, Any] | None]:
        """Yield the JSON object of each event; None for an event without one."""
        return map(self.value, range(len(self.numbers)))

    def value(self, position: int) -> dict[str, Any] | None:
        """Return the JSON object of one event; None if it has none."""
        number = self.numbers[position]
        if number < 0:
            return None
        form = self.forms[number]
        if form.first == position or not form.texts:
            return form.value
        return self._parse(self._events.data(position))

    def texts(self, position: int) -> Sequence[str]:
        """Return the texts of one event at the pointers `texts` of its form."""
        data, number = self._events.data(position), self.numbers[position]
        found = None
        for template in self._templates:
            if template.number == number:
                found = template.match(data)
        written = [each[1] for each in _NAMED_TEXT.findall(data)] if found is None else found.groups()
        return [json.loads(f'"{each}"') if "\\" in each else each for each in written]

    def _number(self, position: int) -> int:
        """Return the number of the form of an event, adding the form if it is new."""
        data, name = self._events.data(position), self._events.name(position)
        for template in self._templates:
            if template.name == name and template.match(data) is not None:
                form = self.forms[template.number]
                form.count += 1
                form.last = position
                return template.number
        if len(data) > _LONGEST_SHARED or _NO_TEXT in data:
            return self._add(position, data)
        key = name, _NAMED_TEXT.sub(_WITHOUT_TEXT, data)
        number = self._numbers_by_key.get(key)
        if number is None:
            number = self._add(position, data)
            if len(self._numbers_by_key) < _MOST_SHARED:
                self._numbers_by_key[key] = number
            return number
        if number == _NO_OBJECT:
            return number
        if number == _NOT_SHARED or not self._repeat(number, position, data, key):
            self._numbers_by_key[key] = _NOT_SHARED
            return self._add(position, data)
        return number

    def _repeat(self, number: int, position: int, data: str, key: tuple[str, str]) -> bool:
        """Count another event of a form; return whether it can share the form."""
        form = self.forms[number]
        if form.count == 1 and key[1] != data:
            places = _places_of_texts(data)
            if places is None:
                return False
            form.texts = places
        form.count += 1
        form.last = position
        if form.texts and form.count == _FREQUENT and len(self._templates) < _MOST_TEMPLATES:
            self._templates.append(_Template.of(number, *key))
        return True

    def _add(self, position: int, data: str) -> int:
        value = self._parse(data)
        if value is None:
            return _NO_OBJECT
        self.forms.append(EventForm(value, position, position))
        return len(self.forms) - 1

    def _parse(self, data: str) -> dict[str, Any] | None:
        try:
            value = parse_strictly(data)
        except ValueError:
            return None
        if not isinstance(value, dict):
            return None
        observed: dict[str, Any] = value if self._observe is None else self._observe(value)
        return observed


def _places_of_texts(data: str) -> tuple[str, ...] | None:
    """Return the JSON Pointer of each text in the data; None unless each has exactly one place."""
    marks: list[str] = []

    def mark(match: re.Match[str], marks: list[str]) -> str:
        marks.append(f"{_MARK}{len(marks)}{_MARK}")
        return f'{match[1]}{marks[-1]}"'

    marked = parse_strictly(_NAMED_TEXT.sub(partial(mark, marks=marks), data))
    places: dict[str, list[str]] = {each: [] for each in marks}
    waiting: list[tuple[str, Any]] = [("", marked)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((join(pointer, name), each) for name, each in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{pointer}/{place}", each) for place, each in enumerate(value))
        elif isinstance(value, str) and value in places:
            places[value].append(pointer)
    if any(len(each) != 1 for each in places.values()):
        return None
    return tuple(each[0] for each in places.values())
