"""The formats of a comparison: text, Markdown, HTML, JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from aoai_reports.record.lines import Footer
from aoai_reports.run_comparison.changes import BehaviourChange, RunComparison
from aoai_reports.run_comparison.comparing import compare_runs
from aoai_reports.run_comparison.formats.html import comparison_html
from aoai_reports.run_comparison.formats.json import comparison_json
from aoai_reports.run_comparison.formats.markdown import comparison_markdown
from aoai_reports.run_comparison.formats.text import comparison_text
from aoai_reports.run_comparison.formats.wording import verdict_sentence

HOSTILE = "<script>alert(1)</script>\x1b[31m | `tick` <img src=x onerror=a>"


@pytest.fixture
def hostile(build) -> RunComparison:
    broken = build.violation(pointer=f"/{HOSTILE}", message=HOSTILE)
    old = build.record(build.exchange(status=400, body={"error": {"code": HOSTILE}}))
    new = build.exchange(
        status=400, body={"error": {"code": "b"}, HOSTILE: 1}, violations=(broken,), headers={HOSTILE: "a"}
    )
    return compare_runs(old, build.record(new, target=HOSTILE))


@pytest.mark.parametrize("form", [comparison_text, comparison_markdown, comparison_html])
def test_no_text_of_a_server_has_an_effect(hostile: RunComparison, form) -> None:
    output = form(hostile)
    assert "<script>alert" not in output or form is comparison_text
    assert "<img" not in output or form is comparison_text
    assert "\x1b" not in output


def test_the_page_loads_nothing(hostile: RunComparison) -> None:
    page = comparison_html(hostile)
    assert "default-src &#39;none&#39;" in page
    assert "http-equiv" in page
    assert not any(mark in page for mark in ('src="http', 'href="http', "@import"))


def test_the_json_matches_its_published_schema(hostile: RunComparison) -> None:
    schema = json.loads(files("aoai_reports").joinpath("schemas/run-diff-v1.json").read_text())
    Draft202012Validator.check_schema(schema)
    data = json.loads(comparison_json(hostile))
    assert list(Draft202012Validator(schema).iter_errors(data)) == []
    assert data["summary"]["new_musts"] == 1


def test_no_difference_is_stated_in_every_format(build) -> None:
    record = build.record(build.exchange())
    same = compare_runs(record, record)
    assert all(
        "No difference" in form(same) for form in (comparison_text, comparison_markdown, comparison_html)
    )


def test_the_same_records_give_the_same_bytes(hostile: RunComparison) -> None:
    for form in (comparison_text, comparison_markdown, comparison_html, comparison_json):
        assert form(hostile) == form(hostile)


def test_both_lists_about_the_documents_are_in_every_format(build) -> None:
    change = BehaviourChange("status", "Chat", "answer", "", "400", "422", ("chat/a",), 3)
    explained = replace(change, operation="Images", documented=("the response 422 is added",))
    [part] = compare_runs(build.record(build.exchange()), build.record(build.exchange())).parts
    linked = replace(
        part, behaviour=(change, explained), linked=True, unseen=(("Chat", "the property 'x' is added"),)
    )
    comparison = RunComparison((linked,))
    assert verdict_sentence(comparison) == "2 other behaviour changes (1 not documented)."
    for form in (comparison_text, comparison_markdown, comparison_html):
        output = form(comparison)
        head, _, rest = output.partition("Changed but not documented")
        changed, _, unchanged = rest.partition("Documented but not changed")
        assert "422" in head
        assert "422" in changed
        assert "Images" not in changed
        assert "is added" in unchanged
    assert len(comparison.to_json()["comparisons"][0]["changed_but_not_documented"]) == 1


def test_the_states_of_the_points_are_in_every_format(build) -> None:
    old = build.exchange(points=("n.maximum:at",))
    new = build.exchange(points=("n.maximum:at",), status=400)
    comparison = compare_runs(build.record(old), build.record(new))
    assert "1 point compared: 1 accepted in one run only" in comparison_text(comparison)
    assert "Points, by operation" in comparison_markdown(comparison)
    assert "n.maximum:at</code></th><td>accepted</td><td>refused" in comparison_html(comparison)
    assert comparison.to_json()["comparisons"][0]["points"] == [
        {"operation": build.chat, "point": "n.maximum:at", "base": "accepted", "revision": "refused"}
    ]


def test_an_interrupted_run_is_reported_as_interrupted(build) -> None:
    cut_off = build.record(build.exchange())
    footer = Footer(ended="2026-01-02T03:04:06.000Z", seconds=1.0, interrupted=False, requests=1)
    whole = replace(cut_off, footer=footer)
    comparison = compare_runs(whole, cut_off)
    for form in (comparison_text, comparison_markdown, comparison_html):
        assert form(comparison).count("; incomplete") == 1
    [part] = comparison.to_json()["comparisons"]
    assert (part["base"]["complete"], part["revision"]["complete"]) == (True, False)
