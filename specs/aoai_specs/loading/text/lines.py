"""The lines of the places of a text, computed when a message first needs one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial


class Lines:
    """The line where each place of a text begins; it can be pickled if its functions can.

    `find` returns the line of each pointer ("#/info"); it is called once, when a line is first needed.
    `original` returns where a place stood in the text, for descriptions that were converted.
    """

    def __init__(
        self, find: Callable[[], Mapping[str, int]], original: Callable[[str], str] | None = None
    ) -> None:
        self._find = find
        self._original = original
        self._found: Mapping[str, int] | None = None

    def of(self, pointer: str) -> int:
        """Return the line where the value at a pointer begins, or else the nearest value around it."""
        if self._found is None:
            self._found = self._find()
        if self._original is not None:
            pointer = self._original(pointer)
        while pointer and pointer not in self._found:
            pointer = pointer.rpartition("/")[0]
        return self._found.get(pointer, 1)

    def converted(self, original: Callable[[str], str]) -> Lines:
        """Return the lines of a converted description; `original` returns the place before."""
        before = self._original
        return Lines(self._all, original if before is None else partial(_in_turn, original, before))

    def _all(self) -> Mapping[str, int]:
        self.of("#")
        return self._found or {}


def _in_turn(first: Callable[[str], str], second: Callable[[str], str], pointer: str) -> str:
    return second(first(pointer))
