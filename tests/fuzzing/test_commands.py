"""A broken record gives an error message and an exit code, and nothing in it affects the terminal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import strategies as st
from mutating import broken, twisted

from aoai_conformance.cli import main
from aoai_strategies.generation.deterministic import draw_examples

OPEN = ("--target", "http://127.0.0.1:9", "--timeout", "1")
#: What each command is called with; RECORD, SOUND and OUT stand for paths.
COMMANDS = {
    "judge": ("judge", "RECORD", "--out", "OUT"),
    "report as Markdown": ("report", "RECORD", "--format", "markdown"),
    "report as HTML": ("report", "RECORD", "--format", "html"),
    "report as JUnit": ("report", "RECORD", "--format", "junit"),
    "diff runs": ("diff", "runs", "SOUND", "RECORD"),
    "replay": ("replay", "RECORD", "entry-1", *OPEN),
    "history rebuild": ("history", "rebuild", "FOLDER", "--history", "OUT.sqlite3"),
}


def call(command: tuple[str, ...], folder: Path) -> None:
    shutil.rmtree(folder / "out", ignore_errors=True)
    places = {
        "RECORD": "broken/record.ndjson",
        "SOUND": "sound.ndjson",
        "OUT": "out",
        "FOLDER": "broken",
        "OUT.sqlite3": "h.sqlite3",
    }
    arguments = [str(folder / places[each]) if each in places else each for each in command]
    result = CliRunner().invoke(main, arguments, env={"AZURE_OPENAI_API_KEY": "key-of-mine"})
    assert "Traceback" not in result.output, result.output
    assert result.exit_code in (0, 1, 2, 3), result.output
    if "html" not in command:
        assert "\x1b" not in result.output
        assert "\u202e" not in result.output


@st.composite
def broken_records(draw: st.DrawFn, lines: list[Any]) -> str:
    made = [*lines]
    for number in draw(st.sets(st.integers(0, len(lines) - 1), min_size=1, max_size=2)):
        made[number] = draw(twisted(lines[number]) | broken(lines[number]))
    return written(made)


def written(lines: list[Any]) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in lines)


@pytest.mark.parametrize("count", [4, pytest.param(16, marks=pytest.mark.whole_selftest)])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_broken_record_breaks_no_command(
    name: str, count: int, record_lines: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "sound.ndjson").write_text(written(record_lines))
    # Drawn beforehand: the plans that some commands make draw from Hypothesis themselves.
    for record in draw_examples(broken_records(record_lines), seed=7, count=count):
        (tmp_path / "broken" / "record.ndjson").write_text(record)
        call(COMMANDS[name], tmp_path)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("member", "value"), [("operation", "\ud800"), ("case", "\ud800"), ("document", "")])
def test_an_invalid_name_breaks_no_command(
    name: str, member: str, value: str, record_lines: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "sound.ndjson").write_text(written(record_lines))
    header, first, *rest = record_lines
    (tmp_path / "broken" / "record.ndjson").write_text(written([header, {**first, member: value}, *rest]))
    call(COMMANDS[name], tmp_path)
