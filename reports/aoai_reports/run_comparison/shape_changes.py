"""Differences between the shapes of the bodies and chunks of two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from aoai_model.exchange import Response
from aoai_model.serialization import Json
from aoai_reports.run_comparison.behaviour import MOST_CASES, ResponsePair, ResponsePairs
from aoai_reports.run_comparison.changes import Aspect, BehaviourChange
from aoai_reports.run_comparison.documents.map_keys import keys_of_maps
from aoai_reports.run_comparison.shapes import Presence, SeenShape, Shape, bodies_of, chunks_of, shape_of
from aoai_reports.run_comparison.sides import Side

#: Values below it are compared response by response, as the aspect `error`.
_COMPARED_BY_CASE = "/error/"


def seen_shapes(
    pairs: ResponsePairs, sides: tuple[Side, Side]
) -> tuple[tuple[SeenShape, ResponsePairs], ...]:
    """The shapes of the responses to the same requests, by operation and scope, with the responses."""
    seen: dict[tuple[str, str], SeenShape] = {}
    groups: dict[tuple[str, str], list[int]] = {}
    for number, each in enumerate(pairs):
        scope = _scope_of(each)
        if scope is None:
            continue
        key = (each.operation, scope)
        if key not in seen:
            is_key = keys_of_maps(sides, (each.base_line.operation, each.revision_line.operation), scope)
            seen[key] = SeenShape(each.operation, scope, shape_of((), is_key), shape_of((), is_key))
        groups.setdefault(key, []).append(number)
        parse = _parser(scope)
        for shape, response in ((seen[key].base, each.base), (seen[key].revision, each.revision)):
            for body in parse(response):
                shape.add(body)
    return tuple((shape, pairs.at(groups[key])) for key, shape in seen.items())


def _scope_of(pair: ResponsePair) -> str | None:
    """The part and the status class in which both responses can be compared; None if they differ."""
    old, new = pair.base, pair.revision
    if old.status // 100 != new.status // 100 or (old.events is None) != (new.events is None):
        return None
    return "2xx chunk" if old.events is not None else f"{old.status // 100}xx body"


def _parser(scope: str) -> Callable[[Response], Iterator[Json]]:
    return chunks_of if scope.endswith("chunk") else bodies_of


def shape_changes(seen: SeenShape, group: Iterable[ResponsePair]) -> Iterator[BehaviourChange]:
    """Changes of fields, types and fixed values in bodies or chunks, with the cases that show each."""
    changes = list(_changes(seen))
    if not changes:
        return
    parse, old, new = _parser(seen.scope), seen.base, seen.revision
    counts = Counter[str]()
    cases: dict[str, list[str]] = {}
    for each in group:
        one = shape_of(parse(each.base), old.is_key)
        other = shape_of(parse(each.revision), new.is_key)
        for place in {place for _, place, _, _ in changes}:
            if _at(one, place) != _at(other, place):
                counts[place] += 1
                shown = cases.setdefault(place, [])
                if len(shown) < MOST_CASES:
                    shown.append(each.case)
    for aspect, place, before, after in changes:
        shown_cases = tuple(cases.get(place, ()))
        yield BehaviourChange(
            aspect, seen.operation, seen.scope, place, before, after, shown_cases, counts[place]
        )


def _changes(seen: SeenShape) -> Iterator[tuple[Aspect, str, str, str]]:
    """The aspect, the place, and the states before and after of each change."""
    old, new = seen.base, seen.revision
    came_or_went: list[str] = []
    for place in sorted(old.types.keys() | new.types.keys()):
        if any(place.startswith(f"{above}/") for above in came_or_went):
            continue  # it was added or removed with the field that contains it
        before, after = old.presence(place), new.presence(place)
        is_field = place in old.fields or place in new.fields
        if is_field and before != after and old.could_hold(place) and new.could_hold(place):
            if "never" in {before, after}:
                came_or_went.append(place)
            yield "field", place, before, after
        if place not in old.types or place not in new.types:
            continue
        if old.types[place] != new.types[place]:
            yield "type", place, _listed(old.types[place]), _listed(new.types[place])
            continue
        values = old.values.get(place), new.values.get(place)
        if all(values) and values[0] != values[1] and not place.startswith(_COMPARED_BY_CASE):
            yield "value", place, _listed(values[0]), _listed(values[1])


def _listed(values: set[str] | None) -> str:
    return ", ".join(sorted(values or ())) or "none"


def _at(shape: Shape, place: str) -> tuple[Presence, frozenset[str], frozenset[str]]:
    types, values = shape.types.get(place, ()), shape.values.get(place, ())
    return shape.presence(place), frozenset(types), frozenset(values)
