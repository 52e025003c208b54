"""Checks the choices of a run without sending anything, so that all mistakes are reported before the run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from aoai_conformance.baseline.baseline import read_accepted
from aoai_conformance.cost.prices import choose_prices
from aoai_conformance.engine.rate_limits import parse_limits
from aoai_conformance.options import EMULATOR, TARGET_KEY, RunChoices
from aoai_conformance.quirks.quirk_file import choose_quirks
from aoai_conformance.target.authentication import describe_key_variable, key_from_environment
from aoai_conformance.target.choice import TargetChoice, require_one_base_path
from aoai_conformance.target.documents import documents_of
from aoai_conformance.target.entra import entra_authentication
from aoai_conformance.target.selection import choose_operations, choose_rules
from aoai_conformance.target.targets import checked_root, is_loopback, parse_deployments
from aoai_reports.history.location import locate_history
from aoai_specs.errors import ConformanceError
from aoai_strategies.planning.capabilities import read_capabilities

#: The value of `--history` that adds a run nowhere.
_NO_HISTORY = "none"


def find_complaints(
    choices: RunChoices, environment: Mapping[str, str] | None = None, *, sending: bool = True
) -> Iterator[tuple[str, str]]:
    """What would end the run before its first request: the field of `RunChoices` and a sentence for each.

    Sentences name the address as the configuration file does. What only the server knows is not checked, such
    as whether a deployment exists. Unless `sending`, the key and the output folder are not needed.
    """
    seen: set[str] = set()
    for field, check in _CHECKS.items():
        if field in _FOR_SENDING and not sending:
            continue
        try:
            check(choices, os.environ if environment is None else environment)
        except ConformanceError as error:
            if str(error) not in seen:
                yield field, str(error)
            seen.add(str(error))


def _check_target(choices: RunChoices, _: Mapping[str, str]) -> None:
    if choices.target != EMULATOR:
        checked_root(choices.target, f"`{TARGET_KEY}`")


def _check_deployments(choices: RunChoices, _: Mapping[str, str]) -> None:
    given = parse_deployments(choices.deployments)
    if choices.target != EMULATOR and not given and not is_loopback(choices.target):
        raise ConformanceError("There are no deployments: name one for each kind of operation.")


def _check_token(choices: RunChoices, environment: Mapping[str, str]) -> None:
    if choices.target != EMULATOR and choices.auth == "entra":
        entra_authentication(environment)


def _check_key(choices: RunChoices, environment: Mapping[str, str]) -> None:
    """A server on this machine may be the emulator, which needs no key."""
    if choices.target == EMULATOR or is_loopback(choices.target) or choices.auth not in ("key", "bearer"):
        return
    if key_from_environment(choices.api_key_env, environment) is None:
        raise ConformanceError(f"There is no key: set {describe_key_variable(choices.api_key_env)}.")


def _check_headers(choices: RunChoices, environment: Mapping[str, str]) -> None:
    choice = _valid_choice(choices)
    if choice is not None:
        choice.added_headers(environment)


def _check_connection(choices: RunChoices, environment: Mapping[str, str]) -> None:
    choice = _valid_choice(choices)
    if choice is not None:
        choice.connection(environment)


def _valid_choice(choices: RunChoices) -> TargetChoice | None:
    """The choices about the target; None if they contradict each other, which is a complaint of its own."""
    try:
        return _choose_target(choices, {})
    except ConformanceError:
        return None


def _choose_target(choices: RunChoices, _: Mapping[str, str]) -> TargetChoice:
    return TargetChoice.of(replace(choices, deployments=()))


def _check_operations(choices: RunChoices, _: Mapping[str, str]) -> None:
    choose_operations(choices, documents_of(choices))


def _check_capabilities(choices: RunChoices, _: Mapping[str, str]) -> None:
    if choices.capabilities is not None:
        read_capabilities(choices.capabilities)


def _check_base_path(choices: RunChoices, _: Mapping[str, str]) -> None:
    if choices.base_path is not None:
        require_one_base_path(choices.base_path, documents_of(choices))


def _check_limits(option: str, values: Iterable[str], choices: RunChoices) -> None:
    """The deployments of the emulator are known only when it runs."""
    deployments = parse_deployments(choices.deployments)
    if deployments:
        parse_limits(option, values, deployments)


def _check_history(choices: RunChoices, _: Mapping[str, str]) -> None:
    if choices.history is not None and str(choices.history) != _NO_HISTORY:
        locate_history(choices.history)


def _check_out(choices: RunChoices, _: Mapping[str, str]) -> None:
    if choices.out is not None and choices.out.is_dir() and any(choices.out.iterdir()):
        raise ConformanceError(f"{choices.out} is not empty; choose a new or empty folder.")


#: What is checked, by the field that a complaint is about.
_CHECKS: Final[Mapping[str, Callable[[RunChoices, Mapping[str, str]], object]]] = {
    "target": _check_target,
    "deployments": _check_deployments,
    "auth": _check_token,
    "api_key_env": _check_key,
    "api_key_header": _choose_target,
    "headers": _check_headers,
    "proxy": _check_connection,
    "operations": _check_operations,
    "rules": lambda choices, _: choose_rules(choices.rules),
    "capabilities": _check_capabilities,
    "baseline": lambda choices, _: read_accepted(choices.baseline),
    "quirks": lambda choices, _: choose_quirks(choices.quirks),
    "base_path": _check_base_path,
    "rpm": lambda choices, _: _check_limits("rpm", choices.rpm, choices),
    "tpm": lambda choices, _: _check_limits("tpm", choices.tpm, choices),
    "prices": lambda choices, _: choose_prices(choices.prices),
    "history": _check_history,
    "out": _check_out,
}
_FOR_SENDING = frozenset({"auth", "api_key_env", "headers", "proxy", "out"})
