"""`aoai-conformance judge`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.options import document_options, gate_options, quirks_option, rule_option
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_conformance.baseline.baseline import Baseline
    from aoai_conformance.judging.quirk_file import OwnQuirks
    from aoai_conformance.rule import Rule
    from aoai_reports.record.lines import Header

RECORD_NAME = "record.ndjson"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is common to all the files that are judged."""

    rules: Sequence[Rule]
    surface: str | None
    api_versions: Sequence[str]
    specs: Sequence[str]
    as_published: bool
    baseline: Baseline
    strict: bool
    quirks: Path | None
    secret_headers: Sequence[str]


@click.command("judge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@document_options()
@rule_option()
@gate_options()
@quirks_option()
@click.option(
    "--secret-header",
    "secret_headers",
    multiple=True,
    metavar="NAME",
    help="A header whose value is a secret: it is masked there and wherever else it occurs. Repeatable.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Write the new record and its reports here; new or empty. With several files, a folder for each.",
)  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context,
    *,
    files: tuple[Path, ...],
    surface: str | None,
    api_versions: tuple[str, ...],
    specs: tuple[str, ...],
    as_published: bool,
    rules: tuple[str, ...],
    baseline: Path | None,
    strict: bool,
    quirks: Path | None,
    secret_headers: tuple[str, ...],
    out: Path | None,
) -> None:
    """Judge records (a file or a run's folder) or HAR files by today's rules; send nothing.

    A record is judged by the documents that it names; --surface, --api-version and --as-published are for
    HAR files.
    """
    from aoai_conformance.cli.output.outcome import chosen_baseline
    from aoai_conformance.run.choices import chosen_rules
    from aoai_conformance.run.output_folder import new_folder
    from aoai_reports.formats.legible import visible_line

    wanted = _Wanted(
        chosen_rules(rules),
        surface,
        api_versions,
        specs,
        as_published,
        chosen_baseline(baseline),
        strict,
        quirks,
        secret_headers,
    )
    codes: list[int] = []
    with ExitStack() as stack:
        if out is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aoai-judge-")))
        else:
            folder = stack.enter_context(new_folder(out))
        for number, file in enumerate(files, 1):
            here = folder
            if len(files) > 1:
                click.echo(visible_line(f"{file}:"))
                here = folder / f"{number:02}-{file.name}"
                here.mkdir()
            codes.append(_judge(file, here, wanted, kept=out is not None))
    ctx.exit(next((code for code in (1, 3) if code in codes), 0))


def _judge(file: Path, folder: Path, wanted: _Wanted, *, kept: bool) -> int:
    from aoai_conformance.cli.output.outcome import show_outcome
    from aoai_conformance.recording.rejudge import documents_of, write_rejudged
    from aoai_conformance.redaction.lines import without_headers
    from aoai_reports.formats.folder import write_run_folder
    from aoai_reports.record.reader import read_record

    source = file / RECORD_NAME if file.is_dir() else file
    target = folder / RECORD_NAME
    if is_record(source):
        record = without_headers(read_record(source), wanted.secret_headers)
        own = _quirks(wanted, record.header)
        write_rejudged(record, documents_of(record, wanted.specs), wanted.rules, target, own)
    else:
        _judge_har(source, target, wanted)
    judged = read_record(target)
    if kept:
        write_run_folder(folder, strict=wanted.strict, baseline=wanted.baseline, record=judged)
    report = folder if kept else None
    return show_outcome(judged, wanted.baseline, strict=wanted.strict, report=report)


def _quirks(wanted: _Wanted, header: Header | None) -> OwnQuirks:
    """The user's own quirks; those that no longer apply are reported."""
    from aoai_conformance.judging.quirk_file import chosen_quirks
    from aoai_reports.formats.legible import visible_line

    own = chosen_quirks(wanted.quirks, header)
    for sentence in own.complaints:
        click.echo(visible_line(sentence, 1000), err=True)
    return own


def is_record(path: Path) -> bool:
    """Whether a file begins with a record's header. Raises ConformanceError where it cannot be read."""
    try:
        with path.open("rb") as opened:
            first = opened.readline(1024 * 1024)
    except OSError as error:
        raise ConformanceError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        head = json.loads(first)
    except (ValueError, RecursionError):
        return path.suffix == ".ndjson"
    return isinstance(head, dict) and "log" not in head


def _judge_har(source: Path, target: Path, wanted: _Wanted) -> None:
    import aoai_conformance
    from aoai_conformance.judging.judged import Judge
    from aoai_conformance.recording.har import read_har
    from aoai_conformance.recording.record_lines import quirk_facts, rule_facts, rule_operations
    from aoai_conformance.recording.rejudge import write_judged
    from aoai_conformance.target.documents import chosen_documents, warnings_about
    from aoai_reports.formats.legible import visible_line
    from aoai_reports.record.lines import Header
    from aoai_reports.record.writer import utc_text

    documents = chosen_documents(
        surface=wanted.surface,
        api_versions=wanted.api_versions,
        specs=wanted.specs,
        as_published=wanted.as_published,
    )
    for warning in warnings_about(documents):
        click.echo(visible_line(warning, 1000), err=True)
    traffic = read_har(source, documents, secret_headers=wanted.secret_headers)
    own = _quirks(wanted, None)
    for remark in traffic.remarks:
        click.echo(visible_line(f"{source}: {remark}", 1000), err=True)
    if not (traffic.exchanges or traffic.addressed):
        names = ", ".join(str(document.name) for document in documents)
        raise ConformanceError(f"{source} holds no request to an operation of {names}.")
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
            "as_published": wanted.as_published,
            **({"remarks": list(traffic.remarks)} if traffic.remarks else {}),
            **own.options,
        },
        rules=rule_facts(wanted.rules, documents),
        quirks=quirk_facts(own.table),
        rule_operations=rule_operations(wanted.rules, documents),
    )
    judge = Judge({str(document.name): document for document in documents}, wanted.rules, own.table)
    write_judged(target, header, map(judge, traffic.exchanges), None, interrupted=False)


def _moment(text: str, otherwise: str) -> str:
    """The instant of a HAR's first entry as a record writes it; 1970 where the file does not tell."""
    from aoai_reports.record.writer import utc_text

    try:
        moment = datetime.fromisoformat(text)
        return utc_text(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # the first hours of year 1 and the last of 9999 are none in UTC
        return otherwise
