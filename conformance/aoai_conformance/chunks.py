"""The chunks of a stream: one index of them for all views of a response."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeAlias, overload

from aoai_conformance.json_access import dig, elements
from aoai_conformance.rule import Place
from aoai_model.event_forms import EventForm, EventForms
from aoai_model.events import Event, Events
from aoai_model.verdict import Violation

DONE = "[DONE]"
#: How many chunks are read together.
_TOGETHER = 64


@dataclass(frozen=True, eq=False)
class ChunkPlace(Place):
    """The place of a chunk: the index of its event."""

    index: int

    def locate(self, violation: Violation) -> Violation:
        """Return the violation with the index of this chunk."""
        return replace(violation, chunk=self.index)


@dataclass(frozen=True, eq=False)
class Chunk(ChunkPlace):
    """One data event of a stream that holds a JSON object. `index` is the index of its event."""

    json: dict[str, Any]
    event: Event

    @property
    def choices(self) -> list[Any]:
        """Return the `choices` of the chunk, empty if there are none."""
        return elements(self.json.get("choices"))

    @property
    def usage(self) -> dict[str, Any] | None:
        """Return the `usage` of the chunk if it is an object."""
        usage = self.json.get("usage")
        return usage if isinstance(usage, dict) else None


#: Whether a rule concerns a chunk. It must not depend on the texts that the chunk adds, nor on numbers other
#: than indices, except on whether they are empty or zero.
Condition: TypeAlias = Callable[[Chunk], object]


class ChunkIndex:
    """The events of a stream, read once: its chunks by form, its ends, and what is neither.

    `places` has the index of the event of each chunk. By the WHATWG rules, a final event without its blank
    line is not data, and so no chunk.
    """

    def __init__(self, events: Events, forms: EventForms) -> None:
        self._events = events
        self._forms = forms
        self.places = array("L")
        done: list[Event] = []
        unreadable: list[Event] = []
        for place, number in enumerate(forms.numbers):
            if number >= 0:
                if events.is_terminated(place):
                    self.places.append(place)
            elif events.data(place).strip() == DONE:
                done.append(events[place])
            elif events.is_terminated(place):
                unreadable.append(events[place])
        self.done_events, self.unreadable = tuple(done), tuple(unreadable)
        firsts = [form.first for form in forms.forms if events.is_terminated(form.first)]
        self.firsts = tuple(map(self._read, firsts))
        self._chunks: list[Chunk | None] | None = None

    def form_number(self, place: int) -> int:
        """Return the number of the form of the chunk in the event with an index."""
        return self._forms.numbers[place]

    def arrival(self, place: int) -> float:
        """Return the time at which the event with an index arrived."""
        return self._events.arrived(place)

    def chunk(self, position: int) -> Chunk:
        """Return a chunk, which is kept."""
        if self._chunks is None:
            self._chunks = [None] * len(self.places)
        kept = self._chunks[position]
        if kept is None:
            kept = self._chunks[position] = self.read_chunk(position)
        return kept

    def read_chunk(self, position: int) -> Chunk:
        """Return a chunk."""
        return self._read(self.places[position])

    def texts(self, place: int) -> Sequence[str]:
        """Return the texts of the chunk in the event with an index, see `EventForm.texts`."""
        return self._forms.texts(place)

    def form(self, place: int) -> EventForm:
        """Return the form of the chunk in the event with an index."""
        return self._forms.forms[self._forms.numbers[place]]

    def unobserved(self, places: Sequence[int]) -> list[Any]:
        """Return the JSON objects of the chunks in some events, whose reads are not recorded."""
        return self._forms.parsed_together(places)

    def slot_at(self, place: int, pointer: str) -> int | None:
        """Return the position of the slot at a pointer into the chunk in the event with an index.

        Return None if the value there is not a slot, or is the same in all chunks of the form.
        """
        form = self.form(place)
        spread = form.spreads.get(pointer)
        if spread is not None and spread.least == spread.most:
            return None
        return next((at for at, slot in enumerate(form.slots) if slot.pointer == pointer), None)

    def slot_values(self, places: Sequence[int], at: int) -> list[Any]:
        """Return the value in one slot of several chunks of a form, by the slot's position."""
        return self._forms.slot_values(places, at)

    def _read(self, place: int) -> Chunk:
        value = self._forms.value(place)
        return Chunk(place, {} if value is None else value, self._events[place])


