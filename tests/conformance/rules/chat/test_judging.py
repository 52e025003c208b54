"""How rules are applied: to which exchanges, at which level, and how errors are handled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import examples_streams
import pytest
from chat_by_hand import (
    CHUNKS,
    FILTER_NOTE,
    NAME,
    PREAMBLE,
    arriving,
    body,
    choice,
    chunk,
    operation,
    piece,
    plain,
    streamed,
    unanswered,
    usage,
    verdict_of,
    verdicts,
)

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.quirks.quirks import QUIRKS, known_quirks, quirks_seen
from aoai_conformance.rule import CHAT, EVERY, Inconclusive, Rule, rules
from aoai_conformance.rules import catalogue
from aoai_conformance.views.exchange_views import Reply
from aoai_conformance.views.responses import ChatReply
from aoai_conformance.views.scenarios import TextSameSeed
from aoai_model.verdict import Verdict, Violation


def made(probe: object, view: type = Reply, **more: object) -> Rule:
    content = {"level": "must", "requirement": "be good", "clause": f"{NAME}#/info", "kinds": EVERY}
    return Rule(**{"id": "T-001", "since": None, "until": None, **content, **more}, view=view, probe=probe)  # type: ignore[arg-type]


def outcome(rule: Rule, exchange: Exchange | None = None) -> Verdict:
    judged = exchange or plain()
    (verdict,) = judge(judged, operation(judged.case.kind), [rule])
    return verdict


def blame(reply: Reply) -> Iterator[Violation]:
    yield reply.violates("/a", "It is bad.", reason="bad")


def test_a_violation_takes_the_level_of_its_rule() -> None:
    assert outcome(made(blame, level="should")).violations[0].level == "should"


def test_a_violation_may_be_weaker_than_its_rule() -> None:
    def weakly(_: Reply) -> Iterator[Violation]:
        yield Violation("/a", "It is bad.", level="may")

    assert outcome(made(weakly)).violations[0].level == "may"


def test_a_rule_of_another_kind_does_not_apply() -> None:
    assert outcome(made(blame, kinds=CHAT), plain(kind="completions")).outcome == "not_applicable"


@pytest.mark.parametrize(
    ("since", "until", "applies"),
    [
        (None, None, True),
        ("2024-10-21", "2024-10-21", True),
        ("2024-02-01", None, True),
        ("2024-10-21-preview", None, True),
        ("2025-01-01-preview", None, False),
        (None, "2024-10-21-preview", False),
        (None, "2024-06-01", False),
    ],
)
def test_a_rule_applies_between_its_api_versions(since: str | None, until: str | None, applies: bool) -> None:
    expected = "violation" if applies else "not_applicable"
    assert outcome(made(blame, since=since, until=until)).outcome == expected


def test_a_probe_that_raises_reports_no_violation() -> None:
    def broken(reply: Reply) -> Iterator[Violation]:
        yield from blame(reply)
        raise KeyError("choices")

    verdict = outcome(made(broken))
    assert (verdict.outcome, verdict.violations) == ("inconclusive", ())
    assert verdict.note == "The probe raised KeyError: 'choices'"


def test_a_view_that_raises_reports_no_violation() -> None:
    class Broken(Reply):
        def applies(self) -> bool:
            raise RecursionError

    assert outcome(made(blame, Broken)).outcome == "inconclusive"


def test_an_inconclusive_probe_gives_its_reason() -> None:
    def unsure(_: Reply) -> Iterator[Violation]:
        raise Inconclusive("the moon was full")
        yield

    verdict = outcome(made(unsure))
    assert (verdict.outcome, verdict.note) == ("inconclusive", "The moon was full.")


def test_earlier_violations_stay_reported() -> None:
    def both(reply: Reply) -> Iterator[Violation]:
        yield from blame(reply)
        raise Inconclusive("the rest is unknown")

    assert outcome(made(both)).outcome == "violation"


def test_a_view_is_built_once_and_each_probe_called_once() -> None:
    built: list[str] = []

    class Counted(Reply):
        def applies(self) -> bool:
            built.append("view")
            return True

    def probe(_: Counted) -> Iterator[Violation]:
        built.append("probe")
        yield from ()

    judge(plain(), operation(), [made(probe, Counted), made(probe, Counted)])
    assert built == ["view", "probe", "probe"]


def test_a_defect_repeated_in_every_chunk_is_one_violation() -> None:
    chunks = [chunk(piece(f" {number}"), object="chunk") for number in range(50)]
    violations = verdict_of("SCHEMA-002", streamed([*chunks, CHUNKS[3]])).violations
    assert [(each.pointer, each.reason, each.chunk) for each in violations] == [("/object", "enum", 0)]


def test_two_defects_in_one_body_are_two_violations() -> None:
    content = body()
    del content["id"], content["model"]
    assert {each.pointer for each in verdict_of("SCHEMA-001", plain(content)).violations} == {"/id", "/model"}


def test_a_burst_that_a_pause_of_the_client_explains_is_inconclusive() -> None:
    burst = arriving(streamed(examples_streams.LONG), [6.99, 7.0])
    assert burst.response is not None
    assert verdict_of("SSE-011", burst).outcome == "violation"
    paused = replace(burst, response=replace(burst.response, client_paused=3.0))
    verdict = verdict_of("SSE-011", paused)
    assert (verdict.outcome, verdict.note) == (
        "inconclusive",
        "The client did not run for 3.0 s; chunks may have arrived earlier.",
    )


def test_a_transport_failure_makes_every_applicable_rule_inconclusive() -> None:
    judged = verdicts(unanswered())
    assert {each.outcome for each in judged} == {"inconclusive", "not_applicable"}
    assert all("60 s" in each.note for each in judged if each.outcome == "inconclusive")


def test_a_filtered_response_need_not_match_the_seed() -> None:
    filtered = plain(body(choice(None, finish_reason="content_filter")), seed=1)
    judged = judge_scenario(
        "chat.same-seed", {"first": plain(seed=1), "second": filtered}, operation(), rules()
    )
    assert {each.rule_id: each.outcome for each in judged}["SEED-001"] == "inconclusive"


def test_a_scenario_rule_does_not_apply_to_a_single_exchange() -> None:
    assert "SEED-001" not in {each.rule_id for each in verdicts(plain(seed=1))}


def test_a_scenario_with_a_failed_step_is_inconclusive() -> None:
    judged = judge_scenario(
        "chat.same-seed", {"first": plain(), "second": unanswered()}, operation(), rules()
    )
    by_id = {each.rule_id: each.outcome for each in judged}
    assert by_id["SEED-001"] == "inconclusive"
    assert by_id["STREAM-PLAIN-001"] == "not_applicable"


@pytest.mark.parametrize("second", [plain(status=500), plain({"error": {}}, status=429)])
def test_a_scenario_with_a_rejected_step_is_inconclusive(second: Exchange) -> None:
    judged = judge_scenario(
        "chat.same-seed", {"first": plain(seed=1), "second": second}, operation(), rules()
    )
    assert {each.outcome for each in judged if each.rule_id == "SEED-001"} == {"inconclusive"}


def test_a_scenario_without_a_step_is_inconclusive() -> None:
    def compare(scenario: TextSameSeed) -> Iterator[Violation]:
        yield scenario.second.violates("", scenario.first.case.id)

    (verdict,) = judge_scenario(
        "chat.same-seed", {"second": plain()}, operation(), [made(compare, TextSameSeed)]
    )
    assert (verdict.outcome, verdict.note) == ("inconclusive", "The step 'first' was not sent.")


def test_different_fingerprints_prove_nothing_about_a_seed() -> None:
    steps = {
        "first": plain(seed=1),
        "second": plain(body(choice("Plum."), system_fingerprint="fp_2"), seed=1),
    }
    judged = judge_scenario("chat.same-seed", steps, operation(), rules())
    assert {each.outcome for each in judged if each.rule_id == "SEED-001"} == {"inconclusive"}


def test_values_that_cannot_be_serialized_become_text() -> None:
    def odd(reply: Reply) -> Iterator[Violation]:
        yield reply.violates("/\ud800", "Half \ud800.", expected=[float("inf")], actual={"a": "\udfff"})

    (violation,) = outcome(made(odd)).violations
    for content in (violation.pointer, violation.message, violation.expected, violation.actual):
        assert isinstance(content, str)
        content.encode()


# --- quirks ---


def error(**more: object) -> Exchange:
    content = {"error": {"code": "BadRequest", "message": "No.", **more}}
    return plain(content, status=400, expect="reject")


SAID = {"id": "audio_1", "transcript": "Hi."}
SEEN = {
    "preamble-chunk": streamed([PREAMBLE, *CHUNKS]),
    "filter-note-chunk": streamed([*CHUNKS, FILTER_NOTE]),
    "usage-beside-finish": streamed([*CHUNKS[:3], {**CHUNKS[3], "usage": usage()}]),
    "filtered-without-content": plain(
        body({**choice(finish_reason="content_filter"), "message": {"role": "assistant", "refusal": None}})
    ),
    "status-code-form": plain({"statusCode": 401, "message": "Unauthorized."}, status=401, expect="reject"),
    "plain-text-error": plain(b"Unsupported data type\n", status=400, expect="reject"),
    "inner-error-in-one-word": error(innererror={"code": "ResponsibleAIPolicyViolation"}),
    "status-in-error": error(status=400),
    "null-in-error": error(param=None),
    "object-of-answers-from-data": streamed(
        [{**each, "object": "extensions.chat.completion.chunk"} for each in CHUNKS],
        data_sources=[{"type": "azure_search"}],
    ),
    "audio-in-pieces": streamed([CHUNKS[0], chunk({**piece(""), "delta": {"audio": SAID}}), *CHUNKS[1:]]),
}


#: What the corrected document describes, so that it is a quirk of foreign and published ones only.
CORRECTED = {"base64-vector"}
#: Shown by recordings of the other surface, in tests/conformance/recording.
OF_MODEL_INFERENCE = {"chunks-named-as-answers"}
#: Shown by the tests of the operations that have them, in tests/conformance/rules/flows.
OF_STORED_THINGS = {"upload-answered-200", "upload-answered-201", "version-needed", "version-not-needed"}


@pytest.mark.parametrize(
    "quirk",
    [each for each in QUIRKS if each.id not in CORRECTED | OF_MODEL_INFERENCE | OF_STORED_THINGS],
    ids=lambda each: each.id,
)
def test_a_quirk_is_detected_accepted_and_named(quirk: object) -> None:
    (found,) = [each for each in QUIRKS if each is quirk]
    exchange = SEEN[found.id]
    assert found.id in {each.id for each in quirks_seen(exchange, operation())}
    named = {each.rule_id for each in verdicts(exchange) if found.id in each.quirks}
    assert named
    assert named <= found.excuses
    reported = {each.rule_id for each in verdicts(exchange) if each.outcome == "violation"}
    assert not reported & found.excuses


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda each: each.id)
def test_a_quirk_is_not_detected_in_ordinary_responses(quirk: object) -> None:
    (found,) = [each for each in QUIRKS if each is quirk]
    for exchange in (plain(), streamed(), plain({"error": {"code": "404", "message": "No."}}, status=404)):
        assert found not in quirks_seen(exchange, operation())


def test_quirks_have_sources_and_excuse_existing_rules() -> None:
    known = {rule.id for rule in rules()}
    for quirk in known_quirks():
        assert quirk.source.startswith("https://")
        assert quirk.excuses <= known


def test_the_same_defects_without_the_quirk_are_reported() -> None:
    assert (
        verdict_of("SCHEMA-002", streamed([{**PREAMBLE, "id": "chatcmpl-1"}, *CHUNKS])).outcome == "violation"
    )
    no_delta = {name: value for name, value in CHUNKS[1]["choices"][0].items() if name != "delta"}
    assert (
        verdict_of("SCHEMA-002", streamed([*CHUNKS[:1], chunk(no_delta), *CHUNKS[2:]])).outcome == "violation"
    )
    silent = {**choice(), "message": {"role": "assistant", "refusal": None}}
    assert verdict_of("SCHEMA-001", plain(body(silent))).outcome == "violation"


def test_the_catalogue_finds_every_module_of_rules() -> None:
    topics = {rule.topic for rule in rules()}
    assert topics == {name.rpartition(".")[2] for name in catalogue.MODULES}


def test_every_view_has_a_description() -> None:
    assert {rule.view.__doc__ is not None for rule in rules()} == {True}
    assert ChatReply.of(plain(), operation()) is not None
