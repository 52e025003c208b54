"""What holds for the reports in every format."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_texts import (
    RECORDS,
    assert_harmless_in_a_terminal,
    assert_harmless_markdown,
    assert_harmless_page,
    every_text,
)
from rich.console import Console

from aoai_model.exchange import Request, Response
from aoai_model.verdict import PointsShown
from aoai_reports.formats.html import html_text
from aoai_reports.formats.junit import junit_text
from aoai_reports.formats.terminal import print_summary
from aoai_reports.record.lines import NotSent, Planned, RuleFacts
from aoai_reports.record.reader import Record
from aoai_reports.record.writer import line_bytes
from aoai_reports.results.point_account import KNOWN_QUIRK
from aoai_reports.results.summary import summarize


def poisoned(build: Any, text: str) -> Record:
    """Return a record with the given text in every place that a server or a name can fill."""
    facts = RuleFacts("must", text, text, text)
    violation = build.violation(
        rule="USAGE-001", pointer=f"/{text}", message=text, expected=text, actual={text: [text]}, reason=text
    )
    line = build.broken(
        "c", replace(violation, point=text), notes=(text,), quirks=(text,), curl=f"curl {text}"
    )
    response = Response(200, ((text, text),), text.encode("utf-8", "replace"), None, 0.0, 0.1)
    request = Request("POST", f"http://x/{text}", ((text, text),), text.encode("utf-8", "replace"))
    line = replace(
        line, case=f"c{text}", document=text, operation=text, kind=text, request=request, response=response
    )
    streamed = build.streamed(
        "s", (text, "[DONE]"), violations=(replace(violation, chunk=0, reason="other"),)
    )
    # what the server says about points that were not decided, and about its models
    undecided = replace(
        build.exchange(f"u{text}", points=build.points(f"n{text}")),
        document=text,
        operation=text,
        shown=PointsShown("not_shown", text, text, text),
    )
    minimal = replace(
        build.exchange("m", origin="base", document=text, operation=f"o{text}"),
        shown=PointsShown("not_applicable", KNOWN_QUIRK, text, text),
    )
    lost = {"kind": text, "deployment": text, "capability": text, "message": text}
    planned = Planned(
        3,
        documents={text: {text: (f"n{text}", f"m{text}", f"k{text}"), f"o{text}": (text,)}},
        left_out=(NotSent(text, text, text, (f"m{text}",), text, text),),
    )
    return build.record(  # type: ignore[no-any-return]
        line,
        streamed,
        undecided,
        minimal,
        build.failed(f"f{text}", document=text, operation=text),
        planned=planned,
        excluded=(text,),
        capabilities={text: text, "lost": [lost]},
        rules={"USAGE-001": facts, f"R{text}": facts},
        target=f"t{text}",
        documents=(text,),
        options={text: text},
        not_configured=(text,),
    )


@pytest.mark.parametrize("name", RECORDS)
def test_the_same_record_gives_the_same_bytes(build: Any, name: str) -> None:
    assert every_text(getattr(build, name)()) == every_text(getattr(build, name)())


@pytest.mark.parametrize("name", RECORDS)
def test_the_verdict_comes_first(build: Any, name: str) -> None:
    record = getattr(build, name)()
    verdict = summarize(record).verdict
    texts = every_text(record)
    assert texts["terminal"].startswith(verdict.upper())
    assert texts["overview"].startswith(verdict.upper())
    assert verdict.capitalize() in texts["markdown"].splitlines()[0]
    heading = re.search(r"<h1>.*?</h1>", texts["html"], re.DOTALL)
    assert heading
    assert verdict.capitalize() in heading.group()


def test_each_defect_has_requirement_clause_expected_actual_place_and_request(build: Any) -> None:
    for name, text in every_text(build.nonconformant()).items():
        if name in {"json", "overview"}:
            continue
        flat = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", _unescaped(text) if name != "terminal" else text))
        for expected in (
            "MUST repeat the first chunk's id in every later chunk",
            "chatcmpl-1",
            "chatcmpl-2",
            "/id in chunk 3",
            "temperature.maximum:above",
            "curl 'http://127.0.0.1:8000/openai/deployments/gpt-4o/chat/completions",
        ):
            assert expected in flat, (name, expected)
        assert "createChatCompletionStreamResponse/properties/id" in re.sub(
            r"\s", "", text.replace("&#35;", "#")
        )


def _unescaped(text: str) -> str:
    import html

    return html.unescape(text)


def test_untested_rules_quirks_and_unconfigured_operations_are_listed(build: Any) -> None:
    texts = every_text(build.conformant())
    for name in ("html", "markdown", "terminal", "overview"):
        plain = _unescaped(texts[name])
        assert "azure-first-chunk" in plain
        assert "Transcriptions_Create" in plain
        assert "untested" in plain.lower()
    assert "IMAGES-004" in texts["html"]
    assert "IMAGES-004" in texts["markdown"]


def test_a_known_defect_is_shown_with_the_reason_that_accepts_it(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    summary = summarize(record, known=lambda _: "ticket 12, until spring")
    stream = io.StringIO()
    print_summary(summary, record, Console(file=stream, width=100), verbose=True)
    assert "ticket 12" in stream.getvalue()
    assert "ticket 12" in html_text(summary, record)
    assert "ticket 12" in junit_text(summary, record)


HOSTILE = (
    "<script>alert(1)</script>",
    "</pre></details></style></script><script>alert(1)</script>",
    "\"' onmouseover=alert(1) x='",
    "{{ 7 * 7 }}{% raw %}",
    "]]><!-- --!>",
    "| a | b |\n\n# title\n- item\n```",
    "![x](http://evil.example/x.png) [y](javascript:alert(1)) @someone #1 www.evil.example http://evil.example",
    "\x1b[2J\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link",
    "[bold red]rich[/bold red] [link=http://x]y[/link] :boom:",
    "\u202egnp.exe \u2066x\u2069 \u200b \ufeff \u2028",
    "\x00\x01\x08\x0b\x0c\x0e\x7f\x85\x9b\ufffe\uffff",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_has_no_effect(build: Any, text: str) -> None:
    record = poisoned(build, text)
    for line in (record.header, *record.exchanges):
        line_bytes(line)
    texts = every_text(record)
    assert_harmless_page(texts["html"])
    ET.fromstring(texts["junit"])
    assert_harmless_markdown(texts["markdown"])
    json.loads(texts["json"])
    assert_harmless_in_a_terminal(texts["terminal"])
    assert_harmless_in_a_terminal(texts["overview"])


@settings(max_examples=25, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_text_whatsoever_has_an_effect(build: Any, text: str) -> None:
    texts = every_text(poisoned(build, text))
    assert_harmless_page(texts["html"])
    ET.fromstring(texts["junit"])
    assert_harmless_markdown(texts["markdown"])
    assert_harmless_in_a_terminal(texts["terminal"])
    assert_harmless_in_a_terminal(texts["overview"])


def test_a_lone_surrogate_is_escaped_in_every_report(build: Any) -> None:
    broken = build.violation("CHAT-003", message="x\ud800y", actual="\udfff")
    for text in every_text(build.record(build.broken("a", broken))).values():
        assert "\\ud800" in _unescaped(text)
        text.encode("utf-8")