class Chunks(Sequence[Chunk]):
    """The chunks of a stream before some event.

    Most chunks differ only in the texts that they add: they have the same form. A rule that depends on
    anything else looks at `distinct` or selects with `where`, which read each form once.
    """

    def __init__(self, known: ChunkIndex, end: int | None = None) -> None:
        self.known = known
        self._length = len(known.places) if end is None else bisect_left(known.places, end)
        self._forms = len(known.firsts)
        if end is not None:
            self._forms = bisect_left(known.firsts, end, key=lambda chunk: chunk.index)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, position: int) -> Chunk: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Chunk, ...]: ...
    def __getitem__(self, position: int | slice) -> Chunk | tuple[Chunk, ...]:
        if isinstance(position, slice):
            return tuple(map(self.known.chunk, range(self._length)[position]))
        return self.known.chunk(range(self._length)[position])

    def __iter__(self) -> Iterator[Chunk]:
        return map(self.known.chunk, range(self._length))

    @property
    def places(self) -> Sequence[int]:
        """The index of the event of each chunk."""
        return self.known.places[: self._length]

    def blocks(self) -> Iterator[Sequence[int]]:
        """Yield the indices of the events of the chunks in blocks, whose chunks are read together."""
        places = self.places
        return (places[start : start + _TOGETHER] for start in range(0, len(places), _TOGETHER))

    @property
    def distinct(self) -> tuple[Chunk, ...]:
        """The first chunk of each form, in order."""
        return self.known.firsts[: self._forms]

    def where(self, condition: Condition, *, since: int = 0) -> Iterator[Chunk]:
        """Yield the chunks that meet a condition, in order, from the event with the index `since`.

        The condition is tested at the first chunk of each form, when it is reached.
        """
        return map(self.known.read_chunk, self._positions(condition, since))

    def last_where(self, condition: Condition) -> Chunk | None:
        """Return the last chunk that meets a condition, if any."""
        tested: dict[int, object] = {}
        for position in range(self._length - 1, -1, -1):
            number = self.known.form_number(self.known.places[position])
            if number not in tested:
                tested[number] = condition(self.known.read_chunk(position))
            if tested[number]:
                return self.known.read_chunk(position)
        return None

    def last_of_each_form(self) -> list[Chunk]:
        """Return the last chunk of each form, in order."""
        lasts = {self.known.form_number(self.known.places[at]): at for at in range(self._length)}
        return [self.known.read_chunk(position) for position in sorted(lasts.values())]

    def with_forms(self) -> Iterator[tuple[int, Chunk]]:
        """Yield the index of each chunk with the first chunk of its form."""
        number = self.known.form_number
        firsts = {number(chunk.index): chunk for chunk in self.distinct}
        return ((place, firsts[number(place)]) for place in self.places)

    def where_value(
        self, pointer: str, condition: Callable[[Chunk, Any], object]
    ) -> Iterator[tuple[ChunkPlace, Any]]:
        """Yield the place of each chunk whose value at a pointer meets a condition, and the value.

        A chunk without a value at the pointer has None. The condition is called with the first chunk of the
        form and the value, and only once for a form whose chunks share the value.
        """
        met: dict[int, Any] = {}
        differs: dict[int, tuple[Chunk, int]] = {}
        for chunk in self.distinct:
            number = self.known.form_number(chunk.index)
            value = dig(chunk.json, pointer)
            at = self.known.slot_at(chunk.index, pointer)
            if at is not None:
                differs[number] = chunk, at
            elif condition(chunk, value):
                met[number] = value
        for block in self.blocks() if met or differs else ():
            own: dict[int, list[int]] = {number: [] for number in differs}
            for place in block:
                own.get(self.known.form_number(place), []).append(place)
            values = {
                number: iter(self.known.slot_values(places, differs[number][1]))
                for number, places in own.items()
            }
            for place in block:
                number = self.known.form_number(place)
                if number in met:
                    yield ChunkPlace(place), met[number]
                elif number in differs:
                    value = next(values[number])
                    if condition(differs[number][0], value):
                        yield ChunkPlace(place), value

    def at(self, index: int) -> Chunk:
        """Return the chunk with an index."""
        return self.known.read_chunk(bisect_left(self.known.places, index))

    def arrivals(self, condition: Condition) -> list[float]:
        """Return the arrival times of the chunks that meet a condition."""
        arrival, places = self.known.arrival, self.known.places
        return [arrival(places[position]) for position in self._positions(condition)]

    def _positions(self, condition: Condition, since: int = 0) -> Iterator[int]:
        """Yield the positions of the chunks that meet a condition."""
        number, places = self.known.form_number, self.known.places
        meets: set[int] = set()
        for chunk, start, end in self._stretches(since):
            if condition(chunk):
                meets.add(number(chunk.index))
            if meets:
                yield from (at for at in range(start, end) if number(places[at]) in meets)

    def _stretches(self, since: int) -> Iterator[tuple[Chunk, int, int]]:
        """Yield a chunk of each form in order, its position, and that of the first chunk of the next form."""
        firsts = self.distinct
        if since:
            start = bisect_left(self.known.places, since)
            seen: dict[int, int] = {}
            for position in range(start, self._length):
                seen.setdefault(self.known.form_number(self.known.places[position]), position)
            firsts = tuple(map(self.known.read_chunk, seen.values()))
        starts = [bisect_left(self.known.places, chunk.index) for chunk in firsts]
        for chunk, (start, end) in zip(firsts, pairwise([*starts, self._length]), strict=True):
            yield chunk, start, end
