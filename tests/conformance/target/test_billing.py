"""Operations that are sent only with --allow-billed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from aoai_conformance import api
from aoai_conformance.options import RunChoices
from aoai_conformance.target.billing import is_billed, is_emulator, without_billed
from aoai_conformance.target.selection import choose_plans, sent_plans
from aoai_conformance.target.targets import resolve_url_target
from aoai_model.case import Plan
from aoai_reports.results.point_account import NOT_ALLOWED
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

DEPLOYMENTS = {"chat": "gpt-4o"}
KEY = {"AZURE_OPENAI_API_KEY": "a-key"}
URL = "https://resource.openai.azure.com"


@cache
def newest() -> Document:
    return Catalogue.packaged().load("azure-openai@2025-01-01-preview")


@cache
def whole_plan() -> Plan:
    operations = [(newest(), list(newest().operations.values()))]
    (planned,) = choose_plans(RunChoices(), operations)
    return planned


def paths(cases: Sequence[object]) -> set[str]:
    return {newest().operation(case.operation).path for case in cases}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "path",
    [
        "/batches",
        "/batches/{batch-id}/cancel",
        "/fine_tuning/jobs",
        "/fine-tunes/{fine-tune-id}",
        "/evals/{eval_id}/runs",
        "/containers",
        "/realtime/sessions",
        "/threads/{thread_id}/runs",
    ],
)
def test_jobs_sessions_and_threads_are_billed(path: str) -> None:
    assert is_billed(path)


@pytest.mark.parametrize(
    "path", ["/deployments/{deployment-id}/chat/completions", "/files", "/uploads", "/models"]
)
def test_single_requests_and_files_are_not(path: str) -> None:
    assert not is_billed(path)


def test_nothing_is_left_that_is_billed_or_depends_on_it() -> None:
    documents = {str(newest().name): newest()}
    remaining = without_billed(whole_plan().cases, documents)
    ids = {case.id for case in remaining}
    assert not any(map(is_billed, paths(remaining)))
    assert {taken.source for case in remaining for taken in case.takes if taken.case} <= ids
    assert not any(case.id.startswith("flow.batches/") for case in remaining)
    assert {"/files", "/uploads"} <= paths(remaining)


def test_what_only_billed_cases_need_is_left_out_too() -> None:
    operations = [(newest(), [newest().operation("CreateBatch")])]
    (planned,) = choose_plans(RunChoices(), operations)
    assert any(case.origin == "preparation" for case in planned.cases)
    assert without_billed(planned.cases, {str(newest().name): newest()}) == []


def test_their_points_are_left_out_with_the_reason_and_stay_planned() -> None:
    documents = {str(newest().name): newest()}
    (allowed,) = sent_plans([whole_plan()], documents)
    (sent,) = sent_plans([whole_plan()], documents, allow_billed=False)
    left_out = {each.operation: len(each.points) for each in sent.left_out if each.cause == NOT_ALLOWED}
    assert {"CreateBatch", "GetBatch", "CancelBatch", "ListBatches"} <= left_out.keys()
    assert sent.points == allowed.points
    assert not any(each.cause == NOT_ALLOWED for each in allowed.left_out)


def test_a_plan_for_a_url_needs_permission_and_one_for_the_emulator_does_not() -> None:
    chosen = {"api_versions": ["2025-01-01-preview"], "operations": ["ListBatches"], "profile": "smoke"}
    assert api.plan(**chosen).requests > 0  # type: ignore[arg-type]
    assert api.plan(**chosen, target=URL).requests == 0  # type: ignore[arg-type]
    assert api.plan(**chosen, target=URL, allow_billed=True).requests > 0  # type: ignore[arg-type]


def test_the_emulator_is_recognized_at_a_url(serve, reply) -> None:
    server = serve(lambda _: [reply(200, {"emulator": "aoai-emulator", "version": "1"})])
    assert is_emulator(resolve_url_target(server.url, deployments=DEPLOYMENTS, environment=KEY))


@pytest.mark.parametrize("answer", [(200, {"emulator": "another"}), (404, {"error": "no"}), (200, ["text"])])
def test_another_server_is_not_the_emulator(serve, reply, answer) -> None:
    server = serve(lambda _: [reply(*answer)])
    assert not is_emulator(resolve_url_target(server.url, deployments=DEPLOYMENTS, environment=KEY))


def test_a_server_that_does_not_respond_is_not_the_emulator() -> None:
    target = resolve_url_target("http://127.0.0.1:9", deployments=DEPLOYMENTS, environment=KEY)
    assert not is_emulator(target)
