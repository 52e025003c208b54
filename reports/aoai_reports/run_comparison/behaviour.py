"""What a target does otherwise in two runs, whether or not a rule minds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from aoai_reports.evidence import Json
from aoai_reports.lines import ExchangeLine, RecordedResponse
from aoai_reports.run_comparison.changes import Aspect, BehaviourChange
from aoai_reports.run_comparison.noise import declared_noise
from aoai_reports.run_comparison.shapes import Presence, Shape, bodies_of, chunks_of, shape_of
from aoai_reports.run_comparison.sides import Side

#: Cases that are named for one change; `count` says how many there are.
MOST_CASES = 10
#: Values below it are compared answer by answer, as the aspect `error`.
_TOLD_BY_CASE = "/error/"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers of both runs to the same request."""

    case: str
    operation: str
    base_line: ExchangeLine
    revision_line: ExchangeLine
    base: RecordedResponse
    revision: RecordedResponse


@dataclass(slots=True)
class _Seen:
    """The changes so far, by what they are, with the cases that show each."""

    cases: dict[tuple[Aspect, str, str, str, str, str], list[str]] = field(default_factory=dict)

    def note(
        self, answered: Answered, aspect: Aspect, scope: str, place: str, words: tuple[str, str]
    ) -> None:
        """Take a change that one case shows; words are what it was and what it is."""
        if words[0] != words[1]:
            key = (aspect, answered.operation, scope, place, *words)
            self.cases.setdefault(key, []).append(answered.case)

    def changes(self) -> Iterator[BehaviourChange]:
        """Each change once."""
        for key, cases in self.cases.items():
            yield BehaviourChange(*key, cases=tuple(cases[:MOST_CASES]), count=len(cases))


def limit_changes(base: Side, revision: Side, names: dict[str, str]) -> tuple[BehaviourChange, ...]:
    """The points that one run's target accepted and the other's refused.

    A point counts as refused only where a request that carried nothing else was.
    """
    old, new = _limits(base, {}), _limits(revision, names)
    return tuple(
        BehaviourChange("limit", operation, "request", point, old[operation, point][0], word, (case,))
        for (operation, point), (word, case) in new.items()
        if (operation, point) in old and old[operation, point][0] != word
    )


def _limits(side: Side, names: dict[str, str]) -> dict[tuple[str, str], tuple[str, str]]:
    """`accepted` or `refused`, and a case that shows it, by operation and point."""
    limits: dict[tuple[str, str], tuple[str, str]] = {}
    for id_, line in side.cases.items():
        if line.response is None:
            continue
        accepted = 200 <= line.response.status < 300
        refused = 400 <= line.response.status < 500 and len(line.points) == 1
        for point in line.points:
            key = (names.get(line.operation, line.operation), point.id)
            if accepted:
                limits[key] = ("accepted", id_)
            elif refused:
                limits.setdefault(key, ("refused", id_))
    return limits


def answer_changes(
    pairs: Iterable[Answered], told: frozenset[tuple[str, str]]
) -> tuple[BehaviourChange, ...]:
    """Changes of status, error, media type, header names and stream between answers to the same request.

    `told` are the (operation, point) whose acceptance changed: what follows from that is not told again.
    """
    seen = _Seen()
    for each in pairs:
        if any((each.operation, point.id) in told for point in each.revision_line.points):
            continue
        old, new = each.base, each.revision
        if old.status != new.status:
            seen.note(each, "status", "answer", "", (str(old.status), str(new.status)))
            continue
        scope = _scope(new)
        _note_headers(seen, each, scope)
        if old.status >= 400:
            for name in ("code", "type", "param"):
                words = (_error(old, name), _error(new, name))
                seen.note(each, "error", scope, f"/error/{name}", words)
        if (old.events is None) != (new.events is None):
            seen.note(each, "stream", scope, "", (_is_stream(old), _is_stream(new)))
        elif old.events is not None and new.events is not None:
            seen.note(each, "stream", scope, "[DONE]", (_ending(old), _ending(new)))
            seen.note(each, "stream", scope, "event names", (_event_names(old), _event_names(new)))
    return tuple(seen.changes())


