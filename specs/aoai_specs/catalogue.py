"""The catalogue: the documents of the package, and loading of other descriptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from aoai_specs.errors import ConformanceError, DocumentError, OverlayError, UnknownNameError
from aoai_specs.loading.files import Loaded, load
from aoai_specs.loading.problems import REPEATED_OPERATION_ID, UNUSABLE_SCHEMA, Problem, warnings_of
from aoai_specs.loading.references import check_references
from aoai_specs.loading.streams import declare_streams
from aoai_specs.publications import PAGE, PUBLISHED, published_parts
from aoai_specs.reading import ReadingOptions, read_description, with_own_keywords
from aoai_specs.surfaces import name_of, stated_api_version
from aoai_specs.versions import ApiVersion, DocumentName, names_in, newest_stable

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from aoai_specs.document import Document
    from aoai_specs.loading.overlay import Overlay

DEFAULT_SURFACE = "azure-openai"
#: The share of corrections that must match a description for them to be offered.
_LEAST_SHARE = 0.75


class Catalogue:
    """The documents and overlays of a folder, by default the package's own.

    Their files are `documents/<surface>/<api-version>.yaml` and `overlays/<surface>/<api-version>.yaml`. A
    document names the URL where it was published (`x-aoai-published`), or the page that it was written from
    (`x-aoai-page`); an overlay `extends` the document of the same name.

    Modules that only documents and overlays need are imported with the first one; comparing files needs none.
    """

    def __init__(self, root: Traversable | None = None) -> None:
        self._chosen_root = root
        self._documents: dict[tuple[DocumentName, bool], Document] = {}

    @cached_property
    def _root(self) -> Traversable:
        from importlib.resources import files

        return files("aoai_specs") if self._chosen_root is None else self._chosen_root

    @classmethod
    def packaged(cls) -> Catalogue:
        """Return the catalogue of the package, one per process, so that each document is read once."""
        return _packaged()

    def names(self) -> tuple[DocumentName, ...]:
        """Return the names of all documents, sorted."""
        return names_in(self._root.joinpath("documents"))

    def newest_stable(self, surface: str = DEFAULT_SURFACE) -> DocumentName:
        """Return the newest stable document of a surface. Raises UnknownNameError if there is none."""
        newest = newest_stable(self.names(), surface)
        if newest is None:
            raise UnknownNameError("surface", surface, sorted({name.surface for name in self.names()}))
        return newest

    def load(self, name: str, surface: str = DEFAULT_SURFACE, *, as_published: bool = False) -> Document:
        """Return the document with a name (`azure-openai@2024-10-21`), or an api-version of a surface.

        The overlay is applied unless `as_published` is set. Raises UnknownNameError, which lists the known
        versions, if the catalogue has no such document, and DocumentError if a file is malformed.
        """
        from aoai_specs.document import Document

        wanted = self._known(name, surface)
        key = (wanted, as_published)
        if key not in self._documents:
            loaded = self._read("documents", wanted)
            check_references(loaded)
            overlay = None if as_published else self.overlay(wanted)
            content = {name: value for name, value in loaded.content.items() if name != PUBLISHED}
            if overlay is not None:
                content = overlay.apply(content).content
            self._documents[key] = Document(wanted, content, as_published, published_at=_published_at(loaded))
        return self._documents[key]

    def source(self, name: DocumentName) -> Loaded:
        """Return the content of a document's file with line numbers, without its overlay."""
        return self._read("documents", name)

    def overlay(self, name: DocumentName) -> Overlay | None:
        """Return the overlay of a document, or None. Raises OverlayError if it extends another document."""
        if not self._file("overlays", name).is_file():
            return None
        from aoai_specs.loading.overlay import Overlay

        loaded = self._read("overlays", name)
        overlay = Overlay.parse(loaded)
        document = f"../../documents/{name.surface}/{name.version}.yaml"
        if overlay.extends != document:
            found = "no document" if overlay.extends is None else repr(overlay.extends)
            message = f"the overlay extends {found}; an overlay of {name} has to extend {document!r}."
            raise OverlayError(str(loaded.error(message, "#/extends")), "#/extends")
        return overlay

    def read_file(
        self, source: str, options: ReadingOptions | None = None, *, keep_patterns: bool = False
    ) -> Loaded:
        """Read a user's description with its overlays, also those that name a document of the catalogue.

        Raises DocumentError with file and line, OverlayError, and UnknownNameError for an unknown name.
        """
        options = options or ReadingOptions()
        loaded = read_description(source, options, keep_patterns=keep_patterns)
        for text in options.overlay_names:
            overlay = self.overlay(self._known(text, DEFAULT_SURFACE))
            if overlay is None:
                raise OverlayError(f"{text} has no corrections.")
            loaded = _corrected(loaded, overlay, text)
        return loaded

    def load_file(
        self, source: str, options: ReadingOptions | None = None, *, as_published: bool = False
    ) -> Document:
        """Load a user's description; its `info.version` and surface give its name.

        Unless `as_published` is set, the actions that fit of the catalogue's overlay for this name are
        applied, and streams that are still missing are declared (see `aoai_specs.loading.streams`). The
        document's warnings say what was ignored, assumed or corrected. Raises DocumentError with file and
        line.
        """
        from aoai_specs.document import Document
        from aoai_specs.usable_schemas import unusable_schemas, with_permissive_schemas

        options = options or ReadingOptions(as_published=as_published)
        loaded = with_own_keywords(self.read_file(source, options))
        named = name_of(loaded, options.surface)
        version, notes = self._sent_version(loaded, named.name, options.api_version)
        if not named.recognized:
            notes.append(
                f"{source}: neither servers nor paths show whether this is Azure OpenAI or Azure AI "
                f"Model Inference, so it is read as {named.name.surface}; choose with --surface."
            )
        if not options.as_published:
            loaded = self._with_corrections(loaded, named.name, options)
            loaded = replace(loaded, content=declare_streams(loaded.content))
        build = partial(
            Document,
            named.name,
            as_published=options.as_published,
            sent_version=version,
            repeated_ids="replace",
        )
        try:
            document = build(loaded.content)
            unusable = unusable_schemas(document)
            if unusable:
                document = build(with_permissive_schemas(loaded.content, unusable))
                document.build_validators()
        except DocumentError as error:
            raise loaded.error(str(error), error.pointer) from None
        problems = [
            *_repeated_ids(loaded, document),
            *(
                loaded.problem(UNUSABLE_SCHEMA, pointer, f"{reason} Everything is allowed there.")
                for pointer, reason in unusable.items()
            ),
        ]
        document.warn((*notes, *loaded.notes, *warnings_of([*loaded.problems, *problems])))
        return document

    def _with_corrections(self, loaded: Loaded, name: DocumentName, options: ReadingOptions) -> Loaded:
        """Return a description with the corrections of its name, or with an offer of those of another."""
        if str(name) in options.overlay_names:
            return loaded
        overlay = self.overlay(name)
        if overlay is not None:
            corrected = _corrected(loaded, overlay, str(name), "; --as-published leaves them out")
            return loaded if corrected.content == loaded.content else corrected
        offer = None if options.overlay_names else self.offered_overlay(loaded, name.surface)
        if offer is None:
            return loaded
        note = f"{loaded.source}: the corrections of {offer} match it; apply them with --overlay {offer}."
        return replace(loaded, notes=(*loaded.notes, note))

    def offered_overlay(self, loaded: Loaded, surface: str | None = None) -> DocumentName | None:
        """Return the document whose corrections match most places of a description, if most of them do."""
        from aoai_specs.loading.overlay import share_of_matches

        shares = [
            (share_of_matches(overlay, loaded.content, _LEAST_SHARE), name)
            for name in self.names()
            if surface in (None, name.surface) and (overlay := self.overlay(name)) is not None
        ]
        share, name = max(shares, key=lambda each: (each[0], each[1].version), default=(0.0, None))
        return name if share >= _LEAST_SHARE else None

    def _sent_version(
        self, loaded: Loaded, name: DocumentName, wanted: str | None
    ) -> tuple[str | None, list[str]]:
        """Return the api-version of requests unless the name says it, and a sentence about it."""
        if name.version.is_api_version:
            return None, []
        if wanted is not None:
            return wanted, []
        stated = (
            f"{loaded.source}: info.version is {str(name.version)!r}, which is no api-version; requests have "
        )
        version = stated_api_version(loaded.content)
        if version is None:
            return "", [f"{stated}none. Choose one with --api-version."]
        if version == "":
            version = str(self.newest_stable(name.surface).version)
        return version, [f"{stated}the api-version {version}. Choose another with --api-version."]

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


