"""The report in a terminal: one screen for any result, everything on request, no broken words."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from aoai_reports.formats.terminal import print_summary, terminal_text
from aoai_reports.formats.terminal.lines import Lines
from aoai_reports.record.reader import Record
from aoai_reports.results.baseline import Accepted, Baseline
from aoai_reports.results.summary import summarize

SCREENS = ((80, 50), (100, 50), (119, 50), (120, 40), (200, 40))
PAGE = "/runs/today/report.html"


def screen(record: Record, width: int = 100, *, verbose: bool = False, **options: Any) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False)
    print_summary(summarize(record, **options), record, console, report=PAGE, verbose=verbose)
    return stream.getvalue().splitlines()


def many_causes(build: Any, number: int = 30) -> Record:
    """Many causes of each effect: responses, streams, errors, leniency."""

    def lines() -> Iterator[Any]:
        for n in range(number):
            field = build.violation("SCHEMA-001", pointer=f"/f{n}x", reason="required", message="long " * 40)
            yield build.broken(f"c{n}", field)
            yield build.streamed(f"s{n}", ("{}",), violations=(replace(field, pointer=f"/s{n}x"),))
            rejected = build.broken(f"e{n}", replace(field, pointer=f"/e{n}x"))
            yield replace(rejected, response=replace(rejected.response, status=400))
        yield build.broken("l", build.violation("BOUNDARY-001", reason="accepted", pointer="", point="n:1"))

    return build.record(*lines())  # type: ignore[no-any-return]


# -- one screen ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "most"), SCREENS)
@pytest.mark.parametrize("name", ["conformant", "nonconformant", "interrupted"])
def test_each_result_fits_on_one_screen(build: Any, name: str, width: int, most: int) -> None:
    lines = screen(getattr(build, name)(), width)
    assert len(lines) <= most
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize(("width", "most"), [*SCREENS, (40, 50)])
def test_hundreds_of_causes_fit_on_one_screen(build: Any, width: int, most: int) -> None:
    assert len(screen(many_causes(build), width)) <= most


def test_doubts_quirks_reasons_and_a_stale_baseline_leave_room_for_each_effect(
    build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aoai_reports.formats.terminal import facts

    text = "long words " * 60
    monkeypatch.setattr(facts, "further_doubts", lambda _: (text,) * 9)
    monkeypatch.setattr(facts, "points_sentence", lambda _: text)
    monkeypatch.setattr(facts, "cost_sentence", lambda _: text)
    monkeypatch.setattr(facts, "undecided_sentence", lambda _: text)
    monkeypatch.setattr(facts, "verdict_sentence", lambda *_: text)
    baseline = Baseline(tuple(Accepted(rule="USAGE-001", why=text, place=f"/{n}") for n in range(9)))
    lines = screen(many_causes(build), 120, baseline=baseline)
    assert len(lines) <= 40
    for heading in ("Wrong or missing responses", "Streams", "Error responses", "Leniency"):
        assert any(line.startswith(heading) for line in lines)


def test_the_causes_left_out_are_counted_with_where_they_are(build: Any) -> None:
    lines = screen(many_causes(build))
    shown = sum(line.startswith("  MUST") for line in lines)
    rest = [line for line in lines if line.startswith("  and ") and "more cause" in line]
    left_out = sum(int(line.split()[1]) for line in rest)
    assert shown + left_out == 3 * 30 + 1
    assert all(line.endswith("see --verbose or report.html") for line in rest)


def test_the_most_harmful_causes_come_first_under_headings(build: Any) -> None:
    lines = screen(many_causes(build, 1), 120)
    headings = [line.partition("  ")[0] for line in lines if " from " in line and line[0] != " "]
    assert headings == ["Wrong or missing responses", "Streams", "Error responses", "Leniency"]


def test_a_cause_is_a_line_with_level_number_title_and_rule(build: Any) -> None:
    record = build.record(*(build.broken(f"c{n}", build.violation(pointer=f"/f{n}x")) for n in range(3)))
    assert "  MUST   3  Counts tokens incorrectly: f0x, f1x, f2x [USAGE-001]" in screen(record)


def test_a_long_title_is_cut_at_a_space_and_keeps_its_rule(build: Any) -> None:
    record = many_causes(build)
    row = next(line for line in screen(record, 50) if line.startswith("  MUST"))
    _, number, *words, ellipsis, rule = row.split()
    title = summarize(record).causes[0].title.split()
    assert (number, ellipsis, rule) == ("1", "…", "[SCHEMA-001]")
    assert words == title[: len(words)]


def test_a_hint_says_how_to_see_more(build: Any) -> None:
    text = " ".join(screen(build.nonconformant()))
    assert "aoai-conformance explain " in text
    assert "--verbose prints all" in text
    one = build.record(build.broken("a", build.violation()))
    assert "--verbose prints the entry in full" in " ".join(screen(one, 200))
    assert "explain" not in " ".join(screen(build.conformant()))


def test_notes_are_counted_only(build: Any) -> None:
    lines = screen(build.nonconformant())
    (notes,) = [line for line in lines if line.startswith("  notes (MAY)")]
    assert "1 note from 1 cause: SCHEMA-002" in notes


# -- what is new -----------------------------------------------------------------------------------


def test_what_is_new_follows_the_verdict(build: Any) -> None:
    record = build.record(
        build.broken("a", build.violation(pointer="/old")), build.broken("b", build.violation(pointer="/new"))
    )
    baseline = Baseline((Accepted(rule="USAGE-001", why="ticket 7", place="/old", operation=build.chat),))
    lines = screen(record, baseline=baseline)
    assert lines[0].startswith("NONCONFORMANT")
    assert lines[2].startswith("New: 1 MUST violation, 0 SHOULD violations, 0 notes (1 cause). Known: 1")
    assert "  MUST   1  Counts tokens incorrectly: new, old (1 accepted) [USAGE-001]" in lines
    assert "  accepted     1 violation from 1 cause: USAGE-001" in lines


def test_accepted_causes_are_counted_only(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    lines = screen(record, known=lambda _: "ticket 7")
    assert "New: nothing. Known: 1 violation." in lines
    assert "  accepted     1 violation from 1 cause: USAGE-001" in lines
    assert not any(line.startswith("  MUST") for line in lines)


def test_a_run_without_violations_or_baseline_says_nothing_about_new_ones(build: Any) -> None:
    assert not any(line.startswith(("New", "Found")) for line in screen(build.conformant()))


# -- everything ------------------------------------------------------------------------------------


def test_verbose_prints_every_violation_in_full_below_its_cause(build: Any) -> None:
    record = build.record(*(build.broken(f"c{n}", build.violation(pointer=f"/f{n}x")) for n in range(150)))
    lines = screen(record, verbose=True)
    assert sum(line.startswith("USAGE-001  ") for line in lines) == 150
    assert sum(line.startswith("MUST  Counts tokens incorrectly") for line in lines) == 1


def test_verbose_says_why_a_violation_is_accepted(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    assert "  accepted     ticket 7" in screen(record, verbose=True, known=lambda _: "ticket 7")


def test_text_for_a_file_is_one_screen_unless_verbose(build: Any) -> None:
    record = build.nonconformant()
    summary = summarize(record)
    assert len(terminal_text(summary, record).splitlines()) <= 40
    assert "requirement" in terminal_text(summary, record, verbose=True)


# -- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100])
def test_no_word_of_a_violation_is_broken(build: Any, width: int) -> None:
    pointer = "/a/very/long/place/in/a/very/deep/body/of/a/response/that/has/no/end"
    clause = "azure-openai@2024-10-21#/components/schemas/createChatCompletionStreamResponse/properties/id"
    line = build.broken("a", build.violation(pointer=pointer, clause=clause), curl="curl https://host/a/b")
    words = {word for each in screen(build.record(line), width, verbose=True) for word in each.split()}
    assert {pointer, clause} <= words


def test_a_value_that_does_not_fit_begins_on_a_line_of_its_own() -> None:
    lines = Lines(Console(file=io.StringIO(), width=30))
    lines.field("clause", "a" * 25)
    lines.field("found", "short")
    assert printed(lines) == ["  clause", f"    {'a' * 25}", "  found        short"]


def test_wide_characters_count_as_two_columns() -> None:
    lines = Lines(Console(file=io.StringIO(), width=10))
    lines.add("漢字漢 字漢字")
    assert printed(lines) == ["漢字漢", "字漢字"]


def test_further_lines_are_indented_by_the_prefix() -> None:
    lines = Lines(Console(file=io.StringIO(), width=10))
    lines.add(Text("one two three"), prefix=">>> ")
    assert printed(lines) == [">>> one", "    two", "    three"]


def printed(lines: Lines) -> list[str]:
    lines.print()
    stream = lines._console.file
    assert isinstance(stream, io.StringIO)
    return stream.getvalue().splitlines()
