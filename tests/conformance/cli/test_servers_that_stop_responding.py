"""Runs against servers that stop responding after one request: for two time-outs, and for good."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.engine import unresponsive
from aoai_reports.record.reader import read_record

pytestmark = pytest.mark.usefixtures("plan_once")

CHAT, EMBEDDINGS = "ChatCompletions_Create", "embeddings_create"
KEY = "key-that-nobody-may-see"
#: The time-out of the runs, in seconds.
TIMEOUT = 1.0


class StopsResponding:
    """Answers nothing for some seconds after a chat request with `n` 0."""

    def __init__(self, reply: Any, seconds: float) -> None:
        self.accepted = reply(200, {"id": "x", "object": "chat.completion"})
        self.rejected = reply(400, {"error": {"code": "BadRequest", "message": "n is too small."}})
        self.seconds = seconds
        self.silent_until = 0.0
        self.while_silent = 0

    def __call__(self, received: Any) -> list[Any]:
        now = time.monotonic()
        if now < self.silent_until:
            self.while_silent += 1
            return [self.silent_until - now, self.accepted]
        if _is_poison(received.body):
            self.silent_until = now + self.seconds
            return [self.seconds, self.rejected]
        return [self.accepted]


def _is_poison(body: bytes) -> bool:
    try:
        sent = json.loads(body)
    except ValueError:
        return False
    return isinstance(sent, dict) and sent.get("n") == 0 and not isinstance(sent["n"], bool)


@pytest.fixture
def run(invoke, serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(unresponsive, "FIRST_PAUSE", TIMEOUT / 8)

    def ran(answer: StopsResponding, *operations: str) -> tuple[Any, dict[str, Any]]:
        server = serve(answer)
        options = [each for name in operations for each in ("--operation", name)]
        result = invoke(
            "run", "--target", server.url, "--deployment", "chat=x", "--deployment", "embeddings=y", *options,
            "--timeout", TIMEOUT, "--rule", "OPERATION-002", "--out", tmp_path / "r",
            env={"AZURE_OPENAI_API_KEY": KEY},
        )  # fmt: skip
        return result, dict(json.loads((tmp_path / "r" / "summary.json").read_text()))

    return ran


def test_one_finding_names_the_request_that_silences_a_server_for_two_time_outs(
    run, reply, invoke, tmp_path: Path
) -> None:
    result, summary = run(StopsResponding(reply, 2 * TIMEOUT), CHAT)
    assert result.exit_code == 1, result.output
    (violation,) = summary["violations"]
    assert (violation["rule"], violation["level"], violation["count"]) == ("OPERATION-002", "must", 1)
    record = read_record(tmp_path / "r" / "record.ndjson")
    lines = {line.case: line for line in record.exchanges}
    reported = lines[violation["case"]]
    assert json.loads(reported.request.body)["n"] == 0
    assert reported.curl.startswith("curl")
    unsent = [
        line for line in record.exchanges if line.failure is not None and line.failure.kind == "unavailable"
    ]
    assert unsent == []
    again = invoke("judge", tmp_path / "r", "--rule", "OPERATION-002", "--out", tmp_path / "judged")
    assert again.exit_code == 1
    (rejudged,) = json.loads((tmp_path / "judged" / "summary.json").read_text())["violations"]
    assert rejudged["message"] == violation["message"]


@pytest.mark.whole_selftest  # it waits for many time-outs; the test above names a silenced server, too
def test_a_server_that_stays_silent_is_inconclusive_and_suspects_are_named(
    run, reply, tmp_path: Path
) -> None:
    server = StopsResponding(reply, 600.0)
    result, summary = run(server, CHAT, EMBEDDINGS)
    assert result.exit_code == 3, result.output
    assert summary["violations"] == []
    record = read_record(tmp_path / "r" / "record.ndjson")
    (silence,) = [line for line in record.scenarios if line.kind == "operation.stopped-responding"]
    (note,) = silence.notes
    lines = {line.case: line for line in record.exchanges}
    suspects = [lines[case] for case in silence.cases]
    assert any(_is_poison(line.request.body) for line in suspects)
    assert all(line.case in note for line in suspects)
    assert server.while_silent < 60
