"""The pytest plugin: `pytest --pyargs aoai_conformance --aoai-target …` gives one test a rule and operation.

Every pytest run on a machine that has this package imports this module, so it imports nothing of ours: it
declares the options, and without `--aoai-target` that is all it does.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_PREFIX = "aoai_"


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _none_or_more(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def pytest_addoption(parser: pytest.Parser) -> None:
    """The choices of `aoai-conformance run`, each under its name with `aoai-` before it."""
    add = parser.getgroup("aoai-conformance", "conformance of Azure OpenAI servers").addoption
    add(
        "--aoai-target",
        metavar="emulator|URL",
        help="Test this server; `--pyargs aoai_conformance` has the tests.",
    )
    add("--aoai-surface", choices=("azure-openai", "ai-model-inference"), help="Default: azure-openai.")
    add(
        "--aoai-api-version", action="append", metavar="V", help="Repeatable. Default: the newest GA version."
    )
    add(
        "--aoai-spec", action="append", metavar="FILE|URL", help="An API description of your own. Repeatable."
    )
    add(
        "--aoai-as-published", action="store_true", help="Leave out the overlay that corrects known mistakes."
    )
    add("--aoai-profile", choices=("smoke", "standard", "deep"), help="How much is sent. Default: standard.")
    add("--aoai-operation", action="append", metavar="ID", help="Only this, in any case. Repeatable.")
    add("--aoai-rule", action="append", metavar="ID", help="Judge by this only. Repeatable.")
    add("--aoai-seed", type=int, metavar="N", help="Same seed, same plan. Default: 0.")
    add(
        "--aoai-concurrency",
        type=_at_least_one,
        metavar="N",
        help="Requests under way at a time. Default: 8.",
    )
    add("--aoai-examples", type=_none_or_more, metavar="N", help="Generated requests of each sort, for deep.")
    add("--aoai-exclude-operation", action="append", metavar="ID", help="Leave this out. Repeatable.")
    add(
        "--aoai-capabilities",
        type=Path,
        metavar="FILE",
        help="What the deployments support: the capabilities.json or the folder of an earlier run.",
    )
    add("--aoai-min-shown", type=float, metavar="PERCENT", help="Of each operation's points. Default: 90.")
    add("--aoai-require-complete", action="store_true", help="Points that a budget cuts count as not shown.")
    add("--aoai-max-requests", type=_at_least_one, metavar="N", help="Never send more.")
    add("--aoai-max-tokens", type=_at_least_one, metavar="N", help="By the plan's estimate.")
    add(
        "--aoai-deployment",
        action="append",
        metavar="KIND=NAME",
        help="Which deployment serves what. Repeatable.",
    )
    add(
        "--aoai-target-layout",
        choices=("azure", "openai"),
        help="openai: /v1/chat/completions. Default: azure.",
    )
    add("--aoai-auth", choices=("key", "entra"), help="entra: a token instead of a key. Default: key.")
    add("--aoai-api-key-env", metavar="NAME", help="The environment variable that holds the key.")
    add("--aoai-timeout", type=float, metavar="SECONDS", help="For one whole response. Default: 120.")
    add("--aoai-baseline", type=Path, metavar="FILE", help="Violations that someone accepted: they xfail.")
    add(
        "--aoai-quirks",
        type=Path,
        metavar="FILE",
        help="Known deviations of your own: they pass with a note.",
    )
    add("--aoai-strict", action="store_true", help="A broken should fails as a must does.")
    add("--aoai-history", type=Path, metavar="PATH", help="A history to add the run to. Default: none.")
    add("--aoai-out", type=Path, metavar="DIR", help="A new or empty folder for the record and its reports.")


def pytest_configure(config: pytest.Config) -> None:
    """Nothing at all, unless `--aoai-target` says what to test."""
    given = {
        name.removeprefix(_PREFIX): value
        for name, value in vars(config.option).items()
        if name.startswith(_PREFIX) and value is not None and value is not False
    }
    if not given:
        return
    if "target" not in given:
        name = next(iter(given)).replace("_", "-")
        raise pytest.UsageError(f"--aoai-{name} needs --aoai-target: say what to test, emulator or a URL.")
    from aoai_conformance.pytest_suite.activation import activate

    activate(config, given)
