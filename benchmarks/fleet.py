"""Measure fleets.

    python -m benchmarks.fleet targets N WORKERS
    python -m benchmarks.fleet traffic EXCHANGES WORKERS… [--rule ID]…

`targets` tests N emulators, each at an address of its own and every tenth with a fault, with a history, and
checks that exactly these are nonconformant. `traffic` judges records with so many exchanges by all rules, or
by some, with each number of workers in turn, and compares what they wrote. Both print the seconds, the
processor time, and the sizes of what was read and written.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from aoai_conformance import api
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings

_COMMAND = [sys.executable, "-m", "aoai_conformance", "fleet"]
#: How many emulators one process serves.
_TOGETHER = 50
_FAULT = "chat-object-wrong"
#: How many exchanges a file of the traffic has: about what a busy gateway records in an hour.
_EXCHANGES_OF_FILE = 20_000
#: The traffic has at least so many files.
_FEWEST_FILES = 16


def measure_targets(number: int, workers: int) -> None:
    """Test a fleet of emulators."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        settings = [EmulatorSettings(faults=(_FAULT,) if n % 10 == 0 else ()) for n in range(number)]
        urls: list[str] = []
        for start in range(0, number, _TOGETHER):
            process = stack.enter_context(EmulatorProcess(settings[start : start + _TOGETHER]))
            urls += process.urls
        tables = [f'[targets.t{n:04}]\nurl = "{url}"\n' for n, url in enumerate(urls)]
        (folder / "fleet.toml").write_text('[defaults]\nprofile = "smoke"\n' + "".join(tables))
        history = folder / "history.sqlite3"
        _run("run", [folder / "fleet.toml", "--workers", workers, "--history", history], folder / "out")
        print(f"history: {history.stat().st_size:,} bytes")
        _check_verdicts(folder / "out", {f"t{n:04}" for n in range(0, number, 10)})


def _check_verdicts(out: Path, planted: set[str]) -> None:
    """Print how many targets with a planted fault are nonconformant, and how many others are not."""
    results = [json.loads(path.read_text()) for path in out.glob("*/*/result.json")]
    found = {each["target"] for each in results if each["verdict"] == "nonconformant"}
    others = {each["target"] for each in results if each["verdict"] == "conformant"} - planted
    print(
        f"nonconformant: {len(found & planted)} of {len(planted)} with a fault, {len(found - planted)} others"
    )
    print(f"conformant: {len(others)} of {len(results) - len(planted)} without a fault", flush=True)


def measure_traffic(exchanges: int, workers: Sequence[int], rules: Sequence[str] = ()) -> None:
    """Judge the same traffic with each number of workers."""
    chosen = [word for rule in rules for word in ("--rule", rule)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_traffic(folder / "traffic", exchanges)
        written: set[bytes] = set()
        for number in workers:
            out = folder / f"out-{len(written)}-{number}-{time.monotonic_ns()}"
            _run("judge", [f"{folder}/traffic/*/record.ndjson", "--workers", number, *chosen], out)
            written.add((out / "fleet.json").read_bytes())
        print(f"different summaries: {len(written)}")


def write_traffic(folder: Path, exchanges: int) -> None:
    """Write records with the single exchanges of a standard run, again and again under other case ids."""
    folder.mkdir()
    run = api.run(profile="standard", out=folder.with_name("run")).folder
    header, *lines = (run / "record.ndjson").read_text().splitlines(keepends=True)
    footer, templates = lines[-1], [*_templates(lines)]
    size, length = 0, min(_EXCHANGES_OF_FILE, max(1, exchanges // _FEWEST_FILES))
    for start in range(0, exchanges, length):
        (folder / f"{start:09}").mkdir()
        path = folder / f"{start:09}" / "record.ndjson"
        with path.open("w") as opened:
            opened.write(header)
            for number in range(start, min(start + length, exchanges)):
                before, after = templates[number % len(templates)]
                opened.write(f"{before}-{number}{after}")
            opened.write(footer)
        size += path.stat().st_size
    print(f"{exchanges:,} exchanges, {size:,} bytes")


def _templates(lines: Sequence[str]) -> list[tuple[str, str]]:
    """The exchanges that belong to no scenario, split after the id of their case."""
    found = []
    for line in lines:
        data = json.loads(line)
        if data["type"] == "exchange" and not data.get("scenario") and not data.get("derived"):
            mark = f'"case": {json.dumps(data["case"], ensure_ascii=False)}'
            before, _, after = line.partition(mark)
            found.append((before + mark[:-1], f'"{after}'))
    return found


def _run(command: str, arguments: Sequence[object], out: Path) -> None:
    """Run a fleet command; print how long it takes and what it writes."""
    began = time.monotonic()
    options = [*map(str, arguments), "--out", str(out)]
    with subprocess.Popen([*_COMMAND, command, *options], cwd=out.parent) as process:
        processor, memory = _watch(process)
    seconds = time.monotonic() - began
    summary = json.loads((out / "fleet.json").read_text())
    files = [path for path in out.rglob("*") if path.is_file()]
    print(f"fleet {command}: exit code {process.returncode}, {seconds:.1f} s")
    print(f"  processor time of the command and its processes: {[round(each, 1) for each in processor]} s")
    print(f"  largest process: {memory / 1e6:.0f} MB")
    print(f"  {summary['verdicts']}, {summary['requests']:,} requests")
    print(f"  {len(files):,} files with {sum(path.stat().st_size for path in files):,} bytes", flush=True)


def _watch(process: subprocess.Popen[bytes]) -> tuple[list[float], int]:
    """Wait for the end of a command; return the processor times of it and its processes, and the most memory.

    The speed-up that two workers allow is the time of the only worker over that of the busier of two: unlike
    seconds, it does not depend on what else the machine does.
    """
    seen: dict[int, float] = {}
    memory = 0
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            own = psutil.Process(process.pid)
            for each in (own, *own.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    times = each.cpu_times()
                    seen[each.pid] = times.user + times.system
                    memory = max(memory, each.memory_info().rss)
        time.sleep(0.2)
    return [seconds for seconds in seen.values() if seconds > 1], memory


def main() -> None:
    """Measure what the arguments choose."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    targets = kinds.add_parser("targets")
    targets.add_argument("number", type=int)
    targets.add_argument("workers", type=int)
    traffic = kinds.add_parser("traffic")
    traffic.add_argument("exchanges", type=int)
    traffic.add_argument("workers", type=int, nargs="+")
    traffic.add_argument("--rule", action="append", default=[])
    options = parser.parse_args()
    if options.kind == "targets":
        measure_targets(options.number, options.workers)
    else:
        measure_traffic(options.exchanges, options.workers, options.rule)


if __name__ == "__main__":
    main()
