"""What a trial sends, and that cached verdicts equal those of a plain judge."""

from __future__ import annotations

from functools import cache

import pytest

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, JudgedExchange
from aoai_conformance.rule import rules
from aoai_conformance.selftest.trial_judging import judge_of
from aoai_conformance.selftest.trials import Trial
from aoai_conformance.target.emulator_process import EmulatorSettings
from aoai_model.case import Case
from aoai_model.exchange import Request, Response
from aoai_specs.catalogue import Catalogue
from aoai_strategies.planning.planning import plan

NEWEST = "azure-openai@2025-01-01-preview"
DOCUMENT = "azure-openai@2024-10-21"


@cache
def planned(document: str) -> tuple[Case, ...]:
    return plan(Catalogue.packaged().load(document)).cases


def trial(document: str, *kinds: str, **how: bool) -> Trial:
    return Trial("a fault", EmulatorSettings(), document, frozenset(kinds), **how)


def test_a_trial_sends_only_the_cases_of_its_kinds_if_they_need_no_others() -> None:
    sent = trial(DOCUMENT, "chat").cases(planned(DOCUMENT))
    assert {case.kind for case in sent} == {"chat"}


def test_a_trial_also_sends_the_cases_its_own_depend_on_and_whole_flows() -> None:
    sent = trial(NEWEST, "batch-get", accepted_only=True).cases(planned(NEWEST))
    ids = {case.id for case in sent}
    assert {"file-upload", "batch-create", "batch-get"} <= {case.kind for case in sent}
    assert all(taken.case in ids for case in sent for taken in case.takes if taken.case)
    flows = {case.scenario.id for case in sent if case.scenario is not None}
    whole = [case for case in planned(NEWEST) if case.scenario and case.scenario.id in flows]
    assert {case.id for case in whole} <= ids


def test_requests_to_be_rejected_are_omitted_if_the_fault_affects_accepted_ones_only() -> None:
    sent = trial(DOCUMENT, "chat", accepted_only=True).cases(planned(DOCUMENT))
    assert all(case.expect != "reject" for case in sent)


def test_a_sample_has_one_point_of_every_sort() -> None:
    whole = [case for case in planned(DOCUMENT) if case.origin == "point"]
    sent = trial(DOCUMENT, sampled=True).cases(planned(DOCUMENT))
    sampled = [case for case in sent if case.origin == "point"]

    def sort(case: Case) -> tuple[str, str, str]:
        constraint, _, side = case.points[0].id.rpartition(":")
        return case.operation, constraint.rpartition(".")[2], side

    assert {sort(case) for case in sampled} == {sort(case) for case in whole}
    assert len({sort(case) for case in sampled}) == len(sampled)
    assert len(sent) - len(sampled) == len(planned(DOCUMENT)) - len(whole)


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_rejection_gets_the_same_verdicts_as_without_a_cache(status: int) -> None:
    document = Catalogue.packaged().load(DOCUMENT)
    case = next(case for case in planned(DOCUMENT) if case.expect == "reject")
    plain = Judge({DOCUMENT: document}, rules())
    caching = judge_of(document)

    def exchange(identity: str, body: bytes) -> Exchange:
        headers = (("content-type", "application/json"), ("apim-request-id", identity))
        request = Request("POST", "http://127.0.0.1:1/openai/x?api-version=2024-10-21", (), b"{}")
        return Exchange(case, request, Response(status, headers, body))

    for identity in ("0f0e0d0c-0b0a-4908-8706-050403020100", "1f0e0d0c-0b0a-4908-8706-050403020100", ""):
        for body in (b'{"error":{"code":"x","message":"y"}}', b'{"detail":"y"}', b""):
            wanted, given = plain(exchange(identity, body)), caching(exchange(identity, body))
            assert isinstance(wanted, JudgedExchange)
            assert isinstance(given, JudgedExchange)
            expected = [verdict for verdict in wanted.verdicts if verdict.outcome != "not_applicable"]
            assert [each for each in given.verdicts if each.outcome != "not_applicable"] == expected
