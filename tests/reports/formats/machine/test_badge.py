"""The badge of a run."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from aoai_reports.formats.machine.badge import badge_json, badge_svg
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import summarize

SVG = "{http://www.w3.org/2000/svg}"


def message(record: Record, **options: Any) -> str:
    return str(json.loads(badge_json(summarize(record, **options), record))["message"])


def test_a_conformant_run_shows_how_many_must_and_should_rules_passed(build: Any) -> None:
    line = build.exchange(
        verdicts={"USAGE-001": "pass", "HTTP-004": "pass", "SCHEMA-002": "pass", "CHAT-003": "not_applicable"}
    )
    assert message(build.run_of(line)) == "conformant, 2 rules passed"


def test_a_nonconformant_run_shows_how_many_must_causes_it_has(build: Any) -> None:
    record = build.nonconformant()
    causes = sum(cause.level == "must" for cause in summarize(record).causes)
    assert message(record) == f"nonconformant, {causes} MUST causes"


def test_should_causes_count_where_they_fail_the_run(build: Any) -> None:
    record = build.run_of(
        build.broken("c", build.violation("HTTP-004", pointer="header:x", reason="missing"))
    )
    assert "SHOULD" not in message(record)
    assert message(record, strict=True) == "nonconformant, 1 SHOULD cause"


def test_an_inconclusive_run_says_so(build: Any) -> None:
    assert message(build.record(build.failed("a"))) == "inconclusive"


def test_the_json_is_an_endpoint_badge(build: Any) -> None:
    record = build.nonconformant()
    badge = json.loads(badge_json(summarize(record), record))
    assert badge.keys() == {"schemaVersion", "label", "message", "color"}
    assert badge["schemaVersion"] == 1
    assert badge["label"] == "Azure OpenAI conformance"
    assert badge["color"] == "red"


def test_the_image_has_a_title_a_role_and_no_external_parts(build: Any) -> None:
    record = build.nonconformant()
    text = badge_svg(summarize(record), record)
    root = ET.fromstring(text)
    assert root.attrib["role"] == "img"
    title = root.findtext(f"{SVG}title")
    assert title == root.attrib["aria-label"] == f"Azure OpenAI conformance: {message(record)}"
    assert "".join(root.itertext()).count("nonconformant") == 2
    assert not any(word in text for word in ("href", "url(h", "@import", "<style", "<script"))


def test_hostile_text_stays_text(poisoned: Record) -> None:
    root = ET.fromstring(badge_svg(summarize(poisoned), poisoned))
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names == {"svg", "title", "clipPath", "rect", "g", "text"}


@pytest.mark.parametrize("name", ["conformant", "nonconformant"])
def test_both_texts_fit_the_image(build: Any, name: str) -> None:
    record = getattr(build, name)()
    root = ET.fromstring(badge_svg(summarize(record), record))
    for text in root.iter(f"{SVG}text"):
        assert float(text.attrib["x"]) + float(text.attrib["textLength"]) < float(root.attrib["width"])
        assert 4 < float(text.attrib["textLength"]) / len(text.text or "") < 9
