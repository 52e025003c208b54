"""The scoreboard: a page with a row for each run, the best first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aoai_model.verdict import Level
from aoai_reports.formats.html_page import HtmlPage
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.wording import verdict_sentence
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Effect
from aoai_reports.results.summary import Summary, Verdict

#: The text by which a page is recognised as one that this module wrote.
GENERATOR = "aoai-conformance scoreboard"
#: What a cause does to clients, as the columns of the table.
EFFECT_TITLES: Mapping[Effect, tuple[str, str]] = {
    Effect.RESPONSES: ("Responses", "wrong or missing responses to valid requests"),
    Effect.STREAMS: ("Streams", "wrong streams"),
    Effect.ERRORS: ("Errors", "wrong responses to invalid requests"),
    Effect.LENIENCY: ("Leniency", "invalid requests that are accepted"),
}
_VERDICTS: tuple[Verdict, ...] = ("conformant", "nonconformant", "inconclusive")
_OPEN: tuple[Level, ...] = ("must", "should")
_TIMESTAMP = re.compile(r"\d{8}T\d{6}Z-(?=.)")
_PAGE = HtmlPage("site.html", styles=("base.css", "site.css"))


@dataclass(frozen=True, slots=True)
class Row:
    """One run on the scoreboard. All texts are escaped as by `visible_line`.

    `folder` is the folder of its files below `runs`. `causes` counts the causes that are not accepted by
    level, `effects` by what they do to clients; `known` counts the accepted ones.
    """

    folder: str
    name: str
    target: str
    documents: tuple[str, ...]
    verdict: Verdict
    sentence: str
    causes: Mapping[Level, int]
    effects: Mapping[Effect, int]
    known: int
    shown: int
    planned: int
    started: str
    tool: str

    @property
    def day(self) -> str:
        """The day of the run in UTC."""
        return self.started[:10]

    @property
    def number_of_causes(self) -> int:
        """How many causes are not accepted."""
        return sum(self.causes.values())

    @property
    def cause_counts(self) -> list[str]:
        """The number of causes of each level and of accepted ones: `20 MUST`, `7 notes`, `1 known`."""
        counts = [f"{self.causes[level]:,} {level.upper()}" for level in _OPEN if self.causes.get(level)]
        notes = self.causes.get("may")
        counts += [quantity(notes, "note")] if notes else []
        return counts + ([f"{self.known:,} known"] if self.known else [])

    @property
    def rank(self) -> tuple[int, int, int, str, str]:
        """Orders rows by verdict, MUST causes, all causes and name."""
        place = _VERDICTS.index(self.verdict)
        return (place, self.causes.get("must", 0), self.number_of_causes, self.name.casefold(), self.folder)


def row_of(name: str, folder: str, summary: Summary, record: Record) -> Row:
    """The row of a run; `name` is that of its folder, whose time stamp is left out."""
    causes = [cause for cause in summary.causes if not cause.known]
    return Row(
        folder=folder,
        name=visible_line(_TIMESTAMP.sub("", name, count=1), 80),
        target=visible_line(summary.target, 200),
        documents=tuple(visible_line(document, 200) for document in summary.documents),
        verdict=summary.verdict,
        sentence=visible_line(verdict_sentence(summary, record), 300),
        causes=Counter(cause.level for cause in causes),
        effects=Counter(cause.effect for cause in causes),
        known=len(summary.causes) - len(causes),
        shown=summary.shown_points,
        planned=summary.planned_points,
        started=visible_line(record.header.started, 40),
        tool=visible_line(record.header.tool, 80),
    )


def scoreboard_html(rows: Sequence[Row]) -> str:
    """The page as HTML: loads nothing, runs no script and links to files below `runs` only."""
    ordered = sorted(rows, key=lambda row: row.rank)
    verdicts = Counter(row.verdict for row in rows)
    return _PAGE.render(
        generator=GENERATOR,
        rows=ordered,
        effects=EFFECT_TITLES,
        sentence=", ".join(f"{verdicts[each]:,} {each}" for each in _VERDICTS if verdicts[each]),
        title=quantity(len(rows), "run"),
        newest=max((row.started for row in rows), default=""),
    )
