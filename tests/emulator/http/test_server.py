"""The emulator as a process: its ready line, its arguments, its exit codes, and many requests at once."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from aoai_emulator.__main__ import main
from aoai_emulator.server import ServingError, address_of, listen

BODY = {"messages": [{"role": "user", "content": "hi"}]}


def test_it_prints_its_url_when_ready_and_answers_there():
    command = [sys.executable, "-m", "aoai_emulator", "--api-key", "k", "--flavour", "strict", "--seed", "4"]
    command += ["--fault", "chat-object-wrong", "--fault", "chat-n-ignored"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("aoai-emulator ready at http://127.0.0.1:")
            url = line.split()[-1]
            identification = httpx.get(url).json()
            assert identification["faults"] == ["chat-object-wrong", "chat-n-ignored"]
            assert identification["flavour"] == "strict"
            chat = f"{url}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
            assert httpx.post(chat, json=BODY, headers={"api-key": "k"}).json()["object"] == "text_completion"
            assert httpx.post(chat, json=BODY, headers={"api-key": "other"}).status_code == 401
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)


def test_a_port_in_use_is_one_sentence_and_exit_code_2(capfd):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert capfd.readouterr().err == (
        f"Port {port} on 127.0.0.1 is in use; choose another with --port, or 0 for a free one.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fault", "stream-done-mising"], "did you mean 'stream-done-missing'?"),
        (["--host", "no.such.host.invalid"], "cannot listen on 'no.such.host.invalid'"),
        (["--port", "99999"], "Port 99999 does not exist"),
        (["--spec", "/no/such/file.yaml"], "/no/such/file.yaml"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_exit_code_2(capfd, arguments, sentence):
    assert main(arguments) == 2
    reported = capfd.readouterr().err
    assert sentence in reported
    assert reported.count("\n") == 1
    assert "Traceback" not in reported


def test_an_unknown_flavour_is_rejected():
    with pytest.raises(SystemExit) as ended:
        main(["--flavour", "sweet"])
    assert ended.value.code == 2


def test_a_free_port_is_chosen():
    with listen("127.0.0.1", 0) as one, listen("127.0.0.1", 0) as other:
        assert address_of(one) != address_of(other)
        with pytest.raises(ServingError):
            listen("127.0.0.1", one.getsockname()[1])


async def test_many_requests_at_once_are_all_answered(served):
    url = f"{served}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    async with httpx.AsyncClient(headers={"api-key": "any"}) as http:
        streams = [http.post(url, json={**BODY, "stream": True}) for _ in range(20)]
        plain = [http.post(url, json={**BODY, "n": 2}) for _ in range(20)]
        replies = await asyncio.gather(*streams, *plain)
    assert {reply.status_code for reply in replies} == {200}
    assert all(reply.text.endswith("data: [DONE]\n\n") for reply in replies[:20])


async def test_a_stream_arrives_in_pieces(served):
    url = f"{served}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    async with (
        httpx.AsyncClient(headers={"api-key": "any"}) as http,
        http.stream("POST", url, json={**BODY, "stream": True}) as reply,
    ):
        pieces = [piece async for piece in reply.aiter_raw()]
    assert len(pieces) > 5


async def test_a_client_that_disconnects_early_does_no_harm(served):
    url = f"{served}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    async with httpx.AsyncClient(headers={"api-key": "any"}) as http:
        for _ in range(3):
            async with http.stream("POST", url, json={**BODY, "stream": True, "n": 64}) as reply:
                await anext(reply.aiter_raw())
        assert (await http.post(url, json=BODY)).status_code == 200


async def test_an_endless_body_is_cut_off(served):
    url = f"{served}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"

    async def endless():
        for _ in range(400):
            yield b" " * 65536

    headers = {"api-key": "any", "content-type": "application/json"}
    async with httpx.AsyncClient(headers=headers) as http:
        try:
            reply = await http.post(url, content=endless())
            assert reply.status_code == 413
        except (httpx.WriteError, httpx.ReadError):
            pass  # the server closed the connection while the body was still coming
        assert (await http.post(url, json=BODY)).status_code == 200
