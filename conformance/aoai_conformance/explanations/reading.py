"""Read the packaged explanations of rules: `why.yaml`, and `examples.json`, generated from the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from aoai_specs.loading.files import load

#: One exchange of an example: request line, points, body sent, status and response.
Step: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RuleExample:
    """A claim, exchanges that pass and exchanges that fail; the last failing one has the violation."""

    claim: str
    passes: Sequence[Step]
    fails: Sequence[Step]


def why_of(rule: str) -> str:
    """Return why clients break if the rule is violated; "" for a rule that is not packaged."""
    return _reasons().get(rule, "")


def example_of(rule: str) -> RuleExample | None:
    """Return the example of a rule; None for a rule that is not packaged."""
    found = _examples().get(rule)
    return None if found is None else RuleExample(found["claim"], found["passes"], found["fails"])


@cache
def _reasons() -> dict[str, str]:
    source = files("aoai_conformance").joinpath("explanations", "why.yaml")
    return load(source.read_bytes(), "explanations/why.yaml").content


@cache
def _examples() -> dict[str, dict[str, Any]]:
    source = files("aoai_conformance").joinpath("explanations", "examples.json")
    return json.loads(source.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
