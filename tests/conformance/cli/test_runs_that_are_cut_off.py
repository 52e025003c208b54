"""A killed run keeps what it received; a second Ctrl-C ends it at once; lost output is inconclusive."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from waiting import LONGEST, until

from aoai_reports.record.reader import read_record

pytestmark = pytest.mark.usefixtures("plan_once")

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


def test_a_first_ctrl_c_keeps_results_queued_behind_a_slow_response_and_says_how_to_resume(
    start, reply, tmp_path: Path
) -> None:
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
    assert record.footer is not None
    assert record.footer.interrupted
    assert f"Resume with: aoai-conformance run --resume {tmp_path / 'r'}" in errors


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.whole_selftest)]
)
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


@pytest.mark.parametrize(
    ("kills", "profile"), [(1, "smoke"), pytest.param(20, "standard", marks=pytest.mark.whole_selftest)]
)
def test_killed_runs_are_resumed_until_one_finishes(
    start, spawn, serve, reply, invoke, tmp_path: Path, kills: int, profile: str
) -> None:
    """No response that arrived half a second before a kill is lost, and its request is not sent again."""
    log: list[tuple[float, bytes]] = []

    def answer(request: Any) -> list[Any]:
        log.append((time.monotonic(), request.target.encode() + request.body))
        return [0.02, reply(200, {"id": "same"})]

    server = serve(answer)
    options = [
        *("--target", server.url, "--deployment", "chat=x", "--api-key-env", "K", "--history", "none"),
        *("--rule", "BOUNDARY-003", "--profile", profile),
    ]
    invoke("run", *options, "--out", tmp_path / "whole")
    whole = Counter(request for _, request in log)
    log.clear()
    random_number = random.Random(kills)
    folder, moments = tmp_path / "r", list[float]()
    process = spawn("run", *options, "--out", folder)
    for _ in range(kills):
        until((folder / "record.ndjson").exists)
        already = len(log)
        after = random_number.randint(1, max(2, sum(whole.values()) // (kills + 1)))
        until(lambda most=already + after: len(log) >= most)
        moments.append(time.monotonic())
        process.kill()
        process.wait(10)
        process = spawn("run", "--resume", folder, "--history", "none")
    process.communicate(timeout=120)
    settled = [request for moment, request in log if not any(0 <= kill - moment <= 0.6 for kill in moments)]
    assert Counter(settled) <= whole
    assert Counter(request for _, request in log) >= whole
    first, second = (json.loads((each / "summary.json").read_text()) for each in (tmp_path / "whole", folder))
    for key in ("verdict", "violations", "coverage", "rules", "requests"):
        assert first[key] == second[key]
    again = invoke("run", "--resume", folder, "--history", "none")
    assert "is finished; nothing is sent." in again.output
    assert again.exit_code == process.returncode


def test_resuming_takes_the_target_from_the_run(invoke, tmp_path: Path) -> None:
    result = invoke("run", "--resume", tmp_path, "production")
    assert result.exit_code == 2
    assert "--resume takes the target and the options from the run in the folder." in result.output
