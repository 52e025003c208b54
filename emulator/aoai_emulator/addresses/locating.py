"""Locating: from the path and query of a request to the operations that may serve it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from aoai_emulator.addresses.known_versions import nearest_operations
from aoai_emulator.addresses.layouts import VERSIONLESS, openai_operations, templates
from aoai_emulator.http.routing import Location, Router
from aoai_emulator.settings import Layout, Versions
from aoai_specs.document import Document, Operation

_API_VERSION = "api-version"
#: How many locations are remembered, and how long their paths may be.
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 1024, 256
_LAYOUTS: tuple[Layout, ...] = ("azure", "openai", "serverless")


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
        return known

    def _locate(self, path: str, asked: str | None) -> Location:
        for layout, router in self._routers.items():
            match = router.match(path)
            if match is not None:
                return Location(
                    path,
                    layout,
                    match.operations,
                    match.values,
                    asked,
                    self._announced(layout, match.operations, asked),
                )
        return Location(path, "azure", (), {}, asked)

    def _announced(self, layout: Layout, operations: Sequence[Operation], asked: str | None) -> str | None:
        """Return the api-version of the document that serves another version, or None."""
        if layout == "openai":
            if asked is not None and asked not in VERSIONLESS:
                return None
            serving = openai_operations(operations)
        elif asked is None or self._versions == "exact" or _has(operations, asked):
            return None
        else:
            serving = nearest_operations(operations, asked)
        return serving[0].document.api_version if serving else None


def _has(operations: Iterable[Operation], api_version: str) -> bool:
    return any(each.document.api_version == api_version for each in operations)
