"""Run the suite against the independent server, one switch at a time, and print what it reports.

python drive.py correct|defects|variants|four [PATTERN]  [--out FILE]
"""

from __future__ import annotations

import argparse
import fnmatch
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent))

import uvicorn
from server import KEY, configured
from switches import DEFECTS, FOUR_AT_ONCE, OPERATIONS, VARIANTS

DEPLOYED = [
    "chat=talker", "completions=writer", "embeddings=mapper", "images=painter", "transcription=hearer",
    "translation=translator",
]  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One entry of summary.json; `packed` is the number of points in its example request."""

    rule: str
    level: str
    operation: str
    point: str | None
    pointer: str
    message: str
    packed: int


@dataclass(frozen=True)
class Outcome:
    switches: tuple[str, ...]
    exit_code: int
    requests: int
    seconds: float
    seen: tuple[Seen, ...]
    error: str = ""

    def at(self, *levels: str) -> list[Seen]:
        return [one for one in self.seen if one.level in levels]


@contextmanager
def serving(server: uvicorn.Server) -> Iterator[str]:
    """Serve in a thread of this process on a free port."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 120
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(5)


def beyond(outcome: Outcome, noise: Collection[tuple[str, str | None]]) -> Outcome:
    """Return the outcome without the violations that the correct server has too."""
    return replace(outcome, seen=tuple(one for one in outcome.seen if (one.rule, one.point) not in noise))


#: Runs the command with arguments, within seconds; gives its exit code and what it printed.
Runner = Callable[[list[str], float], tuple[int, str]]


