from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from aoai_model.exchange import Request, Response
from aoai_model.verdict import PointsShown
from aoai_reports.formats.folder import write_run_folder
from aoai_reports.formats.html import html_text
from aoai_reports.formats.json import summary_text
from aoai_reports.formats.junit import junit_text
from aoai_reports.formats.legible import visible
from aoai_reports.formats.markdown import markdown_text
from aoai_reports.formats.page.entries import MOST_WITHOUT_SCRIPT
from aoai_reports.formats.pretty import format_body
from aoai_reports.formats.terminal import print_summary
from aoai_reports.record.evidence import RecordError
from aoai_reports.record.lines import NotSent, Planned, RuleFacts
from aoai_reports.record.reader import Record
from aoai_reports.record.writer import RecordWriter, line_bytes
from aoai_reports.results.point_account import KNOWN_QUIRK
from aoai_reports.results.summary import summarize
from aoai_specs.errors import OutputError

RECORDS = ["conformant", "nonconformant", "interrupted"]


def printed(
    record: Record, width: int = 80, encoding: str = "utf-8", *, verbose: bool = True, **options: Any
) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=stream, width=width, **options)
    page = "/runs/today/report.html"
    print_summary(summarize(record), record, console, report=page, verbose=verbose)
    stream.flush()
    return raw.getvalue().decode(encoding)


def every_text(record: Record, **options: Any) -> dict[str, str]:
    summary = summarize(record, **options)
    return {
        "html": html_text(summary, record),
        "junit": junit_text(summary, record),
        "markdown": markdown_text(summary, record),
        "json": summary_text(summary),
        "terminal": printed(record),
        "overview": printed(record, verbose=False),
    }


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


# -- all of them -----------------------------------------------------------------------------------


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


# -- html ------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Checks that tags nest, and keeps what matters."""

    VOID = frozenset({"meta", "input", "br", "rect", "circle", "path", "link", "img"})
    LAWFUL = frozenset(
        [
            "html",
            "head",
            "meta",
            "title",
            "style",
            "script",
            "body",
            "header",
            "footer",
            "nav",
            "main",
            "section",
            "article",
            "form",
            "label",
            "input",
            "button",
            "output",
            "div",
            "p",
            "span",
            "b",
            "strong",
            "small",
            "code",
            "pre",
            "mark",
            "a",
            "ul",
            "ol",
            "li",
            "dl",
            "dt",
            "dd",
            "details",
            "summary",
            "h1",
            "h2",
            "h3",
            "h4",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "svg",
            "rect",
            "circle",
            "path",
            "br",
        ]
    )

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self.data = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.LAWFUL, tag
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == ("script", {"type": "application/json", "id": "data"}):
            self.data += data
        elif self.open and self.open[-1] in {"script", "style"}:
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data


def assert_harmless_page(text: str) -> None:
    page = Page(text)
    names = [tag for tag, _ in page.tags]
    assert names.count("script") == 2
    assert names.count("style") == 1
    assert not re.search("[<>&\u2028\u2029]", page.data)
    json.loads(page.data)
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"style", "src", "srcset", "action", "formaction", "background"}
            if name == "href":
                assert value is not None
                assert value.startswith("#"), (tag, value)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]", text)


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
    big = {"messages": [{"role": "user", "content": "x" * 20_000}] * 10}
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


# -- junit -----------------------------------------------------------------------------------------


def cases(record: Record, **options: Any) -> dict[tuple[str, str], ET.Element]:
    root = ET.fromstring(junit_text(summarize(record, **options), record))
    return {(case.attrib["classname"], case.attrib["name"]): case for case in root.iter("testcase")}


def test_junit_distinguishes_failure_error_and_skipped(build: Any) -> None:
    record = build.record(
        build.broken("a", build.violation()),
        build.exchange("b", verdicts={"CHAT-003": "inconclusive", "CHAT-011": "pass"}),
    )
    found = cases(record)
    chat = f"{build.document}.{build.chat}"
    assert [child.tag for child in found[chat, "USAGE-001"]] == ["failure"]
    assert [child.tag for child in found[chat, "CHAT-003"]] == ["error"]
    assert [child.tag for child in found[chat, "CHAT-011"]] == []
    assert [child.tag for child in found[f"{build.document}.untested", "IMAGES-004"]] == ["skipped"]


def test_inconclusive_rules_are_listed_with_the_reason(build: Any) -> None:
    record = build.record(
        build.exchange(
            "a", verdicts={"CHAT-020": "pass", "CHAT-003": "pass"}, notes=("CHAT-003: only a remark",)
        ),
        build.exchange(
            "b", verdicts={"CHAT-011": "inconclusive"}, notes=("CHAT-011: the model was throttled",)
        ),
    )
    error = cases(record)[f"{build.document}.{build.chat}", "CHAT-011"].find("error")
    assert error is not None
    assert error.attrib["message"] == "inconclusive in 1 exchange: the model was throttled"
    text = html_text(summarize(record), record)
    assert "inconclusive: the model was throttled" in text
    assert "only a remark" not in text


def test_a_rule_has_the_colour_of_its_worst_unaccepted_defect(build: Any) -> None:
    record = build.record(build.broken("a", build.violation(level="should")))
    summary, accepted = summarize(record), summarize(record, known=lambda _: "yes")
    assert '<span class="badge should">violated</span>' in html_text(summary, record)
    assert '<span class="badge known">violated</span>' in html_text(accepted, record)


