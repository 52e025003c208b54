"""The response of a busy server is judged, even if the request succeeds later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aoai_conformance.cli import main
from aoai_conformance.engine.client import MOST_THROTTLED
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_reports.record.reader import Record, read_record

pytestmark = pytest.mark.usefixtures("plan_once")
CHAT = "ChatCompletions_Create"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, ...]]:
    emulators = (EmulatorSettings(faults=("busy-without-delay",)), EmulatorSettings())
    with EmulatorProcess(emulators) as process:
        yield process.urls


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def busy_run(servers: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("busy") / "run"
    chosen = ("--operation", CHAT, "--profile", "smoke", "--history", "none", "--strict", "--out", out)
    result = invoke("run", "--target", servers[0], *chosen)
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def record(busy_run: Path) -> Record:
    return read_record(busy_run / "record.ndjson")


def test_what_the_429_lacks_is_reported_and_nothing_else(record: Record) -> None:
    found = {(line.case, entry.rule) for line in record.exchanges for entry in line.violations}
    assert found
    assert {rule for _, rule in found} == {"HTTP-008"}
    assert {case for case, _ in found} <= {line.case for line in record.exchanges if line.is_throttled}


def test_the_case_keeps_its_response_and_each_attempt_counts_once(record: Record) -> None:
    by_case = {line.case: line for line in record.exchanges}
    away = [line for line in record.exchanges if line.is_throttled]
    for line in away:
        assert line.response is not None
        assert line.response.status == 429
        assert (line.attempts, line.points, line.expect, line.origin) == (1, (), "any", "throttled")
        answer = by_case[line.planned_case]
        assert answer.response is not None
        assert answer.response.status != 429
        assert answer.request == line.request
    assert record.footer is not None
    assert record.footer.requests == len(record.exchanges)


def test_it_can_be_replayed(busy_run: Path, record: Record, servers: tuple[str, ...]) -> None:
    case = next(line.case for line in record.exchanges if line.is_throttled)
    result = invoke("replay", busy_run, case, "--target", servers[1])
    assert result.exit_code == 0, result.output
    assert "HTTP-008" in result.output


def test_two_nights_are_compared_without_it(busy_run: Path, servers: tuple[str, ...], tmp_path: Path) -> None:
    chosen = ("--operation", CHAT, "--profile", "smoke", "--history", "none", "--out", tmp_path / "quiet")
    assert invoke("run", "--target", servers[1], *chosen).exit_code == 0
    result = invoke("diff", "runs", busy_run, tmp_path / "quiet", "--format", "json")
    (comparison,) = json.loads(result.output)["comparisons"]
    assert comparison["behaviour"] == []
    assert [(each["rule"], each["class"]) for each in comparison["defects"]] == [
        ("HTTP-008", "no longer tested")
    ]


def test_only_some_of_a_busy_night_is_kept(serve, reply, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    asked: list[bytes] = []

    def answer(request):  # type: ignore[no-untyped-def]
        asked.append(request.body)
        if asked.count(request.body) == 1:
            return [reply(429, {"error": {"code": "429", "message": "m"}}, {"retry-after-ms": "1"})]
        return [reply(200, {"id": "x"})]

    server = serve(answer)
    out = tmp_path / "run"
    options = (
        "--api-key-env",
        "A_KEY",
        "--deployment",
        "chat=x",
        "--operation",
        CHAT,
        "--history",
        "none",
        "--max-requests",
        60,
    )
    result = CliRunner().invoke(
        main, ["run", "--target", server.url, *options, "--out", str(out)], env={"A_KEY": "k" * 20}
    )
    assert result.exit_code == 1, result.output
    away = [line for line in read_record(out / "record.ndjson").exchanges if line.is_throttled]
    assert len(away) == MOST_THROTTLED
    assert any("/probe/" in line.case for line in away)
