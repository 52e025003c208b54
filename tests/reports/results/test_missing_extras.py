"""A rule without its extra never counts as passed, and makes the run inconclusive."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from aoai_model.verdict import Violation
from aoai_reports.record.schema import RECORD, SUMMARY, schema_text
from aoai_reports.record.writer import line_bytes
from aoai_reports.results.baseline import Accepted, Baseline
from aoai_reports.results.rule_results import rule_results
from aoai_reports.results.summary import exit_code, summarize
from aoai_reports.results.tallies import topics

RULE = "SCHEMA-001"
NOTE = f"{RULE}: Decoding audio needs the extra audio, which is not installed; run `pip install …`."


def lacking(build: Any, case: str = "lacking", **changes: Any) -> Any:
    return build.exchange(
        case,
        verdicts={RULE: "inconclusive", "USAGE-001": "pass"},
        missing_extras={RULE: "audio"},
        notes=(NOTE,),
        **changes,
    )


def test_the_line_is_valid_and_other_lines_stay_as_they_were(build: Any) -> None:
    schema = jsonschema.Draft202012Validator(json.loads(schema_text(RECORD)))
    line = json.loads(line_bytes(lacking(build)))
    schema.validate(line)
    assert line["missing_extras"] == {RULE: "audio"}
    assert "missing_extras" not in json.loads(line_bytes(build.exchange()))


def test_a_rule_that_passed_on_some_responses_is_untested_for_lack_of_its_extra(build: Any) -> None:
    record = build.record(build.exchange("passed"), lacking(build))
    summary = summarize(record)
    assert summary.rules[RULE].passed == 1
    assert RULE in summary.untested
    assert summary.untested_why["missing_extra"] == (RULE,)
    (result,) = (each for key, each in rule_results(summary, record).items() if key[2] == RULE)
    assert (result.kind, result.doubt) == ("inconclusive", NOTE.partition(": ")[2])
    (tally,) = (rule for topic in topics(record) for rule in topic.rules if rule.id == RULE)
    assert (tally.state, tally.missing_extra) == ("inconclusive", "audio")


def test_the_run_is_inconclusive_and_the_sentence_names_rule_and_command(build: Any) -> None:
    summary = summarize(build.record(build.exchange("passed"), lacking(build)))
    assert (summary.verdict, exit_code(summary)) == ("inconclusive", 3)
    assert summary.doubts[-1] == (
        f"1 rule could not judge every response without the extra audio ({RULE}); "
        "run `pip install 'aoai-conformance[audio]'`."
    )


def test_a_weaker_rule_leaves_the_verdict(build: Any) -> None:
    record = build.record(build.exchange("passed"), lacking(build))
    rules = {RULE: replace(record.header.rules[RULE], level="may")}
    weaker = replace(record, header=replace(record.header, rules={**record.header.rules, **rules}))
    assert not any("extra" in doubt for doubt in summarize(weaker).doubts)


def test_a_violation_that_needs_no_extra_counts(build: Any) -> None:
    broken = build.broken("broken", Violation("/data", "It is no base64.", rule=RULE, level="must"))
    summary = summarize(build.record(broken, lacking(build)))
    assert summary.verdict == "nonconformant"
    assert RULE not in summary.untested
    assert summary.missing_extras == {RULE: "audio"}


@pytest.mark.parametrize("complete", [True, False])
def test_an_entry_of_the_baseline_is_stale_only_if_its_rule_judged_every_response(
    build: Any, complete: bool
) -> None:
    lines = [build.exchange("passed"), *([] if complete else [lacking(build)])]
    entry = Accepted(rule=RULE, why="ticket 7", operation=build.chat)
    summary = summarize(build.record(*lines), baseline=Baseline((entry,)))
    assert summary.baseline is not None
    assert summary.baseline.stale == ((entry,) if complete else ())


def test_summary_json_names_the_extras_and_is_valid(build: Any) -> None:
    schema = jsonschema.Draft202012Validator(json.loads(schema_text(SUMMARY)))
    data = summarize(build.record(lacking(build))).to_json()
    schema.validate(data)
    assert data["missing_extras"] == {RULE: "audio"}
    without = summarize(build.record(build.exchange())).to_json()
    schema.validate(without)
    assert "missing_extras" not in without
