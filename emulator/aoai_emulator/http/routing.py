"""Routing: from a path to the operations of all loaded documents that match it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from re import Pattern

from aoai_specs.document import Document, Operation

_PARAMETER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Match:
    """The operations that match a path, newest document last, and the values of the path's parameters."""

    operations: tuple[Operation, ...]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    pattern: Pattern[str]
    names: tuple[str, ...]
    operations: tuple[Operation, ...]


class Router:
    """The paths of every operation of some documents whose kind is served."""

    def __init__(self, documents: Iterable[Document], kinds: Collection[str]) -> None:
        grouped: dict[str, list[Operation]] = {}
        names: dict[str, tuple[str, ...]] = {}
        for document in documents:
            for operation in document.operations.values():
                if operation.kind not in kinds:
                    continue
                template = document.base_path.rstrip("/") + operation.path
                expression = _expression(template)
                grouped.setdefault(expression, []).append(operation)
                names.setdefault(expression, tuple(_PARAMETER.findall(template)))
        self._routes = [
            _Route(re.compile(expression), names[expression], tuple(operations))
            for expression, operations in grouped.items()
        ]

    def match(self, path: str) -> Match | None:
        """Return what a path (percent-decoded, without the query) matches, or None."""
        for route in self._routes:
            found = route.pattern.fullmatch(path)
            if found is not None:
                return Match(route.operations, dict(zip(route.names, found.groups(), strict=True)))
        return None


def _expression(template: str) -> str:
    """Turn a path template into a regular expression with a group for each parameter."""
    literal = _PARAMETER.split(template)[::2]
    return "([^/]+)".join(re.escape(piece) for piece in literal)
