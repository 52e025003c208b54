"""Choose the documents on which a fault is tried, and their order, from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from aoai_conformance.target.documents import choose_documents
from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.versions import DocumentName


@dataclass(frozen=True, slots=True)
class Served:
    """A document that the emulator can serve: its name, the kinds of its operations, and those on request."""

    name: DocumentName
    kinds: frozenset[str]
    on_request: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is tried: a document, and the kinds of operations to run.

    Without kinds, all operations run but those on request.
    """

    document: str
    kinds: frozenset[str]


def served_documents(surface: str | None = None, api_versions: Sequence[str] = ()) -> tuple[Served, ...]:
    """Return the documents to try, in order.

    They are limited to the given api-versions, or else to the surface, if any. Raises UnknownNameError for an
    api-version that the catalogue does not have.
    """
    catalogue = Catalogue.packaged()
    names = [str(name) for name in catalogue.names() if surface in (None, name.surface)]
    documents = choose_documents(surface=surface, api_versions=api_versions or names)
    return link_earlier(
        Served(
            document.name,
            frozenset(operation.kind for operation in document.operations.values()),
            frozenset(operation.kind for operation in document.operations.values() if operation.on_request),
        )
        for document in documents
    )


def link_earlier(documents: Iterable[Served]) -> tuple[Served, ...]:
    """Return the documents in the order of trying: the most used first, then those with the most new kinds.

    That is the newest GA document with a date of the default surface, its newest one of all, and the newest
    GA document of each other surface. Next come documents with kinds that none before has, those with the
    most first; then the rest, the newest first.
    """
    waiting = sorted(documents, key=lambda each: (each.name.version, each.name.surface), reverse=True)
    ours = [each for each in waiting if each.name.surface == DEFAULT_SURFACE]
    chosen = [*[each for each in ours if each.name.version.stable][:1], *ours[:1]]
    for surface in sorted({each.name.surface for each in waiting} - {DEFAULT_SURFACE}):
        others = [each for each in waiting if each.name.surface == surface]
        chosen += [each for each in others if each.name.version.stable][:1] or others[:1]
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
    """Yield the documents on which to try a fault of some kinds (all if empty) until it trips a rule.

    The first round is the document that the fault names, or else, for each kind, the newest GA document
    that has it, or a preview if there is none. Each further round is one more document, in the order of
    `served`.
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
    """Map the documents on which the kinds are tried first, in the order of trying, to these kinds."""
    homes = {kind: _home([each for each in able if kind in each.kinds]) for kind in kinds}
    at_home = {each: frozenset(kind for kind, home in homes.items() if home == each) for each in able}
    return {each: found for each, found in at_home.items() if found}


def _home(having: Iterable[Served]) -> Served | None:
    """Return the newest GA document that has a kind, preferably with a date and of the default surface."""
    return max(
        having,
        key=lambda each: (
            each.name.version.stable,
            not each.name.version.preview,
            each.name.surface == DEFAULT_SURFACE,
            each.name.version,
        ),
        default=None,
    )
