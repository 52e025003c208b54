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

    def visit(self, nodes: int = 1) -> None:
        """Count nodes. Raises OverlayError beyond the limit."""
        self.left -= nodes
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
    """Yield a value and everything inside it that selectors may select from: objects and lists."""
    evaluation.visit()
    waiting = [value] if isinstance(value, dict | list) else []
    while waiting:
        node = waiting.pop()
        yield node
        held = list(node.values()) if isinstance(node, dict) else node
        evaluation.visit(len(held))
        waiting += [each for each in reversed(held) if isinstance(each, dict | list)]


def _children(value: Any) -> list[tuple[Any, Any]]:
    """Return the keys or indexes of what an object or a list holds, with the values."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


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
    for key, each in _children(value):
        yield Found(value, key, each)


def filtered(test: Test) -> Selector:
    """Return the selector of children that pass a test."""

    def select(value: Any, evaluation: Evaluation) -> Iterator[Found]:
        for key, each in _children(value):
            evaluation.visit()
            if test(each, evaluation):
                yield Found(value, key, each)

    return select
