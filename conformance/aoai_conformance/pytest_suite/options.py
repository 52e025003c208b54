"""Turn the `--aoai-…` options into the choices of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aoai_conformance.run.whole_run import RunChoices
from aoai_conformance.target.choice import EMULATOR
from aoai_conformance.target.targets import checked_root, parse_deployments
from aoai_specs.errors import ConformanceError

#: Options that can be repeated, and the names of their choices.
_SEVERAL = {
    "api_version": "api_versions",
    "spec": "specs",
    "operation": "operations",
    "rule": "rules",
    "deployment": "deployments",
    "exclude_operation": "excluded",
}


def run_choices(given: Mapping[str, Any]) -> RunChoices:
    """Return the choices for options, named without `--aoai-`. Raises ConformanceError if one is invalid."""
    values: dict[str, Any] = {
        _SEVERAL.get(name, name): tuple(value) if name in _SEVERAL else value for name, value in given.items()
    }
    choices = RunChoices(**values)
    parse_deployments(choices.deployments)
    if choices.target != EMULATOR:
        checked_root(choices.target)
    if not 0 <= choices.min_shown <= 100:
        raise ConformanceError("--aoai-min-shown must be a percentage from 0 to 100.")
    if choices.timeout <= 0:
        raise ConformanceError("--aoai-timeout must be a number of seconds above zero.")
    return choices
