"""summary.md, which pipelines show."""

from __future__ import annotations

from typing import Any

from markdown_it import MarkdownIt
from report_texts import assert_harmless_markdown

from aoai_reports.formats.markdown import markdown_text
from aoai_reports.results.summary import summarize


def test_a_step_summary_stays_below_a_megabyte(build: Any) -> None:
    lines = [
        build.broken(
            f"c{n}", build.violation(pointer=f"/{n}/" + "é|<" * 400, message="|<&" * 300), curl="<" * 9000
        )
        for n in range(2000)
    ]
    record = build.record(*lines)
    assert_harmless_markdown(markdown_text(summarize(record), record))


def test_a_step_summary_shows_the_causes_before_anything_is_folded(build: Any) -> None:
    lines = [build.broken(f"c{n}", build.violation(pointer=f"/field{n}")) for n in range(3000)]
    record = build.record(*lines, build.broken("own", build.violation("CHAT-003", message="Other.")))
    accepted = summarize(record, known=lambda finding: "ours" if finding.place.endswith("7") else None)
    text = markdown_text(accepted, record)
    opened, _, folded = text.partition("<details>")
    assert "Nonconformant" in opened.splitlines()[0]
    new = "New: 2,701 MUST violations, 0 SHOULD violations, 0 notes (2 causes). Known: 300 violations."
    assert new in opened
    rows = [line for line in opened.splitlines() if line.startswith("| Wrong or missing")]
    assert [row.split(" | ")[-2:] for row in rows] == [
        ["2,700", "<code>USAGE-001</code> |"], ["1", "<code>CHAT-003</code> |"],
    ]  # fmt: skip
    assert "2,800 more." in folded
    assert "2,995 more in detail in report.html." in folded
    assert len(text.encode()) < 1_000_000


def test_a_step_summary_counts_causes_that_it_does_not_list(build: Any) -> None:
    record = build.record(
        *(
            build.broken(f"c{n}", build.violation("SCHEMA-001", pointer=f"/f{n}x", reason="required"))
            for n in range(30)
        )
    )
    opened, _, folded = markdown_text(summarize(record), record).partition("<details>")
    assert opened.count("| Wrong or missing responses |") == 25
    assert folded.startswith("<summary>5 more causes</summary>")


def test_each_defect_has_one_row_below_its_cause(build: Any) -> None:
    record = build.nonconformant()
    summary = summarize(record)
    text = markdown_text(summary, record)
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    (open_causes, tables) = rendered.split("<details>", 1)
    above_may = [cause for cause in summary.causes if cause.level != "may"]
    assert open_causes.count("<tr>") == 1 + len(above_may)
    operations = 1 + 2
    headings = len(above_may) + 1  # the notes have one table
    assert tables.count("<tr>") == len(summary.findings) + headings + operations
