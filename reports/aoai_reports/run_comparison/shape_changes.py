"""Differences between the shapes of the bodies and chunks of two runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from aoai_model.exchange import Response
from aoai_model.serialization import Json
from aoai_reports.run_comparison.behaviour import MOST_CASES, ResponsePair
from aoai_reports.run_comparison.changes import Aspect, BehaviourChange
from aoai_reports.run_comparison.documents.map_keys import keys_of_maps
from aoai_reports.run_comparison.shapes import Presence, SeenShape, Shape, bodies_of, chunks_of, shape_of
from aoai_reports.run_comparison.sides import Side

#: Values below it are compared response by response, as the aspect `error`.
_COMPARED_BY_CASE = "/error/"


def seen_shapes(
    pairs: Iterable[ResponsePair], sides: tuple[Side, Side]
) -> tuple[tuple[SeenShape, tuple[ResponsePair, ...]], ...]:
    """The shapes of the responses to the same requests, by operation and scope, with the responses."""
    grouped: dict[tuple[str, str], list[ResponsePair]] = {}
    for each in pairs:
        if each.base.status // 100 == each.revision.status // 100:
            whole = "2xx chunk" if each.base.events is not None else f"{each.base.status // 100}xx body"
            if (each.base.events is None) == (each.revision.events is None):
                grouped.setdefault((each.operation, whole), []).append(each)
    seen = []
    for (operation, scope), group in grouped.items():
        parse = _parser(scope)
        names = (group[0].base_line.operation, group[0].revision_line.operation)
        is_key = keys_of_maps(sides, names, scope)
        old = shape_of((body for each in group for body in parse(each.base)), is_key)
        new = shape_of((body for each in group for body in parse(each.revision)), is_key)
        seen.append((SeenShape(operation, scope, old, new), tuple(group)))
    return tuple(seen)


def _parser(scope: str) -> Callable[[Response], Iterator[Json]]:
    return chunks_of if scope.endswith("chunk") else bodies_of


def shape_changes(seen: SeenShape, group: Sequence[ResponsePair]) -> Iterator[BehaviourChange]:
    """Changes of fields, types and fixed values in bodies or chunks, with the cases that show each."""
    parse, old, new = _parser(seen.scope), seen.base, seen.revision
    shapes = [
        (each.case, shape_of(parse(each.base), old.is_key), shape_of(parse(each.revision), new.is_key))
        for each in group
    ]

    def change(aspect: Aspect, place: str, before: str, after: str) -> BehaviourChange:
        cases = [case for case, one, other in shapes if _at(one, place) != _at(other, place)]
        shown = tuple(cases[:MOST_CASES])
        return BehaviourChange(aspect, seen.operation, seen.scope, place, before, after, shown, len(cases))

    came_or_went: list[str] = []
    for place in sorted(old.types.keys() | new.types.keys()):
        if any(place.startswith(f"{above}/") for above in came_or_went):
            continue  # it was added or removed with the field that contains it
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
        if all(values) and values[0] != values[1] and not place.startswith(_COMPARED_BY_CASE):
            yield change("value", place, _listed(values[0]), _listed(values[1]))


def _listed(values: set[str] | None) -> str:
    return ", ".join(sorted(values or ())) or "none"


def _at(shape: Shape, place: str) -> tuple[Presence, frozenset[str], frozenset[str]]:
    types, values = shape.types.get(place, ()), shape.values.get(place, ())
    return shape.presence(place), frozenset(types), frozenset(values)
