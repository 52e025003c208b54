"""The table of checks. A check is a generator named after the mistake that it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import overload

from aoai_specs.lint.finding import Mistake, Severity
from aoai_specs.lint.subject import Subject

Probe = Callable[[Subject], Iterator[Mistake]]

#: The modules with checks, in the order in which their findings are reported.
TOPICS = (
    "loading",
    "structure.fields",
    "structure.references",
    "structure.paths",
    "structure.parameters",
    "structure.serialization",
    "structure.bodies",
    "structure.responses",
    "structure.media_types",
    "structure.security",
    "structure.servers",
    "structure.links",
    "structure.names",
    "usability",
    "texts",
    "examples",
    "formats",
    "published_examples",
    "values",
    "schemas.nulls",
    "keywords",
    "schemas.unions",
    "schemas.contradictions",
    "schemas.recursion",
    "schemas.discriminators",
    "unused",
    "operations",
    "streaming",
    "prose",
    "completeness",
)


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its id (`example-breaks-schema`), what it finds in one line, its severity, and the generator.

    An error breaks the specification or the description's own promise, a warning misleads readers or tools,
    and information is worth knowing. `reports_notes` is set if it reports what the subject noted while other
    checks ran.
    """

    id: str
    summary: str
    probe: Probe
    severity: Severity = "error"
    reports_notes: bool = False


_CHECKS: dict[str, Check] = {}


@overload
def check(probe: Probe, /) -> Probe: ...
@overload
def check(*, severity: Severity = ..., reports_notes: bool = ...) -> Callable[[Probe], Probe]: ...
def check(
    probe: Probe | None = None, /, *, severity: Severity = "error", reports_notes: bool = False
) -> Probe | Callable[[Probe], Probe]:
    """Register a generator as a check: its name is the id, the first line of its docstring the summary."""

    def register(probe: Probe) -> Probe:
        name = probe.__name__.replace("_", "-")
        if name in _CHECKS:
            raise ValueError(f"two checks are named {name}")
        summary = (probe.__doc__ or "").strip().partition("\n")[0]
        _CHECKS[name] = Check(name, summary, probe, severity, reports_notes)
        return probe

    return register if probe is None else register(probe)


@cache
def checks() -> Mapping[str, Check]:
    """Return every check by id, imported once."""
    modules = [import_module(f"aoai_specs.lint.checks.{topic}").__name__ for topic in TOPICS]
    ordered = sorted(_CHECKS.values(), key=lambda each: modules.index(each.probe.__module__))
    return {each.id: each for each in ordered}
