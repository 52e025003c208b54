"""What workers of one session share: the compilation of the tests, and short messages to the controller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def folders_of_tests() -> list[Path]:
    """The folders beside this module in the order of their names, in which pytest collects them."""
    found = Path(__file__).parent.iterdir()
    return sorted(each for each in found if each.is_dir() and each.name.isidentifier())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Let every other worker begin with the last folder.

    In a new clone two workers then compile one half of the tests each, and read what the other has compiled.
    """
    config = session.config
    if is_worker(config) and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        number = int(config.workerinput["workerid"].removeprefix("gw"))
        config.args = [str(each) for each in folders_of_tests()[:: -1 if number % 2 else 1]]
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bring the tests of all workers into the same order."""
    if is_worker(config) and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        tests = Path(__file__).parent
        items.sort(key=lambda item: item.path.relative_to(tests).parts[0])


@pytest.hookimpl
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Send the controller one message about a test that passes, instead of five.

    Options that show more than the results receive all of them, for example `--durations`.
    """
    option = item.config.option
    if not is_worker(item.config) or option.xmlpath or option.durations is not None or option.verbose > 0:
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True
