"""The table of checks. A check is a generator named after the mistake that it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.subject import Subject

Probe = Callable[[Subject], Iterator[Mistake]]

#: The modules with checks, in the order in which their findings are reported.
TOPICS = (
    "loading",
    "usability",
    "texts",
    "examples",
    "published_examples",
    "values",
    "nulls",
    "keywords",
    "unions",
    "discriminators",
    "unused",
    "operations",
    "streaming",
    "prose",
    "completeness",
)


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its id (`example-breaks-schema`), what it finds in one line, and the generator."""

    id: str
    summary: str
    probe: Probe


_CHECKS: dict[str, Check] = {}


def check(probe: Probe) -> Probe:
    """Register a generator as a check: its name is the id, the first line of its docstring the summary."""
    name = probe.__name__.replace("_", "-")
    if name in _CHECKS:
        raise ValueError(f"two checks are named {name}")
    _CHECKS[name] = Check(name, (probe.__doc__ or "").strip().partition("\n")[0], probe)
    return probe


@cache
def checks() -> Mapping[str, Check]:
    """Return every check by id, imported once."""
    modules = [import_module(f"aoai_specs.lint.checks.{topic}").__name__ for topic in TOPICS]
    ordered = sorted(_CHECKS.values(), key=lambda each: modules.index(each.probe.__module__))
    return {each.id: each for each in ordered}
