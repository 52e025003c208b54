"""Which API descriptions a surface, api-versions and files come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError

DEFAULT_SURFACE = "azure-openai"


def chosen_documents(
    *,
    surface: str | None = None,
    api_versions: Sequence[str] = (),
    specs: Sequence[str] = (),
    as_published: bool = False,
) -> tuple[Document, ...]:
    """The documents: files and URLs, then api-versions; the newest GA of the surface where neither is given.

    Raises UnknownNameError for an api-version that the catalogue does not have, DocumentError for a file
    that cannot be used, and ConformanceError where two documents bear one name.
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
            raise ConformanceError(f"{document.name} is chosen twice; one run takes each document once.")
        seen.add(str(document.name))
    return tuple(documents)


def warnings_about(documents: Iterable[Document]) -> tuple[str, ...]:
    """What of users' own descriptions is left out, a sentence each."""
    return tuple(warning for document in documents for warning in document.warnings)
