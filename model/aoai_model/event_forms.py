"""The JSON objects in the events of a stream, parsed once for each form.

Most events of a stream differ only in the text that they add and in a few numbers. Events of one name whose
data is equal apart from their slots (see `aoai_model.event_slots`) have the same form: one of them stands for
all.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aoai_model.event_slots import MARK, Slot, Spread, Template, key_of, slots_of
from aoai_model.json_parsing import parse_strictly

if TYPE_CHECKING:
    from aoai_model.events import Events

#: Data that is longer has a form of its own, so that the keys need little memory.
_LONGEST_SHARED = 16_384
#: After this many forms, each new one is a form of its own.
_MOST_SHARED = 4_096
#: A form with this many events is recognised by its template, which is faster than making the key.
_FREQUENT = 4
_MOST_TEMPLATES = 8
#: The numbers of this many events are read together.
_READ_TOGETHER = 512
_NO_OBJECT = -1
#: Events whose member names repeat: which of their texts counts depends on the parser.
_NOT_SHARED = -2


@dataclass(slots=True)
class EventForm:
    """The events of one form.

    `value` is the JSON object of the first of them, whose position is `first`; `last` is that of the last
    one. `slots` are the places at which they may differ, in the order of the data, those at the positions in
    `text_places` for texts; `written` is what the first event has in them. `spreads` has, for each slot for
    numbers, the numbers in it in any of the events.
    """

    value: dict[str, Any]
    first: int
    last: int
    count: int = 1
    slots: tuple[Slot, ...] = ()
    spreads: dict[str, Spread] = field(default_factory=dict)
    text_places: tuple[int, ...] = ()
    written: Sequence[str] = ()
    _noted: list[Sequence[str]] = field(default_factory=list, repr=False)
    _noted_slots: tuple[Slot, ...] = field(default=(), repr=False)

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the JSON Pointers of the slots for texts."""
        return tuple(self.slots[at].pointer for at in self.text_places)

    def share(self, slots: tuple[Slot, ...], written: Sequence[str]) -> None:
        """Let the form have slots, with what is written in those of its first event."""
        self.slots, self.written = slots, written
        self.note(slots, written)
        self.text_places = tuple(at for at, slot in enumerate(slots) if slot.kind == "text")

    def note(self, slots: tuple[Slot, ...], written: Sequence[str]) -> None:
        """Note what is written in some slots of an event, so that its numbers become part of `spreads`."""
        if slots is not self._noted_slots or len(self._noted) == _READ_TOGETHER:
            self.read_numbers()
            self._noted_slots = slots
        self._noted.append(written)

    def read_numbers(self) -> None:
        """Bring `spreads` up to date with what was noted."""
        if not self._noted:
            return
        for slot, column in zip(self._noted_slots, zip(*self._noted, strict=True), strict=True):
            if slot.kind != "text":
                spread = Spread.of(column)
                known = self.spreads.get(slot.pointer)
                self.spreads[slot.pointer] = spread if known is None else known.joined(spread)
        self._noted.clear()


@dataclass(frozen=True, slots=True)
class _Known:
    """The template of a form, the slots that it finds, and the positions of those for texts among them."""

    template: Template
    form: EventForm
    slots: tuple[Slot, ...]
    texts: tuple[int, ...]

    @classmethod
    def of(cls, template: Template, form: EventForm) -> _Known:
        slots = tuple(form.slots[at] for at in template.places)
        texts = tuple(at for at, slot in enumerate(slots) if slot.kind == "text")
        return cls(template, form, slots, texts)

    def take(self, position: int, found: re.Match[str]) -> int:
        """Add an event that the template matches to the form; return the number of the form."""
        self.form.count += 1
        self.form.last = position
        if len(self.texts) < len(self.slots):
            self.form.note(self.slots, found.groups())
        return self.template.number