def _note_headers(seen: _Seen, each: Answered, scope: str) -> None:
    hidden = declared_noise().headers
    old = {name.lower(): value for name, value in each.base.headers}
    new = {name.lower(): value for name, value in each.revision.headers}
    for name in sorted((old.keys() ^ new.keys()) - hidden):
        words = ("sent" if name in old else "not sent", "sent" if name in new else "not sent")
        seen.note(each, "header", scope, name, words)
    words = (_media_type(old.get("content-type")), _media_type(new.get("content-type")))
    seen.note(each, "media type", scope, "", words)


def _media_type(value: str | None) -> str:
    return "none" if value is None else value.partition(";")[0].strip().lower()


def _error(response: RecordedResponse, name: str) -> str:
    """A field of the error as JSON text; `absent` where there is no such field."""
    for body in bodies_of(response):
        error = body.get("error") if isinstance(body, dict) else None
        holder: Json = error if isinstance(error, dict) else body
        if isinstance(holder, dict) and name in holder:
            return json.dumps(holder[name], ensure_ascii=False)[:200]
    return "absent"


def _is_stream(response: RecordedResponse) -> str:
    return "no stream" if response.events is None else "a stream"


def _ending(response: RecordedResponse) -> str:
    events = response.events or ()
    return "ends with [DONE]" if events and events[-1].data.strip() == "[DONE]" else "ends without [DONE]"


def _event_names(response: RecordedResponse) -> str:
    names = sorted({event.name for event in response.events or () if event.name})
    return ", ".join(names) or "none"


def _scope(response: RecordedResponse) -> str:
    return f"{response.status // 100}xx answer"


def shape_changes(pairs: Iterable[Answered]) -> tuple[BehaviourChange, ...]:
    """Changes of fields, types and fixed values in bodies and chunks, over all answers of a kind."""
    grouped: dict[tuple[str, str], list[Answered]] = {}
    for each in pairs:
        if each.base.status // 100 == each.revision.status // 100:
            whole = "2xx chunk" if each.base.events is not None else f"{each.base.status // 100}xx body"
            if (each.base.events is None) == (each.revision.events is None):
                grouped.setdefault((each.operation, whole), []).append(each)
    changes: list[BehaviourChange] = []
    for (operation, scope), answered in grouped.items():
        changes += _shape_changes(operation, scope, answered)
    return tuple(changes)


def _shape_changes(operation: str, scope: str, answered: list[Answered]) -> Iterator[BehaviourChange]:
    parse = chunks_of if scope.endswith("chunk") else bodies_of
    shapes = [(each.case, shape_of(parse(each.base)), shape_of(parse(each.revision))) for each in answered]
    old = shape_of(body for each in answered for body in parse(each.base))
    new = shape_of(body for each in answered for body in parse(each.revision))

    def change(aspect: Aspect, place: str, before: str, after: str) -> BehaviourChange:
        cases = [case for case, one, other in shapes if _at(one, place) != _at(other, place)]
        shown = tuple(cases[:MOST_CASES])
        return BehaviourChange(aspect, operation, scope, place, before, after, shown, len(cases))

    came_or_went: list[str] = []
    for place in sorted(old.types.keys() | new.types.keys()):
        if any(place.startswith(f"{above}/") for above in came_or_went):
            continue  # what stands in a field that came or went came or went with it
        before, after = old.presence(place), new.presence(place)
        is_field = place in old.fields or place in new.fields
        if is_field and before != after and old.could_hold(place) and new.could_hold(place):
            if "never" in {before, after}:
                came_or_went.append(place)
            yield change("field", place, before, after)
        if place not in old.types or place not in new.types:
            continue
        if old.types[place] != new.types[place]:
            yield change("type", place, _listed(old.types[place]), _listed(new.types[place]))
            continue
        values = old.values.get(place), new.values.get(place)
        if all(values) and values[0] != values[1] and not place.startswith(_TOLD_BY_CASE):
            yield change("value", place, _listed(values[0]), _listed(values[1]))


def _listed(values: set[str] | None) -> str:
    return ", ".join(sorted(values or ())) or "none"


def _at(shape: Shape, place: str) -> tuple[Presence, frozenset[str], frozenset[str]]:
    types, values = shape.types.get(place, ()), shape.values.get(place, ())
    return shape.presence(place), frozenset(types), frozenset(values)
