"""JSON text of values that differ from each other in some places only, written without the rest of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

from aoai_emulator.http.json_text import JsonObject, write

Place = tuple[str | int, ...]

_MARK = re.compile(rb'"\\u0000(\d+)\\u0000"')


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
        self._reduce = reduce
        marked = example
        for number, place in enumerate(shape.places):
            marked = _with(marked, place, f"\0{number}\0")
        pieces = _MARK.split(write(reduce(marked)))
        self._texts = pieces[::2]
        self._places = [shape.places[int(number)] for number in pieces[1::2]]

    def write(self, value: JsonObject) -> bytes:
        """Write a value as `write` does."""
        texts = iter(self._texts)
        pieces = [next(texts)]
        try:
            for place, text in zip(self._places, texts, strict=True):
                found: Any = value
                for step in place:
                    found = found[step]
                pieces.append(encode_basestring(found).encode() if isinstance(found, str) else b"%d" % found)
                pieces.append(text)
        except UnicodeEncodeError:
            return write(self._reduce(value))
        return b"".join(pieces)


def _with(value: Any, place: Sequence[str | int], inner: Any) -> Any:
    """Return a copy of a value with another one at a place."""
    if not place:
        return inner
    step, *rest = place
    copied = value.copy()
    copied[step] = _with(value[step], rest, inner)
    return copied
