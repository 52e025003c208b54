"""The summary in a terminal: its width, its encodings and its order."""

from __future__ import annotations

from typing import Any

from report_texts import printed


def test_the_terminal_summary_has_80_columns_except_for_text_to_copy(build: Any) -> None:
    for line in printed(build.nonconformant()).splitlines():
        assert len(line) <= 80 or "curl '" in line or " " not in line.strip()
    assert all(len(line) <= 80 for line in printed(build.nonconformant(), verbose=False).splitlines())


def test_a_curl_line_is_one_line_that_can_be_copied(build: Any) -> None:
    record = build.nonconformant()
    curl = next(line.curl for line in record.exchanges if line.case == "chat-temp")
    assert curl in printed(record)


def test_a_terminal_without_unicode_is_supported(build: Any) -> None:
    record = build.record(build.broken("a", build.violation(message="é → 漢"), curl="curl é"))
    assert "\\u6f22" in printed(record, encoding="ascii")


def test_colour_appears_only_on_request(build: Any) -> None:
    assert "\x1b[" not in printed(build.nonconformant())
    assert "\x1b[" in printed(build.nonconformant(), force_terminal=True, color_system="standard")


def test_notes_come_after_the_violations(build: Any) -> None:
    text = printed(build.nonconformant(), width=200)
    notes = text.index("Notes (MAY)")
    assert "MUST  " not in text[notes:]
    assert "SHOULD  " not in text[notes:]
    assert "/choices/0/message/annotations" in text[notes:]


def test_the_report_is_named_last(build: Any) -> None:
    for verbose in (True, False):
        last = printed(build.conformant(), verbose=verbose).splitlines()[-1]
        assert last.endswith("/runs/today/report.html")