class EventForms:
    """The forms of the events of a stream.

    `forms` are in order of their first events. `numbers` has the number of the form of each event, negative
    for an event whose data is not a JSON object. `observe` is applied to each object that is parsed.
    """

    def __init__(self, events: Events, observe: Callable[[Any], Any] | None = None) -> None:
        self._events = events
        self._observe = observe
        self._numbers_by_key: dict[tuple[str, str], int] = {}
        self._known: dict[int, _Known] = {}
        self.forms: list[EventForm] = []
        self.numbers = array("l", map(self._number, range(len(events))))
        self._numbers_by_key.clear()
        for form in self.forms:
            form.read_numbers()

    def objects(self) -> Iterator[dict[str, Any] | None]:
        """Yield the JSON object of each event; None for an event without one."""
        return map(self.value, range(len(self.numbers)))

    def value(self, position: int) -> dict[str, Any] | None:
        """Return the JSON object of one event; None if it has none."""
        number = self.numbers[position]
        if number < 0:
            return None
        form = self.forms[number]
        if form.first == position or not form.slots:
            return form.value
        return self._observed(self.parsed(position))

    def parsed(self, position: int) -> dict[str, Any] | None:
        """Parse the JSON object of one event again, without observing it; None if it has none."""
        try:
            value = parse_strictly(self._events.data(position))
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def parsed_together(self, positions: Sequence[int]) -> list[Any]:
        """Parse the JSON objects of several events again, without observing them.

        Parsing many together is faster, and the names of their members need memory once.
        """
        try:
            values = parse_strictly(f"[{','.join(map(self._events.data, positions))}]")
        except ValueError:
            values = ()
        return values if len(values) == len(positions) else list(map(self.parsed, positions))

    def slot_values(self, positions: Sequence[int], at: int) -> list[Any]:
        """Return the value in one slot of several events of a form, by the slot's position."""
        if not positions:
            return []
        number = self.numbers[positions[0]]
        known = self._known.get(number)
        if known is None or at not in known.template.places:
            written = [self.written(position)[at] for position in positions]
        else:
            group = known.template.places.index(at) + 1
            matches = map(known.template.match, map(self._events.data, positions))
            written = [
                self.written(position)[at] if found is None else found[group]
                for position, found in zip(positions, matches, strict=True)
            ]
        return self.forms[number].slots[at].read_all(written)

    def written(self, position: int) -> Sequence[str]:
        """Return what is written in each slot of one event, see `Slot.read`."""
        data, number = self._events.data(position), self.numbers[position]
        known = self._known.get(number)
        found = None if known is None else known.template.match(data)
        return key_of(data)[1] if known is None or found is None else known.template.written(found)

    def texts(self, position: int) -> Sequence[str]:
        """Return the texts of one event at the pointers `texts` of its form."""
        number = self.numbers[position]
        places = self.forms[number].text_places
        if not places:
            return ()
        known = self._known.get(number)
        found = None if known is None else known.template.match(self._events.data(position))
        if known is None or found is None:
            written: Sequence[str] = self.written(position)
        else:
            written, places = found.groups(), known.texts
        return [json.loads(f'"{text}"') if "\\" in (text := written[at]) else text for at in places]

    def _number(self, position: int) -> int:
        """Return the number of the form of an event, adding the form if it is new."""
        data, name = self._events.data(position), self._events.name(position)
        for known in self._known.values():
            if known.template.name == name and (found := known.template.match(data)) is not None:
                return known.take(position, found)
        if len(data) > _LONGEST_SHARED or MARK in data:
            return self._add(position)
        written_key, written = key_of(data)
        key = name, written_key
        number = self._numbers_by_key.get(key)
        if number is None:
            number = self._add(position)
            if len(self._numbers_by_key) < _MOST_SHARED:
                self._numbers_by_key[key] = number
            return number
        if number == _NO_OBJECT:
            return number
        if number == _NOT_SHARED or not self._repeat(number, position, key, written):
            self._numbers_by_key[key] = _NOT_SHARED
            return self._add(position)
        return number

    def _repeat(self, number: int, position: int, key: tuple[str, str], written: list[str]) -> bool:
        """Add another event of a form; return whether it can share the form."""
        form = self.forms[number]
        if form.count == 1 and written:
            slots = slots_of(key[1])
            if slots is None:
                return False
            form.share(slots, key_of(self._events.data(form.first))[1])
        form.count += 1
        form.last = position
        if form.slots:
            form.note(form.slots, written)
            self._recognise(number, key, written)
        return True

    def _recognise(self, number: int, key: tuple[str, str], written: list[str]) -> None:
        """Make the template of a form, or a more general one if it did not match."""
        form = self.forms[number]
        if number in self._known:
            self._know(number, key, [None] * len(written))
        elif form.count >= _FREQUENT and len(self._known) < _MOST_TEMPLATES and written != form.written:
            same = zip(form.slots, form.written, written, strict=True)
            self._know(
                number,
                key,
                [one if slot.kind != "text" and one == other else None for slot, one, other in same],
            )

    def _know(self, number: int, key: tuple[str, str], fixed: list[str | None]) -> None:
        self._known[number] = _Known.of(Template.of(number, *key, fixed), self.forms[number])

    def _add(self, position: int) -> int:
        value = self._observed(self.parsed(position))
        if value is None:
            return _NO_OBJECT
        self.forms.append(EventForm(value, position, position))
        return len(self.forms) - 1

    def _observed(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is None or self._observe is None:
            return value
        observed: dict[str, Any] = self._observe(value)
        return observed
