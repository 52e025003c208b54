"""Judging accepts known deviations, names them, and reports everything else once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from by_case import NAME, answered, case, failed, operation

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.quirks.deviations import Deviation
from aoai_conformance.quirks.quirks import QuirkTable
from aoai_conformance.rule import Inconclusive, NotApplicable, Rule
from aoai_conformance.views.exchange_views import Reply
from aoai_conformance.views.scenarios import ScenarioView
from aoai_model.verdict import Verdict, Violation
from aoai_specs.errors import MissingExtraError

CLAUSE = f"{NAME}#/info"
KNOWN = Deviation(
    id="known",
    description="A is always bad.",
    source="https://example.com",
    excuses=frozenset({"T-001"}),
    place="/a",
    reasons=frozenset({"bad"}),
)


def bad(pointer: str, reason: str = "bad", point: str | None = None) -> Violation:
    return Violation(pointer, "It is bad.", reason=reason, point=point)


def judged(found: Iterable[Violation], *, then: str = "", id_: str = "T-001") -> Verdict:
    def probe(reply: Reply) -> Iterator[Violation]:
        assert reply.status == 200
        yield from found
        if then:
            raise Inconclusive(then)

    rule = Rule(
        id_, "must", "be good", "azure-openai@2024-10-21#/info", frozenset(), None, None, Reply, probe
    )
    (verdict,) = judge(answered(case()), operation(), [rule], QuirkTable((), (KNOWN,)))
    return verdict


def test_a_known_deviation_passes_and_is_named() -> None:
    verdict = judged([bad("/a")])
    assert (verdict.outcome, verdict.violations, verdict.quirks) == ("pass", (), ("known",))
    assert verdict.note == f"{KNOWN.note}."


def test_another_place_reason_or_rule_is_a_violation() -> None:
    for verdict in (judged([bad("/b")]), judged([bad("/a", "worse")]), judged([bad("/a")], id_="T-002")):
        assert (verdict.outcome, verdict.quirks) == ("violation", ())


def test_a_deviation_beside_a_violation_is_named_with_it() -> None:
    verdict = judged([bad("/a"), bad("/b")])
    assert (verdict.outcome, [each.pointer for each in verdict.violations]) == ("violation", ["/b"])
    assert verdict.quirks == ("known",)


def test_a_deviation_before_an_inconclusive_check_stays_named() -> None:
    verdict = judged([bad("/a")], then="the rest is unknown")
    assert (verdict.outcome, verdict.quirks) == ("inconclusive", ("known",))
    assert verdict.note == "The rest is unknown."


def test_a_probe_that_finds_nothing_to_check_passes_nothing() -> None:
    def idle(_: Reply) -> Iterator[Violation]:
        yield from ()

    def unfit(reply: Reply) -> Iterator[Violation]:
        assert reply.status == 200
        raise NotApplicable
        yield

    for probe in (idle, unfit):
        rule = Rule("T-001", "must", "be good", CLAUSE, frozenset(), None, None, Reply, probe)
        (verdict,) = judge(answered(case()), operation(), [rule])
        assert verdict.outcome == "not_applicable"


class Pair(ScenarioView):
    """Two steps of a scenario."""

    kinds = frozenset({"pair"})


def scenario(second: Exchange, kind: str = "pair") -> Verdict:
    def probe(_: Pair) -> Iterator[Violation]:
        yield bad("/b")

    rule = Rule("T-001", "must", "be good", CLAUSE, frozenset(), None, None, Pair, probe)
    (verdict,) = judge_scenario(kind, {"one": answered(case()), "two": second}, operation(), [rule])
    return verdict


def test_a_scenario_is_judged_if_every_step_has_a_response() -> None:
    assert scenario(answered(case())).outcome == "violation"
    assert scenario(answered(case()), "triple").outcome == "not_applicable"


def test_a_scenario_with_a_failed_step_is_inconclusive_and_names_the_step() -> None:
    verdict = scenario(failed(case()))
    assert (verdict.outcome, verdict.note) == ("inconclusive", "The step 'two' has no response.")


def test_a_scenario_with_an_omitted_step_is_not_judged() -> None:
    assert scenario(failed(case(), "budget")).outcome == "not_applicable"


def test_nothing_found_is_a_plain_pass() -> None:
    assert judged([]) == Verdict("T-001", "pass")


def test_violations_differ_by_place_reason_and_point_and_are_reported_once() -> None:
    found = [bad("/b"), bad("/b"), bad("/c"), bad("/b", "worse"), bad("/b", point="n.minimum:at")]
    content = [(each.pointer, each.reason, each.point) for each in judged(found).violations]
    assert content == [
        ("/b", "bad", None),
        ("/c", "bad", None),
        ("/b", "worse", None),
        ("/b", "bad", "n.minimum:at"),
    ]


def test_a_probe_without_its_extra_is_inconclusive_and_names_the_extra() -> None:
    def probe(reply: Reply) -> Iterator[Violation]:
        assert reply.status == 200
        raise MissingExtraError("audio", "Decoding audio")
        yield bad("/a")

    rule = Rule("T-001", "must", "be good", CLAUSE, frozenset(), None, None, Reply, probe)
    (verdict,) = judge(answered(case()), operation(), [rule])
    assert (verdict.outcome, verdict.missing_extra) == ("inconclusive", "audio")
    assert verdict.note.startswith("Decoding audio needs the extra audio, which is not installed; run `pip")
