"""What workers of one session share: the compilation of the tests, and short messages to the controller."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

TESTS = Path(__file__).parent


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def collects_everything(config: pytest.Config) -> bool:
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS


def parts_of_tests() -> list[Path]:
    """The modules of tests and the folders in each folder beside this module, in the order of their names."""
    inner = sorted(each for folder in TESTS.iterdir() if folder.is_dir() for each in folder.iterdir())
    return [
        each for each in inner if each.match("test_*.py") or (each.is_dir() and any(each.rglob("test_*.py")))
    ]


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Compile our package as Python does.

    Where the package is installed as editable, pytest rewrites the assertions of all of it, since it has a
    pytest plugin. It has few assertions, and each process would rewrite and compile all of it.
    """
    for finder in sys.meta_path:
        marked = getattr(finder, "_must_rewrite", None)
        if isinstance(marked, set):
            marked.discard("aoai_conformance")
            finder._marked_for_rewrite_cache.clear()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Let each worker begin with another part of the tests.

    In a new clone each of them then compiles its share of the tests, and reads what the others have compiled.
    """
    config = session.config
    if is_worker(config) and collects_everything(config):
        parts = parts_of_tests()
        number = int(config.workerinput["workerid"].removeprefix("gw"))
        first = len(parts) * number // config.workerinput["workercount"]
        config.args = [str(each) for each in (*parts[first:], *parts[:first])]
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bring the tests of all workers into the same order."""
    if is_worker(config) and collects_everything(config):
        items.sort(key=lambda item: item.path.relative_to(TESTS).parts[:2])


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
