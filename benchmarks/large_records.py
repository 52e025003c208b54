"""Judge, report and compare large records: time and memory, with one process and with several.

    python -m benchmarks.large_records 13480 1 2

makes a record of so many exchanges by repeating those of a standard run against the emulator, judges it with
each number of processes, reports on it and compares it with itself. It prints the seconds, the processor time
and the largest memory of one process, and whether all processes wrote the same record.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks.runner.rows import Row, Session

from aoai_conformance import api
from aoai_reports.run_folder import RECORD_NAME

#: How many exchanges the table of benchmarks judges.
EXCHANGES = 1_300
_COMMAND = [sys.executable, "-m", "aoai_conformance"]


def main(exchanges: int, *jobs: int) -> None:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        api.run(out=folder / "run")
        record = folder / "large.ndjson"
        count = repeat_record(folder / "run" / RECORD_NAME, record, exchanges)
        print(f"{count:,} exchanges, {record.stat().st_size / 1e6:,.0f} MB, {os.cpu_count()} processors")
        written: set[str] = set()
        for number in jobs:
            out = folder / f"judged-{number}"
            _measure(f"judge --jobs {number}", ["judge", record, "--jobs", number, "--out", out])
            written.add(hashlib.sha256((out / RECORD_NAME).read_bytes()).hexdigest())
        print("all records are the same" if len(written) == 1 else "THE RECORDS DIFFER")
        for name in ("json", "html"):
            _measure(f"report --format {name}", ["report", record, "--format", name])
        _measure("diff runs", ["diff", "runs", record, record])


def repeat_record(source: Path, target: Path, exchanges: int) -> int:
    """Write a record with the exchanges and scenarios of another, repeated under other ids."""
    lines = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    by_type = {kind: [each for each in lines if each["type"] == kind] for kind in ("exchange", "scenario")}
    copies = -(-exchanges // len(by_type["exchange"]))
    with target.open("w", encoding="utf-8") as file:
        repeated = chain.from_iterable(_repeated(each, copies) for each in by_type.values())
        for each in chain(lines[:1], repeated, lines[-1:]):
            file.write(json.dumps(each, ensure_ascii=False) + "\n")
    return copies * len(by_type["exchange"])


def _repeated(lines: Sequence[dict[str, Any]], copies: int) -> Iterator[dict[str, Any]]:
    for copy in range(copies):
        for line in lines:
            again = dict(line)
            if line["type"] == "scenario":
                again["scenario"] = f"{line['scenario']}~{copy}"
                again["cases"] = [f"{case}~{copy}" for case in line["cases"]]
            else:
                again["case"] = f"{line['case']}~{copy}"
                if line.get("scenario"):
                    again["scenario"] = {**line["scenario"], "id": f"{line['scenario']['id']}~{copy}"}
                if line.get("derived"):
                    again["derived"] = {**line["derived"], "case": f"{line['derived']['case']}~{copy}"}
            yield again


def _measure(name: str, arguments: Sequence[object]) -> None:
    """Run a command, and print what it used."""
    elapsed, processor, memory = used_by(arguments)
    print(f"{name:<24} {elapsed:8.1f} s  {processor:8.1f} s of processors  {memory:6.0f} MB")


def used_by(arguments: Sequence[object]) -> tuple[float, float, float]:
    """Return the elapsed and the processor seconds of a command and its MB, without this process."""
    program = (
        "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)"
        ".returncode; used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, *_COMMAND, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    elapsed = time.perf_counter() - begin
    processor, memory = done.stdout.split()
    return elapsed, float(processor), int(memory) / 1024


def measure(session: Session) -> Iterator[Row]:
    """Yield the seconds of judging a record with two processes and with one, and the memory."""
    session.say("recording a run")
    api.run(out=session.folder / "run")
    record = session.folder / "large.ndjson"
    count = repeat_record(session.folder / "run" / RECORD_NAME, record, EXCHANGES)
    memory: list[float] = []

    def judge(jobs: int) -> float:
        out = session.folder / f"judged-{jobs}-{time.monotonic_ns()}"
        elapsed, _, used = used_by(["judge", record, "--jobs", jobs, "--out", out])
        if jobs > 1:
            memory.append(used)
        return elapsed

    samples = session.alternate({"ours": lambda: judge(2), "one": lambda: judge(1)}, warm_up=False)
    work = f"judge a record of {count:,} exchanges"
    yield Row(f"{work} with --jobs 2", "s", samples["ours"], samples["one"], "--jobs 1")
    yield Row(work, "MB in the largest process", memory)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
