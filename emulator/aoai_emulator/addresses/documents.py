"""The documents that an emulator serves: by default all of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_specs.lazy_documents import LazyDocuments
from aoai_specs.versions import DocumentName

#: How many documents are read before the emulator serves; more are read when they are first needed.
_MOST_READ_FIRST = 2


def choose_documents(
    surfaces: Collection[str] = (), api_versions: Sequence[str] = (), specs: Sequence[str] = ()
) -> Sequence[Document]:
    """Return the documents to serve, sorted by name.

    Without `specs`, they are those of the catalogue; `surfaces` and `api_versions` (also `surface@version`)
    narrow them. `specs` are files and URLs that replace the catalogue, unless `surfaces` or `api_versions`
    name documents of it to be served, too; a description of the user replaces the document of the same name.

    Raises UnknownNameError for an unknown surface or api-version, DocumentError for an unusable file, and
    ConformanceError for two files of the same name and for a surface that no chosen api-version has.
    """
    catalogue = Catalogue.packaged()
    own = _loaded(catalogue, specs)
    wants_catalogue = bool(surfaces or api_versions or not specs)
    names = _chosen(catalogue.names(), surfaces, api_versions) if wants_catalogue else ()
    rest = tuple(name for name in names if name not in own)
    if not own and len(rest) > _MOST_READ_FIRST:
        return LazyDocuments(catalogue, rest)
    documents = [*own.values(), *(catalogue.load(str(name)) for name in rest)]
    return tuple(sorted(documents, key=lambda document: document.name))


def _loaded(catalogue: Catalogue, specs: Iterable[str]) -> dict[DocumentName, Document]:
    own: dict[DocumentName, Document] = {}
    for path in specs:
        document = catalogue.load_file(path)
        if document.name in own:
            raise ConformanceError(f"--spec gives {document.name} twice; give each document once.")
        own[document.name] = document
    return own


def _chosen(
    names: Sequence[DocumentName], surfaces: Collection[str], api_versions: Iterable[str]
) -> tuple[DocumentName, ...]:
    known = sorted({name.surface for name in names})
    for surface in surfaces:
        if surface not in known:
            raise UnknownNameError("surface", surface, known)
    within = [name for name in names if not surfaces or name.surface in surfaces]
    chosen: set[DocumentName] = set()
    for text in api_versions:
        found = {name for name in within if text in (str(name), str(name.version))}
        if not found:
            where = f"api-version of {' or '.join(surfaces)}" if surfaces else "api-version"
            raise UnknownNameError(where, text, (str(name) for name in within), list_known=True)
        chosen |= found
    if not chosen:
        return tuple(within)
    for surface in surfaces:
        if all(name.surface != surface for name in chosen):
            raise ConformanceError(
                f"--surface {surface} has none of the versions of --api-version; "
                "name one of its versions too, or leave the surface out."
            )
    return tuple(sorted(chosen))
