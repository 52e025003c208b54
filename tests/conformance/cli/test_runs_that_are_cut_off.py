"""A killed run keeps what it received; a second Ctrl-C ends it at once; lost output is inconclusive."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from waiting import LONGEST, until

from aoai_reports.record.reader import read_record

KEY = "key-that-nobody-may-see"
#: One request, past the minimal requests and the probes, that is never answered.
SLOW = 40


class Numbered:
    """Answers each request but one with a unique number, and keeps the answers of each connection."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.answered: list[str] = []
        self.on_connection: defaultdict[int, list[str]] = defaultdict(list)

    def __call__(self, received: Any) -> list[Any]:
        number = len(self.answered)
        self.answered.append(f"answer-{number:05}")
        if number == SLOW:
            return [600.0]
        self.on_connection[received.connection].append(self.answered[-1])
        return [0.01, self.reply(200, {"id": self.answered[-1]})]

    def certain(self) -> set[str]:
        """The answers after which two requests came on their connection: the run has received them."""
        return {name for names in list(self.on_connection.values()) for name in names[:-2]}


@pytest.fixture
def start(spawn, serve, reply, tmp_path: Path, monkeypatch) -> Any:
    monkeypatch.setenv("K", KEY)

    def started(answer: Any, *options: object) -> Any:
        server = serve(answer)
        return spawn(
            "run", "--target", server.url, "--deployment", "chat=x", "--deployment", "embeddings=y",
            "--out", tmp_path / "r", "--api-key-env", "K", *options,
        )  # fmt: skip

    return started


#: Past the request without a response; `tox -e selftest` tries the minimal requests, and two more moments.
@pytest.mark.parametrize(
    "answers", [60, *(pytest.param(each, marks=pytest.mark.whole_selftest) for each in (3, 25, 140))]
)
def test_a_killed_run_keeps_every_response_that_it_received(
    start, invoke, reply, tmp_path: Path, answers: int
) -> None:
    numbered = Numbered(reply)
    process = start(numbered, "--rule", "BOUNDARY-003")
    until(lambda: len(numbered.answered) > answers)
    time.sleep(random.Random(answers).uniform(0.0, 0.6))
    due = numbered.certain()
    process.kill()
    process.wait(LONGEST)
    record = read_record(tmp_path / "r" / "record.ndjson")
    kept = {json.loads(line.response.body)["id"] for line in record.exchanges if line.response is not None}
    assert due <= kept
    assert record.truncated
    judged = invoke("judge", tmp_path / "r", "--out", tmp_path / "judged")
    assert judged.exit_code in {1, 3}, judged.output
    again = read_record(tmp_path / "judged" / "record.ndjson")
    assert len(again.exchanges) == len(record.exchanges)
    assert (again.unjudged, again.interrupted) == (0, True)
    report = invoke("report", tmp_path / "r", "--format", "markdown")
    assert report.exit_code == 0, report.output
    assert "the run did not finish" in report.output


def test_a_finished_record_holds_each_exchange_once_and_nothing_unjudged(
    invoke, emulators, tmp_path: Path
) -> None:
    options = ("--operation", "ChatCompletions_Create", "--profile", "smoke")
    invoke("run", "--target", emulators["sound"], *options, "--out", tmp_path / "r")
    lines = [json.loads(line) for line in (tmp_path / "r" / "record.ndjson").read_text().splitlines()]
    cases = [line["case"] for line in lines if line["type"] == "exchange"]
    assert len(cases) == len(set(cases)) > 10
    assert [line["type"] for line in lines].count("header") == 1
    assert not any({"unjudged", "place", "provisional"} & set(line) for line in lines)
    assert not list((tmp_path / "r").glob(".*"))


def test_a_first_ctrl_c_keeps_results_queued_behind_a_slow_response(start, reply, tmp_path: Path) -> None:
    numbered = Numbered(reply)
    process = start(numbered, "--rule", "BOUNDARY-003")
    until(lambda: len(numbered.answered) > 100)
    due = numbered.certain()
    assert len(due) > 60
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 3, errors
    record = read_record(tmp_path / "r" / "record.ndjson")
    kept = {json.loads(line.response.body)["id"] for line in record.exchanges if line.response is not None}
    assert due <= kept
    assert record.unjudged == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_run_at_once(start, reply, tmp_path: Path, number: int) -> None:
    numbered = Numbered(reply)
    process = start(numbered)
    until(lambda: len(numbered.answered) > 100)
    process.send_signal(number)
    process.send_signal(signal.SIGINT if number == signal.SIGTERM else signal.SIGTERM)
    _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode in {128 + signal.SIGINT, 128 + signal.SIGTERM}
    assert errors.endswith("Interrupted twice; no reports were written.\n")
    assert "Traceback" not in errors
    assert not (tmp_path / "r" / "report.html").exists()
    assert read_record(tmp_path / "r" / "record.ndjson").exchanges


def test_a_folder_that_disappears_is_inconclusive(start, reply, tmp_path: Path) -> None:
    numbered = Numbered(reply)
    process = start(numbered)
    until(lambda: len(numbered.answered) > 30)
    shutil.rmtree(tmp_path / "r")
    _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 3, errors
    sentence = errors.splitlines()[-1]
    assert "it was removed during the run" in sentence
    assert "Traceback" not in errors
