"""The lists of models and deployments agree with each other and with the served deployments."""

from __future__ import annotations

from aoai_emulator.settings import DEFAULT_DEPLOYMENTS, Deployment

VERSION = "2024-06-01"


async def listed(client, path):
    response = await client.ask("GET", path, VERSION)
    assert response.status_code == 200
    assert response.json()["object"] == "list"
    return {entry["id"]: entry for entry in response.json()["data"]}


async def test_every_deployment_is_listed_with_a_model_that_is_listed(client):
    models, deployments = await listed(client, "/models"), await listed(client, "/deployments")
    assert list(deployments) == [deployment.name for deployment in DEFAULT_DEPLOYMENTS]
    assert {each["model"] for each in deployments.values()} == models.keys()
    assert all(each["object"] == "deployment" for each in deployments.values())
    assert all(each["created_at"] <= each["updated_at"] for each in deployments.values())


async def test_the_capabilities_of_a_model_match_its_deployments(client):
    models = await listed(client, "/models")
    assert models["gpt-4o-2024-08-06"]["capabilities"]["chat_completion"] is True
    assert models["gpt-4o-2024-08-06"]["capabilities"]["embeddings"] is False
    assert models["text-embedding-ada-002"]["capabilities"]["embeddings"] is True


async def test_the_lists_are_reproducible(client):
    for path in ("/models", "/deployments"):
        assert await listed(client, path) == await listed(client, path)


async def test_a_model_that_is_deployed_twice_is_listed_once(emulator):
    deployments = tuple(
        Deployment(name, "m", frozenset({kind})) for name, kind in (("a", "chat"), ("b", "completions"))
    )
    client = emulator(deployments=deployments)
    (model,) = (await listed(client, "/models")).values()
    assert (model["capabilities"]["chat_completion"], model["capabilities"]["completion"]) == (True, True)
    assert list(await listed(client, "/deployments")) == ["a", "b"]


async def test_lists_are_read_only(client):
    for path in ("/models", "/deployments"):
        answer = await client.http.post(f"/openai{path}", params={"api-version": VERSION}, json={})
        assert answer.status_code == 405
