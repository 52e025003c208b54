"""The pytest plugin: `pytest --pyargs aoai_conformance --aoai-target …` tests each rule on each operation.

It also has the fixtures for tests of clients. Every pytest run with this package installed imports this
module, so it imports nothing else of ours, and its hooks import only the table of options unless
`--aoai-target` is given.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from typing import Any

import pytest

from aoai_conformance.emulator_fixtures import (
    MARKER_LINE,
    _aoai_emulator_server,
    aoai_emulator,
    aoai_emulator_options,
    aoai_emulator_session,
    aoai_emulator_url,
    azure_openai,
    azure_openai_session,
)

__all__ = [
    "_aoai_emulator_server",
    "aoai_emulator",
    "aoai_emulator_options",
    "aoai_emulator_session",
    "aoai_emulator_url",
    "azure_openai",
    "azure_openai_session",
    "pytest_addoption",
    "pytest_configure",
]

_PREFIX = "aoai_"
#: Where `--alluredir` is kept without allure-pytest, only to say how to install it.
_ALLURE = "alluredir_without_allure"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `aoai-conformance run`, prefixed with `--aoai-`."""
    from aoai_conformance.options import options_of

    group = parser.getgroup("aoai-conformance", "conformance of Azure OpenAI servers")
    for option in options_of():
        details: dict[str, Any] = {}
        if option.type is bool:
            details["action"] = "store_true"
        else:
            details |= {"type": option.type, "action": "append" if option.repeatable else "store"}
            details |= {"choices": option.choices} if option.choices else {"metavar": option.metavar}
        has_default = option.default not in (None, (), False) and option.name != "target"
        default = f" Default: {option.default}." if has_default else ""
        group.addoption(f"--aoai-{option.name}", help=option.help_for("pytest") + default, **details)
    if find_spec("allure_pytest") is None:
        parser.addoption("--alluredir", dest=_ALLURE, metavar="DIR", help=argparse.SUPPRESS)


def pytest_configure(config: pytest.Config) -> None:
    """Activate the plugin if `--aoai-target` is given. Raises UsageError for other options without it.

    Also raises UsageError for `--alluredir` without the extra that provides it.
    """
    config.addinivalue_line("markers", MARKER_LINE)
    if getattr(config.option, _ALLURE, None):
        from aoai_specs.errors import MissingExtraError

        raise pytest.UsageError(str(MissingExtraError("allure", "--alluredir")))
    given = {
        name.removeprefix(_PREFIX): value
        for name, value in vars(config.option).items()
        if name.startswith(_PREFIX) and value is not None and value is not False
    }
    if not given:
        return
    if "target" not in given:
        name = next(iter(given)).replace("_", "-")
        raise pytest.UsageError(f"--aoai-{name} needs --aoai-target: the server to test, emulator or a URL.")
    from aoai_conformance.pytest_suite.activation import activate

    activate(config, given)
