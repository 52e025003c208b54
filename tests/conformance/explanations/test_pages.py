"""Each rule has a page: why clients need it, an exchange that passes, and one that fails."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner, Result
from example_generation import PACKAGED, RENEW, as_text, generate_examples
from shortening import pruned, value_of

from aoai_conformance.cli import main
from aoai_conformance.cli.explain import page_lines, page_of
from aoai_conformance.cli.output.text_layout import json_lines, paragraph
from aoai_conformance.explanations import reading
from aoai_conformance.explanations.reading import example_of, why_of
from aoai_conformance.rule import rule_named, rules

WIDTH = 80


def test_the_examples_match_those_of_the_tests() -> None:
    if as_text(generate_examples()) != PACKAGED.read_text(encoding="utf-8"):
        pytest.fail(f"The examples of explain are stale; renew them: {RENEW}")


def test_every_rule_has_an_example_and_a_reason() -> None:
    ids = {rule.id for rule in rules()}
    printed = "say in explanations/why.yaml why clients need it"
    assert ids - reading._reasons().keys() == set(), printed
    assert ids - reading._examples().keys() == set(), f"give it an example in its tests, then {RENEW}"


def test_every_reason_and_every_example_belongs_to_a_rule() -> None:
    ids = {rule.id for rule in rules()}
    assert reading._reasons().keys() - ids == set()
    assert reading._examples().keys() - ids == set()


def test_the_examples_stay_small() -> None:
    assert PACKAGED.stat().st_size < 1_600 * len(rules())


def test_every_reason_is_a_sentence() -> None:
    reasons = {rule.id: why_of(rule.id) for rule in rules()}
    assert [name for name, why in reasons.items() if not why.endswith(".") or len(why.split()) < 5] == []


def test_every_failing_example_has_a_violation_and_no_passing_one_has() -> None:
    for rule in rules():
        example = example_of(rule.id)
        assert example is not None, rule.id
        assert example.fails[-1]["blamed"]["says"], rule.id
        assert not any("blamed" in step for step in example.passes), rule.id


def test_every_page_fits_into_eighty_columns_except_for_addresses() -> None:
    wide = {line for rule in rules() for line in page_lines(rule) if len(line) > WIDTH}
    without_name = [line.removeprefix("clause").strip() for line in wide]
    assert [text for text in without_name if " " in text] == []
    assert [text for text in without_name if "/" not in text] == []


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


def test_a_page_shows_the_sentence_the_clause_the_reason_and_both_examples() -> None:
    result = explain("CHAT-CHOICE-002")
    text = re.sub(r"\s+", " ", result.output)
    rule = rule_named("CHAT-CHOICE-002")
    assert result.exit_code == 0
    assert f"The server MUST {rule.requirement}." in text
    assert rule.clause in result.output
    assert why_of(rule.id) in text
    assert " passes: " in text
    example = example_of(rule.id)
    assert example is not None
    assert f"=> {example.fails[-1]['blamed']['says']} at: /choices/1/index" in text


def test_a_page_lists_the_quirks_that_the_rule_accepts() -> None:
    assert "quirk" in explain("SSE-101").output


def test_a_page_as_json_has_everything() -> None:
    printed = json.loads(explain("files-006", "--format", "json").output)
    assert printed == json.loads(json.dumps(page_of(rule_named("FILES-006"))))
    assert printed["why"]
    assert printed["example"]["fails"][-1]["blamed"]
    assert {step["status"] for step in printed["example"]["passes"]} == {200, 404}


def test_json_is_wrapped_only_if_necessary() -> None:
    assert list(json_lines({"a": [1, 2]}, WIDTH)) == ['{"a": [1, 2]}']
    assert list(json_lines({"a": [1, 2], "b": 3}, 12)) == [
        "{",
        '  "a": [',
        "    1,",
        "    2",
        "  ],",
        '  "b": 3',
        "}",
    ]


def test_a_long_address_is_not_broken() -> None:
    lines = list(paragraph("see https://example.com/a-long/way/to/somewhere else", 24, 2))
    assert lines == ["  see", "  https://example.com/a-long/way/to/somewhere", "  else"]


def test_the_path_to_the_place_is_kept_and_the_rest_is_cut() -> None:
    body = {"choices": [{"index": place, "message": {"content": "x" * 200}} for place in range(9)], "id": "c"}
    shown = pruned(body, ("choices", "4", "index"))
    assert [entry["index"] for entry in shown["choices"][:3]] == [3, 4, 5]
    assert shown["choices"][3] == "… 6 more"
    assert len(json.dumps(shown)) < 600


def test_a_lone_surrogate_is_shown_as_its_code() -> None:
    assert value_of("\ud83d", 1) == "\\ud83d"
