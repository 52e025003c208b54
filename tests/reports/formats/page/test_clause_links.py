"""Clauses lead to the publications of their documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aoai_reports.formats.html import html_text
from aoai_reports.formats.page.clause_links import clause_url, safe_links
from aoai_reports.results.summary import summarize

NAME = "azure-openai@2024-10-21"
LINKS = {
    NAME: "https://example.com/spec.yaml",
    f"{NAME}#/paths/~1files": "https://example.com/part.json",
    f"{NAME}#/components/schemas/File": "https://example.com/part.json",
}


@pytest.mark.parametrize(
    ("clause", "url"),
    [
        (f"{NAME}#/paths/~1a/{{b}}", "https://example.com/spec.yaml#/paths/~1a/%7Bb%7D"),
        (f"{NAME}#/info (reference)", "https://example.com/spec.yaml#/info"),
        (NAME, "https://example.com/spec.yaml"),
        (
            f"{NAME}#/paths/~1files/get/responses",
            "https://example.com/part.json#/paths/~1files/get/responses",
        ),
        (f"{NAME}#/paths/~1files~1x", "https://example.com/spec.yaml#/paths/~1files~1x"),
        (f"{NAME}#/components/schemas/File", "https://example.com/part.json#/components/schemas/File"),
        (f"{NAME}#/components/schemas/File2", "https://example.com/spec.yaml#/components/schemas/File2"),
        (
            "https://www.rfc-editor.org/rfc/rfc9110#section-7",
            "https://www.rfc-editor.org/rfc/rfc9110#section-7",
        ),
        ("azure-openai@2099-01-01#/info", ""),
        ("", ""),
    ],
)
def test_a_clause_leads_to_its_place_in_the_publication(clause: str, url: str) -> None:
    assert clause_url(clause, LINKS) == url


def test_a_record_cannot_give_a_page_other_links_than_https() -> None:
    assert safe_links({NAME: "javascript:alert(1)", "x": "http://e.com", "y": "https://e.com"}) == {
        "y": "https://e.com"
    }


def test_the_entries_of_a_report_link_to_their_clauses(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    without = html_text(summarize(record), record)
    record = replace(record, header=replace(record.header, links={build.document: LINKS[NAME]}))
    with_links = html_text(summarize(record), record)
    assert 'href="https://example.com/spec.yaml' not in without
    assert 'href="https://example.com/spec.yaml' in with_links
