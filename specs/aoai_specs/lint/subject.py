"""The description under lint: its places, its validators and its name."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import DocumentError
from aoai_specs.lint.outline import Outline
from aoai_specs.lint.survey import Survey, follow_to_object, survey
from aoai_specs.loading.files import Loaded
from aoai_specs.loading.problems import Problem
from aoai_specs.loading.references import references
from aoai_specs.loading.swagger import place_before
from aoai_specs.pointers import canonical, find, join, tokens
from aoai_specs.reading import ReadingOptions, validate
from aoai_specs.schemas.discriminators import Discriminators, Switch
from aoai_specs.schemas.schema_cost import Costs
from aoai_specs.schemas.shared_translations import SharedTranslations
from aoai_specs.schemas.translation import Direction, Translator
from aoai_specs.schemas.validators import SchemaError, Validator
from aoai_specs.versions import DocumentName

#: The limit of values in translated schemas, after which no more validators are built.
MAX_TRANSLATED = 1_000_000
#: The number of errors reported for one value.
MAX_ERRORS = 6
#: In `without`: the keywords that discriminators add to a schema.
BINDING = "(discriminators)"
#: Keywords that reject nothing, or that `fits_plainly` knows.
_PLAIN = frozenset(
    {"type", "enum", "description", "title", "default", "example", "format", "nullable", "deprecated"}
)
_DIRECTIONS: tuple[Direction, ...] = ("request", "response")


@dataclass(frozen=True, slots=True)
class PublishedExample:
    """A file of published examples: its name and content."""

    file: str
    content: Mapping[str, Any]


class Subject:
    """A description to lint.

    `name` is the prefix of clauses (`azure-openai@2024-10-21`, or the file). `content` is OpenAPI 3 and
    `published` the description in its own version, as it was written; `legacy`
    is set for 3.0 and older, `swagger` for a converted Swagger 2.0 description, `corrected` for a document of
    the catalogue with its overlay. `examples` are published examples in the form of `x-ms-examples`.
    """

    def __init__(
        self,
        name: str,
        content: dict[str, Any],
        *,
        published: dict[str, Any] | None = None,
        source: Loaded | None = None,
        swagger: bool = False,
        with_lines: bool = False,
        corrected: bool = False,
        examples: tuple[PublishedExample, ...] = (),
    ) -> None:
        self.name = name
        self.content = content
        self.published = content if published is None else published
        self.swagger = swagger
        self.legacy = str(content.get("openapi", "")).startswith(("2.", "3.0"))
        self.examples = examples
        self.corrected = corrected
        self.exhausted = False
        self._source = source
        self._with_lines = with_lines
        self._translated = 0
        self._validators: dict[tuple[str, Direction, frozenset[str]], Validator | None] = {}
        self._found: dict[str, Any] = {}
        self._costs: dict[tuple[Direction, bool], Costs] = {}
        self._shared: dict[tuple[Direction, bool], SharedTranslations] = {}
        self.unusable: dict[str, str] = {}

    @classmethod
    def of_catalogue(
        cls,
        name: DocumentName,
        *,
        as_published: bool = False,
        examples: tuple[PublishedExample, ...] = (),
        catalogue: Catalogue | None = None,
    ) -> Subject:
        """Return a document of the catalogue, with its overlay unless `as_published` is set."""
        catalogue = catalogue or Catalogue.packaged()
        document = catalogue.load(str(name), as_published=as_published)
        return cls(
            str(name),
            document.content,
            source=catalogue.source(name),
            corrected=not as_published,
            examples=examples,
        )

    @classmethod
    def of_file(
        cls,
        path_or_url: str,
        options: ReadingOptions | None = None,
        *,
        examples: tuple[PublishedExample, ...] = (),
    ) -> Subject:
        """Load a description without corrections. Raises DocumentError with file and line."""
        catalogue = Catalogue.packaged()
        loaded = catalogue.read_file(path_or_url, options)
        offered = None if options is not None and options.overlays else catalogue.offered_overlay(loaded)
        if offered is not None:
            note = f"{path_or_url}: the corrections of {offered} match it; --overlay {offered} applies them."
            loaded = replace(loaded, notes=(*loaded.notes, note))
        return cls._of_sound(loaded, examples)

    @classmethod
    def of_loaded(cls, published: Loaded, *, examples: tuple[PublishedExample, ...] = ()) -> Subject:
        """Convert a loaded description. Raises DocumentError with file and line if it is none."""
        return cls._of_sound(validate(published), examples)

    @classmethod
    def _of_sound(cls, loaded: Loaded, examples: tuple[PublishedExample, ...]) -> Subject:
        return cls(
            loaded.source,
            loaded.content,
            published=loaded.as_written,
            source=loaded,
            swagger=loaded.swagger,
            with_lines=True,
            examples=examples,
        )

    @property
    def translated(self) -> int:
        """How many values the translated schemas have, for which validators were built."""
        return self._translated

    def prepare(self) -> None:
        """Compute now what nearly all checks look at."""
        _ = self.survey, self.outline, self.references, self.discriminators

    @cached_property
    def survey(self) -> Survey:
        """Every place of the description."""
        return survey(self.content)

    @cached_property
    def outline(self) -> Outline:
        """Every object of the description in its published form, by kind."""
        return Outline(self.published)

    @cached_property
    def schemas(self) -> dict[str, Any]:
        """The named schemas."""
        components = self.content.get("components")
        held = components.get("schemas") if isinstance(components, dict) else None
        return held if isinstance(held, dict) else {}

    @cached_property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Every reference of the description: the pointer of its place and of its target."""
        return tuple(references(self.content))

    @cached_property
    def discriminators(self) -> Discriminators:
        """All discriminators."""
        return Discriminators(self.schemas, self.resolve)

    @cached_property
    def misread(self) -> Mapping[str, str]:
        """The unquoted texts that YAML 1.1 reads as another type and that are still present."""
        if self._source is None:
            return {}
        return {
            pointer: kind
            for pointer, kind in self._source.misread.items()
            if isinstance(self.at(pointer), str)
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about how the description was read."""
        return () if self._source is None else self._source.notes

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The mistakes for which parts of the description were removed or made permissive."""
        return () if self._source is None else self._source.problems

    @cached_property
    def unpaired(self) -> tuple[str, ...]:
        """The places of texts and names with half a surrogate pair."""
        return () if self._source is None else self._source.unpaired

    @cached_property
    def unreadable(self) -> Mapping[str, str]:
        """The patterns that are not regular expressions and were removed from `content`."""
        return {} if self._source is None else self._source.unreadable

    def resolve(self, pointer: str) -> Any:
        """Return the value at a pointer. Raises DocumentError if there is none."""
        if pointer not in self._found:
            self._found[pointer] = find(self.content, pointer)
        return self._found[pointer]

    def at(self, pointer: str) -> Any:
        """Return the value at a pointer, or None."""
        try:
            return self.resolve(pointer)
        except DocumentError:
            return None

    def follow(self, pointer: str) -> tuple[str, dict[str, Any]]:
        """Follow references; return the last pointer and the object there, empty for anything else."""
        return follow_to_object(self.content, pointer)

    def members(self, pointer: str, *unions: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield a schema, its references, and the members of its `allOf` and of `unions`, each once."""
        waiting, seen = [pointer], {pointer}
        while waiting:
            place = waiting.pop(0)
            schema = self.at(place)
            if not isinstance(schema, dict):
                continue
            yield place, schema
            inner = [canonical(schema["$ref"])] if isinstance(schema.get("$ref"), str) else []
            for keyword in ("allOf", *unions):
                listed = schema.get(keyword)
                inner += [
                    join(place, keyword, i) for i in range(len(listed) if isinstance(listed, list) else 0)
                ]
            waiting += [each for each in inner if each not in seen]
            seen.update(inner)

    def validator(
        self, pointer: str, direction: Direction, without: frozenset[str] = frozenset()
    ) -> Validator | None:
        """Return the validator of the schema at a pointer, `without` some keywords of that schema.

        Without `BINDING`, the validator ignores discriminators, like most tools. The result is None if the
        schema is unusable (see `unusable`), or if the limit of translated values is reached.
        """
        key = (pointer, direction, without)
        if key not in self._validators:
            self._validators[key] = self._build(pointer, direction, without)
        return self._validators[key]

    def _build(self, pointer: str, direction: Direction, without: frozenset[str]) -> Validator | None:
        if self._translated > MAX_TRANSLATED:
            self.exhausted = True
            return None
        binding = BINDING not in without
        shared = self._translations(direction, binding=binding)
        try:
            schema = shared.translate(pointer)
            self._translated += shared.size(schema)
            self._costs[direction, binding].require_bounded(schema["$defs"])
            recursive = shared.is_recursive(schema)
            if without:
                schema = _strip(schema, without)
            return Validator(schema, self.name, recursive=recursive)
        except (DocumentError, ValueError, RecursionError) as error:
            self.unusable[pointer] = str(error).partition("\n")[0] or type(error).__name__
            return None

    def _translations(self, direction: Direction, *, binding: bool) -> SharedTranslations:
        """Return the translations for one direction, with or without discriminators."""
        key = (direction, binding)
        if key not in self._shared:
            known = self.discriminators if binding else _IgnoredDiscriminators({}, self.resolve)
            translator = Translator(str(self.content["openapi"]), self.resolve, known, direction)
            self._shared[key] = SharedTranslations(translator)
            self._costs[key] = Costs(self._shared[key].definitions)
        return self._shared[key]

    def all_usable(self, pointers: Iterable[str], direction: Direction) -> bool:
        """Whether a validator can be built from every one of some schemas, as far as one attempt shows."""
        try:
            schema = self._translations(direction, binding=True).translate_all(pointers)
            self._costs[direction, True].require_bounded(schema["$defs"])
            Validator(schema, self.name, recursive=False)
        except (DocumentError, ValueError, RecursionError):
            return False
        return True

    def errors(self, pointer: str, value: Any, direction: Direction | None) -> list[SchemaError]:
        """Return the errors of a value, at most MAX_ERRORS, in one direction or the better of both.

        The list is empty if the value matches in one direction, or if the schema is unusable.
        """
        schema = self.at(pointer)
        plain = isinstance(schema, dict) and fits_plainly(schema, value, legacy=self.legacy)
        if plain and ("enum" not in schema or value in schema["enum"]):
            return []
        fewest: list[SchemaError] | None = None
        for way in (direction,) if direction else _DIRECTIONS:
            validator = self.validator(pointer, way)
            if validator is None:
                return []
            found = validator.errors(value, at_most=MAX_ERRORS)
            if not found:
                return []
            fewest = found if fewest is None or len(found) < len(fewest) else fewest
        return (fewest or [])[:MAX_ERRORS]

    def fits(self, pointer: str, value: Any, direction: Direction | None = None) -> bool:
        """Whether a value matches a schema in a direction or in either; true if the schema is unusable."""
        ways = (direction,) if direction else _DIRECTIONS
        validators = [self.validator(pointer, way) for way in ways]
        return any(validator is None or validator.is_valid(value) for validator in validators)

    def published_pointer(self, pointer: str) -> str:
        """Return a pointer as in the published form of the description."""
        return place_before(pointer) if self.swagger else pointer

    def line(self, pointer: str) -> int | None:
        """Return the line of a place in the file; None for a document of the catalogue."""
        return self._source.line(pointer) if self._with_lines and self._source is not None else None


class _IgnoredDiscriminators(Discriminators):
    """Discriminators as seen by a reader who ignores them: they select and require nothing."""

    def switch(self, pointer: str, schema: Mapping[str, Any]) -> Switch | None:
        del pointer, schema
        return None

    def bound(self, pointer: str) -> Mapping[str, list[str]]:
        del pointer
        return {}

    def takes_own_part(self, pointer: str, parent: str) -> bool:
        del pointer, parent
        return False


def fits_plainly(schema: Mapping[str, Any], value: Any, *, legacy: bool) -> bool:
    """Whether a value certainly matches a schema that has no keyword but a type and an enumeration.

    The enumeration is not checked. False means that only a validator knows.
    """
    if any(keyword not in _PLAIN and not keyword.startswith("x-") for keyword in schema):
        return False
    stated = schema.get("type")
    if value is None:
        return legacy and schema.get("nullable") is True
    if stated == "string":
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int):
        return stated == "boolean" and isinstance(value, bool)
    return stated in ("integer", "number")


def schema_name(pointer: str) -> str:
    """Return the name of a schema, or else the end of its pointer."""
    parts = tokens(pointer)
    named = parts[:2] == ["components", "schemas"] and len(parts) == 3
    return parts[2] if named else "/".join(parts[-2:])


def _strip(schema: dict[str, Any], without: frozenset[str]) -> dict[str, Any]:
    """Return a translated schema without some keywords of its root, even inside an added null."""
    name = schema["$ref"].removeprefix("#/$defs/")
    root = copy.deepcopy(schema["$defs"][name])
    for part in (root, *(each for each in root.get("anyOf", ()) if root.get("x-tail") == "nullable")):
        for keyword in without:
            part.pop(keyword, None)
    return {**schema, "$defs": {**schema["$defs"], name: root}}
