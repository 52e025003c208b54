"""JSON text of values that differ from each other in some places only, written without the rest of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any

from aoai_emulator.http.json_text import JsonObject, write

Place = tuple[str | int, ...]

_MARK = re.compile(r'"\\u0000(\d+)\\u0000"')


@dataclass(frozen=True, slots=True)
class JsonShape:
    """What some values have in common: everything but the strings and integers at some places.

    Values with the same `key` are the same elsewhere.
    """

    key: Hashable
    places: tuple[Place, ...]


class Template:
    """Writes values of one shape; `reduce` is what is done with each before it is written."""

    def __init__(self, shape: JsonShape, example: JsonObject, reduce: Callable[[JsonObject], Any]) -> None:
        self._shape = shape
        self._example = example
        self._reduce = reduce
        marks = [f"\0{number}\0" for number in range(len(shape.places))]
        first, *rest = _MARK.split(write(self._with(marks)).decode())
        numbers = [int(number) for number in rest[::2]]
        self._kept = len(numbers)
        self._choose = _chooser(numbers)
        self._format = "%s".join(text.replace("%", "%%") for text in (first, *rest[1::2]))

    def write(self, values: Sequence[str | int]) -> bytes:
        """Write the value that has these strings and integers at the places of the shape."""
        kept = self._choose(values)
        texts = [encode_basestring(each) if isinstance(each, str) else each for each in kept]
        try:
            return (self._format % tuple(texts)).encode()
        except UnicodeEncodeError:
            return write(self._with(values))

    def write_each(self, texts: Iterable[str], before: str = "", after: str = "") -> Iterator[bytes]:
        """Write a value for each string, which is at the only place of the shape, between two texts."""
        form = before + self._format + after
        is_kept = self._kept == 1
        for text in texts:
            try:
                yield (form % (encode_basestring(text) if is_kept else ())).encode()
            except UnicodeEncodeError:
                yield before.encode() + self.write((text,)) + after.encode()

    def _with(self, values: Sequence[str | int]) -> Any:
        whole = self._example
        for place, value in zip(self._shape.places, values, strict=True):
            whole = _with(whole, place, value)
        return self._reduce(whole)


def _chooser(numbers: Sequence[int]) -> Callable[[Sequence[str | int]], tuple[str | int, ...]]:
    """Return what chooses the values with these numbers, in this order."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    if len(numbers) == 1:
        (number,) = numbers
        return lambda values: (values[number],)
    return lambda _: ()


def _with(value: Any, place: Sequence[str | int], inner: Any) -> Any:
    """Return a copy of a value with another one at a place."""
    if not place:
        return inner
    step, *rest = place
    copied = value.copy()
    copied[step] = _with(value[step], rest, inner)
    return copied
