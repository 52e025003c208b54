"""Find the recorded request that is most like another, and say where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aoai_emulator.http.json_text import JsonTextError, parse
from aoai_emulator.tape.request_keys import is_same_path
from aoai_emulator.traffic.recorded_exchange import RecordedExchange
from aoai_specs.json_values import quote
from aoai_specs.pointers import escape

#: How many recorded requests are compared, and how many differences of each are counted.
_MOST_COMPARED = 500
_MOST_DIFFERENCES = 100
_LONGEST_PATH = 200
_ABSENT = "nothing"


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that arrived; `path` is percent-decoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes


def describe_nearest(request: ReceivedRequest, recorded: Sequence[RecordedExchange]) -> str:
    """Return a sentence that names the recorded request most like this one, and the first difference."""
    same_path = [each for each in recorded if is_same_path(each.path, request.path)]
    candidates = [each for each in same_path if each.method == request.method]
    if not candidates:
        return _other_path(request, same_path or recorded)
    fields = _json(request.body)
    compared = [(_found(_json(each.body), fields), each) for each in candidates[-_MOST_COMPARED:]]
    differences, nearest = min(compared, key=lambda pair: len(pair[0]))
    told = f"The nearest recorded request is {nearest.name}, {nearest.method} {nearest.path[:_LONGEST_PATH]}"
    if not differences:
        return f"{told}; its query or its body differs."
    return f"{told}; its body differs at {differences[0]}."


def _other_path(request: ReceivedRequest, recorded: Sequence[RecordedExchange]) -> str:
    nearest = max(recorded, key=lambda each: _likeness(each, request))
    return (
        f"The nearest recorded request is {nearest.name}, {nearest.method} {nearest.path[:_LONGEST_PATH]}; "
        "none has this method and path."
    )


def _likeness(recorded: RecordedExchange, request: ReceivedRequest) -> tuple[int, bool]:
    """Count the last segments of the paths that agree."""
    count = 0
    for mine, other in zip(
        reversed(recorded.path.split("/")), reversed(request.path.split("/")), strict=False
    ):
        if mine != other:
            break
        count += 1
    return count, recorded.method == request.method


def _json(body: bytes) -> Any:
    try:
        return parse(body) if body else None
    except JsonTextError:
        return None


def _found(recorded: Any, received: Any) -> list[str]:
    return list(islice(_differences(recorded, received), _MOST_DIFFERENCES))


def _differences(recorded: Any, received: Any) -> Iterator[str]:
    """Yield where two JSON values differ, in the order of the recorded one."""
    waiting: list[tuple[str, Any, Any]] = [("", recorded, received)]
    while waiting:
        place, mine, other = waiting.pop()
        if mine == other:
            continue
        if isinstance(mine, dict) and isinstance(other, dict):
            names = [*mine, *(name for name in other if name not in mine)]
            pairs = [(escape(name), mine.get(name, _Absent()), other.get(name, _Absent())) for name in names]
        elif isinstance(mine, list) and isinstance(other, list):
            longest = range(max(len(mine), len(other)))
            pairs = [(str(index), _item(mine, index), _item(other, index)) for index in longest]
        else:
            yield f"{place or '/'}: recorded {_shown(mine)}, received {_shown(other)}"
            continue
        waiting.extend((f"{place}/{name}", one, two) for name, one, two in reversed(pairs))


def _item(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _Absent()


class _Absent:
    """The value of a member that one side lacks."""


def _shown(value: Any) -> str:
    return _ABSENT if isinstance(value, _Absent) else quote(value)
