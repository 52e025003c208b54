"""JSON text of values that differ from each other in some places only, written without the rest of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, TypeAlias

from aoai_emulator.http.json_text import JsonObject, JsonText, write

Place = tuple[str | int, ...]
#: What a value can have at a place of a shape; bytes are JSON text in UTF-8.
Value: TypeAlias = str | int | JsonText | bytes

_MARK = re.compile(r'"\\u0000(\d+)\\u0000"')
#: Stands for the value at the last place; no client can guess it.
_LAST = secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class JsonShape:
    """What some values have in common: everything but the strings, integers and JSON texts at some places.

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
        constants = (first, *rest[1::2])
        self._format = "%s".join(text.replace("%", "%%") for text in constants)
        integers = [isinstance(_at(example, shape.places[number]), int) for number in numbers]
        self._texts = tuple(index for index, is_integer in enumerate(integers) if not is_integer)
        marks = ["%d" if is_integer else "%b" for is_integer in integers]
        self._format_of_bytes = "".join(
            text.replace("%", "%%") + mark for text, mark in zip(constants, [*marks, ""], strict=True)
        ).encode()

    def write(self, values: Sequence[Value]) -> bytes:
        """Write the value that has these strings, integers and JSON texts at the places of the shape.

        Those that have an integer in the example have one in every value.
        """
        try:
            kept = list(self._choose(values))
            for index in self._texts:
                text = kept[index]
                if isinstance(text, str):
                    kept[index] = encode_basestring(text).encode()
            return self._format_of_bytes % tuple(kept)
        except UnicodeEncodeError:
            return write(self._with([_readable(each) for each in values]))

    def write_several(
        self,
        first: Sequence[Value],
        texts: Sequence[str],
        *,
        before: str = "",
        after: str = "",
        at_once: int = 1,
    ) -> Iterator[bytes]:
        """Write a value for each text, which is at the last place of the shape, between two other texts.

        `first` are the values at the other places; each piece that is yielded has `at_once` values.
        """
        start, end, is_kept = self._around(first)
        start, end = before + start, end + after
        between = end + start
        for number in range(0, len(texts), at_once):
            several = texts[number : number + at_once]
            encoded = map(encode_basestring, several) if is_kept else [""] * len(several)
            try:
                yield (start + between.join(encoded) + end).encode()
            except UnicodeEncodeError:
                written = (self.write((*first, text)) for text in several)
                yield b"".join(before.encode() + each + after.encode() for each in written)

    def _around(self, first: Sequence[Value]) -> tuple[str, str, bool]:
        """Return what is before and after the last place, and whether that place is kept."""
        kept = self._choose((*first, _LAST))
        written = self._format % tuple(
            [encode_basestring(each) if isinstance(each, str) else each for each in kept]
        )
        start, mark, end = written.partition(f'"{_LAST}"')
        return start, end, bool(mark)

    def _with(self, values: Sequence[Value]) -> Any:
        whole = self._example
        for place, value in zip(self._shape.places, values, strict=True):
            whole = _with(whole, place, value)
        return self._reduce(whole)


def _readable(value: Value) -> str | int | JsonText:
    return JsonText(value.decode()) if isinstance(value, bytes) else value


def _chooser(numbers: Sequence[int]) -> Callable[[Sequence[Value]], tuple[Value, ...]]:
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


def _at(value: Any, place: Sequence[str | int]) -> Any:
    """Return the value at a place."""
    for step in place:
        value = value[step]
    return value
