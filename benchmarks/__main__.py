"""Run the benchmarks: ours and its peers in turn on the same work, in one table.

    python -m benchmarks [--only NAME]… [--rounds N] [--document FILE] [--into FILE] [--cache DIR]
                         [--no-install] [--list]

The peers are installed from PyPI and npm into a cache folder. One that cannot be installed has a row that
says so.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.runner.peers import Peers, PeerUnavailableError, cache_folder
from benchmarks.runner.rows import Benchmark, Row, Session
from benchmarks.runner.table import render

BENCHMARKS = (
    Benchmark(
        "defects",
        "planted defects and boundary values, beside Schemathesis",
        "benchmarks.beside_schemathesis.defects",
    ),
    Benchmark(
        "generation", "generated requests, beside Schemathesis", "benchmarks.beside_schemathesis.generation"
    ),
    Benchmark(
        "documents", "`diff specs` and oasdiff, `specs lint` and Redocly", "benchmarks.large_documents"
    ),
    Benchmark("emulator", "the emulator, beside a bare route, aimock and Prism", "benchmarks.emulator_speed"),
    Benchmark("judging", "from recorded streams to verdicts, beside `json.loads`", "benchmarks.judging"),
    Benchmark("records", "a large record, judged by two processes and by one", "benchmarks.large_records"),
    Benchmark("start", "from the command to the help and to the first request", "benchmarks.start"),
)


def measure(benchmark: Benchmark, session: Session) -> Iterator[Row]:
    """Yield the rows of a benchmark; if it fails, one that says why."""
    session.name = benchmark.name
    try:
        yield from importlib.import_module(benchmark.module).measure(session)
    except PeerUnavailableError as error:
        yield Row(benchmark.title, "", (), remark=str(error))
    except Exception as error:  # noqa: BLE001 - the other benchmarks are still worth their time
        session.say(f"failed: {type(error).__name__}: {error}")
        yield Row(benchmark.title, "", (), remark=f"failed: {type(error).__name__}: {str(error)[:200]}")


def main() -> int:
    """Run the chosen benchmarks; the exit code is 1 if one of them failed."""
    names = [each.name for each in BENCHMARKS]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=names, help="repeatable")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--into", type=Path, metavar="FILE", help="write the table into this file, too")
    parser.add_argument(
        "--document", type=Path, metavar="FILE",
        help="the description in JSON that `documents` repeats and edits (default: the packaged v1)",
    )  # fmt: skip
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="where peers are installed")
    parser.add_argument("--no-install", action="store_true", help="measure only peers that are installed")
    parser.add_argument("--list", action="store_true", help="list the benchmarks, and exit")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.list:
        for each in BENCHMARKS:
            print(f"{each.name:<14} {each.title}")
        return 0
    results: list[tuple[str, Row]] = []
    began = datetime.now(UTC)
    peers = Peers(options.cache, installs=not options.no_install)
    with tempfile.TemporaryDirectory() as scratch:
        for each in BENCHMARKS:
            if options.only and each.name not in options.only:
                continue
            folder = Path(scratch) / each.name
            folder.mkdir()
            for row in measure(each, Session(options.rounds, folder, peers, options.document)):
                results.append((each.name, row))
                if options.into:  # after each row, so that an interruption loses little
                    options.into.write_text(render(results, options.rounds, began), encoding="utf-8")
    print(render(results, options.rounds, began), end="")
    return int(any(row.remark.startswith("failed") for _, row in results))


if __name__ == "__main__":
    sys.exit(main())
