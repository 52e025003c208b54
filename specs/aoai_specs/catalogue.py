"""The catalogue: every document that comes with the package, and the way in for one's own description."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError, DocumentError, UnknownNameError
from aoai_specs.loading.files import Loaded, load
from aoai_specs.loading.overlay import Overlay
from aoai_specs.loading.references import check_references
from aoai_specs.loading.sources import read_source
from aoai_specs.loading.streams import declare_streams
from aoai_specs.loading.structure import check_structure, openapi_kind, without_unreadable_patterns
from aoai_specs.loading.swagger import upgraded
from aoai_specs.surfaces import name_of
from aoai_specs.versions import ApiVersion, DocumentName

DEFAULT_SURFACE = "azure-openai"
#: More warnings about one description than this say nothing new, nor does a longer pattern.
_MOST_WARNINGS = 10
_LONGEST = 80


class Catalogue:
    """Documents and overlays below one folder.

    They lie in `documents/<surface>/<api-version>.yaml` and `overlays/<surface>/<api-version>.yaml`.
    """

    def __init__(self, root: Traversable) -> None:
        self._root = root
        self._documents: dict[tuple[DocumentName, bool], Document] = {}

    @classmethod
    def packaged(cls) -> Catalogue:
        """The catalogue of the package; one per process, so that each document is read once."""
        return _packaged()

    def names(self) -> tuple[DocumentName, ...]:
        """The names of all documents, sorted."""
        folder = self._root.joinpath("documents")
        return tuple(
            sorted(
                DocumentName(surface.name, ApiVersion(file.name.removesuffix(".yaml")))
                for surface in folder.iterdir()
                if surface.is_dir()
                for file in surface.iterdir()
                if file.name.endswith(".yaml")
            )
        )

    def newest_stable(self, surface: str = DEFAULT_SURFACE) -> DocumentName:
        """The newest document of a surface that is no preview. Raises UnknownNameError without one."""
        stable = [name for name in self.names() if name.surface == surface and not name.version.preview]
        if not stable:
            raise UnknownNameError("surface", surface, sorted({name.surface for name in self.names()}))
        return stable[-1]

    def load(self, name: str, surface: str = DEFAULT_SURFACE, *, as_published: bool = False) -> Document:
        """The document named `azure-openai@2024-10-21`, say, or an api-version of a surface.

        With its overlay applied, unless it is asked for as it was published. Raises UnknownNameError, which
        names the known versions, for one that the catalogue does not have.
        """
        wanted = self._known(name, surface)
        key = (wanted, as_published)
        if key not in self._documents:
            loaded = self._read("documents", wanted)
            check_references(loaded)
            overlay = None if as_published else self.overlay(wanted)
            content = loaded.content if overlay is None else overlay.apply(loaded.content).content
            self._documents[key] = Document(wanted, content, as_published)
        return self._documents[key]

    def source(self, name: DocumentName) -> Loaded:
        """What the file of a document of this catalogue says, and where, without its overlay."""
        return self._read("documents", name)

    def overlay(self, name: DocumentName) -> Overlay | None:
        """The overlay for documents of this name, if there is one."""
        if not self._file("overlays", name).is_file():
            return None
        return Overlay.parse(self._read("overlays", name))

    def load_file(self, path_or_url: str, *, as_published: bool = False) -> Document:
        """A description from a file or from an http(s) URL, named by its `info.version` and its surface.

        The catalogue's overlay for that name is applied, where there is one, actions that do not fit being
        skipped; then streams that are still hidden are declared (see `aoai_specs.loading.streams`). Neither
        happens to a description that is asked for as it was published. Raises DocumentError, with file and
        line.
        """
        loaded = sound(load(read_source(path_or_url), path_or_url))
        name = name_of(loaded)
        content = loaded.content
        if not as_published:
            overlay = self.overlay(name)
            if overlay is not None:
                content = overlay.fitting(content).apply(content).content
            content = declare_streams(content)
        try:
            document = Document(name, content, as_published, _warnings(loaded))
            document.build_validators()
        except DocumentError as error:
            raise loaded.error(str(error), error.pointer) from None
        return document

    def _known(self, name: str, surface: str) -> DocumentName:
        names = self.names()
        try:
            wanted = DocumentName.parse(name) if "@" in name else DocumentName(surface, ApiVersion(name))
        except ConformanceError:
            wanted = None
        if wanted is not None and wanted in names:
            return wanted
        known = [each for each in names if each.surface == surface]
        if "@" in name or not known:
            wanted_text = name if "@" in name else f"{surface}@{name}"
            raise UnknownNameError("document", wanted_text, map(str, names), list_known=True)
        versions = (str(each.version) for each in known)
        raise UnknownNameError(f"api-version of {surface}", name, versions, list_known=True)

    def _file(self, folder: str, name: DocumentName) -> Traversable:
        return self._root.joinpath(folder, name.surface, f"{name.version}.yaml")

    def _read(self, folder: str, name: DocumentName) -> Loaded:
        source = f"{folder}/{name.surface}/{name.version}.yaml"
        return load(self._file(folder, name).read_bytes(), source)


def sound(published: Loaded) -> Loaded:
    """A description that is sound, and in the form of OpenAPI 3. Raises DocumentError, with file and line.

    Patterns that are no regular expressions are left out, and listed.
    """
    check_structure(published, patterns=False)
    published = without_unreadable_patterns(published)
    check_references(published)
    return published if openapi_kind(published) == "openapi" else upgraded(published)


def _warnings(loaded: Loaded) -> tuple[str, ...]:
    """What of a description is left out, a sentence each."""
    return tuple(
        f"{loaded.source}, line {loaded.line(pointer)}: the pattern {pattern[:_LONGEST]!r} at {pointer} is "
        "no regular expression; it is left out."
        for pointer, pattern in list(loaded.unreadable.items())[:_MOST_WARNINGS]
    )


@cache
def _packaged() -> Catalogue:
    return Catalogue(files("aoai_specs"))
