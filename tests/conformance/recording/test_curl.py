"""Curl lines, run by a real shell if available."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from aoai_conformance.recording.curl import LONGEST_INLINE, curl_line
from aoai_model.exchange import Request

HEADERS = (
    ("Host", "x"),
    ("User-Agent", "aoai-conformance/0.1.0"),
    ("Content-Length", "2"),
    ("Content-Type", "application/json"),
    ("api-key", "***"),
)


def test_reads_the_key_from_the_environment_and_omits_what_curl_sets() -> None:
    line = curl_line(Request("POST", "http://h/p?api-version=1&x=2", HEADERS, b'{"a": "it\'s"}'))
    assert line == (
        "curl -sS -X POST 'http://h/p?api-version=1&x=2' -H 'Content-Type: application/json' "
        '-H "api-key: $AZURE_OPENAI_API_KEY" --data-raw \'{"a": "it\'"\'"\'s"}\''
    )


def test_reads_a_token_from_a_separate_variable() -> None:
    line = curl_line(Request("GET", "http://h/", (("Authorization", "Bearer ***"),), b""))
    assert line == 'curl -sS -X GET http://h/ -H "Authorization: Bearer $AZURE_OPENAI_AD_TOKEN"'


def test_shows_a_wrong_key_unmasked() -> None:
    line = curl_line(Request("GET", "http://h/", (("api-key", "wrong-key"),), b""))
    assert "'api-key: wrong-key'" in line


def test_names_a_file_for_a_long_binary_body() -> None:
    line = curl_line(Request("POST", "http://h/", HEADERS, b"\xff" * (LONGEST_INLINE + 1)))
    assert line.endswith("--data-binary @body.bin")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize(
    "body",
    [b'{"a": "$HOME `id` \\"x\\" \\u00e9"}', "{'é': \n\t!}".encode(), b"\x00\xff\r\n@x", b"@file", b""],
)
def test_sends_the_same_bytes_again(serve, reply, body: bytes) -> None:
    server = serve(lambda _: [reply(200, {})])
    headers = (("api-key", "***"), *((("Content-Type", "application/json"),) if body else ()))
    line = curl_line(Request("POST", f"{server.url}/p?a='b'&c=%20", headers, body))
    done = subprocess.run(
        ["sh", "-c", line],
        env={"AZURE_OPENAI_API_KEY": "k e y", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == b"{}"
    (received,) = server.received
    assert received.target == "/p?a='b'&c=%20"
    assert received.body == body
    assert received.headers["api-key"] == "k e y"
