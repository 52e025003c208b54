"""Routing: from a path to the operations of all documents that match it, and to those that it selects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from re import Pattern
from typing import Any

from aoai_emulator.settings import Layout
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
            for expression, operations in sorted(
                grouped.items(), key=lambda each: _generality(templates[each[0]])
            )
        ]

    def match(self, path: str) -> Match | None:
        """Return what a path (percent-decoded, without the query) matches, or None."""
        for route in self._routes:
            found = route.pattern.fullmatch(path)
            if found is not None:
                return Match(route.operations, dict(zip(route.names, found.groups(), strict=True)))
        return None


def _generality(template: str) -> list[bool]:
    """Sort fixed segments of a path before parameters, such as `/files/import` before `/files/{id}`."""
    return ["{" in segment for segment in template.split("/")]


def _expression(template: str) -> str:
    """Turn a path template into a regular expression with a group for each parameter."""
    literal = _PARAMETER.split(template)[::2]
    return "([^/]+)".join(re.escape(piece) for piece in literal)


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """What a path and an `asked` api-version, or none, stand for; requests to the same place share it.

    `operations` match the `path`, newest document last, whatever their method; `values` are the values of the
    path's parameters. Where a document of another version serves it, that version is `announced`.
    `selected` has what is selected here, by method and content type.
    """

    path: str
    layout: Layout
    operations: tuple[Operation, ...]
    values: Mapping[str, str]
    asked: str | None = None
    announced: str | None = None
    of_version: tuple[Operation, ...] = field(init=False)
    deployment: str | None = field(init=False)
    selected: dict[tuple[str, str], Any] = field(init=False, default_factory=dict, repr=False)
    _by_method: Mapping[str, Operation] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        is_versionless = self.layout == "openai" and self.announced is None
        of_version = tuple(each for each in self.operations if each.document.api_version == self.version)
        by_method = {each.method: each for each in (*self.operations, *of_version)}
        object.__setattr__(self, "of_version", () if is_versionless else of_version)
        object.__setattr__(self, "_by_method", by_method)
        named = (value for key, value in self.values.items() if "deployment" in key.lower())
        object.__setattr__(self, "deployment", next(named, None))

    @property
    def version(self) -> str | None:
        """The api-version of the document that serves it, or the one that the client names."""
        return self.asked if self.announced is None else self.announced

    def operation(self, method: str) -> Operation | None:
        """Return the operation of a method: of the api-version, or else of the newest document."""
        return self._by_method.get(method)
