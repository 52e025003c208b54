"""TLS with a private authority and client certificates, and proxies, over real connections."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
from middle_servers import Proxy

from aoai_conformance.engine.client import Client
from aoai_conformance.exchange import Exchange
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.connection import Connection, connection_of, parse_proxy
from aoai_conformance.target.connection_trouble import has_remedy
from aoai_conformance.target.targets import Target, resolve_url_target
from aoai_model.case import Case, JsonBody, PlannedRequest
from aoai_specs.errors import ConformanceError, TargetError

DOCUMENT = "azure-openai@2024-10-21"
Start = Callable[[Proxy], Proxy]
PASSWORD = "p@ss/word:of%the-proxy"
CASE = Case(
    *("c1", DOCUMENT, "ChatCompletions_Create", "chat"),
    PlannedRequest("POST", "/chat", body=JsonBody({})),
    *("accept", (), "base"),
)


async def send(url: str, connection: Connection) -> Exchange:
    target = Target("url", url, url, {"chat": "gpt"}, KeyAuthentication("a-key"), connection=connection)
    async with Client(target, {DOCUMENT: "/openai"}) as client:
        return await client.send(CASE)


def connected(
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    proxy: str | None = None,
) -> Connection:
    environment = {"PASSWORD": PASSWORD}
    return connection_of(
        ca=ca, certificate=certificate, certificate_key=key, proxy=proxy, environment=environment
    )


def sentence_of(exchange: Exchange) -> str:
    assert exchange.failure is not None
    assert exchange.failure.kind == "connect"
    assert has_remedy(exchange.failure.message)
    return exchange.failure.message


async def test_a_private_authority_is_trusted_if_it_is_named(serve, reply, certificates) -> None:
    server = serve(lambda _: [reply(200, {"ok": 1})], tls=certificates.plain)
    exchange = await send(server.url, connected(certificates.ca))
    assert exchange.response is not None
    assert exchange.response.json == {"ok": 1}


async def test_an_untrusted_certificate_is_one_sentence_that_names_the_option(
    serve, reply, certificates
) -> None:
    server = serve(lambda _: [reply()], tls=certificates.plain)
    message = sentence_of(await send(server.url, connected()))
    host = server.url.removeprefix("https://")
    assert message.startswith(f"The certificate of {host} is not trusted: ")
    assert message.endswith("Trust the certificate of its issuer with --ca FILE.")
    assert server.received == []


async def test_a_certificate_for_another_host_asks_to_check_the_url(serve, reply, certificates) -> None:
    server = serve(lambda _: [reply()], tls=certificates.plain)
    url = server.url.replace("127.0.0.1", "localhost")
    message = sentence_of(await send(url, connected(certificates.ca)))
    assert "certificate is not valid for 'localhost'" in message
    assert message.endswith("Check the URL and the certificate of the server.")


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The host and port of a server that calls `answer` with each connection, in a thread."""

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    answer(connection)
                    while connection.recv(65536):
                        pass  # or the kernel would reset the connection before the client has read

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=accept, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


async def test_a_server_without_tls_is_recognised(reply, certificates) -> None:
    with listening(lambda connection: connection.sendall(reply(400))) as host:
        message = sentence_of(await send(f"https://{host}", connected(certificates.ca)))
    assert message.startswith(f"{host} does not use TLS. Check that the URL starts with http://")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_missing_client_certificate_is_one_sentence_that_names_the_option(
    certificates, monkeypatch: pytest.MonkeyPatch, version: ssl.TLSVersion
) -> None:
    monkeypatch.setattr(certificates.asks, "maximum_version", version)

    def handshake(connection: socket.socket) -> None:
        with suppress(ssl.SSLError):
            certificates.asks.wrap_socket(connection.dup(), server_side=True)

    with listening(handshake) as host:
        message = sentence_of(await send(f"https://{host}", connected(certificates.ca)))
    assert message.startswith(host)
    assert message.endswith("client certificate that it accepts with --cert FILE.")


async def test_a_handshake_that_the_server_breaks_off_names_the_option(certificates) -> None:
    with listening(lambda connection: connection.shutdown(socket.SHUT_RDWR)) as host:
        message = sentence_of(await send(f"https://{host}", connected(certificates.ca)))
    assert message.startswith(f"{host} broke off the TLS handshake. ")


@pytest.mark.parametrize("in_one_file", [True, False])
async def test_a_client_certificate_is_sent(serve, reply, certificates, in_one_file: bool) -> None:
    server = serve(lambda _: [reply()], tls=certificates.asks)
    files = (certificates.both, None) if in_one_file else (certificates.certificate, certificates.key)
    exchange = await send(server.url, connected(certificates.ca, *files))
    assert exchange.response is not None


