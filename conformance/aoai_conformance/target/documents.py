"""Loads the API descriptions that the user chooses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aoai_conformance.options import RunChoices
from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError


def documents_of(choices: RunChoices) -> tuple[Document, ...]:
    """The documents of a run. Raises like `choose_documents`."""
    return choose_documents(
        surface=choices.surface,
        api_versions=choices.api_versions,
        specs=choices.specs,
        as_published=choices.as_published,
    )


def choose_documents(
    *,
    surface: str | None = None,
    api_versions: Sequence[str] = (),
    specs: Sequence[str] = (),
    as_published: bool = False,
) -> tuple[Document, ...]:
    """Files and URLs, then packaged documents; without either, the newest GA version of the surface.

    Raises UnknownNameError for an unknown api-version, DocumentError for an unusable file, and
    ConformanceError for two documents with the same name.
    """
    catalogue = Catalogue.packaged()
    surface = surface or DEFAULT_SURFACE
    names: Iterable[str] = dict.fromkeys(api_versions)
    if not specs and not api_versions:
        names = (str(catalogue.newest_stable(surface)),)
    documents = [catalogue.load_file(path, as_published=as_published) for path in specs]
    documents += [catalogue.load(name, surface=surface, as_published=as_published) for name in names]
    seen: set[str] = set()
    for document in documents:
        if str(document.name) in seen:
            raise ConformanceError(f"{document.name} is chosen twice; choose each document once.")
        seen.add(str(document.name))
    return tuple(documents)


def warnings_about(documents: Iterable[Document]) -> tuple[str, ...]:
    """A sentence for each ignored part of the user's own descriptions."""
    return tuple(warning for document in documents for warning in document.warnings)
