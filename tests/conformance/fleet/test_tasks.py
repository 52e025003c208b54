"""A fleet has one task for each target and document; what is sent to workers names secrets but has none."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from aoai_conformance.fleet.tasks import ANY_DEPLOYMENT, RunTask, TaskPlanner
from aoai_conformance.options import RunChoices
from aoai_conformance.run.resumption import read_choices
from aoai_specs.errors import ConformanceError

GA, OLDER = "2024-10-21", "2024-06-01"
DESCRIPTION = """openapi: 3.1.0
info: {{title: own, version: {version}}}
paths: {{/chat/completions: {{post: {{operationId: Chat, responses: {{'200': {{description: ok}}}}}}}}}}
"""
CANARY = "canary-9f8e7d6c5b4a39281706"


def tasks(**choices: object) -> list[RunTask]:
    return list(TaskPlanner().tasks_of("prod", RunChoices(**choices)))  # type: ignore[arg-type]


def choices(task: RunTask) -> RunChoices:
    return read_choices(task.choices)


def test_each_api_version_is_a_task() -> None:
    both = tasks(api_versions=(GA, OLDER))
    assert [each.document for each in both] == [f"azure-openai@{GA}", f"azure-openai@{OLDER}"]
    assert [choices(each).api_versions for each in both] == [(GA,), (OLDER,)]
    assert [each.folder for each in both] == [f"prod/azure-openai@{GA}", f"prod/azure-openai@{OLDER}"]


def test_a_target_without_api_versions_is_one_task() -> None:
    (only,) = tasks()
    assert (only.document, choices(only).api_versions) == (f"azure-openai@{GA}", ())


def test_a_description_and_an_api_version_are_two_tasks(tmp_path: Path) -> None:
    spec = tmp_path / "own.yaml"
    spec.write_text(DESCRIPTION.format(version="2030-01-01"))
    own, packaged = tasks(specs=(str(spec),), api_versions=(GA,))
    assert (choices(own).specs, choices(own).api_versions) == ((str(spec),), ())
    assert (choices(packaged).specs, choices(packaged).api_versions) == ((), (GA,))


def test_a_description_without_an_api_version_takes_the_only_one(tmp_path: Path) -> None:
    spec = tmp_path / "own.yaml"
    spec.write_text(DESCRIPTION.format(version="'1.0'"))
    (only,) = tasks(specs=(str(spec),), api_versions=(GA,))
    assert (choices(only).specs, choices(only).api_versions) == ((str(spec),), (GA,))


def test_the_documents_of_a_target_share_its_budget() -> None:
    both = tasks(api_versions=(GA, OLDER), max_requests=25, max_cost=3.0)
    assert [choices(each).max_requests for each in both] == [13, 12]
    assert [choices(each).max_cost for each in both] == [1.5, 1.5]


def test_a_budget_of_less_than_a_request_for_each_document_is_wrong_usage() -> None:
    with pytest.raises(ConformanceError, match=r"targets.prod: `max-requests` is 1, less than one for each"):
        tasks(api_versions=(GA, OLDER), max_requests=1)


@pytest.mark.parametrize("option", ["out", "events"])
def test_an_option_that_a_fleet_chooses_is_wrong_usage(option: str) -> None:
    with pytest.raises(ConformanceError, match=f"targets.prod: `{option}` is for `run`"):
        tasks(**{option: Path("x")})


def test_a_description_on_standard_input_is_wrong_usage() -> None:
    with pytest.raises(ConformanceError, match="standard input"):
        tasks(specs=("-",))


def test_paths_do_not_depend_on_the_folder_of_a_worker() -> None:
    (only,) = tasks(prices=Path("prices.yaml"))
    assert choices(only).prices == Path.cwd() / "prices.yaml"


def test_a_task_names_the_address_and_the_deployments_that_it_uses() -> None:
    (only,) = tasks(target="https://Prod.example.com/x", deployments=("chat=gpt", "embeddings=small"))
    assert (only.host, only.deployments) == ("prod.example.com", ("gpt", "small"))
    (unnamed,) = tasks(target="http://127.0.0.1:8000")
    assert unnamed.deployments == (ANY_DEPLOYMENT,)


def test_an_emulator_is_no_host_that_others_share() -> None:
    assert tasks()[0].host == ""


def test_no_secret_is_in_what_workers_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_OPENAI_API_KEY", "TEAM_TOKEN", "PROXY_PASSWORD", "DB_PASSWORD"):
        monkeypatch.setenv(name, CANARY)
    target = RunChoices(
        target="https://prod.example.com",
        deployments=("chat=gpt",),
        headers=("x-team-token=${TEAM_TOKEN}",),
        proxy="http://me:${PROXY_PASSWORD}@proxy.example.com:8080",
    )
    history = "postgresql+psycopg://nightly:${DB_PASSWORD}@db.example.com/quality"
    (task,) = TaskPlanner().tasks_of("prod", target, history)
    sent = pickle.dumps(task)
    assert CANARY.encode() not in sent
    assert b"${TEAM_TOKEN}" in sent
    assert b"${DB_PASSWORD}" in sent
