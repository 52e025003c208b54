"""Locating: from the path and query of a request to the operations that may serve it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from aoai_emulator.addresses.known_versions import nearest_operations
from aoai_emulator.addresses.layouts import VERSIONLESS, openai_operations, templates
from aoai_emulator.http.routing import Match, Router
from aoai_emulator.settings import Layout, Versions
from aoai_specs.document import Document, Operation

_API_VERSION = "api-version"
#: How many locations are remembered, and how long their paths may be.
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 1024, 256
_LAYOUTS: tuple[Layout, ...] = ("azure", "openai", "serverless")


@dataclass(frozen=True, slots=True)
class Location:
    """Where a request arrives.

    `operations` match the path, newest document last; `values` are the values of the path's parameters.
    `query` is that of the request; where a document of another version serves it, `api-version` is that of
    the document, which is `announced`.
    """

    layout: Layout
    operations: tuple[Operation, ...]
    values: Mapping[str, str]
    query: Mapping[str, str]
    announced: str | None = None


class Addresses:
    """Every address at which some documents are served."""

    def __init__(self, documents: Iterable[Document], kinds: Collection[str], versions: Versions) -> None:
        served = [
            (layout, template, operation)
            for document in documents
            for operation in document.operations.values()
            if operation.kind in kinds
            for layout, template in templates(operation)
        ]
        self._routers = {
            layout: Router((template, operation) for each, template, operation in served if each == layout)
            for layout in _LAYOUTS
        }
        self._versions = versions
        self._known: dict[tuple[str, str | None], Location] = {}

    @property
    def templates(self) -> tuple[str, ...]:
        """Every path template, once."""
        return tuple(dict.fromkeys(name for each in self._routers.values() for name in each.templates))

    def locate(self, path: str, query: Mapping[str, str]) -> Location:
        """Return where a request with this path (percent-decoded) and query arrives."""
        asked = query.get(_API_VERSION)
        key = (path, asked)
        known = self._known.get(key)
        if known is None:
            known = self._locate(path, asked)
            if len(path) + len(asked or "") <= _LONGEST_REMEMBERED:
                if len(self._known) >= _MOST_REMEMBERED:
                    self._known.clear()
                self._known[key] = known
        if known.announced is None:
            return Location(known.layout, known.operations, known.values, query)
        return replace(known, query={**query, _API_VERSION: known.announced})

    def _locate(self, path: str, asked: str | None) -> Location:
        """Return the same without the query."""
        for layout, router in self._routers.items():
            match = router.match(path)
            if match is not None:
                return self._location(layout, match, asked)
        return Location("azure", (), {}, {})

    def _location(self, layout: Layout, match: Match, asked: str | None) -> Location:
        location = Location(layout, match.operations, match.values, {})
        if layout == "openai":
            if asked is not None and asked not in VERSIONLESS:
                return location
            serving = openai_operations(match.operations)
        elif asked is None or self._versions == "exact" or _has(match.operations, asked):
            return location
        else:
            serving = nearest_operations(match.operations, asked)
        if not serving:
            return location
        version = serving[0].document.api_version
        return replace(location, announced=version)


def _has(operations: Iterable[Operation], api_version: str) -> bool:
    return any(each.document.api_version == api_version for each in operations)
