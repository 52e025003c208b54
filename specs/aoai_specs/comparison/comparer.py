"""Comparing two descriptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aoai_specs.comparison.ahead import EndpointDifference, OrderError, SchemaPair, compared_ahead
from aoai_specs.comparison.annotations import annotation_differences, facts_of
from aoai_specs.comparison.change import Change, Changes
from aoai_specs.comparison.descriptions import Description
from aoai_specs.comparison.difference import Difference
from aoai_specs.comparison.effects import VERDICTS, ContentWay, Effect, Way
from aoai_specs.comparison.endpoints.endpoint import Endpoint, endpoints
from aoai_specs.comparison.endpoints.matches import Matched, base_path, match
from aoai_specs.comparison.endpoints.responses import is_error_status
from aoai_specs.comparison.endpoints.security import SecuritySchemes, scheme_differences, security_differences
from aoai_specs.comparison.fingerprints import fingerprint, stable_place
from aoai_specs.comparison.reach import Context, Entries, Entry, Reached, reach, verdict_of
from aoai_specs.comparison.schemas.fields import place_within
from aoai_specs.comparison.schemas.judging import Judging
from aoai_specs.comparison.schemas.meaning import component_of, reported_pointer
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.schemas.pairs import Schemas
from aoai_specs.comparison.unknown import Unknown, notes, unknown_between
from aoai_specs.errors import DocumentError
from aoai_specs.pointers import unescape

#: Kinds of change that are reported for the object around a property.
_OF_OWNERS = ("property-", "read-only-", "write-only-")


def compare(base: Description, revision: Description, *, words: bool = False) -> Changes:
    """Return every change from one description to another that a client may notice, the most severe first.

    `words` includes changes of titles and descriptions. Raises DocumentError for a description that cannot be
    read.
    """
    try:
        try:
            return _Comparison(base, revision, words=words).changes()
        except OrderError:
            return _Comparison(base, revision, words=words, alone=True).changes()
    except RecursionError:
        raise DocumentError(f"the schemas of {base.name} or {revision.name} are nested too deeply.") from None


class _Comparison:
    """A comparison, by this process `alone` or with a second one."""

    def __init__(self, base: Description, revision: Description, *, words: bool, alone: bool = False) -> None:
        self._alone = alone
        self._descriptions = (base, revision)
        self._contents = (base.content, revision.content)
        self._words = words
        self._entries = Entries()
        self._schemas = Schemas(Meanings(base.content), Meanings(revision.content), words=words)
        self._judging = Judging(self._schemas)
        self._schemes = SecuritySchemes.of(base.content, revision.content)

    def changes(self) -> Changes:
        base, revision = self._descriptions
        paths = (base_path(base.content), base_path(revision.content))
        endpoints_of = (endpoints(base.content), endpoints(revision.content))
        matched = match(*endpoints_of, paths, (base.prefix, revision.prefix))
        self._added_and_removed(matched, *endpoints_of)
        with compared_ahead(
            matched.pairs, self._schemas, self._judging, words=self._words, alone=self._alone
        ) as ahead:
            for index, pair in enumerate(matched.pairs):
                self._endpoint(*pair, ahead.take(index))
            self._used_schemes(matched)
            unknown = unknown_between(*self._contents, (base.published_at, revision.published_at))
            changes = self._known_changes(unknown)
        remarks = tuple(notes(unknown, base.name, revision.name))
        return Changes(base.name, revision.name, changes, notes=remarks, names=_names(matched))

    def _known_changes(self, unknown: Unknown) -> tuple[Change, ...]:
        known = (entry for entry in self._entries if not unknown.covers(entry.difference))
        ranked = sorted(known, key=lambda each: VERDICTS.index(_gravest(each).verdict))
        return tuple(_changes(ranked, self._contents))

    def _added_and_removed(
        self, matched: Matched, base: tuple[Endpoint, ...], revision: tuple[Endpoint, ...]
    ) -> None:
        old = {each.template for each in base}
        new = {each.template for each in revision} | {other.template for _, other in matched.pairs}
        matched_templates = {one.template for one, _ in matched.pairs}
        of_path: dict[str, list[Endpoint]] = {}
        for endpoint in matched.gone:
            of_path.setdefault(endpoint.path_pointer, []).append(endpoint)
        for endpoint in matched.gone:
            whole = endpoint.template not in new and endpoint.template not in matched_templates
            removed = of_path[endpoint.path_pointer] if whole else [endpoint]
            self._removed(endpoint, _deprecation(removed), whole=whole)
        for endpoint in matched.came:
            whole = endpoint.template not in old and endpoint.template not in {
                other.template for _, other in matched.pairs
            }
            place = endpoint.path_pointer if whole else endpoint.pointer
            message = f"the path {endpoint.path} is added" if whole else f"{endpoint.name} is added"
            kind = "path-added" if whole else "operation-added"
            value = endpoint.path if whole else endpoint.name
            self._note(Difference(kind, message, "#/paths", place, None, value), endpoint, "none")
        if matched.moved is not None:
            before, after = matched.moved
            message = f"the base path of all paths changes from {before or '/'} to {after or '/'}"
            change = Difference(
                "base-path-changed", message, "#/servers", "#/servers", before, after, request=Effect.CHANGES
            )
            for pair in matched.pairs:
                if pair not in matched.aligned:
                    self._note(change, pair[0], "request")

    def _removed(self, endpoint: Endpoint, deprecation: str, *, whole: bool) -> None:
        place = endpoint.path_pointer if whole else endpoint.pointer
        message = f"the path {endpoint.path} is removed" if whole else f"{endpoint.name} is removed"
        message += deprecation
        value = endpoint.path if whole else endpoint.name
        self._note(
            Difference(
                "path-removed" if whole else "operation-removed",
                message,
                place,
                "#/paths",
                value,
                None,
                request=Effect.NARROWS,
                gone=True,
            ),
            endpoint,
            "none",
        )

    def _endpoint(self, base: Endpoint, revision: Endpoint, found: Iterable[EndpointDifference]) -> None:
        for each in self._operation(base, revision):
            self._note(each, base, "none")
        for each in security_differences(base, revision, self._schemes):
            self._note(each, base, "request")
        request: ContentWay = "response" if base.inbound else "request"
        response: ContentWay = "request" if base.inbound else "response"
        for status, differing in found:
            error = status != "" and is_error_status(status)
            self._take(differing, base, response if status else request, error=error)

    def _operation(self, base: Endpoint, revision: Endpoint) -> list[Difference]:
        at = (base.pointer, revision.pointer)
        ids = (base.described.get("operationId"), revision.described.get("operationId"))
        found = []
        if ids[0] != ids[1]:
            message = f"the operationId changes from {ids[0]!r} to {ids[1]!r}, which renames generated code"
            found.append(Difference("operation-id-changed", message, *at, *ids))
        facts = (facts_of(base.described, base.pointer), facts_of(revision.described, revision.pointer))
        return [*found, *annotation_differences(*facts, at, words=self._words)]

    def _take(
        self, each: Difference | SchemaPair, endpoint: Endpoint, direction: ContentWay, *, error: bool
    ) -> None:
        if isinstance(each, Difference):
            verdict = verdict_of(each, direction, error=error, text=True)
            self._entries.add(each, Reached(endpoint.name, direction, verdict))
            return
        context = Context(endpoint.name, direction, each.place, error, each.text, each.given)
        reach(self._judging, [(each.base, each.revision, context)], self._entries)

    def _used_schemes(self, matched: Matched) -> None:
        if self._schemes.unchanged:
            return
        users: tuple[dict[str, list[Endpoint]], dict[str, list[Endpoint]]] = ({}, {})
        for index in (0, 1):
            for pair in matched.pairs:
                for name in {name for alternative in pair[index].security for name in alternative}:
                    users[index].setdefault(name, []).append(pair[0])
        for name, difference in scheme_differences(self._schemes, (set(users[0]), set(users[1]))):
            for endpoint in users[0][name]:
                self._note(difference, endpoint, "request")

    def _note(self, difference: Difference, endpoint: Endpoint, direction: Way) -> None:
        self._entries.add(difference, Reached(endpoint.name, direction, verdict_of(difference, direction)))


def _gravest(entry: Entry) -> Reached:
    """Return the first of the affected operations with the most severe verdict."""
    return min(entry.reached(), key=lambda each: VERDICTS.index(each.verdict))


def _changes(entries: Iterable[Entry], contents: tuple[Mapping[str, Any], ...]) -> Iterator[Change]:
    """Yield the change of each entry. The fingerprints of equal changes are numbered in their order."""
    seen: Counter[str] = Counter()
    for each in entries:
        difference = each.difference
        place = stable_place(contents[0 if difference.gone else 1], reported_pointer(difference.pointer))
        found = fingerprint(difference.id, place, difference.base, difference.revision)
        seen[found] += 1
        if seen[found] > 1:
            found = fingerprint(found, seen[found])
        yield _change(each, place, found)


def _change(entry: Entry, stable: str, mark: str) -> Change:
    """Return the change of an entry with a stable place and a fingerprint."""
    difference = entry.difference
    gravest = _gravest(entry)
    places = [place for place in entry.places if place]
    pointer = reported_pointer(difference.pointer)
    schema = component_of(pointer) or component_of(reported_pointer(difference.base_pointer))
    inside = place_within(pointer, owner=difference.id.startswith(_OF_OWNERS))
    where = f"schema {schema}" if schema is not None else places[0] if len(places) == 1 else ""
    if inside and (schema is not None or places):
        where = f"{where}, {inside}" if where else inside
    message = f"{where}: {difference.message}" if where else difference.message
    field = inside.rpartition(".")[2] if inside else "" if schema is not None else where
    whole = schema is not None and not field and not difference.id.startswith(_OF_OWNERS)
    return Change(
        id=difference.id,
        verdict=gravest.verdict,
        direction=gravest.direction,
        operations=entry.reached(),
        pointer=pointer,
        message=message,
        base=difference.base,
        revision=difference.revision,
        schema=schema,
        gone=difference.gone,
        base_pointer=reported_pointer(difference.base_pointer),
        revision_pointer=reported_pointer(difference.revision_pointer),
        place=where,
        summary=difference.message,
        field=field,
        name="" if whole else field or unescape(stable.rpartition("/")[2]),
        fingerprint=mark,
    )


def _deprecation(removed: Sequence[Endpoint]) -> str:
    """Return the end of the message about removed operations that were all deprecated in the same way."""
    if not all(each.described.get("deprecated") is True for each in removed):
        return ""
    sunset, *others = dict.fromkeys(str(each.described.get("x-sunset") or "") for each in removed)
    return (
        f", which was deprecated with sunset {sunset}" if sunset and not others else ", which was deprecated"
    )


def _names(matched: Matched) -> dict[str, tuple[str, ...]]:
    """Return every name of each operation by the name that changes refer to."""
    found: dict[str, tuple[str, ...]] = {}
    alone = ((each,) for each in (*matched.gone, *matched.came))
    for known in (*matched.pairs, *alone):
        ids = (each.described.get("operationId") for each in known)
        names = (*(each.name for each in known), *(each for each in ids if isinstance(each, str)))
        found[known[0].name] = tuple(dict.fromkeys((*found.get(known[0].name, ()), *names)))
    return found
