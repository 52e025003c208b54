"""Judge a file that was recorded before: a record, or a recording of another tool; nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aoai_conformance
from aoai_conformance.judging.judged import Judge
from aoai_conformance.options import RunChoices
from aoai_conformance.quirks.quirk_file import OwnQuirks, choose_quirks
from aoai_conformance.recording.har_record import record_in
from aoai_conformance.recording.record_lines import header_facts
from aoai_conformance.recording.rejudge import documents_of, write_judged, write_rejudged
from aoai_conformance.recording.traffic.documents import documents_for
from aoai_conformance.recording.traffic.files import load_log
from aoai_conformance.recording.traffic.har import traffic_in
from aoai_conformance.redaction.lines import without_headers
from aoai_conformance.rule import Rule
from aoai_conformance.target.documents import warnings_about
from aoai_reports.record.lines import Header
from aoai_reports.record.reader import Record, read_record
from aoai_reports.record.writer import utc_text
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError

Remark = Callable[[str], None]


def judge_file(
    source: Path,
    target: Path,
    choices: RunChoices,
    rules: Sequence[Rule],
    secret_headers: Sequence[str],
    remark: Remark,
) -> None:
    """Judge a record or a recording of another tool, and write the new record to `target`.

    `remark` receives sentences about what was left aside. Raises ConformanceError for an unusable
    file.
    """
    log = None if is_record(source) else load_log(source)
    recorded = read_record(source) if log is None else record_in(log, source)
    if recorded is not None:
        record = without_headers(recorded, secret_headers)
        own = _quirks(choices, record.header, remark)
        write_rejudged(record, _documents_of(record, choices), rules, target, own)
    elif log is not None:
        _judge_har(source, log, target, choices, rules, secret_headers, remark)


def _quirks(choices: RunChoices, header: Header | None, remark: Remark) -> OwnQuirks:
    """Read the user's quirks and report those that no longer apply."""
    own = choose_quirks(choices.quirks, header)
    for sentence in own.complaints:
        remark(sentence)
    return own


def is_record(path: Path) -> bool:
    """Whether a file starts with the header of a record. Raises ConformanceError if it cannot be read."""
    try:
        with path.open("rb") as opened:
            first = opened.readline(1024 * 1024)
    except OSError as error:
        raise ConformanceError(f"Cannot read {path}: {error.strerror or error}.") from error
    try:
        head = json.loads(first)
    except (ValueError, RecursionError):
        return path.suffix == ".ndjson"
    return isinstance(head, dict) and "type" in head


def _documents_of(record: Record, choices: RunChoices) -> tuple[Document, ...]:
    return documents_of(record, choices.specs, choices.overlays, remote_references=choices.allow_remote_refs)


def _judge_har(
    source: Path,
    log: Mapping[str, Any],
    target: Path,
    choices: RunChoices,
    rules: Sequence[Rule],
    secret_headers: Sequence[str],
    remark: Remark,
) -> None:
    documents = documents_for(log, choices)
    for warning in warnings_about(documents):
        remark(warning)
    traffic = traffic_in(log, documents, secret_headers=secret_headers)
    own = _quirks(choices, None, remark)
    for sentence in traffic.remarks:
        remark(f"{source}: {sentence}")
    if not (traffic.exchanges or traffic.addressed):
        names = ", ".join(str(document.name) for document in documents)
        raise ConformanceError(f"{source} contains no request to an operation of {names}.")
    header = Header(
        tool=f"aoai-conformance {aoai_conformance.__version__}",
        started=_moment(traffic.started, utc_text(datetime.fromtimestamp(0, UTC))),
        target=source.name,
        documents=tuple(str(document.name) for document in documents),
        surface=documents[0].name.surface,
        profile="recorded",
        seed=0,
        options={
            "har": source.name,
            "as_published": choices.as_published,
            **({"remarks": list(traffic.remarks)} if traffic.remarks else {}),
            **own.options,
        },
        **header_facts(rules, documents, own.table),
    )
    judge = Judge({str(document.name): document for document in documents}, rules, own.table)
    write_judged(target, header, map(judge, traffic.exchanges), None, interrupted=False)


def _moment(text: str, otherwise: str) -> str:
    """The time of the first HAR entry in the form of a record; `otherwise` if it is missing or invalid."""
    try:
        moment = datetime.fromisoformat(text)
        return utc_text(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # in UTC the year may be 0 or 10000
        return otherwise
