"""Fleets whose results, records and recordings are in S3, as moto emulates it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.fleet.recordings import find_recordings, local_copy
from aoai_conformance.fleet.running import PLAN_NAME, run_task
from aoai_conformance.fleet.storage import Storage, open_storage
from aoai_conformance.fleet.tasks import TaskPlanner
from aoai_conformance.options import EMULATOR, RunChoices
from aoai_specs.errors import OutputError

pytestmark = pytest.mark.object_store

FLEET = """
[defaults]
profile = "smoke"
operation = ["embeddings_create"]
[targets.a]
url = "emulator"
[targets.b]
url = "emulator"
"""


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    """A server with an empty bucket; the environment has its address and credentials."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.delenv("AWS_PROFILE", raising=False)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "of-the-test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-test")
        S3FileSystem().mkdir("bucket")
        yield
    server.stop()


def fleet(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aoai_conformance", "fleet", *arguments],
        cwd=folder,
        check=False,
        text=True,
        capture_output=True,
        timeout=600,
    )


def parsed(storage: Storage, name: str) -> Any:
    content = storage.read(name)
    assert content is not None, name
    return json.loads(content)


def test_files_are_replaced_listed_and_deleted() -> None:
    storage = open_storage("s3://bucket/files")
    assert (storage.names(""), storage.read("a/1")) == ([], None)
    for content in (b"old", b"new"):
        storage.write("a/1", content)
    storage.write("b/2", b"")
    assert (storage.read("a/1"), storage.names("a"), storage.names("")) == (b"new", ["a/1"], ["a/1", "b/2"])
    storage.delete(["a/1", "a/never-written"])
    assert storage.names("") == ["b/2"]


def test_a_bucket_that_does_not_exist_is_an_error_for_the_user() -> None:
    with pytest.raises(OutputError, match=r"Cannot write s3://absent/night/a: .*bucket does not exist"):
        open_storage("s3://absent/night").write("a", b"")


def test_a_fleet_is_run_continued_reported_and_judged_again(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text(FLEET)
    options = ("fleet.toml", "--out", "s3://bucket/night", "--history", "none", "--workers", "2")

    ran = fleet(tmp_path, "run", *options)

    assert ran.returncode == 0, ran.stderr
    night = open_storage("s3://bucket/night")
    first = parsed(night, "fleet.json")
    assert first["verdicts"]["conformant"] == 2
    record = "a/azure-openai@2024-10-21/record.ndjson"
    assert {record, "plan.json", "fleet.txt", "index.html"} <= set(night.names(""))
    assert not [name for name in night.names("") if "record.parts" in name]

    night.delete(["b/azure-openai@2024-10-21/result.json", "fleet.json"])
    again = fleet(tmp_path, "run", *options, "--resume")
    assert (again.returncode, parsed(night, "fleet.json")) == (0, first), again.stderr
    assert fleet(tmp_path, "report", "s3://bucket/night").stdout == ran.stdout.partition("Report:")[0]

    for pattern in ("s3://bucket/night/*/*/record.ndjson", "s3://bucket/night/*/*"):
        assert len(find_recordings([pattern])) == 2
    (found,) = find_recordings([f"s3://bucket/night/{record.rpartition('/')[0]}"])
    assert local_copy(found).read_bytes() == night.read(record)

    judged = fleet(
        tmp_path, "judge", "s3://bucket/night/*/*", "--out", "s3://bucket/judged", "--workers", "1"
    )
    assert judged.returncode == 0, judged.stderr
    found_again = parsed(open_storage("s3://bucket/judged"), "fleet.json")
    assert (found_again["verdicts"], found_again["requests"]) == (first["verdicts"], first["requests"])


def test_a_task_continues_from_the_copied_lines_of_a_lost_worker(serve: Any, reply: Any) -> None:
    sent: list[bytes] = []

    def answer(request: Any) -> list[Any]:
        sent.append(request.target.encode() + request.body)
        return [reply(200, {"id": "same"})]

    choices = RunChoices(target=serve(answer).url, deployments=("chat=x",), auth="none", profile="smoke")
    (task,) = TaskPlanner().tasks_of("prod", choices)
    for place in ("s3://bucket/whole", "s3://bucket/lost"):
        open_storage(place).write(PLAN_NAME, b"{}")
    whole = run_task(task, "s3://bucket/whole")
    assert whole.result.verdict != "not tested", whole.result.error
    record = open_storage("s3://bucket/whole").read(f"{task.folder}/record.ndjson")
    assert record is not None
    lines, every = record.splitlines(keepends=True), len(sent)
    half = lines[: len(lines) // 2]
    open_storage("s3://bucket/lost").write(f"{task.folder}/record.parts/000001-{0:015}", b"".join(half))
    sent.clear()

    resumed = run_task(task, "s3://bucket/lost")

    assert (resumed.resumed, resumed.result) == (True, whole.result)
    assert 0 < len(sent) < every


def test_a_worker_that_cannot_read_the_bucket_says_so() -> None:
    (task,) = TaskPlanner().tasks_of("prod", RunChoices(target=EMULATOR, profile="smoke"))
    finished = run_task(task, "s3://absent/night")
    assert (finished.result.verdict, "s3://absent/night/plan.json" in finished.result.error) == (
        "not tested",
        True,
    )
