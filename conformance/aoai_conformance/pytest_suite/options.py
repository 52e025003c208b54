"""What the `--aoai-…` options come to: the same choices as those of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aoai_conformance.run.whole_run import RunChoices
from aoai_conformance.target.choice import EMULATOR
from aoai_conformance.target.targets import checked_root, parse_deployments
from aoai_specs.errors import ConformanceError

#: Options that may be given several times, and what the choices call them.
_SEVERAL = {
    "api_version": "api_versions",
    "spec": "specs",
    "operation": "operations",
    "rule": "rules",
    "deployment": "deployments",
    "exclude_operation": "excluded",
}


def run_choices(given: Mapping[str, Any]) -> RunChoices:
    """The choices, for options by their names without `--aoai-`. Raises ConformanceError for wrong ones."""
    values: dict[str, Any] = {
        _SEVERAL.get(name, name): tuple(value) if name in _SEVERAL else value for name, value in given.items()
    }
    choices = RunChoices(**values)
    parse_deployments(choices.deployments)
    if choices.target != EMULATOR:
        checked_root(choices.target)
    if not 0 <= choices.min_shown <= 100:
        raise ConformanceError("--aoai-min-shown wants a share from 0 to 100.")
    if choices.timeout <= 0:
        raise ConformanceError("--aoai-timeout wants a number of seconds above zero.")
    return choices
