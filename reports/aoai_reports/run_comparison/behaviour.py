"""Differences in statuses, errors, headers and streams between the responses of two runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from aoai_model.exchange import Response
from aoai_model.serialization import Json
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.run_comparison.changes import Aspect, BehaviourChange, CaseSubject
from aoai_reports.run_comparison.noise import declared_noise
from aoai_reports.run_comparison.shapes import bodies_of
from aoai_reports.run_comparison.sides import SameRequests

#: How many case ids a change lists.
MOST_CASES = 10
#: Stands for a missing field, as opposed to null.
ABSENT = object()


@dataclass(frozen=True, slots=True)
class ResponsePair:
    """The responses of both runs to the same request."""

    case: str
    operation: str
    base_line: ExchangeLine
    revision_line: ExchangeLine
    base: Response
    revision: Response


class ResponsePairs(Sequence[ResponsePair]):
    """The responses of both runs to the same requests; those in files are read when they are used.

    `names` maps operations of the revision to their names in the base, where these differ.
    """

    def __init__(self, same: SameRequests, names: Mapping[str, str], numbers: Sequence[int]) -> None:
        self._same = same
        self._names = names
        self._numbers = numbers

    @classmethod
    def of(cls, same: SameRequests, names: Mapping[str, str]) -> ResponsePairs:
        """Return the requests that got a response in both runs."""
        answered = (one.response is not None and other.response is not None for _, one, other in same)
        return cls(same, names, [number for number, is_answered in enumerate(answered) if is_answered])

    def at(self, numbers: Iterable[int]) -> ResponsePairs:
        """Return those with some numbers."""
        return ResponsePairs(self._same, self._names, [self._numbers[number] for number in numbers])

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> ResponsePair: ...
    @overload
    def __getitem__(self, index: slice) -> ResponsePairs: ...
    def __getitem__(self, index: int | slice) -> ResponsePair | ResponsePairs:
        if isinstance(index, slice):
            return ResponsePairs(self._same, self._names, self._numbers[index])
        id_, one, other = self._same[self._numbers[index]]
        if one.response is None or other.response is None:
            raise TypeError("a request without a response is not a pair")
        operation = self._names.get(other.operation, other.operation)
        return ResponsePair(id_, operation, one, other, one.response, other.response)


@dataclass(slots=True)
class _Seen:
    """Collects changes with the cases that show each."""

    cases: dict[tuple[Aspect, str, str, str, str, str], list[CaseSubject]] = field(default_factory=dict)

    def note(
        self, pair: ResponsePair, aspect: Aspect, scope: str, place: str, values: tuple[str, str]
    ) -> None:
        """Add what one case shows, unless the values before and after are equal."""
        if values[0] != values[1]:
            key = (aspect, pair.operation, scope, place, *values)
            self.cases.setdefault(key, []).append(_subject(pair))

    def changes(self) -> Iterator[BehaviourChange]:
        """Each change once."""
        for key, cases in self.cases.items():
            ids = tuple(each.case for each in cases[:MOST_CASES])
            yield BehaviourChange(*key, cases=ids, count=len(cases), subjects=tuple(cases))


def response_changes(
    pairs: Iterable[ResponsePair], moved: frozenset[tuple[str, str]]
) -> tuple[BehaviourChange, ...]:
    """Changes of status, error, media type, header names and stream between responses to the same request.

    `moved` are the (operation, point) pairs whose acceptance changed; their responses are skipped.
    """
    seen = _Seen()
    for each in pairs:
        points = (*each.base_line.points, *each.revision_line.points)
        if any((each.operation, point.id) in moved for point in points):
            continue
        old, new = each.base, each.revision
        if old.status != new.status:
            seen.note(each, "status", "answer", "", (str(old.status), str(new.status)))
            continue
        scope = _scope(new)
        _note_headers(seen, each, scope)
        if old.status >= 400:
            for name in ("code", "type", "param"):
                values = (_error(old, name), _error(new, name))
                seen.note(each, "error", scope, f"/error/{name}", values)
        if (old.events is None) != (new.events is None):
            seen.note(each, "stream", scope, "", (_is_stream(old), _is_stream(new)))
        elif old.events is not None and new.events is not None:
            seen.note(each, "stream", scope, "[DONE]", (_ending(old), _ending(new)))
            seen.note(each, "stream", scope, "event names", (_event_names(old), _event_names(new)))
    return tuple(seen.changes())


def _subject(pair: ResponsePair) -> CaseSubject:
    """The subject of a case: its only point in either run, and the field that the error names."""
    old, new = (
        line.points[0] if len(line.points) == 1 else None for line in (pair.base_line, pair.revision_line)
    )
    one = old or new
    error = pair.base if pair.base.status >= 400 else pair.revision
    param = _error_field(error, "param") if error.status >= 400 else ABSENT
    return CaseSubject(
        pair.case,
        "" if one is None else one.id,
        "" if old is None else _pointer(old.clause),
        "" if new is None else _pointer(new.clause),
        param if isinstance(param, str) else "",
    )


def _pointer(clause: str) -> str:
    """The pointer of a clause, without the name of the document."""
    return "#" + clause.partition("#")[2] if "#" in clause else ""


def _note_headers(seen: _Seen, each: ResponsePair, scope: str) -> None:
    hidden = declared_noise().headers
    old = {name.lower(): value for name, value in each.base.headers}
    new = {name.lower(): value for name, value in each.revision.headers}
    for name in sorted((old.keys() ^ new.keys()) - hidden):
        values = ("sent" if name in old else "not sent", "sent" if name in new else "not sent")
        seen.note(each, "header", scope, name, values)
    values = (_media_type(old.get("content-type")), _media_type(new.get("content-type")))
    seen.note(each, "media type", scope, "", values)


def _media_type(value: str | None) -> str:
    return "none" if value is None else value.partition(";")[0].strip().lower()


def _error(response: Response, name: str) -> str:
    """A field of the error as JSON text, or `absent`."""
    value = _error_field(response, name)
    return "absent" if value is ABSENT else json.dumps(value, ensure_ascii=False)[:200]


def _error_field(response: Response, name: str) -> Json | object:
    """A field of the error, or ABSENT."""
    for body in bodies_of(response):
        error = body.get("error") if isinstance(body, dict) else None
        holder: Json = error if isinstance(error, dict) else body
        if isinstance(holder, dict) and name in holder:
            return holder[name]
    return ABSENT


def _is_stream(response: Response) -> str:
    return "no stream" if response.events is None else "a stream"


def _ending(response: Response) -> str:
    events = response.events or ()
    return "ends with [DONE]" if events and events[-1].data.strip() == "[DONE]" else "ends without [DONE]"


def _event_names(response: Response) -> str:
    names = sorted({event.name for event in response.events or () if event.name})
    return ", ".join(names) or "none"


def _scope(response: Response) -> str:
    return f"{response.status // 100}xx answer"
