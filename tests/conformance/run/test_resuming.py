"""A resumed run sends what is missing and has the results of an uninterrupted one.

A kill is simulated by copying the record at a moment of the run: nothing else survives a kill.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unittest import mock

import httpx
import pytest

from aoai_conformance.engine.client import Client
from aoai_conformance.options import RunChoices
from aoai_conformance.rule import rules
from aoai_conformance.run import session as session_module
from aoai_conformance.run.progress import Lines
from aoai_conformance.run.resumption import (
    CHOICES,
    InterruptedRun,
    read_choices,
    read_interrupted,
    recorded_choices,
)
from aoai_conformance.run.session import Session, conduct
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.targets import Target
from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings
from aoai_model.case import Plan
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record, read_lines, read_record
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError
from aoai_strategies.planning.planning import plan

ROOT = "http://127.0.0.1:9"
OPERATIONS = ("UploadFile", "GetFile", "GetFileContent", "DeleteFile", "ListFiles")
RULES = [rule for rule in rules() if rule.id.startswith(("FILE-", "BOUNDARY-", "SCHEMA-"))]


@cache
def document() -> Document:
    return Catalogue.packaged().load("azure-openai@2025-01-01-preview")


@cache
def planned() -> Plan:
    return plan(document(), operations=OPERATIONS)


@dataclass
class Server(httpx.AsyncBaseTransport):
    """An emulator without a socket that logs each request, and copies the record when some arrive."""

    folder: Path = Path()
    kills: Mapping[int, Path] = field(default_factory=dict)
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = Settings(documents=(document(),), advance_on_poll=True)
        self.emulator = httpx.ASGITransport(create_app(settings))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        copy = self.kills.get(len(self.sent))
        if copy is not None:
            copy.mkdir()
            shutil.copy(self.folder / "record.ndjson", copy)
        self.sent.append((request.method, str(request.url), request.content))
        return await self.emulator.handle_async_request(request)


#: A server, the record of a whole run against it, the requests of that run, and the parent of all folders.
Killed = tuple[Server, Record, Counter[tuple[str, str, bytes]], Path]


def run(server: Server, folder: Path, resumed: InterruptedRun | None = None) -> Record:
    """Run the plan in a folder, or continue the run there."""
    folder.mkdir(exist_ok=True)
    server.folder, server.sent = folder, []
    session = Session(
        target=Target("url", ROOT, ROOT, {}, KeyAuthentication("a-key-for-loopback")),
        documents=(document(),),
        rules=RULES,
        plans=(planned(),),
        options={CHOICES: recorded_choices(RunChoices(seed=3))},
        resumed=resumed,
    )

    def client(*arguments: object, **named: object) -> Client:
        return Client(*arguments, **named, transport=server)  # type: ignore[arg-type]

    with mock.patch.object(session_module, "Client", client):
        asyncio.run(conduct(session, folder, Lines(io.StringIO())))
    return read_record(folder / "record.ndjson")


def resume(server: Server, folder: Path) -> Record:
    return run(server, folder, read_interrupted(folder))


def recorded_requests(folder: Path) -> Counter[tuple[str, str, bytes]]:
    """The requests in a record whose responses it holds, each case once."""
    lines = [line for line in read_lines(folder / "record.ndjson") if isinstance(line, ExchangeLine)]
    by_case = {line.case: line.request for line in lines if line.response is not None}
    return Counter((each.method, each.url, each.body) for each in by_case.values())


def results(record: Record) -> list[tuple[str, Mapping[str, str], list[str]]]:
    """The results of a record in its order: name, outcomes and violations.

    How often the state of a file is polled depends on the server, which went on after the copy.
    """
    lines = [
        *((each.case, each) for each in record.exchanges),
        *((each.scenario, each) for each in record.scenarios),
    ]
    return [
        (name, line.verdicts, [each.message for each in line.violations])
        for name, line in lines
        if "/again-" not in name
    ]


@pytest.fixture(scope="module")
def killed(
    tmp_path_factory: pytest.TempPathFactory,
) -> Killed:
    """A whole run, and copies of its folder as kills at three moments leave it."""
    parent = tmp_path_factory.mktemp("runs")
    server = Server(kills={number: parent / f"killed-{number}" for number in (3, 20, 45)})
    record = run(server, parent / "whole")
    return server, record, Counter(server.sent), parent


@pytest.mark.parametrize("kill", [3, 20, pytest.param(45, marks=pytest.mark.whole_selftest)])
def test_a_resumed_run_sends_what_is_missing_and_has_the_same_results(killed: Killed, kill: int) -> None:
    server, whole, sent, parent = killed
    folder = parent / f"killed-{kill}"
    before = recorded_requests(folder)
    server.kills = {}
    record = resume(server, folder)
    assert results(record) == results(whole)
    assert record.header.planned == whole.header.planned
    assert record.footer is not None
    assert not record.footer.interrupted
    missing = sent - before
    again = {
        each: number - missing[each] for each, number in Counter(server.sent).items() if each[0] == "POST"
    }
    assert sum(again[each] for each in again.keys() & before.keys() if again[each] > 0) <= 8  # in flight
    assert len(server.sent) < sum(sent.values())


def is_later_step(line: Mapping[str, str]) -> bool:
    """Whether a line is a step of a flow after the first one, or comes after the run."""
    case = line.get("case", "")
    return line["type"] == "footer" or (case.startswith("flow.files/life/") and not case.endswith("/upload"))


def test_resources_that_are_gone_are_created_again(killed: Killed, tmp_path: Path) -> None:
    _, whole, _, parent = killed
    server = Server()
    shutil.copytree(parent / "whole", tmp_path / "r")
    path = tmp_path / "r" / "record.ndjson"
    kept = [
        line for line in path.read_bytes().splitlines(keepends=True) if not is_later_step(json.loads(line))
    ]
    path.write_bytes(b"".join(kept))
    record = resume(server, tmp_path / "r")
    assert {name: found for name, _, found in results(record)} == {
        name: found for name, _, found in results(whole)
    }
    assert any(method == "POST" and "/files" in url for method, url, _ in server.sent)


def test_a_killed_resumed_run_is_resumed_again(killed: Killed, tmp_path: Path) -> None:
    server, whole, _, parent = killed
    folder = tmp_path / "r"
    lines = (parent / "whole" / "record.ndjson").read_bytes().splitlines(keepends=True)
    folder.mkdir()
    (folder / "record.ndjson").write_bytes(b"".join(lines[:12]))
    server.kills = {10: tmp_path / "killed"}
    resume(server, folder)
    server.kills = {}
    before = recorded_requests(tmp_path / "killed")
    assert sum(before.values()) >= 12
    record = resume(server, tmp_path / "killed")
    assert [(name, found) for name, _, found in results(record)] == [
        (name, found) for name, _, found in results(whole)
    ]


def test_a_last_line_that_was_cut_off_is_dropped(killed: Killed, tmp_path: Path) -> None:
    parent = killed[3]
    lines = (parent / "whole" / "record.ndjson").read_bytes().splitlines(keepends=True)
    (tmp_path / "record.ndjson").write_bytes(b"".join(lines[:5]) + lines[5][:100])
    assert len(read_interrupted(tmp_path).lines) == 4


def test_a_record_of_another_version_is_rejected(killed: Killed, tmp_path: Path) -> None:
    first, *rest = (killed[3] / "whole" / "record.ndjson").read_text().splitlines(keepends=True)
    header = json.loads(first) | {"tool": "aoai-conformance 0.0.1"}
    (tmp_path / "record.ndjson").write_text(json.dumps(header) + "\n" + "".join(rest[:3]))
    with pytest.raises(ConformanceError, match=r"written by aoai-conformance 0\.0\.1, whose plan may differ"):
        read_interrupted(tmp_path)


def test_a_folder_without_a_record_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ConformanceError, match=r"has no record\.ndjson"):
        read_interrupted(tmp_path)


def test_the_choices_of_a_run_are_read_from_its_record(killed: Killed, tmp_path: Path) -> None:
    interrupted = read_interrupted(killed[3] / "whole")
    assert interrupted.choices == RunChoices(seed=3)
    changed = interrupted.with_changes(tmp_path, {"concurrency": 2, "seed": 3})
    assert changed == RunChoices(seed=3, concurrency=2, out=tmp_path)


def test_every_choice_survives_the_record() -> None:
    choices = RunChoices(
        target="http://x", deployments=("chat=a",), quirks=Path("q.yaml"), seed=3, max_tokens=9, strict=True
    )
    assert read_choices(json.loads(json.dumps(recorded_choices(choices)))) == choices


def test_an_option_that_contradicts_the_run_is_rejected(killed: Killed, tmp_path: Path) -> None:
    interrupted = read_interrupted(killed[3] / "whole")
    with pytest.raises(ConformanceError, match=r"--seed contradicts the run in .*, which has 3; leave it"):
        interrupted.with_changes(tmp_path, {"seed": 4})
