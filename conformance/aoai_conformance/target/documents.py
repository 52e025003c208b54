"""Loads the API descriptions that the user chooses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aoai_conformance.options import RunChoices
from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError
from aoai_specs.reading import ReadingOptions


def documents_of(choices: RunChoices) -> tuple[Document, ...]:
    """The documents of a run. Raises like `choose_documents`."""
    return choose_documents(
        surface=choices.surface,
        api_versions=choices.api_versions,
        specs=choices.specs,
        as_published=choices.as_published,
        overlays=choices.overlays,
        remote_references=choices.allow_remote_refs,
    )


def choose_documents(
    *,
    surface: str | None = None,
    api_versions: Sequence[str] = (),
    specs: Sequence[str] = (),
    as_published: bool = False,
    overlays: Sequence[str] = (),
    remote_references: bool = False,
) -> tuple[Document, ...]:
    """The user's descriptions, then packaged documents; without either, the newest dated GA version.

    `specs` are files, URLs, `-` or `git:REV:PATH`; `overlays` and `remote_references` are about them. If the
    version of one is no api-version, it takes the only one of `api_versions`, which then chooses no packaged
    document. Raises UnknownNameError for an unknown api-version, DocumentError for an unusable file, and
    ConformanceError for two documents with the same name.
    """
    catalogue = Catalogue.packaged()
    chosen_surface, surface = surface, surface or DEFAULT_SURFACE
    names: Iterable[str] = dict.fromkeys(api_versions)
    if not specs and not api_versions:
        names = (str(catalogue.newest_stable(surface)),)
    if overlays and not specs:
        raise ConformanceError("--overlay changes a description that --spec gives; give one.")
    options = ReadingOptions(
        as_published=as_published,
        overlays=tuple(overlays),
        remote_references=remote_references,
        surface=chosen_surface,
        api_version=api_versions[0] if len(set(api_versions)) == 1 else None,
    )
    documents = [catalogue.load_file(path, options) for path in specs]
    if any(document.sent_version == options.api_version is not None for document in documents):
        names = ()
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
