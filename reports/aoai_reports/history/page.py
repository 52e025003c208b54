"""The history of a target as one self-contained HTML page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from aoai_reports.formats.html_page import HtmlPage
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.page.changes import Sparkline, counts_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.history.drift import CauseDrift, causes_over
from aoai_reports.history.entry import RunEntry
from aoai_reports.history.since import changes_of_each
from aoai_reports.results.night_changes import DefectChange, NightChanges
from aoai_reports.run_folder import REPORT_NAME

#: The most changed runs, and violations under one heading of such a run, that the page lists.
MOST_CHANGED: Final = 60
MOST_LINES: Final = 30
_TONES: Final[Mapping[str, str]] = {"conformant": "passed", "nonconformant": "must", "inconclusive": "should"}
_PAGE = HtmlPage("history.html", styles=("base.css", "history.css"))


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause with its violations in each run; `state` is what it does in the newest."""

    title: str
    level: str
    state: str
    tone: str
    trend: Sparkline | None
    range: str
    first_seen: str
    last_seen: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One violation that appeared or disappeared."""

    rule: str
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class ChangedRun:
    """What one run changed, under headings with the tone of their badge."""

    moment: str
    sentence: str
    groups: tuple[tuple[str, str, tuple[ChangeLine, ...]], ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `news` counts new, fixed, flaky and lasting violations; None without a run to compare with."""

    id: str
    moment: str
    verdict: str
    tone: str
    interrupted: bool
    must: int
    should: int
    may: int
    known: int
    news: tuple[int | None, ...]
    requests: int
    tokens: int
    tested: str
    profile: str
    report: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What the page shows; every text is escaped as by `visible_line`."""

    target: str
    documents: str
    verdict: str
    sentence: str
    days: int
    failing: int
    news: tuple[tuple[int, str], ...]
    causes: tuple[CauseRow, ...]
    changes: tuple[ChangedRun, ...]
    unchanged: int
    rows: tuple[RunRow, ...]
    tool: str


def history_html(runs: Sequence[RunEntry], target: str, folder: Path | None = None) -> str:
    """The runs of a target, the oldest first, as HTML.

    A run is linked to its report.html if that exists: relative to `folder`, where the page is written, or by
    its address without one.
    """
    return _PAGE.render(page=page_of(runs, target, folder))


def page_of(runs: Sequence[RunEntry], target: str, folder: Path | None = None) -> HistoryPage:
    """What the page of some runs shows; see `history_html`."""
    changes = changes_of_each(runs)
    causes = causes_over(runs, [run.id for run in runs], lambda run: run.id)
    newest = runs[-1] if runs else None
    changed = [(run, each) for run, each in zip(runs, changes, strict=True) if each and each.since]
    last = changes[-1] if changes else NightChanges()
    return HistoryPage(
        target=visible_line(target),
        documents=visible_line(", ".join(dict.fromkeys(name for run in runs for name in run.documents)), 300),
        verdict=newest.verdict if newest else "",
        sentence=_sentence(newest, last),
        days=len({run.night for run in runs}),
        failing=sum(each.failing_now for each in causes),
        news=tuple((len(some), word) for word, some in _kinds(last) if word != "lasting now")
        if last.since
        else (),
        causes=tuple(sorted(map(_cause, causes), key=lambda row: _STATES.index((row.state, row.tone)))),
        changes=tuple(_changed(run, each) for run, each in reversed(changed[-MOST_CHANGED:])),
        unchanged=sum(bool(each.since) and not each for each in changes),
        rows=tuple(_row(run, each, folder) for run, each in reversed([*zip(runs, changes, strict=True)])),
        tool=visible_line(newest.tool) if newest else "aoai-conformance",
    )


def _kinds(changes: NightChanges) -> Iterator[tuple[str, tuple[DefectChange, ...]]]:
    yield "new", changes.new
    yield "fixed", changes.fixed
    yield "flaky", changes.flaky
    yield "lasting now", changes.lasting


def _sentence(newest: RunEntry | None, last: NightChanges) -> str:
    if newest is None:
        return "The history has no run of this target."
    broken = ", ".join(f"{newest.broken(level):,} {level.upper()}" for level in ("must", "should", "may"))
    found = f"Newest run, {_moment(newest.started)}: {broken} violations"
    if not last.since:
        return f"{found}; no earlier run tested the same."
    counted = ", ".join(f"{len(some):,} {word}" for word, some in _kinds(last) if some)
    return f"{found}; {counted or 'nothing new'} since {_moment(last.since)}."


#: The states of a cause with their tones, in the order of the table.
_STATES: Final = (("new", "must"), ("failing", "should"), ("not tested", "may"), ("not failing", "passed"))


def _cause(cause: CauseDrift) -> CauseRow:
    newest = cause.violations[-1] if cause.violations else None
    place = 0 if cause.is_new else 1 if newest else 2 if newest is None else 3
    counts = [each for each in cause.violations if each is not None]
    numbers = (
        f"{counts[-1]:,} now" if newest is not None else f"{counts[-1]:,} when last tested" if counts else ""
    )
    return CauseRow(
        title=visible_line(cause.title, 300),
        level=cause.level,
        state=_STATES[place][0],
        tone=_STATES[place][1],
        trend=counts_line(counts),
        range=f"{numbers}, at most {max(counts):,}" if counts else "",
        first_seen=cause.first_seen[:10],
        last_seen=cause.last_seen[:10],
    )


_CHANGE_TONES: Final = {"new": "must", "fixed": "passed", "flaky": "should", "lasting now": "must"}


def _changed(run: RunEntry, changes: NightChanges) -> ChangedRun:
    kinds = [(word, some) for word, some in _kinds(changes) if some]
    return ChangedRun(
        moment=_moment(run.started),
        sentence=", ".join(f"{len(some):,} {word}" for word, some in kinds),
        groups=tuple((word, _CHANGE_TONES[word], tuple(_lines(some))) for word, some in kinds),
    )


def _lines(some: Sequence[DefectChange]) -> Iterator[ChangeLine]:
    for change in some[:MOST_LINES]:
        place = visible_line(change.identity.place or "whole response", 160)
        where = f"{visible_line(change.identity.operation)}, {place}"
        if change.known:
            where += ", was accepted"
        elif change.last_seen and change.seen[-1]:
            where += f", seen before on {change.last_seen[:10]}"
        yield ChangeLine(visible_line(change.identity.rule), visible_line(change.message, 300), where)
    if len(some) > MOST_LINES:
        yield ChangeLine("", f"and {quantity(len(some) - MOST_LINES, 'more violation')}", "")


def _row(run: RunEntry, changes: NightChanges, folder: Path | None) -> RunRow:
    news = tuple(len(some) if changes.since else None for _, some in _kinds(changes))
    return RunRow(
        id=visible_line(run.id),
        moment=_moment(run.started),
        verdict=visible_line(run.verdict),
        tone=_TONES.get(run.verdict, "may"),
        interrupted=run.interrupted,
        must=run.broken("must"),
        should=run.broken("should"),
        may=run.broken("may"),
        known=run.known,
        news=news,
        requests=run.requests,
        tokens=run.prompt + run.completion,
        tested=visible_line(", ".join(run.documents), 200),
        profile=visible_line(run.profile),
        report=_report(run, folder),
    )


def _report(run: RunEntry, folder: Path | None) -> str:
    """The address of the report of a run; empty if there is none."""
    path = Path(run.record).with_name(REPORT_NAME)
    try:
        if not path.is_file():
            return ""
        if folder is None:
            return path.resolve().as_uri()
        return quote(os.path.relpath(path, folder.resolve()).replace(os.sep, "/"))
    except (OSError, ValueError):  # a path with a null character, or on another drive
        return ""


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")
