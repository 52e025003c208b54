"""Translations of many schemas of one description, whose definitions are translated only once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aoai_specs.errors import DocumentError
from aoai_specs.json_values import count_values, nodes
from aoai_specs.schemas.translation import (
    DEFINITION,
    DIALECT,
    Definitions,
    SchemaTranslation,
    Translator,
    reject_circles,
)


class SharedTranslations:
    """Translates schemas of a description for one direction, each definition only once.

    `translate` returns what `Translator.translate` does, but its definitions are shared between the results,
    so they must not be changed.
    """

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._definitions = Definitions()
        self._schemas: dict[str, dict[str, Any]] = {}
        self._failed: dict[str, DocumentError] = {}
        self._referred: dict[str, tuple[str, ...]] = {}
        self._sizes: dict[str, int] = {}

    def translate(self, pointer: str) -> dict[str, Any]:
        """Return the schema at a pointer with everything it refers to.

        Raises DocumentError if a schema cannot be translated.
        """
        root = self._definitions.reference(pointer, own=False)
        self._translate_waiting()
        schemas = {name: self._schemas[name] for name in sorted(self._within(root))}
        reject_circles(schemas, pointer)
        return {"$schema": DIALECT, "$ref": root, "$defs": schemas}

    def translate_all(self, pointers: Iterable[str]) -> dict[str, Any]:
        """Return one schema whose properties are the schemas at all pointers.

        Raises DocumentError if one of them cannot be translated.
        """
        roots = [self._definitions.reference(pointer, own=False) for pointer in pointers]
        self._translate_waiting()
        for failure in self._failed.values():
            raise failure
        reject_circles(self._schemas, "#")
        properties = {str(number): {"$ref": root} for number, root in enumerate(roots)}
        return {"$schema": DIALECT, "properties": properties, "$defs": dict(self._schemas)}

    @property
    def definitions(self) -> Mapping[str, dict[str, Any]]:
        """The definitions that are translated so far."""
        return self._schemas

    def size(self, schema: Mapping[str, Any]) -> int:
        """Return how many values the definitions of a translated schema have."""
        total = 0
        for name in schema["$defs"]:
            if name not in self._sizes:
                self._sizes[name] = count_values(self._schemas[name])
            total += self._sizes[name]
        return total

    def is_recursive(self, schema: Mapping[str, Any]) -> bool:
        """Whether a definition of a translated schema contains itself at any depth."""
        left = {name: set(self._referred[name]) for name in schema["$defs"]}
        while ends := {name for name, referred in left.items() if not referred}:
            left = {name: referred - ends for name, referred in left.items() if name not in ends}
        return bool(left)

    def _translate_waiting(self) -> None:
        while self._definitions.waiting:
            name, place, own = self._definitions.waiting.pop()
            try:
                schema = SchemaTranslation(self._translator, self._definitions).translate(
                    self._translator.resolve(place), place, own=own
                )
            except DocumentError as error:
                self._failed[name] = error
                schema = {}
            self._schemas[name] = schema

    def _within(self, root: str) -> set[str]:
        """Return the names of the definitions that a schema refers to, its own included."""
        names: set[str] = set()
        waiting = [root.removeprefix(DEFINITION)]
        while waiting:
            name = waiting.pop()
            if name in names or name not in self._schemas:
                continue  # listed values may contain what looks like a reference
            names.add(name)
            if name in self._failed:
                raise self._failed[name]
            if name not in self._referred:
                self._referred[name] = tuple(
                    node["$ref"].removeprefix(DEFINITION)
                    for node in nodes(self._schemas[name])
                    if isinstance(node, dict) and isinstance(node.get("$ref"), str)
                )
            waiting += self._referred[name]
        return names
