"""The end of the emulator: signals, requests in progress, the exit code."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

BODY = b'{"messages": [{"role": "user", "content": "hi"}]}'
HEAD = (
    "POST /openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n"
    "Host: emulator\r\napi-key: any\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n"
).encode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_after_the_requests_in_progress(number):
    command = [sys.executable, "-m", "aoai_emulator"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = urlsplit(process.stdout.readline().split()[-1])
            with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
                connection.sendall(HEAD)
                received = connection.recv(65536)
                assert received.startswith(b"HTTP/1.1 100 ")  # it waits for the body
                process.send_signal(number)
                connection.sendall(BODY)
                while piece := connection.recv(65536):
                    received += piece
            assert b"HTTP/1.1 200 OK" in received
            assert received.endswith(b"}")
            assert process.wait(60) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