def run_in_own_process(arguments: list[str], timeout: float) -> tuple[int, str]:
    """Run the command in its own process, as users do; the exit code is -1 after a time-out."""
    command = Path(sys.executable).with_name("aoai-conformance")
    try:
        done = subprocess.run(
            [str(command), *arguments], env={**os.environ, "AZURE_OPENAI_API_KEY": KEY}, capture_output=True,
            text=True, timeout=timeout, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        return -1, str(late)
    return done.returncode, done.stdout + done.stderr


def run_in_this_process(arguments: list[str], timeout: float) -> tuple[int, str]:
    """Run the command in this process, which imports everything once; the time-out is ignored."""
    from aoai_conformance.cli import main as command

    del timeout
    printed, code = io.StringIO(), 0
    key = patch.dict(os.environ, {"AZURE_OPENAI_API_KEY": KEY})
    with key, redirect_stdout(printed), redirect_stderr(printed):
        try:
            command(arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
    return code, printed.getvalue()


def judge_server(
    switches: Collection[str],
    operations: Collection[str],
    *more: str,
    run: Runner = run_in_own_process,
    timeout: float = 180,
) -> Outcome:
    """Run the suite against the server with these switches; by default in a process of its own."""
    arguments = ["--api-version", "2024-10-21", *more]
    for one in operations:
        arguments += ["--operation", one]
    for one in DEPLOYED:
        arguments += ["--deployment", one]
    return outcome_of(configured(switches, 0), switches, arguments, timeout, run)


def outcome_of(
    server: uvicorn.Server,
    switches: Collection[str],
    choices: Collection[str],
    timeout: float = 180,
    run: Runner = run_in_own_process,
) -> Outcome:
    """Run the command against a server with these options and read its summary."""
    with tempfile.TemporaryDirectory() as folder, serving(server) as url:
        out = Path(folder) / "run"
        started = time.monotonic()
        options = ["--allow-billed", "--history", "none", "--out", str(out)]
        code, printed = run(["run", "--target", url, *options, *choices], timeout)
        seconds = time.monotonic() - started
        if not (out / "summary.json").exists():
            return Outcome(tuple(switches), code, 0, seconds, (), printed[-800:])
        summary = json.loads((out / "summary.json").read_text())
        packed = {}
        for line in (out / "record.ndjson").read_bytes().splitlines():
            one: dict[str, Any] = json.loads(line)
            if one["type"] == "exchange":
                packed[one["case"]] = len(one["points"])
        seen = tuple(
            Seen(
                v["rule"],
                v["level"],
                v["operation"],
                v["point"],
                v["pointer"],
                v["message"],
                packed.get(v["case"], 0),
            )
            for v in summary["violations"]
        )
        return Outcome(tuple(switches), code, summary["requests"], seconds, seen)


def table(outcomes: list[Outcome]) -> str:
    lines, shown = [], 40
    for outcome in outcomes:
        counts = {level: len(outcome.at(level)) for level in ("must", "should", "may")}
        found = (
            "NOT JUDGED"
            if outcome.exit_code not in (0, 1)
            else "FOUND"
            if counts["must"]
            else "found (should)"
            if counts["should"]
            else "may only"
            if counts["may"]
            else "NOTHING"
        )
        lines.append(
            f"## {' + '.join(outcome.switches) or '(correct)'}: {found} {counts} exit {outcome.exit_code} "
            f"{outcome.requests} requests {outcome.seconds:.0f} s"
        )
        if outcome.error:
            lines.append("   ERROR " + outcome.error.replace("\n", "\n   "))
        lines += [
            f"   {one.level:6} {one.rule:14} {one.point or '-':44} {one.pointer:34} [{one.packed}] "
            + one.message[:170]
            for one in outcome.seen[:shown]
        ]
        if len(outcome.seen) > shown:
            lines.append(f"   … and {len(outcome.seen) - shown} more")
    return "\n".join(lines) + "\n"


def batches(pattern: str, size: int) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Group defects of the request checks: fields are independent, so each defect must be an entry."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in DEFECTS:
        how, colon, field = name.partition(":")
        if colon and fnmatch.fnmatchcase(name, pattern):
            groups.setdefault((how, field.partition(".")[0]), []).append(name)
    return [
        (tuple(names[at : at + size]), (OPERATIONS[area],))
        for (_, area), names in groups.items()
        for at in range(0, len(names), size)
    ]


def missed(outcome: Outcome) -> list[str]:
    """Return the defects of a batch that no boundary entry names."""
    left = []
    for name in outcome.switches:
        field, _, value = name.partition(":")[2].partition(".")[2].partition("=")
        words = [
            word
            for word in field.split(".")
            if word not in ("items", "length", "values", "min", "max", "keys")
        ]
        pattern = ".*".join(re.escape(word) for word in words) + f".*{re.escape(value)}"
        if not any(one.point and re.search(pattern, one.point) for one in outcome.at("must", "should")):
            left.append(name)
    return left


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["correct", "defects", "variants", "four", "batches"])
    parser.add_argument("pattern", nargs="*", default=["*"])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--size", type=int, default=8)
    given = parser.parse_args()
    works: list[tuple[tuple[str, ...], tuple[str, ...]]]
    if given.what == "correct":
        works = [((), (operation,)) for operation in OPERATIONS.values()]
    elif given.what == "four":
        works = [(four, tuple({o for one in four for o in DEFECTS[one]})) for four in FOUR_AT_ONCE]
    elif given.what == "batches":
        works = [work for pattern in given.pattern for work in batches(pattern, given.size)]
    else:
        known = DEFECTS if given.what == "defects" else VARIANTS
        chosen = [name for name in known if any(fnmatch.fnmatchcase(name, p) for p in given.pattern)]
        works = [(tuple(name.split("+")), known[name]) for name in chosen]
    noise: set[tuple[str, str | None]] = set()
    if given.what != "correct":
        for operation in sorted({one for _, operations in works for one in operations}):
            noise |= {(one.rule, one.point) for one in judge_server((), [operation]).seen}
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(given.jobs) as pool:
        for found in pool.map(lambda work: judge_server(*work), works):
            outcome = beyond(found, noise)
            outcomes.append(outcome)
            text = table([outcome])
            if given.what == "batches":
                text += f"   MISSED {missed(outcome)}\n"
            if given.out:
                with given.out.open("a") as file:
                    file.write(text)
            sys.stdout.write(text)
            sys.stdout.flush()
    blind = [" + ".join(o.switches) for o in outcomes if not o.at("must", "should")]
    large = [one.packed for o in outcomes for one in o.seen]
    sys.stdout.write(
        f"\n{len(outcomes)} runs; no must or should in {len(blind)}: {', '.join(blind)}\n"
        f"entries {len(large)}, shown with more than two points: {sum(one > 2 for one in large)}\n"
    )


if __name__ == "__main__":
    main()
