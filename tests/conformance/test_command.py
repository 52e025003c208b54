"""The program itself, which writes its own help without click."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aoai_conformance import command
from aoai_conformance.cli import main


@pytest.mark.parametrize("width", [60, 61, 72, 80, 90, 100, 200])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_is_what_click_would_write(
    width: int, option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys, "argv", ["/usr/bin/aoai-conformance", option])
    command.main()
    with main.make_context("aoai-conformance", [], resilient_parsing=True) as context:
        assert capsys.readouterr().out == f"{context.get_help()}\n"


def test_the_help_imports_neither_click_nor_a_command() -> None:
    code = (
        "import sys\nfrom aoai_conformance.command import main\nsys.argv[1:] = ['--help']\nmain()\n"
        "print([name for name in sys.modules if name in ('click', 'aoai_conformance.cli')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("argument", "columns", "expected"),
    [
        ("--version", "80", "aoai-conformance, version"),
        ("--help", "40", "Usage: "),
    ],
)
def test_other_arguments_and_narrow_terminals_are_left_to_click(
    argument: str,
    columns: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "argv", ["aoai-conformance", argument])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(expected)
