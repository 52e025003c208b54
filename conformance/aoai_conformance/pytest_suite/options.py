"""Turns the `--aoai-…` options into the choices of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aoai_conformance.options import EMULATOR, RunChoices, options_of
from aoai_conformance.target.choice import TargetChoice
from aoai_conformance.target.targets import checked_root
from aoai_specs.errors import ConformanceError


def run_choices(given: Mapping[str, Any]) -> RunChoices:
    """The choices for options by name without `--aoai-`. Raises ConformanceError for invalid ones."""
    values: dict[str, Any] = {}
    for option in options_of():
        value = given.get(option.name.replace("-", "_"))
        if value is None:
            continue
        if option.range and not option.allows(value):
            raise ConformanceError(f"--aoai-{option.name} must be {option.range}.")
        values[option.field] = tuple(value) if option.repeatable else value
    choices = RunChoices(**values)
    TargetChoice.of(choices)
    if choices.target != EMULATOR:
        checked_root(choices.target)
    return choices
