"""The command itself: help, start-up, errors."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

import aoai_conformance
from aoai_conformance.cli import SUBCOMMANDS, main

HEAVY = (
    "schemathesis",
    "hypothesis",
    "jsonschema",
    "jsonschema_rs",
    "httpx",
    "rich",
    "starlette",
    "yaml",
    "pytest",
    "sqlalchemy",
    "alembic",
)


def test_help_lists_every_command_without_importing_one(invoke) -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert all(name in result.output for name in SUBCOMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["plan", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom aoai_conformance.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stderr.strip() == "[]"


def test_help_takes_less_than_a_third_of_a_second_of_processor_time() -> None:
    times: list[float] = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        code = "from aoai_conformance.cli import main; main(['--help'])"
        subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=300, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 0.3


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_each_command_has_help_that_says_what_the_list_says(invoke, name: str) -> None:
    result = invoke(name, "--help")
    assert result.exit_code == 0
    first = SUBCOMMANDS[name].split(";")[0].split(",")[0].split()[0]
    assert first in result.output


def test_lists_exactly_the_available_commands(invoke) -> None:
    assert list(main.list_commands(None)) == [  # type: ignore[arg-type]
        "run", "plan", "init", "doctor", "emulator", "judge", "record", "selftest", "specs", "diff", "rules",
        "explain", "baseline", "history", "replay", "report", "open", "schemas", "completion",
    ]  # fmt: skip


def test_prints_its_version(invoke) -> None:
    assert aoai_conformance.__version__ in invoke("--version").output


def test_the_version_matches_the_package() -> None:
    from importlib.metadata import version

    assert aoai_conformance.__version__ == version("aoai-conformance")


def test_an_unknown_command_is_reported_with_the_closest_match(invoke) -> None:
    result = invoke("rnu")
    assert result.exit_code == 2
    assert result.stderr == "There is no command 'rnu'; did you mean 'run'?\n"


def test_an_internal_error_is_not_reported_against_the_target(invoke, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("aoai_conformance.api.documents_of", broken)
    result = invoke("plan")
    assert result.exit_code == 3
    assert "a bug in aoai-conformance" in result.stderr


def test_a_full_disk_is_reported_in_one_sentence(invoke, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "x.html")

    monkeypatch.setattr("aoai_conformance.api.documents_of", full)
    result = invoke("plan")
    assert result.exit_code == 2
    assert result.stderr == "Cannot write x.html, no space left: No space left on device.\n"
