"""report.html: its policy, its structure, and what it shows of a violation."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from report_texts import RECORDS, Page, assert_harmless_page

from aoai_reports.formats.html import html_text
from aoai_reports.formats.page.entries import MOST_WITHOUT_SCRIPT
from aoai_reports.formats.pretty import format_body
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import summarize


@pytest.mark.parametrize("name", RECORDS)
def test_the_page_nests_and_loads_nothing(build: Any, name: str) -> None:
    record = getattr(build, name)()
    text = html_text(summarize(record), record)
    assert_harmless_page(text)
    page = Page(text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        if tag == "a":
            target = (attributes["href"] or "")[1:]
            assert target in ids or target.startswith("?")


def test_the_policy_of_the_page_allows_only_its_script_and_style(build: Any) -> None:
    record = build.nonconformant()
    page = Page(html_text(summarize(record), record))
    (policy,) = [
        attributes["content"]
        for _, attributes in page.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    hashes = {
        name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for name, text in page.raw.items()
    }
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
        "base-uri 'none'; form-action 'none'"
    )


def data_of(record: Record, **options: Any) -> Any:
    """The data that the script of the page shows."""
    return json.loads(Page(html_text(summarize(record, **options), record)).data)


def card_of(data: Any, rule: str) -> Any:
    """The exchanges of the first entry of a rule."""
    return data["cards"][next(each["evidence"] for each in data["entries"] if each["rule"] == rule)]


def test_the_chunk_at_fault_is_shown_with_its_neighbours(build: Any) -> None:
    (exchange,) = card_of(data_of(build.nonconformant()), "CHAT-SSE-003")
    events = exchange["events"]
    assert [each["index"] for each in events] == [1, 2, 3, 4, 5]
    assert [each["index"] for each in events if each.get("at_fault")] == [3]
    assert events[0]["skipped"] == 1
    assert exchange["events_after"] == 2


def test_the_place_at_fault_is_marked(build: Any) -> None:
    blocks = data_of(build.nonconformant())["blocks"]
    marks = [
        row[0]
        for block in blocks
        if isinstance(block, dict)
        for row in block.get("rows", ())
        if isinstance(row, list)
    ]
    assert '    "total_tokens": 14' in marks
    assert '  "id": "chatcmpl-2",' in marks
    assert '  "temperature": 9' in marks


def test_a_missing_member_marks_its_parent() -> None:
    rows = format_body(b'{"a": {"b": [1]}}', "/a/c/d").rows
    assert [row.text for row in rows if row.marked] == ['  "a": {']


def test_a_place_deep_in_a_long_array_is_shown() -> None:
    body = json.dumps({"data": [{"index": place, "value": [place]} for place in range(5000)]}).encode()
    layout = format_body(body, "/data/4321/index")
    assert [row.text.strip() for row in layout.rows if row.marked] == ['"index": 4321,']
    assert len(layout.rows) < 80
    assert any(row.left_out for row in layout.rows)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary, 10 bytes"),
        (b"plain words", "text, 11 bytes"),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n\xff\xfe', "multipart, 54 bytes"),
        (b"[" * 100_000, "text, 100,000 bytes"),
        (b"[1]", "JSON, 3 bytes, indented here"),
    ],
)
def test_a_body_has_the_right_label(content: bytes, kind: str) -> None:
    assert format_body(content).kind == kind


def test_a_run_with_thousands_of_defects_has_a_bounded_page(build: Any) -> None:
    big = {"messages": [{"role": "user", "content": "x" * 5_000}] * 10}
    one = build.exchange(sent=big, answer=big)
    lines = [
        replace(one, case=f"c{number}", violations=(build.violation(pointer=f"/field-{number}"),))
        for number in range(500)
    ]
    record = build.record(*lines)
    text = html_text(summarize(record), record)
    assert len(text) < 6_000_000
    assert text.count('<details class="entry') == MOST_WITHOUT_SCRIPT
    data = json.loads(Page(text).data)
    assert len(data["entries"]) == 500
    assert_harmless_page(text)


def test_a_rule_has_the_colour_of_its_worst_unaccepted_defect(build: Any) -> None:
    record = build.record(build.broken("a", build.violation(level="should")))
    summary, accepted = summarize(record), summarize(record, known=lambda _: "yes")
    assert '<span class="badge should">violated</span>' in html_text(summary, record)
    assert '<span class="badge known">violated</span>' in html_text(accepted, record)