def test_junit_fails_a_should_only_when_strict_and_a_may_never(build: Any) -> None:
    record = build.record(
        build.broken("a", build.violation("HTTP-004", pointer="header:x")),
        build.broken("b", build.violation("SCHEMA-002")),
    )
    chat = f"{build.document}.{build.chat}"
    assert [child.tag for child in cases(record)[chat, "HTTP-004"]] == ["system-out"]
    assert [child.tag for child in cases(record, strict=True)[chat, "HTTP-004"]] == ["failure"]
    assert [child.tag for child in cases(record, strict=True)[chat, "SCHEMA-002"]] == ["system-out"]


def test_junit_names_the_cause_of_each_violation(build: Any) -> None:
    record = build.record(
        build.broken("a", build.violation()), build.broken("b", build.violation("CHAT-003"))
    )
    chat = f"{build.document}.{build.chat}"
    for rule, cause in (("USAGE-001", "Counts tokens incorrectly: "), ("CHAT-003", "total_tokens is not")):
        (failure,) = cases(record)[chat, rule]
        assert f"\ncause: {cause}" in (failure.text or "")


def test_junit_reports_that_a_run_ended_early(build: Any) -> None:
    found = cases(build.interrupted())
    error = found[f"{build.document}.run", "judged to its end"].find("error")
    assert error is not None
    assert "interrupted" in error.attrib["message"]


@pytest.mark.parametrize("name", RECORDS)
def test_junit_has_the_structure_that_readers_expect(build: Any, name: str) -> None:
    record = getattr(build, name)()
    root = ET.fromstring(junit_text(summarize(record), record))
    assert root.tag == "testsuites"
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    seen: set[tuple[str, str]] = set()
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} == set(suite.attrib)
        children = [child.tag for child in suite]
        assert children == sorted(children, key=["properties", "testcase"].index)
        tests = suite.findall("testcase")
        assert len(tests) == int(suite.attrib["tests"])
        for element, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert sum(case.find(element) is not None for case in tests) == int(suite.attrib[attribute])
        for case in tests:
            assert {"classname", "name", "time"} == set(case.attrib)
            assert len(case.findall("failure") + case.findall("error") + case.findall("skipped")) <= 1
            place = (case.attrib["classname"], case.attrib["name"])
            assert place not in seen
            seen.add(place)
        for attribute in totals:
            totals[attribute] += int(suite.attrib[attribute])
    assert {attribute: int(root.attrib[attribute]) for attribute in totals} == totals


# -- markdown --------------------------------------------------------------------------------------


def assert_harmless_markdown(text: str) -> None:
    assert len(text.encode()) < 1_000_000
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    assert "<script" not in rendered
    assert "<img" not in rendered
    assert "<a " not in rendered
    tags = set(re.findall(r"<([a-z][a-z0-9]*)", rendered))
    assert tags <= {
        "h2",
        "h3",
        "p",
        "ul",
        "li",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "pre",
        "blockquote",
        "span",
        "em",
    }, tags
    assert rendered.count("<details>") == rendered.count("</details>")
    assert rendered.count("<h2>") == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


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


# -- terminal --------------------------------------------------------------------------------------


def assert_harmless_in_a_terminal(text: str) -> None:
    assert visible(text, lines=True) == text


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


# -- the folder ------------------------------------------------------------------------------------


def write_record(folder: Path, record: Record) -> None:
    with RecordWriter(folder / "record.ndjson", record.header) as writer:
        for line in record.exchanges:
            writer.write_exchange(line)
        for scenario in record.scenarios:
            writer.write_scenario(scenario)
        writer.close(record.footer)


def test_a_run_folder_contains_everything_derived_from_the_record(build: Any, tmp_path: Path) -> None:
    record = build.nonconformant()
    write_record(tmp_path, record)
    summary = write_run_folder(tmp_path)
    assert summary.verdict == "nonconformant"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "junit.xml",
        "record.ndjson",
        "report.html",
        "summary.json",
        "summary.md",
    ]
    assert json.loads((tmp_path / "summary.json").read_text("utf-8")) == summary.to_json()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_run_folder(tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_reports_of_a_record_may_be_in_another_folder(build: Any, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "again").mkdir()
    write_record(tmp_path / "run", build.conformant())
    write_run_folder(tmp_path / "again", tmp_path / "run" / "record.ndjson", strict=True)
    assert len(list((tmp_path / "again").iterdir())) == 4


def test_a_folder_without_a_record_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"record\.ndjson cannot be read"):
        write_run_folder(tmp_path)


def test_a_place_that_cannot_be_written_is_one_clear_error(build: Any, tmp_path: Path) -> None:
    write_record(tmp_path, build.conformant())
    with pytest.raises(OutputError, match=r"Cannot write .*report\.html"):
        write_run_folder(tmp_path / "nowhere", tmp_path / "record.ndjson")
    assert [path.name for path in tmp_path.iterdir()] == ["record.ndjson"]


def test_reading_and_writing_take_time_in_proportion_to_the_exchanges(
    build: Any, tmp_path: Path, count_calls: Any
) -> None:
    def cost(exchanges: int) -> int:
        line = json.loads(line_bytes(build.streamed("CASE", tuple(f'{{"id":"{n}"}}' for n in range(20)))))
        folder = tmp_path / str(exchanges)
        folder.mkdir()
        with (folder / "record.ndjson").open("wb") as opened:
            opened.write(line_bytes(build.header()))
            for number in range(exchanges):
                violation = build.violation(pointer=f"/f{number}x").to_json()
                line["case"], line["violations"] = f"c{number}", [violation] if number % 10 == 0 else []
                opened.write(json.dumps(line).encode() + b"\n")
            opened.write(line_bytes(build.footer()))
        with count_calls() as work:
            write_run_folder(folder)
        calls: int = work.calls
        return calls

    cost(1)  # loads what writing needs, which is the same for any number
    assert cost(400) < 3 * cost(200)
