"""Ingestion jobs: started, followed through their stages, listed, restarted."""

from __future__ import annotations

import pytest

VERSION = "2023-10-01-preview"
PATH = "/extensions/on-your-data/ingestion-jobs"
HEADERS = {
    "searchServiceEndpoint": "https://example.search.windows.net",
    "storageConnectionString": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5Cg==",
    "storageContainer": "documents",
}


async def start(client, name="job-1", *, headers=None, without=(), **fields):
    named = {key: value for key, value in {**HEADERS, **(headers or {})}.items() if key not in without}
    body = {"dataRefreshIntervalInMinutes": 10, **fields}
    return await client.ask("PUT", f"{PATH}/{name}", VERSION, json=body, headers=named)


async def status(client, name="job-1"):
    return await client.ask("GET", f"{PATH}/{name}", VERSION)


async def listed(client):
    response = await client.ask("GET", PATH, VERSION)
    assert response.status_code == 200
    return response.json()["value"]


def stages(body):
    return {stage["name"]: stage for stage in body["progress"]["stageProgress"]}


async def test_a_started_job_runs_and_reports_its_settings(client):
    response = await start(client, "index-7", completionAction="keepAllAssets", chunkSize=512)
    assert response.status_code == 200
    body = response.json()
    assert body["id"] == "index-7"
    assert body["dataRefreshIntervalInMinutes"] == 10
    assert body["completionAction"] == "keepAllAssets"
    assert body["status"] == "running"
    assert body["warnings"] == []
    assert list(stages(body)) == ["Preprocessing", "Indexing"]


async def test_assets_are_cleaned_up_by_default(client):
    assert (await start(client)).json()["completionAction"] == "cleanUpAssets"


async def test_the_stages_advance_in_order_and_never_go_back(client):
    body = (await start(client)).json()
    before = stages(body)
    while body["status"] == "running":
        now = stages(body)
        for name, stage in now.items():
            assert before[name]["processedItems"] <= stage["processedItems"] <= stage["totalItems"]
            assert stage["totalItems"] == before[name]["totalItems"] > 0
        if now["Preprocessing"]["processedItems"] < now["Preprocessing"]["totalItems"]:
            assert now["Indexing"]["processedItems"] == 0
        before = now
        client.turn(0.03)
        body = (await status(client)).json()
    assert before["Indexing"]["processedItems"] > 0
    assert body["status"] == "succeeded"
    assert body.keys() == {"id", "dataRefreshIntervalInMinutes", "completionAction", "status", "warnings"}


@pytest.mark.parametrize(
    "headers",
    [
        {"searchServiceEndpoint": "nowhere"},
        {"searchServiceEndpoint": "https://["},
        {"storageConnectionString": "AccountName=a"},
        {"storageConnectionString": "AccountName=a;AccountKey="},
        {"url": "ftp://example.com"},
        {"embeddingEndpoint": "none", "embeddingKey": "key"},
    ],
)
async def test_an_impossible_job_fails_with_an_error(client, headers):
    assert (await start(client, headers=headers)).json()["status"] == "running"
    client.turn(0.2)
    body = (await status(client)).json()
    assert body["status"] == "failed"
    assert body["error"]["code"] == "BadRequest"
    assert body["error"]["message"]


@pytest.mark.parametrize("missing", sorted(HEADERS))
async def test_rejects_a_job_without_a_required_header(client, missing):
    response = await start(client, without=[missing])
    assert response.status_code == 400
    assert missing in response.json()["error"]["message"]
    assert await listed(client) == []


async def test_rejects_an_embedding_endpoint_without_its_key(client):
    response = await start(client, headers={"embeddingEndpoint": "https://example.com"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"completionAction": "forgetAll"},
        {"dataRefreshIntervalInMinutes": "often"},
        {"chunkSize": "small"},
        {"dataRefreshIntervalInMinutes": None},
    ],
)
async def test_rejects_a_body_that_the_document_does_not_declare(client, fields):
    assert (await start(client, **fields)).status_code == 400


async def test_every_job_is_the_same_in_the_list_and_alone(client):
    await start(client, "first")
    await start(client, "second", headers={"searchServiceEndpoint": "nowhere"})
    client.turn(5)
    jobs = await listed(client)
    assert [(job["id"], job["status"]) for job in jobs] == [("first", "succeeded"), ("second", "failed")]
    assert jobs == [(await status(client, name)).json() for name in ("first", "second")]


async def test_a_running_job_that_is_restarted_continues_with_the_new_settings(client):
    await start(client)
    client.turn(0.4)
    before = stages((await status(client)).json())
    body = (await start(client, completionAction="keepAllAssets")).json()
    assert stages(body) == before
    assert body["completionAction"] == "keepAllAssets"
    assert len(await listed(client)) == 1


async def test_a_finished_job_that_is_restarted_begins_again(client):
    await start(client)
    client.turn(5)
    assert (await status(client)).json()["status"] == "succeeded"
    body = (await start(client)).json()
    assert body["status"] == "running"
    assert all(stage["processedItems"] == 0 for stage in stages(body).values())


async def test_an_unknown_job_is_not_found(client):
    response = await status(client, "nobody")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "NotFound"


async def test_only_the_latest_jobs_are_remembered(emulator):
    client = emulator()
    for number in range(101):
        await start(client, f"job-{number}")
    assert len(await listed(client)) == 100
    assert (await status(client, "job-0")).status_code == 404


async def test_rejects_a_name_that_is_too_long(client):
    assert (await start(client, "a" * 129)).status_code == 400
