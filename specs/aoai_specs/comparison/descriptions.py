"""The descriptions to compare: a document of the catalogue, a file or a URL, converted to OpenAPI 3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError, DocumentError
from aoai_specs.json_values import is_deeper_than
from aoai_specs.loading.files import MAX_DEPTH, Loaded, load
from aoai_specs.loading.references import DATA, check_references
from aoai_specs.loading.sources import read_source
from aoai_specs.loading.streams import declare_streams
from aoai_specs.loading.structure import check_structure, openapi_kind
from aoai_specs.loading.swagger import upgrade
from aoai_specs.surfaces import name_of


@dataclass(frozen=True, slots=True)
class Description:
    """A description to compare: its name, its content as OpenAPI 3, and its bytes if it was read from a file.

    `surface`, `version` and `title` are what the description states; they may be empty.
    """

    name: str
    content: Mapping[str, Any] = field(repr=False)
    surface: str = ""
    version: str = ""
    title: str = ""
    data: bytes = field(default=b"", repr=False)

    def line(self, pointer: str) -> int | None:
        """Return the line of a place, if the description was read from a file."""
        return lines_of(self.data, self.name).line(pointer) if self.data else None


def described(
    name: str,
    surface: str = DEFAULT_SURFACE,
    *,
    as_published: bool = False,
    catalogue: Catalogue | None = None,
) -> Description:
    """Return the description for a catalogue name, an api-version, a file or a URL.

    Unless `as_published` is set, the overlay of its name is applied to a file or URL as far as it fits, and
    its streams are declared; a file without a known api-version stays unchanged. Raises UnknownNameError and
    DocumentError.
    """
    known = catalogue or Catalogue.packaged()
    if is_file(name):
        return _of_file(name, known, as_published=as_published)
    return of_document(known.load(name, surface, as_published=as_published))


def of_document(document: Document) -> Description:
    """Return a document of the catalogue as a description."""
    return Description(
        str(document.name),
        document.content,
        document.name.surface,
        str(document.name.version),
        _title(document.content),
    )


def is_file(name: str) -> bool:
    """Whether an argument is a file or URL, because it exists or looks like one."""
    return name.endswith((".yaml", ".yml", ".json")) or "/" in name or Path(name).is_file()


def _of_file(name: str, catalogue: Catalogue, *, as_published: bool) -> Description:
    data = read_source(name)
    loaded = _load(data, name)
    content = loaded.content
    version = str(_info(content).get("version", ""))
    try:
        named = name_of(loaded)
    except ConformanceError:
        return Description(name, content, "", version, _title(content), data)
    if not as_published:
        overlay = catalogue.overlay(named)
        if overlay is not None:
            content = overlay.fitting(content).apply(content).content
        content = declare_streams(content)
    return Description(name, content, named.surface, str(named.version), _title(content), data)


@lru_cache(maxsize=2)
def lines_of(data: bytes, name: str) -> Loaded:
    """Return a description with its line numbers, as OpenAPI 3. The last 2 are cached."""
    return _validate(load(data, name))


def _load(data: bytes, name: str) -> Loaded:
    """Load a description; plain JSON is read without line numbers, which is many times faster.

    If that fails, the slower reader reports the error with file and line.
    """
    content = plain_json(data)
    if content is not None:
        try:
            return _validate(Loaded(content, name, {}))
        except DocumentError:
            pass
    return lines_of(data, name)


def _validate(published: Loaded) -> Loaded:
    """Return a description that can be compared, as OpenAPI 3.

    Invalid patterns and superfluous nulls are tolerated, since the comparison does not use them. Raises
    DocumentError with file and line for every other mistake.
    """
    try:
        check_structure(published, patterns=False)
    except DocumentError:
        published = replace(published, content=_without_nulls(published.content))
        check_structure(published, patterns=False)
    check_references(published)
    return published if openapi_kind(published) == "openapi" else upgrade(published)


def _without_nulls(content: Any) -> Any:
    if isinstance(content, list):
        return [_without_nulls(each) for each in content]
    if not isinstance(content, dict):
        return content
    return {
        key: each if key in DATA else _without_nulls(each)
        for key, each in content.items()
        if each is not None or key in DATA
    }


def _info(content: Mapping[str, Any]) -> Mapping[str, Any]:
    info = content.get("info")
    return info if isinstance(info, dict) else {}


def _title(content: Mapping[str, Any]) -> str:
    return str(_info(content).get("title", ""))


#: Larger texts are left to the reader that limits the number of values.
_LARGEST = 8 * 1024 * 1024


def plain_json(data: bytes) -> dict[str, Any] | None:
    """Return the object in a JSON text, or None if the slower reader may reject or read it differently."""
    if len(data) > _LARGEST or not data.lstrip().startswith(b"{"):
        return None
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_reject)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and not is_deeper_than(content, MAX_DEPTH) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs) or "<<" in held:
        raise ValueError
    return held


def _reject(name: str) -> NoReturn:
    raise ValueError(name)
