"""Every secret with which a target is reached: no file of a run and no line of output contains one."""

from __future__ import annotations

import json
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import trustme
from click.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "conformance" / "access"))

from middle_servers import Proxy, running
from test_echoed_keys import PLACES, assert_unseen, assert_unseen_anywhere

from aoai_conformance.cli import main

KEY = "c4n4ry-of-the-key-0123456789"
OF_HEADER = "c4n4ry/of+the=header&0123456789"
LOGIN = "c4n4ry-user:of-the-login-987654"
PASSWORD = "c4n4ry@of:the/proxy%0123456789"
CANARIES = (KEY, OF_HEADER, LOGIN, PASSWORD)
VARIABLES = {
    "AZURE_OPENAI_API_KEY": KEY,
    "TEAM_KEY": OF_HEADER,
    "LOGIN": LOGIN,
    "PROXY_PASSWORD": PASSWORD,
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    server = Proxy(login=("me", PASSWORD))
    with running(server):
        yield server


def invoke(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(main, arguments, env={**VARIABLES, **variables})


def test_a_run_keeps_no_secret_that_the_server_echoes(
    serve: Callable[..., Any], proxy: Proxy, tmp_path: Path
) -> None:
    files, runs = tmp_path / "files", tmp_path / "runs"
    files.mkdir()
    authority, places, asked = trustme.CA(), list(PLACES.values()), count()
    client = authority.issue_cert("client@example.com")
    authority.cert_pem.write_to_path(files / "ca.pem")
    client.private_key_and_cert_chain_pem.write_to_path(files / "client.pem")
    line_of_key = client.private_key_pem.bytes().decode().splitlines()[2]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED

    def answer(_: object) -> list[bytes | None]:
        number = next(asked)
        canary = CANARIES[number % len(CANARIES)]
        return [places[number // len(CANARIES) % len(places)](canary), None]

    server = serve(answer, tls=tls)
    access = (
        *("--ca", str(files / "ca.pem"), "--cert", str(files / "client.pem")),
        *("--proxy", proxy.url.replace("://", "://me:${PROXY_PASSWORD}@")),
        *("--header", "X-Team-Key=${TEAM_KEY}", "--header", "Authorization=Basic ${LOGIN}"),
    )
    result = invoke(
        *("run", "--target", server.url, "--deployment", "chat=gpt-4o", *access),
        *("--operation", "ChatCompletions_Create", "--max-requests", "70", "--timeout", "5"),
        *("--history", "none", "--out", str(runs / "run")),
    )
    assert len(server.received) > len(CANARIES) * len(places), result.output
    assert {each.headers["x-team-key"] for each in server.received} == {OF_HEADER}
    assert all(first.startswith("CONNECT ") for first, _ in proxy.heads)
    judged = invoke("judge", str(runs / "run"), "--out", str(runs / "judged"))
    har = invoke("report", str(runs / "run"), "--format", "har")
    case = json.loads((runs / "run" / "record.ndjson").read_text(encoding="utf-8").splitlines()[1])["case"]
    again = invoke("replay", str(runs / "run"), case, *access)
    for canary in (*CANARIES, line_of_key):
        assert_unseen_anywhere(canary, runs, result, judged, har, again)
    record = (runs / "run" / "record.ndjson").read_text(encoding="utf-8")
    for shown in ("${TEAM_KEY}", "Basic ${LOGIN}", "me:${PROXY_PASSWORD}@"):
        assert shown in record


def test_a_run_keeps_no_token_that_was_renewed_meanwhile(
    serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, fetched = ModuleType("azure.identity"), count()

    def get_token(_: str) -> object:
        return SimpleNamespace(token=f"c4n4ry-token-{next(fetched)}-c4n4ry", expires_on=time.time() + 4000)

    identity.DefaultAzureCredential = lambda: SimpleNamespace(get_token=get_token)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "azure.identity", identity)
    monkeypatch.setattr("aoai_conformance.target.entra._SETTLE_SECONDS", 0.0)
    places, asked = list(PLACES.values()), count()

    def answer(received: Any) -> list[bytes | None]:
        token, number = received.headers.get("authorization", "").removeprefix("Bearer "), next(asked)
        if number % 7 == 6 and "c4n4ry" in token:
            return [PLACES["error"](token).replace(b"400 Bad", b"401 Expired"), None]
        return [places[number % len(places)](token or "no-token"), None]

    server = serve(answer)
    result = invoke(
        *("run", "--target", server.url, "--deployment", "chat=gpt-4o", "--auth", "entra"),
        *("--operation", "ChatCompletions_Create", "--profile", "smoke", "--timeout", "5"),
        *("--history", "none", "--out", str(tmp_path / "run")),
    )
    sent = {each.headers.get("authorization", "") for each in server.received}
    tokens = [f"c4n4ry-token-{number}-c4n4ry" for number in range(next(fetched))]
    assert len(tokens) > 2, result.output
    assert {f"Bearer {token}" for token in tokens} <= sent
    for token in tokens:
        assert_unseen_anywhere(token, tmp_path, result)


@pytest.mark.parametrize(
    "options",
    [
        ("--header", f"X-Team-Key={OF_HEADER}"),
        ("--header", f"X-Team: {OF_HEADER}"),
        ("--header", f"X-Team-Key=${{{OF_HEADER}}}"),
        ("--proxy", f"http://me:{PASSWORD}@proxy:1"),
        ("--proxy", f"http://{PASSWORD}"),
        ("--base-path", OF_HEADER),
        ("--api-key-header", f"{OF_HEADER} x"),
        ("--header", "X-Team=${TEAM_KEY}", "--cert-key", "none.pem"),
        ("--header", "X-Team=${WITH_LINES}"),
    ],
)
def test_no_message_about_wrong_options_repeats_a_secret(options: tuple[str, ...]) -> None:
    for command in ("run", "plan"):
        chosen = ("--target", "https://x.example", "--operation", "embeddings_create", *options)
        result = invoke(command, *chosen, WITH_LINES=f"{OF_HEADER}\r\nX: 1")
        assert command == "plan" or result.exit_code == 2
        for canary in (OF_HEADER, PASSWORD):
            assert_unseen(canary, result.output_bytes, "output")


def test_no_traceback_contains_a_secret_of_the_access(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"{OF_HEADER} {PASSWORD} {KEY}")

    monkeypatch.setattr("aoai_conformance.run.whole_run.conduct", fail)
    result = invoke(
        *("run", "--target", "https://x.example", "--deployment", "chat=gpt-4o", "--history", "none"),
        *("--operation", "ChatCompletions_Create", "--profile", "smoke"),
        *("--proxy", "http://me:${PROXY_PASSWORD}@proxy:1", "--header", "X-Team=${TEAM_KEY}"),
    )
    assert "Traceback" in result.stderr
    for canary in CANARIES:
        assert_unseen(canary, result.output_bytes, "output")
