"""The emulator responds from a tape, or passes requests on, where no fixture matches."""

from __future__ import annotations

import json

import pytest

from aoai_emulator.traffic.forwarding import ForwardedResponse
from aoai_emulator.traffic.recorded_exchange import RecordedExchange

from .asking import ask, message
from .conftest import USER, chunks

PATH = "/openai/deployments/gpt-4o/chat/completions"
CHUNKS = (b'data: {"id":"x","choices":[]}\n\n', b"data: [DONE]\n\n")


def recorded(fields, *pieces, status=200, headers=(("Content-Type", "application/json"),)):
    body = json.dumps({"messages": [USER], **fields}).encode()
    return RecordedExchange(
        "request-1", "POST", PATH, (("api-version", "1"),), "application/json", body, status, headers, pieces
    )


class Forwarding:
    """Another server: it notes what it gets and responds in two pieces."""

    def __init__(self):
        self.received = []

    async def __call__(self, request):
        self.received.append(request)

        async def body():
            yield b"for"
            yield b"warded"

        return ForwardedResponse(203, ((b"X-From", b"there"),), body())


async def test_a_recorded_response_is_sent_with_its_status_headers_and_body(emulator):
    headers = (
        ("Content-Type", "application/json"),
        ("X-Id", "7"),
        ("Content-Length", "999"),
        ("X-Key", "***"),
    )
    client = emulator(recorded=(recorded({}, b'{"recorded": 1}', status=429, headers=headers),))
    response = await client.chat(checked=False)
    assert (response.status_code, response.text) == (429, '{"recorded": 1}')
    assert (response.headers["x-id"], response.headers["content-length"]) == ("7", "15")
    assert "x-key" not in response.headers


async def test_a_recorded_stream_is_sent_in_its_chunks(emulator):
    stream = recorded({"stream": True}, *CHUNKS, headers=(("Content-Type", "text/event-stream"),))
    response = await emulator(recorded=(stream,)).chat(stream=True, checked=False)
    assert chunks(response) == [{"id": "x", "choices": []}]


async def test_a_request_without_a_recorded_response_gets_a_404_that_names_the_nearest(emulator):
    client = emulator(recorded=(recorded({"seed": 1}, b"{}"),))
    response = await client.chat(seed=2, checked=False)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "RecordedResponseNotFound")
    assert response.json()["error"]["message"] == (
        f"No recorded response belongs to POST {PATH}. "
        f"The nearest recorded request is request-1, POST {PATH}; "
        "its body differs at /seed: recorded 1, received 2."
    )


async def test_a_wrong_key_is_rejected_before_anything_is_replayed(emulator):
    client = emulator(recorded=(recorded({}, b"{}"),), forward=Forwarding(), api_key="right")
    assert (await client.chat()).status_code == 401


async def test_a_fixture_comes_first(emulator):
    fixture = {"response": {"text": "Mine."}}
    client = emulator(recorded=(recorded({}, b"{}"),), forward=Forwarding(), fixtures=(fixture,))
    assert message(await ask(client.chat()))["content"] == "Mine."


async def test_passes_on_what_nothing_matches(emulator):
    there = Forwarding()
    client = emulator(recorded=(recorded({}, b'{"recorded": 1}'),), forward=there)
    assert (await client.chat(checked=False)).json() == {"recorded": 1}
    response = await client.chat(seed=3, checked=False)
    assert (response.status_code, response.text, response.headers["x-from"]) == (203, "forwarded", "there")
    (request,) = there.received
    assert (request.method, request.target) == ("POST", f"{PATH}?api-version=2024-10-21")
    assert json.loads(request.body)["seed"] == 3


async def test_passes_on_every_request_on_request(emulator):
    fixture = {"response": {"text": "Mine."}}
    client = emulator(
        recorded=(recorded({}, b"{}"),), forward=Forwarding(), forward_all=True, fixtures=(fixture,)
    )
    assert (await client.chat(checked=False)).text == "forwarded"


async def test_reset_starts_the_recording_again(emulator):
    client = emulator(recorded=(recorded({}, b"1"), recorded({}, b"2")), has_control=True)
    assert [(await client.chat(checked=False)).text for _ in range(3)] == ["1", "2", "2"]
    await client.http.post("/_emulator/state/reset")
    assert (await client.chat(checked=False)).text == "1"


async def test_failures_on_demand_apply_to_what_is_replayed_or_passed_on(emulator):
    there = Forwarding()
    client = emulator(recorded=(recorded({}, b"0123456789"),), forward=there, has_control=True)
    for fields in ({}, {"seed": 1}):
        body = {"messages": [USER], **fields}
        error = await client.http.post(PATH, json=body, headers={"x-emulate-fault": "error-500"})
        assert error.status_code == 500
        with pytest.raises(ConnectionResetError):
            await client.http.post(PATH, json=body, headers={"x-emulate-fault": "transport-cut,bytes=3"})
    (request,) = there.received
    assert b"x-emulate-fault" not in dict(request.headers)


@pytest.mark.parametrize("path", ["/", "/_emulator/state"])
async def test_pages_of_the_emulator_itself_are_not_passed_on(emulator, path):
    there = Forwarding()
    client = emulator(forward=there, forward_all=True, has_control=True)
    assert (await client.http.get(path)).status_code == 200
    assert there.received == []


async def test_a_recorded_response_is_cut_on_demand(emulator):
    client = emulator("transport-cut", recorded=(recorded({}, b'{"recorded": 1}'),))
    with pytest.raises(ConnectionResetError):
        await client.chat(checked=False)
