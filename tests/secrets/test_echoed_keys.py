"""Whatever a server does with the key: no file and no line of output contains it."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from spellings import KEYS, SPELLINGS, as_json

from aoai_conformance.cli import SUBCOMMANDS, main

HEAD = {"id": "chatcmpl-7", "created": 1735000000, "model": "gpt-4o", "system_fingerprint": "fp_7"}
USAGE = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def every_way(key: str) -> str:
    """The key in every way, for a text of JSON that is already escaped where it must be."""
    return " ".join(spell(key) for spell in SPELLINGS.values())


def completion(content: str) -> bytes:
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "logprobs": None,
        "message": {"role": "assistant", "content": content, "refusal": None},
    }
    return json.dumps({**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}).encode()


def chunk(content: str) -> str:
    choice = {"index": 0, "delta": {"role": "assistant", "content": content}, "finish_reason": None}
    return json.dumps({**HEAD, "object": "chat.completion.chunk", "choices": [choice]})


def in_headers(key: str) -> dict[str, str]:
    spelled = {f"X-{place}": spell(key) for place, spell in enumerate(SPELLINGS.values())}
    name = re.sub(r"[^A-Za-z0-9-]", "-", key)
    return {**spelled, "Location": f"https://h/?api-key={SPELLINGS['url'](key)}", f"X-{name}": "1"}


def http(
    body: bytes, content_type: str = "application/json", *, status: str = "200 OK", **headers: str
) -> bytes:
    named = {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def stream(key: str) -> bytes:
    lines = [
        f": {every_way(key)}",
        f"id: {every_way(key)}",
        f"event: {every_way(key)}",
        f"data: {chunk(every_way(key))}",
        "",
        f"data: {key[:9]}",
        f"data: {key[9:]}",
        "",
        *(f"data: {chunk(piece)}\n" for piece in (key[: len(key) // 2], key[len(key) // 2 :])),
        "data: [DONE]",
        "",
        "",
    ]
    return "\n".join(lines).encode()


def error(key: str) -> bytes:
    return json.dumps({"error": {"code": key, "message": f"Wrong key {every_way(key)}"}}).encode()


#: What the server does with each request, in turn.
PLACES: dict[str, Callable[[str], bytes]] = {
    "content": lambda key: http(completion(every_way(key))),
    "raw JSON": lambda key: http(
        completion("@@").replace(b"@@", as_json(every_way(key)).replace("/", "\\/").encode())
    ),
    "headers": lambda key: http(completion("Oak."), **in_headers(key)),
    "error": lambda key: http(error(key), status="400 Bad"),
    "reason": lambda key: http(error(key), status=f"400 {key}"),
    "no JSON": lambda key: http(every_way(key).encode()),
    "wide": lambda key: http(json.dumps({"k": key}).encode("utf-16")),
    "text": lambda key: http(f"<p>{every_way(key)}".encode(), f"text/html; k={SPELLINGS['url'](key)}"),
    "redirect": lambda key: http(
        b"", status="307 There", Location=f"http://h/{SPELLINGS['url'](key)}?k={key}"
    ),
    "stream": lambda key: http(stream(key), "text/event-stream"),
    "status line": lambda key: f"HTTP/1.1 {key} {key}\r\n\r\n".encode(),
    "header line": lambda key: f"HTTP/1.1 200 OK\r\n{key}\r\n\r\n".encode(),
    "length": lambda key: f"HTTP/1.1 200 OK\r\nContent-Length: {key}\r\n\r\n".encode(),
    "undeclared": lambda key: http(completion("Oak.") + key.encode()),
    "broken off": lambda key: http(completion(every_way(key)))[:-20],
}


@lru_cache(maxsize=32)  # several secrets are searched for in the same files
def readable(content: bytes) -> str:
    """Everything that a reader can decode from a file, separated by zero characters."""
    return "\0".join(dict.fromkeys(decoded(content)))


def decoded(content: bytes) -> Iterator[str]:
    """Yield everything that a reader can decode from a file."""
    text = content.decode("utf-8", "replace")
    yield text
    yield html.unescape(text)
    for line in text.splitlines():
        if not line.lstrip().startswith(("{", "[", '"')):  # JSON without a text
            continue
        try:
            data = json.loads(line)
        except ValueError:
            continue
        yield from texts_in(data)


def texts_in(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for each in data:
            yield from texts_in(each)
    elif isinstance(data, dict):
        for name, each in data.items():
            yield name
            yield from texts_in(each)
            if name == "base64" and isinstance(each, str):
                yield base64.b64decode(each).replace(b"\0", b"").decode("latin-1")


def assert_unseen(key: str, content: bytes, where: str) -> None:
    spelled = {name: spell(key) for name, spell in SPELLINGS.items() if not name.startswith("base64 of")}
    texts = readable(content)
    for name, each in spelled.items():
        assert "\0" not in each
        assert each not in texts, f"{where} holds the key ({name})"


def assert_unseen_anywhere(key: str, folder: Path, *results: Result) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        assert_unseen(key, path.read_bytes(), path.name)
        assert key not in path.name
    for result in results:
        assert_unseen(key, result.stdout_bytes, "stdout")
        assert_unseen(key, result.stderr_bytes, "stderr")


def invoke(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(main, arguments, env=env)


def run(url: str, out: Path, *more: str, **env: str) -> Result:
    chosen = ("--operation", "ChatCompletions_Create", "--profile", "smoke", "--deployment", "chat=gpt-4o")
    return invoke(
        "run",
        "--target",
        url,
        *chosen,
        "--timeout",
        "5",
        "--history",
        "none",
        "--out",
        str(out),
        *more,
        **env,
    )


@pytest.mark.parametrize(
    "name",
    [
        *("specials", "eight", "looks escaped"),
        *(pytest.param(each, marks=pytest.mark.whole_selftest) for each in ("hexadecimal", "new")),
    ],
)
def test_a_run_keeps_no_echoed_key(name: str, serve, tmp_path: Path) -> None:
    key, asked = KEYS[name], count()
    places = list(PLACES.values())
    server = serve(lambda _: [places[next(asked) % len(places)](key), None])
    result = run(server.url, tmp_path / "out", AZURE_OPENAI_API_KEY=key)
    assert any(each.headers.get("api-key") == key for each in server.received)
    assert len(server.received) > len(places), result.output
    assert (tmp_path / "out" / "record.ndjson").stat().st_size > 10_000
    again = invoke("judge", str(tmp_path / "out" / "record.ndjson"), "--out", str(tmp_path / "again"))
    assert_unseen_anywhere(key, tmp_path, result, again)


def test_a_run_keeps_no_echoed_token(serve, tmp_path: Path) -> None:
    token, asked = KEYS["token"], count()
    places = list(PLACES.values())
    server = serve(lambda _: [places[next(asked) % len(places)](token), None])
    result = run(server.url, tmp_path / "out", "--auth", "entra", AZURE_OPENAI_AD_TOKEN=token)
    assert any(each.headers.get("authorization") == f"Bearer {token}" for each in server.received)
    assert_unseen_anywhere(token, tmp_path, result)


@pytest.mark.parametrize("place", ["error", "reason", "redirect", "status line", "header line"])
def test_no_message_about_an_untestable_server_contains_the_key(place: str, serve, tmp_path: Path) -> None:
    key = KEYS["specials"]
    server = serve(lambda _: [PLACES[place](key).replace(b" 200 OK", b" 401 No"), None])
    result = run(server.url, tmp_path / "out", "--max-requests", "6", AZURE_OPENAI_API_KEY=key)
    assert result.exit_code in (1, 3)
    assert_unseen_anywhere(key, tmp_path, result)


def test_no_traceback_contains_the_key(monkeypatch: pytest.MonkeyPatch, serve, tmp_path: Path) -> None:
    key = KEYS["specials"]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"{key!r} {every_way(key)}")

    monkeypatch.setattr("aoai_conformance.run.whole_run.conduct", fail)
    result = run("http://127.0.0.1:9", tmp_path / "out", AZURE_OPENAI_API_KEY=key)
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert_unseen(key, result.output_bytes, "output")


def test_a_key_that_is_given_as_the_name_of_its_variable_is_not_repeated() -> None:
    result = invoke("run", "--target", "https://x.example", "--api-key-env", KEYS["hexadecimal"])
    assert result.exit_code == 2
    assert_unseen(KEYS["hexadecimal"], result.output_bytes, "output")


@pytest.mark.parametrize(
    "key", ["k\u00e9y-of-mine", "two words", "two\nlines", "bell\x07-rings", "\u2028abcdefgh"]
)
@pytest.mark.parametrize("variable", ["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"])
def test_a_key_that_is_not_printable_ascii_is_rejected_without_printing_it(key: str, variable: str) -> None:
    auth = ("--auth", "entra") if variable.endswith("TOKEN") else ()
    result = invoke("run", "--target", "https://x.example", *auth, **{variable: f"start{key}end"})
    assert result.exit_code == 2
    assert "printable ASCII" in result.stderr
    assert len([line for line in result.stderr.splitlines() if not line.endswith(" …")]) == 1
    assert "start" not in result.output


def test_a_short_key_is_masked_only_in_its_header_with_a_note(serve, tmp_path: Path) -> None:
    server = serve(lambda _: [http(completion("right, bright")), None])
    result = run(server.url, tmp_path / "out", "--max-requests", "4", AZURE_OPENAI_API_KEY="right")
    record = (tmp_path / "out" / "record.ndjson").read_text()
    assert '["api-key", "***"]' in record
    assert "right, bright" in record
    assert "fewer than 8 characters" in result.stderr
    assert "fewer than 8 characters" in (tmp_path / "out" / "summary.md").read_text()


def test_help_lists_no_argument_for_a_key() -> None:
    for name in SUBCOMMANDS:
        if name != "emulator":
            assert "--api-key " not in invoke(name, "--help").output
