"""What the selectors of a JSONPath select."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aoai_specs.errors import OverlayError

#: The most nodes that one path visits.
MOST_NODES = 2_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """A node that a path selects: `container[key]`. The root has no container."""

    container: Any
    key: Any
    value: Any


@dataclass(slots=True)
class Evaluation:
    """The root of the value that is searched, and how many nodes may still be visited."""

    root: Any
    left: int = field(default_factory=lambda: MOST_NODES)

    def visit(self) -> None:
        """Count a node. Raises OverlayError beyond the limit."""
        self.left -= 1
        if self.left < 0:
            raise OverlayError(f"A JSONPath visits more than {MOST_NODES:,} nodes.")


Selector = Callable[[Any, Evaluation], Iterator[Found]]
Test = Callable[[Any, Evaluation], bool]


@dataclass(frozen=True, slots=True)
class Segment:
    """A step of a path; it `descends` with `..`, and selects at most one node if it is `singular`."""

    selectors: tuple[Selector, ...]
    descends: bool
    singular: bool

    def select(self, found: list[Found], evaluation: Evaluation) -> list[Found]:
        """Return what this step selects within some nodes."""
        result: list[Found] = []
        for before in found:
            values = _descendants(before.value, evaluation) if self.descends else (before.value,)
            for value in values:
                for selector in self.selectors:
                    for after in selector(value, evaluation):
                        evaluation.visit()
                        result.append(after)
        return result


def run(segments: tuple[Segment, ...], value: Any, evaluation: Evaluation) -> list[Found]:
    """Return what the steps of a path select, starting at a value."""
    found = [Found(None, None, value)]
    for segment in segments:
        found = segment.select(found, evaluation)
    return found


def _descendants(value: Any, evaluation: Evaluation) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        evaluation.visit()
        yield node
        waiting.extend(reversed([child.value for child in _children(node)]))


def _children(value: Any) -> Iterator[Found]:
    if isinstance(value, dict):
        for key, each in list(value.items()):
            yield Found(value, key, each)
    elif isinstance(value, list):
        for index, each in enumerate(list(value)):
            yield Found(value, index, each)


def member(name: str) -> Selector:
    """Return the selector of members with a name."""

    def select(value: Any, _: Evaluation) -> Iterator[Found]:
        if isinstance(value, dict) and name in value:
            yield Found(value, name, value[name])

    return select


def element(index: int) -> Selector:
    """Return the selector of elements with an index."""

    def select(value: Any, _: Evaluation) -> Iterator[Found]:
        if isinstance(value, list) and -len(value) <= index < len(value):
            yield Found(value, index % len(value), value[index])

    return select


def sliced(start: int | None, end: int | None, step: int | None) -> Selector:
    """Return the selector of elements of a slice."""

    def select(value: Any, _: Evaluation) -> Iterator[Found]:
        if isinstance(value, list) and step != 0:
            for index in range(*slice(start, end, step).indices(len(value))):
                yield Found(value, index, value[index])

    return select


def every(value: Any, _: Evaluation) -> Iterator[Found]:
    """Yield every child."""
    return _children(value)


def filtered(test: Test) -> Selector:
    """Return the selector of children that pass a test."""

    def select(value: Any, evaluation: Evaluation) -> Iterator[Found]:
        for child in _children(value):
            evaluation.visit()
            if test(child.value, evaluation):
                yield child

    return select
