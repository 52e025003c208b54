"""Routing: from a path to the operations of all documents that match it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from re import Pattern

from aoai_specs.document import Operation

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
    """Operations by path template; an operation may have several."""

    def __init__(self, served: Iterable[tuple[str, Operation]]) -> None:
        grouped: dict[str, list[Operation]] = {}
        names: dict[str, tuple[str, ...]] = {}
        templates: dict[str, str] = {}
        for template, operation in served:
            expression = _expression(template)
            grouped.setdefault(expression, []).append(operation)
            names.setdefault(expression, tuple(_PARAMETER.findall(template)))
            templates.setdefault(expression, template)
        self.templates = tuple(templates.values())
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
