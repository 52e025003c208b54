"""The descriptions to compare: a document of the catalogue, a file or a URL, converted to OpenAPI 3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.errors import ConformanceError
from aoai_specs.loading.sources import is_source
from aoai_specs.loading.streams import declare_streams
from aoai_specs.loading.text.lines import Lines
from aoai_specs.reading import ReadingOptions, with_own_keywords
from aoai_specs.surfaces import AZURE_OPENAI, name_of
from aoai_specs.versions import ApiVersion

if TYPE_CHECKING:
    from aoai_specs.document import Document

_DEPLOYMENT = re.compile(r"/deployments/\{[^/{}]*\}(?=/)")


@dataclass(frozen=True, slots=True)
class Description:
    """A description to compare: its name and its content as OpenAPI 3.

    `surface`, `version` and `title` are what the description states; they may be empty. A file has `lines`,
    and `warnings` about its ignored parts. A comparison leaves out `prefix` where a path starts with it. A
    document of the catalogue was `published_at` a URL.
    """

    name: str
    content: Mapping[str, Any] = field(repr=False)
    surface: str = ""
    version: str = ""
    title: str = ""
    lines: Lines | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()
    prefix: str = ""
    published_at: str | None = None

    def line(self, pointer: str) -> int | None:
        """Return the line of a place, if the description was read from a file."""
        return None if self.lines is None else self.lines.of(pointer)


def described(
    name: str,
    surface: str = DEFAULT_SURFACE,
    *,
    as_published: bool = False,
    catalogue: Catalogue | None = None,
    options: ReadingOptions | None = None,
) -> Description:
    """Return the description for a catalogue name, an api-version, a file or a URL.

    Unless `as_published` is set, the overlay of its name is applied to a file or URL as far as it fits, and
    its streams are declared; a file without a known api-version stays unchanged. `options` apply to a file
    or URL, such as its overlays. Raises UnknownNameError and DocumentError.
    """
    known = catalogue or Catalogue.packaged()
    if is_file(name):
        return _of_file(name, known, options, as_published=as_published)
    return of_document(known.load(name, surface, as_published=as_published))


def of_document(document: Document) -> Description:
    """Return a document of the catalogue as a description."""
    return Description(
        str(document.name),
        document.content,
        document.name.surface,
        str(document.name.version),
        _title(document.content),
        published_at=document.published_at,
    )


def aligned(base: Description, revision: Description) -> tuple[Description, Description]:
    """Return the descriptions with the prefix by which a dated version of Azure OpenAI matches v1.

    Dated versions have the deployment in the path, v1 in the body. Descriptions with a prefix stay as they
    are.
    """
    dated = [_is_dated(each) for each in (base, revision)]
    if None in dated or dated[0] == dated[1] or base.prefix or revision.prefix:
        return base, revision
    base, revision = (
        replace(each, prefix=_deployment_prefix(each)) if is_dated else each
        for each, is_dated in zip((base, revision), dated, strict=True)
    )
    return base, revision


def _is_dated(description: Description) -> bool | None:
    """Whether the version of a description of Azure OpenAI is a date; None for any other description."""
    if description.surface != AZURE_OPENAI:
        return None
    version = ApiVersion.stated(description.version)
    return version.dated if version.is_api_version else None


def _deployment_prefix(description: Description) -> str:
    paths = description.content.get("paths")
    found = (_DEPLOYMENT.match(path) for path in (paths if isinstance(paths, dict) else ()))
    return next((match[0] for match in found if match), "")


def is_file(name: str) -> bool:
    """Whether an argument is a file, a URL, `-` or `git:REV:PATH`, by its form or because it exists."""
    return is_source(name)


def _of_file(
    name: str, catalogue: Catalogue, options: ReadingOptions | None, *, as_published: bool
) -> Description:
    loaded = with_own_keywords(catalogue.read_file(name, options, keep_patterns=True))
    content, warnings = loaded.content, loaded.warnings
    version = str(_info(content).get("version", ""))
    try:
        found = name_of(loaded)
    except ConformanceError:
        found = None
    if found is None or not found.recognized or not found.name.version.is_api_version:
        return Description(name, content, "", version, _title(content), loaded.lines, warnings)
    named = found.name
    if not as_published:
        overlay = catalogue.overlay(named)
        if overlay is not None:
            content = overlay.fitting(content).apply(content).content
        content = declare_streams(content)
    return Description(
        name, content, named.surface, str(named.version), _title(content), loaded.lines, warnings
    )


def _info(content: Mapping[str, Any]) -> Mapping[str, Any]:
    info = content.get("info")
    return info if isinstance(info, dict) else {}


def _title(content: Mapping[str, Any]) -> str:
    return str(_info(content).get("title", ""))
