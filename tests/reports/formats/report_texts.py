"""The texts of all reports of a record, and what makes a text harmless where it is shown."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from rich.console import Console

from aoai_reports.formats.html import html_text
from aoai_reports.formats.json import summary_text
from aoai_reports.formats.junit import junit_text
from aoai_reports.formats.legible import visible
from aoai_reports.formats.markdown import markdown_text
from aoai_reports.formats.terminal import print_summary
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import summarize

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


def assert_harmless_in_a_terminal(text: str) -> None:
    assert visible(text, lines=True) == text
