"""On which documents a fault is tried, and in which order; all of it derived from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from aoai_conformance.target.documents import DEFAULT_SURFACE, chosen_documents
from aoai_specs.catalogue import Catalogue
from aoai_specs.versions import DocumentName


@dataclass(frozen=True, slots=True)
class Served:
    """A document to try: its name, and the kinds of operation that it has."""

    name: DocumentName
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is tried: a document, and the kinds of its operations that are run; empty for all."""

    document: str
    kinds: frozenset[str]


def served_documents(surface: str | None = None, api_versions: Sequence[str] = ()) -> tuple[Served, ...]:
    """The documents that may be tried, in the order in which they are.

    They are those of the api-versions, or else of the surface, or else all of the catalogue. Raises
    UnknownNameError for an api-version that the catalogue does not have.
    """
    catalogue = Catalogue.packaged()
    names = [str(name) for name in catalogue.names() if surface in (None, name.surface)]
    documents = chosen_documents(surface=surface, api_versions=api_versions or names)
    return in_order(
        Served(document.name, frozenset(operation.kind for operation in document.operations.values()))
        for document in documents
    )


def in_order(documents: Iterable[Served]) -> tuple[Served, ...]:
    """The order of trying: what most clients speak first, then what has most that the ones before lack.

    That is the newest GA document of the default surface, its newest one of all, the newest GA of each other
    surface; then, as long as one has a kind that none before it has, the one with the most of them; then the
    rest, the newest first.
    """
    waiting = sorted(documents, key=lambda each: (each.name.version, each.name.surface), reverse=True)
    ours = [each for each in waiting if each.name.surface == DEFAULT_SURFACE]
    chosen = [*[each for each in ours if not each.name.version.preview][:1], *ours[:1]]
    for surface in sorted({each.name.surface for each in waiting} - {DEFAULT_SURFACE}):
        others = [each for each in waiting if each.name.surface == surface]
        chosen += [each for each in others if not each.name.version.preview][:1] or others[:1]
    ordered = list(dict.fromkeys(chosen))
    waiting = [each for each in waiting if each not in ordered]
    while waiting:
        known = frozenset[str]().union(*(each.kinds for each in ordered))
        following = max(waiting, key=lambda each: len(each.kinds - known))
        waiting.remove(following)
        ordered.append(following)
    return tuple(ordered)


def rounds(
    kinds: Collection[str], served: Sequence[Served], *, document: str | None = None
) -> Iterator[tuple[Place, ...]]:
    """Where a fault of some kinds (none stands for all) is tried: first, and as long as nothing trips, next.

    First on the document that it names, or else, for each kind, on the newest GA document that has it, on a
    preview where there is none; then on one further document at a time, in the order of `served`.
    """
    wanted = frozenset(kinds)
    able = [each for each in served if not wanted or each.kinds & wanted]
    named = [each for each in able if str(each.name) == document]
    if named or not wanted:
        first = {each: each.kinds & wanted for each in (named or able[:1])}
    else:
        first = _homes(wanted, able)
    if first:
        yield tuple(Place(str(each.name), concerned) for each, concerned in first.items())
    for each in able:
        if each not in first:
            yield (Place(str(each.name), each.kinds & wanted),)


def _homes(kinds: Iterable[str], able: Sequence[Served]) -> dict[Served, frozenset[str]]:
    """The documents that are home to a kind, in the order of trying, each with the kinds at home there."""
    homes = {kind: _home([each for each in able if kind in each.kinds]) for kind in kinds}
    at_home = {each: frozenset(kind for kind, home in homes.items() if home == each) for each in able}
    return {each: found for each, found in at_home.items() if found}


def _home(having: Iterable[Served]) -> Served | None:
    """Of the documents that have a kind the newest GA one, of the default surface if that has one."""
    return max(
        having,
        key=lambda each: (
            not each.name.version.preview,
            each.name.surface == DEFAULT_SURFACE,
            each.name.version,
        ),
        default=None,
    )
