"""The data of report.html: complete, bounded, and harmless inside the page."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from aoai_reports.formats.page import entries as page_entries
from aoai_reports.formats.page.embedded_json import embedded, json_of
from aoai_reports.formats.page.entries import FIRST_OF_EACH, bounded, chosen_findings, entry_of
from aoai_reports.formats.page.evidence import Evidence
from aoai_reports.formats.page.page import Page, page_of
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import fingerprint
from aoai_reports.results.previous import PreviousRun
from aoai_reports.results.summary import summarize


def page(record: Record, **options: Any) -> Page:
    return page_of(summarize(record), record, **options)


def data(record: Record, **options: Any) -> Any:
    return page(record, **options).data


@pytest.mark.parametrize(
    "text", ["</script>", "<!--", "]]>", "\u2028\u2029", "&lt;", "<script", "\ud800", "é"]
)
def test_embedded_json_has_no_markup_and_no_line_separator(text: str) -> None:
    written = embedded({text: [text]})
    assert written.isascii()
    assert not set("<>&") & set(written)
    assert json.loads(written) == {text: [text]}


def test_json_of_an_unknown_object_is_an_error() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        json_of({1, 2})


def test_every_violation_is_an_entry_under_its_fingerprint(build: Any) -> None:
    record = build.nonconformant()
    summary = summarize(record)
    entries = data(record)["entries"]
    assert {each["id"] for each in entries} == set(map(fingerprint, summary.findings))
    for each in entries:
        members = summary.causes[each["cause"]].findings
        assert each["id"] in map(fingerprint, members)


def test_causes_are_in_the_order_of_the_summary(build: Any) -> None:
    record = build.nonconformant()
    shown = [cause.title for group in page(record).groups for cause in group.causes]
    assert shown == [cause.title for cause in summarize(record).causes]


def test_causes_stand_under_their_effect_and_notes_and_accepted_ones_apart(build: Any) -> None:
    record = build.nonconformant()
    summary = summarize(record, known=lambda each: "ours" if each.rule == "USAGE-001" else None)
    titles = [group.title for group in page_of(summary, record).groups]
    assert titles[0].startswith("Wrong or missing responses: ")
    assert titles[-1].startswith("Accepted violations: ")
    assert any(title.startswith("Notes (MAY): ") for title in titles)


def test_the_first_entries_of_each_cause_come_before_further_ones(build: Any) -> None:
    many = [build.broken(f"c{n}", build.violation(pointer=f"/f{n}x")) for n in range(50)]
    other = build.broken("other", build.violation("HTTP-004", pointer="header:x"))
    causes = summarize(build.record(*many, other)).causes
    chosen = [cause for cause, _ in chosen_findings(causes)]
    assert len(chosen) == 51
    assert set(chosen[: FIRST_OF_EACH + 1]) == {0, 1}


@pytest.mark.parametrize("most", [1000, pytest.param(5000, marks=pytest.mark.whole_selftest)])
def test_a_page_says_how_many_violations_it_does_not_list(
    most: int, build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page_entries.MOST_ENTRIES == 5000
    monkeypatch.setattr(page_entries, "MOST_ENTRIES", most)
    lines = [build.broken(f"c{n}", build.violation(pointer=f"/f{n}x"), answer={}) for n in range(most + 7)]
    found = page(build.record(*lines))
    assert found.limits[0] == f"This page lists {most:,} violations; summary.json has 7 more."


def test_entries_with_long_texts_are_bounded_too(build: Any) -> None:
    texts = [build.violation(pointer=f"/f{n}x", message="\u6f22" * 600) for n in range(9)]
    record = build.record(*(build.broken(f"c{n}", each) for n, each in enumerate(texts)))
    entries = [entry_of(each, record, 0) for each in summarize(record).findings]
    kept = bounded(entries, 20_000)
    assert 0 < len(kept) < len(entries)
    assert len(json.dumps(json_of(kept))) < 21_000


def test_evidence_that_does_not_fit_is_left_out_and_counted(build: Any) -> None:
    record = build.record(
        *(build.broken(f"c{n}", build.violation(pointer=f"/f{n}x"), {"n": n}, [n] * 30) for n in range(9))
    )
    evidence = Evidence(longest=5_000)
    places = [evidence.add(each) for each in summarize(record).findings]
    assert evidence.left_out == places.count(None) > 0
    assert [each for each in places if each is not None] == list(range(len(evidence.cards)))
    blocks = json.dumps(evidence.blocks)
    assert len(blocks) + len(json.dumps(evidence.cards)) < 5_500


def test_a_body_that_several_entries_show_is_stored_once(build: Any) -> None:
    first, second = (build.violation(pointer=f"/usage/{each}") for each in ("prompt", "completion"))
    blocks = data(build.record(build.exchange("a", violations=(first, second))))["blocks"]
    assert len(blocks) == len({json.dumps(block) for block in blocks})


def test_an_entry_names_the_places_with_the_same_cause(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    (finding,) = summarize(record).findings
    merged = replace(finding, others=tuple(f"/p{n}" for n in range(25)))
    entry = entry_of(merged, record, 0)
    assert (len(entry.others), entry.further) == (20, 5)


def test_the_link_of_a_merged_violation_leads_to_its_entry(build: Any) -> None:
    """Whichever of them stands for the others, a link from another night finds the entry."""
    alone, other = (
        summarize(build.record(build.broken("a", build.violation(pointer=place)))).findings[0]
        for place in ("/first", "/other")
    )
    entry = entry_of(replace(alone, others=(other.place,)), build.record(), 0)
    assert entry.merged == (fingerprint(other),)


# -- streams ---------------------------------------------------------------------------------------


def test_a_stream_has_the_arrival_and_the_text_of_each_event(build: Any) -> None:
    found = data(build.nonconformant())
    entry = next(each for each in found["entries"] if each["rule"] == "CHAT-SSE-003")
    (exchange,) = found["cards"][entry["evidence"]]
    line = exchange["timeline"]
    assert (line["count"], line["at_fault"], line["started"], line["ended"]) == (8, 3, 10.0, 200.0)
    assert line["events"][:3] == [[10.0, "Hi"], [14.0, " there"], [18.0, ","]]
    assert line["events"][-1] == [38.0, ""]


def test_a_long_stream_is_shown_around_its_fault(build: Any) -> None:
    chunks = tuple(json.dumps({"choices": [{"delta": {"content": f"{n} "}}]}) for n in range(5000))
    record = build.record(
        build.streamed("s", chunks, violations=(build.violation("CHAT-SSE-003", pointer="/id", chunk=4000),))
    )
    line = data(record)["cards"][0][0]["timeline"]
    assert len(line["events"]) == 600
    assert line["count"] == 5000
    assert line["first"] <= 4000 < line["first"] + 600


@pytest.mark.parametrize(
    ("chunk", "text"),
    [
        ({"choices": [{"delta": {"content": "a"}}]}, "a"),
        ({"choices": [{"text": "b"}]}, "b"),
        ({"type": "response.output_text.delta", "delta": "c"}, "c"),
        ({"choices": [{"delta": {"tool_calls": [{"function": {"arguments": "{"}}]}}]}, "{"),
        ({"choices": [{"delta": {"content": 3}}]}, ""),
        ({"choices": "x"}, ""),
        ([], ""),
    ],
)
def test_the_text_of_an_event_is_what_it_adds(build: Any, chunk: Any, text: str) -> None:
    from aoai_reports.formats.page.timeline import added_text

    (event,) = build.events(json.dumps(chunk))
    assert added_text(event) == text


# -- against other runs ----------------------------------------------------------------------------


def test_entries_that_the_previous_run_lacks_are_marked(build: Any) -> None:
    before = build.record(build.broken("a", build.violation()))
    now = build.record(
        build.broken("a", build.violation()),
        build.broken("b", build.violation("HTTP-004", pointer="header:x")),
    )
    found = page(now, previous=PreviousRun.of(summarize(before)))
    marked = {each["rule"] for each in found.data["entries"] if each.get("since_previous")}  # type: ignore[index,call-overload,union-attr]
    assert marked == {"HTTP-004"}
    assert found.comparison is not None
    assert found.comparison.sentence == "Since the previous run: 1 violation appeared, 0 disappeared."
    causes = [cause for group in found.groups for cause in group.causes]
    assert {cause.first_seen for cause in causes} == {True, False}


def test_causes_of_the_previous_run_that_are_gone_are_listed(build: Any) -> None:
    before = build.record(build.broken("a", build.violation()))
    found = page(build.record(build.exchange()), previous=PreviousRun.of(summarize(before)))
    assert found.comparison is not None
    assert [each.violations for each in found.comparison.gone] == [1]


def test_a_cause_has_a_sparkline_only_with_a_trend(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    (cause,) = summarize(record).causes
    (without,) = page(record).groups[0].causes
    (with_trend,) = page(record, trend={cause.id: [3, 2]}).groups[0].causes
    assert without.trend is None
    assert with_trend.trend is not None
    assert with_trend.trend.sentence == "violations in the last 3 runs: 3, 2, 1"
    assert with_trend.trend.path.count("L") == 2


def test_a_cause_that_no_earlier_run_shows_has_a_sparkline_of_zeros(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    (cause,) = page(record, trend={"another": [3, 2]}).groups[0].causes
    assert cause.trend is not None
    assert cause.trend.sentence == "violations in the last 3 runs: 0, 0, 1"


def test_a_run_without_a_previous_one_compares_nothing(build: Any) -> None:
    found = page(build.nonconformant())
    assert found.comparison is None
    assert all(cause.change is None for group in found.groups for cause in group.causes)
