"""Requests of web pages: preflights without a key, and responses that the page may read."""

from __future__ import annotations

import pytest

CHAT = "/openai/deployments/gpt-4o/chat/completions"
BODY = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 3}
PAGE = {"origin": "https://page.example.com"}
ALLOW_ORIGIN = "access-control-allow-origin"


@pytest.fixture
def http(client):
    return client.http


@pytest.mark.parametrize("path", [CHAT, "/v1/chat/completions", "/nowhere", "/"])
async def test_a_preflight_needs_no_key(http, path):
    del http.headers["api-key"]
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "api-key,x-a"}
    response = await http.options(path, headers={**PAGE, **asked})
    assert response.status_code == 204
    assert response.headers[ALLOW_ORIGIN] == "*"
    assert "POST" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == "api-key,x-a"


async def test_an_excessive_preflight_gets_a_short_answer(http):
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "a" * 5000}
    response = await http.options(CHAT, headers={**PAGE, **asked})
    assert response.headers["access-control-allow-headers"] == "*"


@pytest.mark.parametrize("fields", [{}, {"temperature": 3}, {"stream": True}])
async def test_every_response_can_be_read_by_the_page(http, fields):
    response = await http.post(CHAT, json={**BODY, **fields}, headers=PAGE)
    assert response.headers.get_list(ALLOW_ORIGIN) == ["*"]
    wrong = await http.post(CHAT, json=BODY, headers={**PAGE, "api-key": "wrong"})
    assert (wrong.status_code, wrong.headers[ALLOW_ORIGIN]) == (401, "*")


async def test_options_without_an_origin_is_no_preflight(http):
    response = await http.options(CHAT, headers={"access-control-request-method": "POST"})
    assert response.status_code == 405


async def test_a_client_that_is_no_page_sees_no_difference(emulator):
    response = await emulator(flavour="strict").http.post(CHAT, json=BODY)
    assert ALLOW_ORIGIN not in response.headers


async def test_health_needs_no_key(http):
    del http.headers["api-key"]
    response = await http.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
