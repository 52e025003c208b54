"""The Python code of a card sends the request of the record."""

from __future__ import annotations

import contextlib
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from aoai_model.exchange import Headers, Request
from aoai_reports.formats.page.commands import LONGEST_COMMAND, commands_of
from aoai_reports.formats.page.python_code import python_code

CHAT = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
KEY: Headers = (("Content-Type", "application/json"), ("api-key", "***"))
TOKEN: Headers = (("Content-Type", "application/json"), ("Authorization", "Bearer ***"))
SENT: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Say \"hi\" 'now'.\n\u202e é"}],
    "temperature": 9,
}


class Server(HTTPServer):
    """Records the requests that it receives and answers each with 200."""

    received: list[tuple[str, str, dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.command, self.path, headers, body))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as opened:
        opened.received = []
        thread = threading.Thread(target=opened.serve_forever, args=(0.01,))
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


def code(build: Any, server: Server, path: str, headers: Headers, body: Any, method: str = "POST") -> str:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"http://127.0.0.1:{server.server_port}{path}"
    return python_code(replace(build.exchange(), request=Request(method, url, headers, content)))


def run(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "secret-key")
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "secret-token")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "card.py", "exec"), {})  # the point of the test: the code runs
    return printed.getvalue()


@pytest.mark.parametrize(
    ("path", "headers", "body", "client"),
    [
        (CHAT, KEY, SENT, "AzureOpenAI"),
        (CHAT, TOKEN, SENT, "AzureOpenAI"),
        (
            CHAT.replace("chat/completions", "embeddings"),
            KEY,
            {"input": ["a"], "encoding_format": "float"},
            "AzureOpenAI",
        ),
        ("/openai/v1/chat/completions", TOKEN, {"model": "gpt-4o", **SENT}, "OpenAI"),
        # the SDK adds encoding_format
        (CHAT.replace("chat/completions", "embeddings"), KEY, {"input": "a"}, "httpx"),
        (CHAT, KEY, {"temperature": 1}, "httpx"),  # the SDK requires messages
        (CHAT, (*KEY, ("x-ms-client-request-id", "1")), SENT, "httpx"),
        (CHAT.partition("?")[0], KEY, SENT, "httpx"),
        (CHAT, KEY, b'{"messages": [], "messages": []}', "httpx"),
        (CHAT, KEY, b"\xff not json", "httpx"),
        (CHAT, (("Content-Type", "text/plain"), ("api-key", "***")), SENT, "httpx"),
        ("/openai/batches?api-version=2024-10-21", KEY, {"input_file_id": "f"}, "httpx"),
    ],
)
def test_it_sends_the_request_of_the_record(
    build: Any, server: Server, monkeypatch: pytest.MonkeyPatch,
    path: str, headers: Headers, body: Any, client: str,
) -> None:  # fmt: skip
    text = code(build, server, path, headers, body)
    assert f"import {client}\n" in text
    assert run(text, monkeypatch) == "200 {}\n"
    ((method, sent_path, sent_headers, sent),) = server.received
    assert (method, sent_path) == ("POST", path)
    if isinstance(body, bytes):
        assert sent == body
    else:
        given = json.loads(sent)
        if client == "AzureOpenAI":
            assert given.pop("model") == "gpt-4o"  # the SDK repeats the deployment
        assert given == body
    for name, value in headers:
        filled = value.replace("***", "secret-token" if "Bearer" in value else "secret-key")
        assert sent_headers[name.lower()] == filled


def test_a_stream_is_printed_chunk_by_chunk(build: Any, server: Server) -> None:
    text = code(build, server, CHAT, KEY, {**SENT, "stream": True})
    assert "for chunk in client.chat.completions.create(" in text
    assert "stream=True" in text


def test_a_request_without_a_body_needs_no_key_that_it_did_not_send(
    build: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = code(build, server, "/openai/files?api-version=2024-10-21", (), b"", "GET")
    assert "environ" not in text
    run(text, monkeypatch)
    assert server.received[0][0] == "GET"


def test_commands_name_no_key(build: Any) -> None:
    commands = commands_of(build.exchange())
    assert "***" not in commands.python
    assert 'os.environ["AZURE_OPENAI_API_KEY"]' in commands.python


def test_a_command_is_complete_or_left_out(build: Any) -> None:
    line = build.exchange(sent={"messages": [{"role": "user", "content": "x" * LONGEST_COMMAND}]})
    commands = commands_of(line)
    assert (commands.curl, commands.python, commands.too_long) == ("", "", ("curl", "Python"))
    assert commands.replay == line.case


def test_a_case_is_one_shell_word(build: Any) -> None:
    assert commands_of(build.exchange("chat/n'; rm")).replay == "'chat/n'\"'\"'; rm'"
