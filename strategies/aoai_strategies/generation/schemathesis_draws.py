"""What Schemathesis draws for the operations of a document, from the cache where it was drawn before."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, Final, Literal, TypeAlias

from aoai_specs.document import Document
from aoai_strategies.generation import deterministic
from aoai_strategies.generation.example_cache import UNSET, ExampleCache, example_cache

Mode: TypeAlias = Literal["positive", "negative"]
MODES: Final[tuple[Mode, ...]] = ("positive", "negative")
#: The distributions that decide what is drawn for a seed.
_GENERATORS = ("schemathesis", "hypothesis", "jsonschema-rs", "pyyaml", "requests", "werkzeug")


@dataclass(frozen=True, slots=True)
class Draw:
    """One example: the body, `UNSET` without one, and the values of the optional parameters by place."""

    body: Any
    parameters: dict[str, Any]


@dataclass(frozen=True)
class SchemathesisDraws:
    """Draws examples of a document. Raises ModuleNotFoundError without Schemathesis."""

    document: Document
    cache: ExampleCache = field(default_factory=example_cache)

    def __post_init__(self) -> None:
        generator_versions()

    def draw(
        self, operation: str, mode: Mode, seed: int, count: int, parameters: Iterable[tuple[str, str]]
    ) -> Sequence[Draw]:
        """Draw `count` examples of an operation; fewer, or none, if the description admits no more.

        `parameters` are the locations and names of the optional parameters. The same seed gives the same
        examples.
        """
        wanted = tuple(parameters)
        key = json.dumps([*self._key, operation, mode, seed, count, wanted])
        found = self.cache.get(key)
        if found is not None:
            return [Draw(body, given) for body, given in found]
        drawn = self._generate(operation, mode, seed, count, wanted)
        self.cache.put(key, [[each.body, each.parameters] for each in drawn])
        return drawn

    def _generate(
        self, operation: str, mode: Mode, seed: int, count: int, parameters: Sequence[tuple[str, str]]
    ) -> Sequence[Draw]:
        from hypothesis.errors import Unsatisfiable
        from schemathesis.core import NOT_SET
        from schemathesis.generation import GenerationMode

        strategy = self._schema.find_operation_by_id(operation).as_strategy(
            generation_mode=GenerationMode(mode)
        )
        try:
            cases = deterministic.draw_examples(strategy, seed=seed, count=count)
        except Unsatisfiable:
            return []  # a description that admits everything has no negative requests
        draws: list[Draw] = []
        for case in cases:
            given: dict[str, Any] = {"query": case.query or {}, "header": case.headers or {}}
            found = {f"{location}:{name}": given[location].get(name) for location, name in parameters}
            draws.append(
                Draw(
                    UNSET if case.body is NOT_SET else _plain(case.body),
                    {place: value for place, value in found.items() if value is not None},
                )
            )
        return draws

    @cached_property
    def _schema(self) -> Any:
        import schemathesis
        from schemathesis.config import SchemathesisConfig

        content = copy.deepcopy(dict(self.document.content))
        # without a configuration file of the working directory
        return schemathesis.openapi.from_dict(content, config=SchemathesisConfig())

    @cached_property
    def _key(self) -> tuple[str, ...]:
        """All that decides what is drawn, besides the operation, the mode, the seed and the count."""
        content = json.dumps(dict(self.document.content), default=str).encode("utf-8", "surrogatepass")
        own = b"".join(Path(file).read_bytes() for file in (__file__, deterministic.__file__))
        return (
            *generator_versions(),
            python_version(),
            hashlib.sha256(own).hexdigest(),
            hashlib.sha256(content).hexdigest(),
        )


def _plain(value: Any) -> Any:
    """Return a value with its texts as str: Schemathesis has a type of its own for binary formats."""
    if isinstance(value, str):
        return str.__str__(value)
    if type(value) is list:
        return [_plain(each) for each in value]
    if type(value) is dict:
        return {_plain(name): _plain(each) for name, each in value.items()}
    return value


@cache
def generator_versions() -> tuple[str, ...]:
    """The versions of what generates. Raises ModuleNotFoundError, which names what is not installed."""
    return tuple(f"{name} {version(name)}" for name in _GENERATORS)
