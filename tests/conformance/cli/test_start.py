"""The command itself: help, start-up, errors."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

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


#: What only some commands need, and what a run needs after its first request.
LATE = (
    "schemathesis", "hypothesis", "jsonschema", "rich", "pygments", "starlette", "uvicorn", "pytest",
    "sqlalchemy", "alembic", "jinja2", "azure.identity", "av", "aoai_reports.formats.html",
)  # fmt: skip
#: The same for parts of this project.
LATE_IN_A_RUN = (
    "aoai_conformance.rules.catalogue", "aoai_specs.comparison", "aoai_reports.run_comparison.comparing",
    "aoai_reports.formats.folder", "aoai_conformance.recording.judging_files",
)  # fmt: skip
LATE_IN_A_COMPARISON = (
    "httpx", "asyncio", "aoai_reports.record.reader", "aoai_reports.results.summary", "aoai_strategies",
)  # fmt: skip

#: Runs `run` until a server receives its first request, and prints which of some modules are imported then.
_UNTIL_FIRST_REQUEST = """
import os, socket, sys, threading
listener = socket.create_server(("127.0.0.1", 0))
def report():
    connection, _ = listener.accept()
    connection.recv(1)
    print("imported:", [name for name in {late!r} if name in sys.modules], flush=True)
    os._exit(0)
threading.Thread(target=report, daemon=True).start()
from aoai_conformance.cli import main
root = f"http://127.0.0.1:{{listener.getsockname()[1]}}"
main(["run", "--target", root, "--deployment", "chat=x", "--profile", "smoke", "--history", "none"])
"""


def imported_by(code: str, folder: Path) -> str:
    """Run code in a new process; return its last line of output."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=folder,
        env={**os.environ, "AZURE_OPENAI_API_KEY": "a-key-for-loopback"},
    )
    assert done.stdout, done.stderr
    return done.stdout.splitlines()[-1]


def test_a_run_imports_nothing_before_its_first_request_that_it_needs_later(tmp_path: Path) -> None:
    code = _UNTIL_FIRST_REQUEST.format(late=LATE + LATE_IN_A_RUN)
    assert imported_by(code, tmp_path) == "imported: []"


@pytest.mark.parametrize(
    ("arguments", "late"),
    [
        (["diff", "specs", "one.json", "two.json"], LATE_IN_A_COMPARISON),
        (["specs", "lint", "one.json"], (*LATE_IN_A_COMPARISON, "aoai_specs.comparison")),
    ],
)
def test_commands_about_descriptions_import_nothing_about_runs(
    arguments: list[str], late: tuple[str, ...], tmp_path: Path
) -> None:
    for name in ("one", "two"):
        described = {"openapi": "3.0.3", "info": {"title": name, "version": "1"}, "paths": {}}
        (tmp_path / f"{name}.json").write_text(json.dumps(described), encoding="utf-8")
    code = (
        "import sys\nfrom aoai_conformance.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        f"print('imported:', [name for name in {LATE + late!r} if name in sys.modules])"
    )
    assert imported_by(code, tmp_path) == "imported: []"


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
        "run", "plan", "init", "doctor", "emulator", "judge", "fleet", "record", "selftest", "specs", "diff",
        "rules", "explain", "baseline", "history", "replay", "report", "open", "schemas", "completion",
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
