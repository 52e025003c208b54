"""Progress, with and without a terminal."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest

from aoai_conformance.exchange import Exchange
from aoai_conformance.run.progress import Bars, Lines, progress_on
from aoai_model.case import Case, PlannedRequest
from aoai_model.exchange import Request, TransportFailure
from aoai_reports.formats.legible import visible

CASE = Case("c", "d@1", "Chat", "chat", PlannedRequest("POST", "/x"), "accept", (), "point")


def done(case: Case, attempts: int = 1) -> Exchange:
    return Exchange(case, Request("POST", "x", (), b""), None, TransportFailure("timeout", "m"), attempts)


def test_a_line_for_each_operation_once_it_is_done() -> None:
    out = StringIO()
    other = replace(CASE, operation="Images")
    with Lines(out) as progress:
        progress.begin([CASE, CASE, other])
        progress.advance(done(CASE))
        assert out.getvalue() == ""
        progress.expect(CASE)
        progress.advance(done(CASE, attempts=0))
        progress.advance(done(other))
        progress.wait({"chat"}, 1.0)
        progress.wait({"chat"}, 30.0)
        progress.advance(done(CASE))
    assert out.getvalue() == (
        "Images: 1 request sent\nchat: the server is busy, waiting 30 s\nChat: 2 requests sent\n"
    )


def test_a_line_for_each_stage() -> None:
    out = StringIO()
    with Lines(out) as progress:
        progress.stage("Planning")
        assert out.getvalue() == "Planning …\n"


@pytest.mark.parametrize("name", ["\x1b[2J", "::error::x", "##vso[task.complete]", "\u202e", "[bold]x"])
def test_the_name_of_an_operation_controls_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    case = replace(CASE, operation=name)
    lines, bars = StringIO(), Terminal()
    for progress in (Lines(lines), Bars(bars)):
        with progress:
            progress.begin([case])
            progress.advance(done(case))
    assert lines.getvalue() == f"{visible(name)}: 1 request sent\n"
    assert visible(name) in bars.getvalue()


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "kind"), [(StringIO(), Lines), (Terminal(), Bars)])
def test_bars_only_on_a_terminal(stream: StringIO, kind: type) -> None:
    assert isinstance(progress_on(stream), kind)


def test_a_bar_for_each_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with Bars(out) as progress:
        progress.begin([CASE, CASE])
        progress.advance(done(CASE))
        progress.expect(CASE)
        progress.wait({"chat"}, 30.0)
        progress.wait({"images"}, 30.0)
    shown = out.getvalue()
    assert "Chat" in shown
    assert "1/3" in shown
    assert "busy, waiting 30 s" in shown


def test_a_stage_is_replaced_by_the_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with Bars(out) as progress:
        progress.stage("Loading")
        progress.stage("Planning")
        progress.begin([CASE])
        last = len(out.getvalue())
    assert "Planning" not in out.getvalue()[last:]
    assert "0/1" in out.getvalue()[last:]
