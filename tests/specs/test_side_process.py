"""Work in a second process: the same results, whatever that process does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from aoai_specs import side_process

pytestmark = pytest.mark.skipif(
    sys.platform == "darwin" or not hasattr(side_process.os, "fork"), reason="the platform cannot fork safely"
)


def run(code: str, *arguments: str) -> str:
    """Run a program in a process with one thread, unlike the workers of pytest-xdist."""
    done = subprocess.run(
        [sys.executable, *(["-c", code] if code else []), *arguments],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_two_processes_read_compare_and_lint_as_one_does(tmp_path: Path) -> None:
    found = json.loads(run("", str(Path(__file__).with_name("side_by_side.py")), str(tmp_path)))
    assert found.pop("lines")[0] > 1
    assert found.pop("processes") == 3
    assert all(found.values()), found


MESSAGES = """
from aoai_specs.side_process import SideProcess

def work():
    yield b"first"
    yield b""
    yield bytes(3_000_000)
    raise ValueError("the rest is lost")

with SideProcess(work) as process:
    messages = [process.receive() for _ in range(5)]
assert messages == [b"first", b"", bytes(3_000_000), None, None], [each and len(each) for each in messages]

def endless():
    while True:
        yield b"more"

with SideProcess(endless) as process:
    assert process.receive() == b"more"
    assert set(process.arrived()) <= {b"more"}
print("done")
"""


def test_messages_arrive_in_order_and_an_endless_process_is_ended() -> None:
    assert run(MESSAGES) == "done"


def test_a_process_with_several_threads_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_process.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(side_process.sys, "platform", "linux")
    monkeypatch.setattr(side_process.threading, "active_count", lambda: 2)
    assert not side_process.is_available()
    monkeypatch.setattr(side_process.threading, "active_count", lambda: 1)
    assert side_process.is_available()