def _repeated_ids(loaded: Loaded, document: Document) -> Iterator[Problem]:
    for operation in document.operations.values():
        stated = document.resolve(operation.pointer).get("operationId")
        if stated is not None and stated != operation.id:
            message = f"two operations are named {stated!r}; this one is called {operation.id!r}."
            yield loaded.problem(REPEATED_OPERATION_ID, f"{operation.pointer}/operationId", message)


def _corrected(loaded: Loaded, overlay: Overlay, name: str, advice: str = "") -> Loaded:
    """Return a description with the corrections that fit it, and a sentence about their number."""
    fitting = overlay.fitting(loaded.content)
    count = f"{len(fitting.actions)} of {len(overlay.actions)}"
    note = f"{loaded.source}: {count} corrections of {name} are applied{advice}."
    content = fitting.apply(loaded.content).content
    return replace(loaded, content=content, marked=None, notes=(*loaded.notes, note))


def _published_at(loaded: Loaded) -> str:
    page = loaded.content.get(PAGE)
    url = loaded.content.get(PUBLISHED) or (page.get("address") if isinstance(page, dict) else None)
    if not isinstance(url, str) or not url.startswith("https://"):
        raise loaded.error(
            f"the document has no link to its publication; add {PUBLISHED} with its https URL, or {PAGE} "
            "with the address of the page that it was written from."
        )
    for pointer, address in published_parts(loaded.content).items():
        if not address.startswith("https://"):
            raise loaded.error(f"{PUBLISHED} has to be an https URL, not {address!r}.", pointer)
    return url


@cache
def _packaged() -> Catalogue:
    return Catalogue()
