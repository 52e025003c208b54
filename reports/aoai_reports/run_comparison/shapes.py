"""The shape of responses: fields, how often they are present, their types and fixed values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from aoai_model.exchange import Response
from aoai_model.serialization import Json
from aoai_reports.record.evidence import DEEPEST
from aoai_reports.run_comparison.documents.map_keys import IsKey, by_known_names
from aoai_reports.run_comparison.noise import declared_noise
from aoai_specs.pointers import join

#: How many items of an array are examined.
MOST_ITEMS = 200
#: Longer strings are not compared; no document lists such values.
LONGEST_VALUE = 80

#: How often a field is present in the objects that could have it.
Presence = Literal["never", "sometimes", "always"]


@dataclass(slots=True)
class Shape:
    """The shape of many bodies, by place: a pointer with `*` for every index.

    `objects` counts the objects at a place, `fields` how often a field was present; `types` and `values` are
    what was seen there. Members that `is_key` identifies as keys of a map are not fields; their values share
    the place `*`.
    """

    is_key: IsKey = by_known_names
    objects: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    types: dict[str, set[str]] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)

    def add(self, body: Json) -> None:
        """Add one body."""
        self._add(body, "", "", 0)

    def presence(self, place: str) -> Presence:
        """How often a field was present in the objects that could have it."""
        parent = place.rpartition("/")[0]
        count = self.fields[place]
        if not count:
            return "never"
        return "always" if count >= self.objects[parent] else "sometimes"

    def could_hold(self, place: str) -> bool:
        """Whether an object was seen that could have the field."""
        return self.objects[place.rpartition("/")[0]] > 0

    def _add(self, value: Json, place: str, name: str, depth: int) -> None:
        self.types.setdefault(place, set()).add(type_of(value))
        noise = declared_noise()
        if isinstance(value, str):
            passing = (name, value) in noise.passing_values
            if name in noise.equal_values and len(value) <= LONGEST_VALUE and not passing:
                self.values.setdefault(place, set()).add(value)
        elif name in noise.opaque or depth >= DEEPEST:
            return
        elif isinstance(value, dict):
            self.objects[place] += 1
            for key, member in value.items():
                if self.is_key(place, key):
                    self._add(member, f"{place}/*", name, depth + 1)
                    continue
                below = join(place, key)
                self.fields[below] += 1
                self._add(member, below, key, depth + 1)
        elif isinstance(value, list):
            for member in value[:MOST_ITEMS]:
                self._add(member, f"{place}/*", name, depth + 1)


@dataclass(frozen=True, slots=True)
class SeenShape:
    """The shapes of the bodies or chunks of one operation in both runs.

    `scope` is the status class and the part: `2xx body`, `2xx chunk` or `4xx body`.
    """

    operation: str
    scope: str
    base: Shape
    revision: Shape


def type_of(value: Json) -> str:
    """The JSON type of a value; integers are numbers, since 1 and 1.0 are equal to a client."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def shape_of(bodies: Iterable[Json], is_key: IsKey = by_known_names) -> Shape:
    """The common shape of many bodies."""
    shape = Shape(is_key)
    for body in bodies:
        shape.add(body)
    return shape


def bodies_of(response: Response) -> Iterator[Json]:
    """The JSON body of a response that is not a stream; nothing unless it is an object or array."""
    if response.events is None:
        yield from _parsed(response.body.decode("utf-8", "replace"))


def chunks_of(response: Response) -> Iterator[Json]:
    """The JSON chunks of a stream."""
    for event in response.events or ():
        yield from _parsed(event.data)


def _parsed(text: str) -> Iterator[Json]:
    if text.lstrip()[:1] not in {"{", "["}:
        return
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        return
