"""Reading what is packaged beside the rules: `why.yaml`, and `examples.json`, made from the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from aoai_specs.loading.files import load

#: What a step of an example tells: the request line, what it carries and sends, the status, the answer.
Step: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RuleExample:
    """What an example is about, the steps that pass and those that do not; the last of these says why."""

    claim: str
    passes: Sequence[Step]
    fails: Sequence[Step]


def why_of(rule: str) -> str:
    """Why clients break where the rule is not kept; empty for a rule that is not packaged."""
    return _reasons().get(rule, "")


def example_of(rule: str) -> RuleExample | None:
    """The example of a rule; None for a rule that is not packaged."""
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
