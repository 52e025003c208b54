"""What the emulator logs: what was not found and what is available, each line once."""

from __future__ import annotations

import logging

import httpx
import pytest

from aoai_emulator.addresses.notices import LOGGER, MOST_REMEMBERED, Notices
from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings

BODY = {"messages": [{"role": "user", "content": "hi"}]}
CHAT = "/openai/deployments/gpt-4o/chat/completions"


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, LOGGER.name)
    return lambda: [record.getMessage() for record in caplog.records if record.name == LOGGER.name]


@pytest.fixture
def http(document):
    app = create_app(Settings(documents=(document,), versions="nearest"))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://emulator.test", headers={"api-key": "any"}
    )


async def post(http, path=CHAT, version="2024-10-21"):
    return await http.post(path, params={"api-version": version}, json=BODY)


async def test_an_unknown_deployment_is_named_beside_those_that_exist(http, lines):
    await post(http, "/openai/deployments/nobody/chat/completions")
    (line,) = lines()
    assert line.startswith("404 for POST /openai/deployments/nobody/chat/completions: there is no deployment")
    assert "Available: gpt-4o, gpt-35-turbo-instruct" in line


async def test_an_unknown_version_is_named_beside_those_that_are_served(http, lines):
    await post(http, version="1999-01-01")
    (line,) = lines()
    assert "api-version 1999-01-01 is not served here. Available: 2023-03-15-preview, " in line


async def test_an_unknown_path_is_named_beside_similar_ones(http, lines):
    await post(http, "/openai/deployment/gpt-4o/chat/completions")
    (line,) = lines()
    assert "Similar paths: /openai/deployments/{deployment-id}/chat/completions" in line


async def test_the_document_of_another_version_is_named(http, lines):
    await post(http, version="2025-02-01-preview")
    (line,) = lines()
    assert line == (
        "api-version 2025-02-01-preview of /deployments/{deployment-id}/chat/completions is served by "
        "azure-openai@2024-10-21."
    )


async def test_a_line_is_logged_once(http, lines):
    for _ in range(3):
        await post(http, version="1999-01-01")
        await post(http, version="2025-02-01-preview")
    assert len(lines()) == 2


async def test_a_rejection_of_the_body_is_not_logged(http, lines):
    await http.post(CHAT, params={"api-version": "2024-10-21"}, json={})
    assert lines() == []


async def test_the_text_of_a_client_is_escaped_and_cut(http, lines):
    await post(http, "/openai/%1b%5b31m%0dé/" + "x" * 500, version="2024-10-21")
    (line,) = lines()
    assert line.isprintable()
    assert "\\x1b[31m\\r\\xe9" in line
    assert "x" * 200 not in line


async def test_only_so_many_lines_are_remembered():
    notices = Notices(())
    for number in range(MOST_REMEMBERED + 10):
        notices._log(str(number))
    assert len(notices._logged) == MOST_REMEMBERED
