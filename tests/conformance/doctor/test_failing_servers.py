"""The command `doctor` against real connections that fail."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner, Result

from aoai_conformance.cli import main

KEY = "canary-key-0123456789abcdef"
Handle = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def serving(handle: Handle) -> Iterator[int]:
    """The port of a server that does this with each connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                handle(self.request)
            except OSError:
                return

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join(timeout=10)


def read_request(connection: socket.socket) -> None:
    """Read a whole request; closing a connection before would reset it."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    while length is not None and len(body) < int(length[1]):
        body += connection.recv(65536)


def answer(head: str, body: str = "") -> Handle:
    """Respond to the request with this head and body, and close the connection."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        fields = f"{head}\r\ncontent-length: {len(body.encode())}\r\nconnection: close\r\n\r\n"
        connection.sendall(f"HTTP/1.1 {fields}{body}".encode())

    return handle


def over_tls(certificate: trustme.LeafCert, then: Handle, **options: Any) -> Handle:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    for name, value in options.items():
        setattr(context, name, value)

    def handle(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            then(secured)

    return handle


def doctor(*arguments: object) -> tuple[Result, dict[str, Any]]:
    given = ["doctor", *map(str, arguments), "--deployment", "chat=gpt-4o", "--format", "json"]
    result = CliRunner().invoke(main, given)
    assert KEY not in result.output
    return result, json.loads(result.stdout) if result.stdout else {}


def symptoms(*arguments: object) -> list[str]:
    result, report = doctor(*arguments)
    assert result.exit_code == 3, result.output
    assert report["usable"] is False
    assert report["requests"] <= 2
    return [each["symptom"] for each in report["problems"]]


@pytest.mark.parametrize(
    ("handle", "symptom"),
    [
        (lambda connection: connection.recv(65536), "closed"),
        (answer("200 OK\r\ncontent-type: application/json"), "empty"),
        (answer("200 OK\r\ncontent-type: text/html", "<html><title>Sign in</title></html>"), "login-page"),
        (answer("302 Found\r\nlocation: https://login.example/authorize"), "redirect"),
        (answer("401 Unauthorized\r\ncontent-type: application/json",
                f'{{"error": {{"code": "401", "message": "The key {KEY} is wrong."}}}}'), "rejected-key"),
        (answer("503 Service Unavailable", "busy"), "overloaded"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_servers_that_do_not_implement_the_api(handle: Handle, symptom: str) -> None:
    with serving(handle) as port:
        assert symptoms("--target", f"http://127.0.0.1:{port}") == [symptom]


def test_certificates_that_cannot_be_trusted(tmp_path: Path) -> None:
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    ours = authority.issue_cert("127.0.0.1", "localhost")
    with serving(over_tls(ours, answer("200 OK"))) as port:
        target = ("--target", f"https://127.0.0.1:{port}")
        assert symptoms(*target) == ["tls-untrusted"]
        assert symptoms(*target, "--ca", file) == ["empty"]
        assert symptoms("--target", f"http://127.0.0.1:{port}")[0] in {"closed", "no-response"}
    with serving(over_tls(authority.issue_cert("other.example"), answer("200 OK"))) as port:
        assert symptoms("--target", f"https://127.0.0.1:{port}", "--ca", file) == ["tls-name"]
    with serving(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert symptoms("--target", f"https://127.0.0.1:{port}") == ["tls-plain"]


def test_a_server_that_requires_a_client_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    handle = over_tls(authority.issue_cert("127.0.0.1"), answer("200 OK"), verify_mode=ssl.CERT_REQUIRED)
    with serving(handle) as port:
        (symptom,) = symptoms("--target", f"https://127.0.0.1:{port}", "--ca", file)
    assert symptom in {"tls-client-certificate", "closed"}  # which one, depends on the timing of TLS 1.3


@pytest.mark.parametrize(
    ("head", "symptom"),
    [("407 Proxy Authentication Required", "proxy-authentication"), ("403 Forbidden", "proxy-refused")],
)
def test_proxies_that_refuse(head: str, symptom: str) -> None:
    with serving(answer(head)) as port:
        proxy = f"http://127.0.0.1:{port}"
        assert symptoms("--target", "https://contoso.openai.azure.com", "--proxy", proxy) == [symptom]


def test_addresses_that_lead_nowhere() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert symptoms("--target", f"http://127.0.0.1:{port}") == ["refused"]
    proxy = f"http://127.0.0.1:{port}"
    assert symptoms("--target", "https://contoso.openai.azure.com", "--proxy", proxy) == ["proxy-unreachable"]
    assert symptoms("--target", "https://contoso.invalid") == ["dns"]


def test_wrong_usage_is_reported_completely_before_anything_is_sent() -> None:
    environment = {"AZURE_OPENAI_API_KEY": ""}
    arguments = ["doctor", "--target", "https://x.example", "--api-version", "2024-10-22"]
    result = CliRunner().invoke(main, arguments, env=environment)
    assert result.exit_code == 2
    assert [line[:24] for line in result.stderr.splitlines()] == [
        "There are no deployments",
        "There is no key: set the",
        "There is no api-version ",
    ]