def test_files_that_cannot_be_used_are_named_with_what_to_do(certificates, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    other_key = tmp_path / "other.pem"
    other_key.write_text(certificates.key.read_text())
    cases: list[tuple[dict[str, Path], str]] = [
        ({"ca": tmp_path / "none.pem"}, "Cannot read --ca .*none.pem: No such file or directory"),
        ({"ca": tmp_path}, "Cannot read --ca .*: Is a directory"),
        ({"ca": empty}, "--ca .*empty.pem has no certificates in PEM format"),
        ({"certificate": tmp_path / "none.pem"}, "Cannot read --cert .*none.pem"),
        ({"certificate": empty}, "--cert .*empty.pem needs a certificate and its key in PEM format"),
        ({"certificate": certificates.certificate}, "name a separate file of the key with --cert-key"),
        ({"certificate": certificates.certificate, "key": tmp_path / "none.pem"}, "Cannot read --cert-key"),
        (
            {"certificate": certificates.certificate, "key": certificates.encrypted},
            "is encrypted; decrypt it",
        ),
        ({"certificate": certificates.ca, "key": certificates.key}, "does not belong to the certificate"),
        ({"key": certificates.key}, "--cert-key is the key of a client certificate: add --cert FILE"),
    ]
    for files, message in cases:
        with pytest.raises(ConformanceError, match=message) as caught:
            connected(**files)
        assert "PRIVATE KEY" not in str(caught.value)


async def test_a_proxy_tunnels_to_a_server_with_tls_on_this_machine(
    serve, reply, certificates, start: Start
) -> None:
    server = serve(lambda _: [reply()], tls=certificates.plain)
    proxy = start(Proxy(login=("me", PASSWORD)))
    address = proxy.url.replace("://", "://me:${PASSWORD}@")
    exchange = await send(server.url, connected(certificates.ca, proxy=address))
    assert exchange.response is not None
    assert proxy.heads[0][0] == f"CONNECT {server.url.removeprefix('https://')} HTTP/1.1"
    assert "proxy-authorization" not in server.received[0].headers
    assert PASSWORD not in repr(exchange)


async def test_a_proxy_forwards_to_a_server_without_tls(serve, reply, start: Start) -> None:
    server = serve(lambda _: [reply()])
    proxy = start(Proxy())
    exchange = await send(server.url, connected(proxy=proxy.url))
    assert exchange.response is not None
    assert proxy.heads[0][0] == f"POST {server.url}/openai/chat HTTP/1.1"


async def test_a_proxy_that_requires_credentials_says_how_to_give_them(
    serve, reply, certificates, start: Start
) -> None:
    server = serve(lambda _: [reply()], tls=certificates.plain)
    proxy = start(Proxy(login=("me", "another")))
    message = sentence_of(await send(server.url, connected(certificates.ca, proxy=proxy.url)))
    assert message.startswith(f"The proxy {proxy.url.removeprefix('http://')} refused the connection to ")
    assert "407" in message
    assert message.endswith("--proxy 'http://NAME:${VARIABLE}@HOST:PORT'.")


async def test_a_proxy_that_is_not_there_is_named(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    message = sentence_of(await send(server.url, connected(proxy=f"http://127.0.0.1:{port}")))
    assert message.startswith(f"Cannot connect to the proxy 127.0.0.1:{port}: ")


async def test_a_proxy_of_the_environment_is_not_used_for_this_machine(serve, reply, monkeypatch) -> None:
    server = serve(lambda _: [reply()])
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    exchange = await send(server.url, connected())
    assert exchange.response is not None


def test_the_credentials_of_a_proxy_are_secrets_in_both_spellings() -> None:
    proxy = parse_proxy("http://me:${PASSWORD}@proxy:8080", {"PASSWORD": PASSWORD})
    assert (proxy.username, proxy.password, proxy.address) == ("me", PASSWORD, "http://proxy:8080")
    assert proxy.template == "http://me:${PASSWORD}@proxy:8080"
    assert set(proxy.secrets) == {PASSWORD, "p%40ss%2Fword%3Aof%25the-proxy"}
    assert PASSWORD not in repr(proxy)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://me:hunter22@proxy:8080", "credentials of --proxy must come from the environment"),
        ("http://hunter22@proxy:8080", "credentials of --proxy must come from the environment"),
        ("http://me:x${PASSWORD}hunter22@proxy", "credentials of --proxy must come from the environment"),
        ("http://me:${MISSING}@proxy", "--proxy: the environment variable MISSING is not set"),
        ("http://${PASSWORD}", "takes only the user name and the password from the environment"),
        ("proxy:8080", "must be the address of an HTTP proxy"),
        ("ftp://proxy", "must be the address of an HTTP proxy"),
        ("http://proxy/path", "must be the address of an HTTP proxy"),
        ("http://", "must be the address of an HTTP proxy"),
        ("http://proxy:99999", "is not a URL"),
    ],
)
def test_rejects_a_proxy_without_printing_its_credentials(url: str, message: str) -> None:
    with pytest.raises(ConformanceError, match=message) as caught:
        parse_proxy(url, {"PASSWORD": PASSWORD})
    assert "hunter22" not in str(caught.value)


def test_asking_an_emulator_for_its_name_explains_tls_and_proxies(serve, reply, certificates) -> None:
    server = serve(lambda _: [reply()], tls=certificates.plain)
    with pytest.raises(TargetError, match="Trust the certificate of its issuer with --ca FILE"):
        resolve_url_target(server.url, deployments={"chat": "gpt"}, environment={})
