"""Generate the examples of `explain` from the exchanges of the rules' tests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
for _folder in ("rules/http", "rules/chat", "rules/flows", "rules/responses", "explanations"):
    if str(TESTS / _folder) not in sys.path:
        sys.path.insert(0, str(TESTS / _folder))

import by_hand  # noqa: E402
import examples_answers  # noqa: E402
import examples_audio  # noqa: E402
import examples_audio_streams  # noqa: E402
import examples_calls  # noqa: E402
import examples_completions  # noqa: E402
import examples_data_sources  # noqa: E402
import examples_details  # noqa: E402
import examples_http  # noqa: E402
import examples_media  # noqa: E402
import examples_operations  # noqa: E402
import examples_refusals  # noqa: E402
import examples_response_flows  # noqa: E402
import examples_response_objects  # noqa: E402
import examples_response_streams  # noqa: E402
import examples_stored  # noqa: E402
import examples_streams  # noqa: E402
import examples_transcribed  # noqa: E402
import examples_transcripts  # noqa: E402
import flows_by_hand  # noqa: E402
from shortening import shortened, shortened_flow  # noqa: E402

from aoai_conformance.exchange import Exchange  # noqa: E402
from aoai_conformance.judging.judge import judge, judge_scenario  # noqa: E402
from aoai_conformance.rule import rule_named  # noqa: E402
from aoai_conformance.views.scenarios import ScenarioView  # noqa: E402
from aoai_model.verdict import Verdict, Violation  # noqa: E402
from aoai_specs.document import Operation  # noqa: E402

PACKAGED = TESTS.parents[1] / "conformance" / "aoai_conformance" / "explanations" / "examples.json"
RENEW = "python tests/conformance/explanations/renew.py"
_SINGLE = (
    examples_completions,
    examples_http,
    examples_media,
    examples_transcripts,
    examples_refusals,
    examples_answers,
    examples_calls,
    examples_streams,
)
_FLOWS = (
    examples_stored,
    examples_details,
    examples_operations,
    examples_audio,
    examples_transcribed,
    examples_audio_streams,
    examples_data_sources,
    examples_response_streams,
    examples_response_objects,
    examples_response_flows,
)


def generate_examples() -> dict[str, dict[str, Any]]:
    """Return the first example of each rule, shortened, by rule id."""
    made: dict[str, dict[str, Any]] = {}
    for rule, example in _every():
        if rule not in made:
            made[rule] = example
    return {rule: made[rule] for rule in sorted(made)}


def as_text(made: Mapping[str, Any]) -> str:
    """Format the examples as they are packaged: one line for each rule, for readable diffs."""
    lines = [f"{json.dumps(rule)}: {json.dumps(made[rule], ensure_ascii=False)}" for rule in made]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _every() -> Iterator[tuple[str, dict[str, Any]]]:
    for module in _SINGLE:
        for example in module.EXAMPLES:
            found = _single(example)
            if found is not None:
                yield example.rule, found
        for pair in getattr(module, "PAIRS", ()):
            yield pair.rule, _pair(pair)
    for module in _FLOWS:
        for flow in module.EXAMPLES:
            yield flow.rule, _flow(flow)
    yield from _further()


def _single(example: Any) -> dict[str, Any] | None:
    published = getattr(example, "as_published", False)
    described = _operation(example.passing, as_published=published)
    (passed,) = judge(example.passing, described, [rule_named(example.rule)])
    if passed.outcome != "pass":
        return None  # the example shows an exchange to which the rule does not apply
    (failed,) = judge(
        example.failing, _operation(example.failing, as_published=published), [rule_named(example.rule)]
    )
    return _of_one(example.claim, example.passing, example.failing, failed.violations[0])


def _of_one(claim: str, passing: Exchange, failing: Exchange, first: Violation) -> dict[str, Any]:
    return {
        "claim": claim,
        "passes": [shortened(passing, None, first.pointer, first.chunk)],
        "fails": [shortened(failing, first, first.pointer, first.chunk)],
    }


@cache
def _described(name: str, id: str, *, as_published: bool) -> Operation:  # noqa: A002 - the field's word
    if name == by_hand.NAME and as_published:
        return by_hand.document(as_published=True).operation(id)
    return flows_by_hand.document(name).operation(id)


def _operation(exchange: Exchange, *, as_published: bool = False) -> Operation:
    return _described(exchange.case.document, exchange.case.operation, as_published=as_published)


def _pair(pair: Any) -> dict[str, Any]:
    described = _operation(next(iter(pair.passing.values())))
    (failed,) = judge_scenario(pair.kind, pair.failing, described, [rule_named(pair.rule)])
    return {
        "claim": pair.claim,
        "passes": shortened_flow(pair.passing, None),
        "fails": shortened_flow(pair.failing, failed.violations[0]),
    }


def _flow(example: Any) -> dict[str, Any]:
    passing = flows_by_hand.exchanges(example.kind, example.steps)
    wrong = flows_by_hand.changed(example.steps, example.step, example.change)
    failing = flows_by_hand.exchanges(example.kind, wrong)
    rule = rule_named(example.rule)
    if not issubclass(rule.view, ScenarioView):
        right, faulty = list(passing.values())[example.step], list(failing.values())[example.step]
        found = judge(faulty, _operation(faulty), [rule])[0].violations
        if found:
            return _of_one(example.claim, right, faulty, found[0])
    first = _first(failing, example.kind, _operation(next(iter(failing.values()))), example.rule)
    return {
        "claim": example.claim,
        "passes": shortened_flow(passing, None, example.step),
        "fails": shortened_flow(failing, first, example.step),
    }


def _first(steps: Mapping[str, Exchange], kind: str, described: Operation, name: str) -> Violation:
    rule = rule_named(name)
    judged: list[Verdict] = list(judge_scenario(kind, steps, described, [rule]))
    for exchange in steps.values():
        judged += judge(exchange, _operation(exchange), [rule])
    return next(violation for verdict in judged for violation in verdict.violations)


def _further() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield examples for the rules whose tests have none in this form."""
    put = examples_stored.put()
    asked: dict[str, Any] = {"expect": "any", "point": "api-version:missing"}
    listed = flows_by_hand.Sent("file-list", examples_stored.listed(), **asked)
    for rule, right, wrong in (
        ("DESCRIPTIONS-001", replace(put, status=201), replace(put, status=202)),
        ("DESCRIPTIONS-002", listed, replace(listed, status=500, answer={})),
    ):
        failing = wrong.exchange()
        (verdict,) = judge(failing, _operation(failing), [rule_named(rule)])
        yield rule, _of_one("either description will do", right.exchange(), failing, verdict.violations[0])
    yield "COMBINATION-001", _combination()
    yield "OPERATION-002", _silence()


