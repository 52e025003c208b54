"""Start third-party servers, and compare runs with their expected deviations.

They are installed by `install.py`; AOAI_REAL_SERVERS names the folder (tox sets it). Without it the tests are
skipped; with it a server that is not there fails.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

HERE = Path(__file__).parent
KEY = "sk-conformance"
START_SECONDS = 180.0


def installed(*path: str) -> Path:
    """Return a file of an installed server. Skips if servers are not requested; fails if it is missing."""
    folder = os.environ.get("AOAI_REAL_SERVERS")
    if not folder:
        pytest.skip("AOAI_REAL_SERVERS names no folder of installed servers; `tox -e real-servers` makes one")
    if not Path(folder, *path).exists():
        pytest.fail(f"{Path(folder, *path)} is not there: install.py could not install it, or has not run")
    return Path(folder, *path).absolute()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(
    command: list[str | Path],
    log: Path,
    url: str,
    *,
    alive: str,
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """The address of a server, once something answers at the path `alive`; it ends with the context."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(map(str, command)),
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            env={**os.environ, **(environment or {})},
        )
        try:
            _wait(process, f"{url}{alive}", log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"it ended before it was ready: {_end_of(log)}"
        try:
            if httpx.get(address, timeout=2, trust_env=False).status_code < 500:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    pytest.fail(f"it was not ready in time: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]


@dataclass(frozen=True)
class Deviation:
    """One expected deviation of a rule: operation and place may hold `*` for any text; `why` says what it is.

    `sometimes` marks one that chance decides about: a model with random weights says anything.
    """

    rule: str
    place: str
    why: str
    operation: str = "*"
    sometimes: bool = False

    def covers(self, violation: Mapping[str, Any]) -> bool:
        place = violation["point"] or violation["pointer"]
        return self.rule == violation["rule"] and all(
            re.fullmatch(".*".join(map(re.escape, wanted.split("*"))), found, re.DOTALL)
            for wanted, found in ((self.operation, violation["operation"]), (self.place, place))
        )


def expected(name: str) -> list[Deviation]:
    """Return the known deviations of a server, one for each rule of an entry."""
    output = yaml.safe_load((HERE / "expected" / f"{name}.yaml").read_text(encoding="utf-8"))
    return [Deviation(rule, **each) for each in output["deviations"] for rule in _rules(each.pop("rule"))]


def _rules(named: str | list[str]) -> list[str]:
    """An entry names one rule or several, each of which must be reported."""
    return [named] if isinstance(named, str) else named


@dataclass(frozen=True)
class Judged:
    """The summary of a run, compared with the expected deviations of the server."""

    summary: dict[str, Any]
    deviations: list[Deviation]

    @property
    def reported(self) -> list[dict[str, Any]]:
        """The violations of the run at must or should."""
        return [each for each in self.summary["violations"] if each["level"] != "may"]

    def unexpected(self) -> list[str]:
        """Unexpected violations, one line each."""
        return [
            f"{each['rule']} {each['operation']} {each['point'] or each['pointer']}: {each['message']}"
            for each in self.reported
            if not any(deviation.covers(each) for deviation in self.deviations)
        ]

    def missing(self) -> list[str]:
        """Expected violations that were not reported, one line each."""
        return [
            f"{deviation.rule} {deviation.operation} {deviation.place}"
            for deviation in self.deviations
            if not deviation.sometimes and not any(map(deviation.covers, self.reported))
        ]
