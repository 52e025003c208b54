"""Judge a file that was recorded before: a record, or a recording of another tool; nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aoai_conformance
from aoai_conformance.judging.judged import Judge
from aoai_conformance.options import RunChoices
from aoai_conformance.quirks.quirk_file import OwnQuirks, choose_quirks
from aoai_conformance.recording.har_record import record_in, write_record_in
from aoai_conformance.recording.parallel.batches import Batch
from aoai_conformance.recording.parallel.jobs import AUTO, Jobs
from aoai_conformance.recording.parallel.judged_record import Judging, judge_lines
from aoai_conformance.recording.parallel.record_index import index_file, index_record
from aoai_conformance.recording.parallel.setup import JudgeSetup
from aoai_conformance.recording.record_lines import header_facts
from aoai_conformance.recording.rejudge import documents_of, judge_of, update_header
from aoai_conformance.recording.traffic.documents import documents_for
from aoai_conformance.recording.traffic.files import load_log
from aoai_conformance.recording.traffic.har import traffic_in
from aoai_conformance.recording.traffic.stored_entries import StoredEntries
from aoai_conformance.redaction.lines import HeaderMask
from aoai_conformance.target.documents import warnings_about
from aoai_conformance.target.selection import choose_rules
from aoai_reports.record.lines import Footer, Header
from aoai_reports.record.reader import Record, read_record
from aoai_reports.record.writer import utc_text
from aoai_reports.run_folder import RECORD_NAME
from aoai_specs.errors import ConformanceError

Remark = Callable[[str], None]


@dataclass(frozen=True)
class Material:
    """The exchanges of a file and by what they are judged.

    `units` are the smallest batches, `count` is the number of exchanges; `header` is that of the new record,
    `footer` that of the record before, None without one.
    """

    setup: JudgeSetup
    judge: Judge
    units: Iterable[Batch]
    count: int
    header: Header
    footer: Footer | None = None
    interrupted: bool = False


def judge_file(
    source: Path,
    target: Path,
    choices: RunChoices,
    secret_headers: Sequence[str],
    remark: Remark,
    jobs: Jobs = AUTO,
) -> Record:
    """Judge a record or a recording of another tool, write the new record to `target`, and return it.

    `jobs` is the number of processes that judge, which does not change the result. `remark` receives
    sentences about what was left aside. Raises ConformanceError for an unusable file.
    """
    with TemporaryDirectory(prefix="aoai-conformance-") as folder:
        material = judged_material(source, choices, secret_headers, remark, Path(folder))
        return judge_lines(
            Judging(material.setup, material.judge, jobs),
            material.units,
            material.count,
            target,
            material.header,
            material.footer,
            interrupted=material.interrupted,
        )


def judged_material(
    source: Path,
    choices: RunChoices,
    secret_headers: Sequence[str],
    remark: Remark,
    folder: Path | None = None,
) -> Material:
    """Read what is in a file and by what it is judged; the lines of a record stay in it.

    If there is a `folder`, the record in a large HAR file is written there instead of being held. Raises
    ConformanceError for an unusable file.
    """
    log = None if is_record(source) else load_log(source)
    recorded: Record | None = None
    if log is not None and folder is not None and isinstance(log["entries"], StoredEntries):
        restored = write_record_in(log, source, folder / RECORD_NAME)
        if restored is None:
            return _of_traffic(source, log, choices, secret_headers, remark)
        source = restored
    elif log is not None:
        recorded = record_in(log, source)
        if recorded is None:
            return _of_traffic(source, log, choices, secret_headers, remark)
    index = index_file(source) if recorded is None else index_record(recorded)
    mask = None
    if secret_headers:
        lines = read_record(source).exchanges if recorded is None else recorded.exchanges
        mask = HeaderMask.of(secret_headers, lines)
        index = replace(index, header=mask.masked(index.header))
    header = index.header
    own = _quirks(choices, header, remark)
    documents = documents_of(
        Record(header), choices.specs, choices.overlays, remote_references=choices.allow_remote_refs
    )
    index.require_described(documents)
    rules = choose_rules(choices.rules)
    names = tuple(str(document.name) for document in documents)
    return Material(
        JudgeSetup(choices, names, header, index.path, index.schema, mask),
        judge_of(header, documents, rules, own.table),
        index.units(),
        len(index.exchanges),
        update_header(header, index.operations, documents, rules, own),
        index.footer,
        index.interrupted,
    )


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


def _of_traffic(
    source: Path, log: Mapping[str, Any], choices: RunChoices, secret_headers: Sequence[str], remark: Remark
) -> Material:
    documents = documents_for(log, choices)
    for warning in warnings_about(documents):
        remark(warning)
    traffic = traffic_in(log, documents, secret_headers=secret_headers)
    own, rules = _quirks(choices, None, remark), choose_rules(choices.rules)
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
    return Material(
        JudgeSetup.of_traffic(choices, documents),
        judge_of(None, documents, rules, own.table),
        (Batch(((number, each),)) for number, each in enumerate(traffic.exchanges)),
        len(traffic.exchanges),
        header,
    )


def _moment(text: str, otherwise: str) -> str:
    """The time of the first HAR entry in the form of a record; `otherwise` if it is missing or invalid."""
    try:
        moment = datetime.fromisoformat(text)
        return utc_text(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # in UTC the year may be 0 or 10000
        return otherwise
