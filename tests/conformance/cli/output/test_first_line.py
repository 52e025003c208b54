"""The first line of a run says what is tested, and is printed before anything slow is imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aoai_conformance.cli.output.first_line import first_line
from aoai_conformance.options import RunChoices


def test_names_the_target_the_newest_stable_document_and_the_profile() -> None:
    expected = "Testing emulator against azure-openai@2024-10-21, profile standard …"
    assert first_line(RunChoices()) == expected


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (RunChoices(surface="ai-model-inference"), "ai-model-inference@2025-04-01"),
        (RunChoices(api_versions=("2024-06-01", "azure-openai@2024-10-21")),
         "azure-openai@2024-06-01, azure-openai@2024-10-21"),
        (RunChoices(specs=("own.yaml",)), "against own.yaml,"),
    ],
)  # fmt: skip
def test_names_the_chosen_documents(choices: RunChoices, expected: str) -> None:
    assert expected in first_line(choices)


def test_shows_no_secret_of_an_address() -> None:
    choices = RunChoices(
        target="https://me:secret@host.example/openai?key=secret",
        specs=("https://u:secret@x.example/s?sig=secret",),
    )
    line = first_line(choices)
    assert "secret" not in line
    assert "https://host.example/openai against https://x.example/s," in line


def test_nothing_slow_is_imported_before_it_is_printed() -> None:
    code = (
        "import sys, click\n"
        "def first(text, **_):\n"
        "    slow = {'rich', 'yaml', 'httpx', 'hypothesis', 'jsonschema', 'aoai_specs.catalogue',"
        " 'aoai_conformance.rule', 'aoai_strategies', 'aoai_reports.results'}\n"
        "    print(text, sorted(slow & set(sys.modules))); raise SystemExit(0)\n"
        "click.echo = first\n"
        "from aoai_conformance.cli import main\n"
        "main(['run'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.startswith("Testing emulator")
    assert done.stdout.rstrip().endswith("[]")
