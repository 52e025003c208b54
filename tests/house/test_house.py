"""The rules of the house: imports, lint, types, and a README whose commands are true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )


def test_imports_keep_their_direction() -> None:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    finished = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_ruff_finds_nothing() -> None:
    finished = run("ruff", "check", "--no-cache", ".")
    assert finished.returncode == 0, finished.stdout


def test_code_is_formatted() -> None:
    finished = run("ruff", "format", "--no-cache", "--check", ".")
    assert finished.returncode == 0, finished.stdout


def test_types_are_strict() -> None:
    # Writing a cache is a seventh of the time, and nobody reads it in a fresh clone. `mypy` alone writes one.
    options = [] if (ROOT / ".mypy_cache").exists() else ["--cache-dir", os.devnull]
    finished = run("mypy", *options)
    assert finished.returncode == 0, finished.stdout


def test_every_dependency_has_its_line_in_the_table() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    extras = {name: each for name, each in project["optional-dependencies"].items() if name != "dev"}
    requirements = [*project["dependencies"], *(each for extra in extras.values() for each in extra)]
    names = {re.split(r"[\[<>=~! ]", each)[0] for each in requirements} - {project["name"]}
    assert [name for name in names if f"| {name} " not in page] == []


@pytest.mark.parametrize("phrase", ["<!-- main command -->", "<!-- test command -->"])
def test_readme_marks_its_two_commands(phrase: str) -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").count(phrase) == 1


def test_nothing_names_the_local_machine() -> None:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    banned = re.compile(r"/work/|\.\./shared|\.library|\bfarm-")
    output = {
        name
        for name in listing.stdout.split()
        if name != "tests/house/test_house.py"
        and banned.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    }
    assert output == set()


def test_documentation_names_faults_that_exist() -> None:
    from aoai_emulator import failure_catalogue, fault_catalogue

    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    named = set(re.findall(r"--fault ([a-z][a-z0-9-]+)", text))
    assert named
    assert named <= {each.id for each in (*fault_catalogue(), *failure_catalogue())}


def test_documentation_lists_the_documents_of_the_catalogue() -> None:
    from aoai_conformance.cli.specs import document_rows, markdown_table, table_within

    written = table_within((ROOT / "docs" / "documents.md").read_text(encoding="utf-8"))
    assert written == markdown_table(document_rows()), (
        "docs/documents.md is out of date; "
        "run: aoai-conformance specs list --format markdown --into docs/documents.md"
    )
