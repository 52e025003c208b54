"""Time each pure stage: planning, validating, reading streams, judging, reporting.

    aoai-conformance run --out RUN && python benchmarks/stages.py RUN

prints one line per stage: the median of several rounds, and the number of items. RUN is the folder of any
run, usually one of the emulator without faults.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jsonschema import Draft202012Validator

from aoai_conformance.engine.sse import read_events
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge
from aoai_conformance.recording.rejudge import documents_of, parts_of
from aoai_conformance.rule import rules
from aoai_reports.formats.folder import write_run_folder
from aoai_reports.record.reader import Record, read_record
from aoai_specs.document import Document
from aoai_strategies.planning.planning import plan

ROUNDS = 5


def median_seconds(work: Callable[[], object]) -> float:
    """Return the median time of `ROUNDS` calls after a warm-up call."""
    work()
    seconds: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def report(stage: str, seconds: float, count: int, unit: str) -> None:
    print(f"{stage:<28} {seconds * 1e3:>10.1f} ms   {seconds / count * 1e6:>10.1f} µs per {unit} ({count})")


def time_planning(document: Document) -> None:
    cases = len(plan(document).cases)
    report("plan, standard", median_seconds(lambda: plan(document)), cases, "case")


def time_streams(record: Record) -> None:
    bodies = [
        line.response.body for line in record.exchanges if line.response is not None and line.response.events
    ]
    events = sum(len(read_events(body)) for body in bodies)
    report("read streams", median_seconds(lambda: [read_events(body) for body in bodies]), events, "event")


def time_validation(document: Document, record: Record) -> None:
    operation = next(one for one in document.operations.values() if one.kind == "chat")
    validator = operation.item_validator(200)
    exchanges = [part for part in parts_of(record) if isinstance(part, Exchange)]
    chunks = [
        chunk
        for exchange in exchanges
        if exchange.case.kind == "chat" and exchange.response and exchange.response.events
        for chunk in exchange.response.event_objects
        if isinstance(chunk, dict)
    ]
    if validator is None or not chunks:
        return
    oracle = Draft202012Validator(validator.schema)
    few = chunks[:50]
    fast = median_seconds(lambda: [validator.is_valid(chunk) for chunk in chunks])
    report("validate chunks", fast, len(chunks), "chunk")
    slow = median_seconds(lambda: [oracle.is_valid(chunk) for chunk in few])
    report("the same by jsonschema", slow, len(few), "chunk")


def time_judging(documents: tuple[Document, ...], record: Record) -> None:
    judge = Judge({str(document.name): document for document in documents}, rules())

    def judge_all() -> int:
        return sum(len(judge(part).verdicts) for part in parts_of(record))

    report("judge by every rule", median_seconds(judge_all), len(record.exchanges), "exchange")


def time_reports(path: Path, record: Record) -> None:
    with tempfile.TemporaryDirectory() as folder:
        seconds = median_seconds(lambda: write_run_folder(Path(folder), path))
    report("read and write all reports", seconds, len(record.exchanges), "exchange")


def main(run: Path) -> None:
    path = run / "record.ndjson"
    record = read_record(path)
    documents = documents_of(record)
    time_planning(documents[0])
    time_streams(record)
    time_validation(documents[0], record)
    time_judging(documents, record)
    time_reports(path, record)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