def _combination() -> dict[str, Any]:
    def asked(sent: dict[str, Any], status: int) -> dict[str, Any]:
        error = {"error": {"code": "BadRequest", "message": "Not together."}}
        answer = error if status != 200 else by_hand.chat_answer()
        return shortened(by_hand.exchange("chat", answer, status=status, sent=sent), None, "", None)

    first, second = {"n": 2}, {"temperature": 0}
    refused = asked({**first, **second}, 400)
    reported = {
        "at": "the whole",
        "says": "Rejected together, but accepted in two halves.",
        "expected": "200",
    }
    return {
        "claim": "halves and whole",
        "passes": [asked({**first, **second}, 200)],
        "fails": [asked(first, 200), asked(second, 200), {**refused, "blamed": reported}],
    }


def _silence() -> dict[str, Any]:
    def asked(sent: dict[str, Any]) -> dict[str, Any]:
        return shortened(by_hand.exchange("chat", by_hand.chat_answer(), sent=sent), None, "", None)

    reported = {
        "at": "the whole",
        "says": "The server stopped responding after the request was sent alone, 2 times.",
        "expected": "a response to the minimal request",
    }
    return {
        "claim": "a request that silences the server",
        "passes": [asked({"n": 0}), asked({})],
        "fails": [asked({}), {**asked({"n": 0}), "blamed": reported}],
    }
