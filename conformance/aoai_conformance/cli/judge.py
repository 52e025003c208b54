"""`aoai-conformance judge`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aoai_conformance.cli.options import run_options, verbose_option
from aoai_conformance.options import RunChoices
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_conformance.baseline.baseline import Baseline
    from aoai_conformance.quirks.quirk_file import OwnQuirks
    from aoai_conformance.rule import Rule
    from aoai_reports.record.lines import Header


@dataclass(frozen=True, slots=True)
class _Judging:
    """The options that apply to every file."""

    choices: RunChoices
    rules: Sequence[Rule]
    baseline: Baseline
    secret_headers: Sequence[str]
    verbose: bool = False


@click.command("judge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@run_options("judge")
@verbose_option
@click.option(
    "--secret-header", "secret_headers", multiple=True, metavar="NAME",
    help="A header whose value is a secret, to be masked wherever it occurs. Repeatable.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Write the new record and its reports to this new or empty folder, with a subfolder for each of "
    "several files.",
)  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    files: tuple[Path, ...],
    secret_headers: tuple[str, ...],
    out: Path | None,
    verbose: bool,
    **given: Any,
) -> None:
    """Judge records (files or folders of runs) or HAR files against the current rules; send nothing.

    A record is judged against its own documents; --surface, --api-version and --as-published apply to HAR
    files.
    """
    from aoai_conformance.cli.output.outcome import read_accepted
    from aoai_conformance.run.output_folder import new_folder
    from aoai_conformance.target.selection import choose_rules
    from aoai_reports.formats.legible import visible_line

    choices = RunChoices(**given)
    judging = _Judging(
        choices, choose_rules(choices.rules), read_accepted(choices.baseline), secret_headers, verbose
    )
    codes: list[int] = []
    with ExitStack() as stack:
        if out is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aoai-judge-")))
        else:
            folder = stack.enter_context(new_folder(out))
        for number, file in enumerate(files, 1):
            subfolder = folder
            if len(files) > 1:
                click.echo(visible_line(f"{file}:"))
                subfolder = folder / f"{number:02}-{file.name}"
                subfolder.mkdir()
            codes.append(_judge(file, subfolder, judging, write_reports=out is not None))
    ctx.exit(next((code for code in (1, 3) if code in codes), 0))


def _judge(file: Path, folder: Path, judging: _Judging, *, write_reports: bool) -> int:
    from aoai_conformance.cli.output.outcome import show_outcome
    from aoai_conformance.recording.har_file import load_log
    from aoai_conformance.recording.har_record import record_in
    from aoai_conformance.recording.rejudge import documents_of, write_rejudged
    from aoai_conformance.redaction.lines import without_headers
    from aoai_reports.formats.folder import write_run_folder
    from aoai_reports.record.reader import read_record
    from aoai_reports.run_folder import RECORD_NAME, record_file

    choices = judging.choices
    source, target = record_file(file), folder / RECORD_NAME
    log = None if is_record(source) else load_log(source)
    recorded = read_record(source) if log is None else record_in(log, source)
    if recorded is not None:
        record = without_headers(recorded, judging.secret_headers)
        own = _quirks(choices, record.header)
        write_rejudged(record, documents_of(record, choices.specs), judging.rules, target, own)
    elif log is not None:
        _judge_har(source, log, target, judging)
    judged = read_record(target)
    if write_reports:
        write_run_folder(folder, strict=choices.strict, baseline=judging.baseline, record=judged)
    report = folder if write_reports else None
    return show_outcome(
        judged, judging.baseline, strict=choices.strict, report=report, verbose=judging.verbose
    )


def _quirks(choices: RunChoices, header: Header | None) -> OwnQuirks:
    """Read the user's quirks and report those that no longer apply."""
    from aoai_conformance.quirks.quirk_file import choose_quirks
    from aoai_reports.formats.legible import visible_line

    own = choose_quirks(choices.quirks, header)
    for sentence in own.complaints:
        click.echo(visible_line(sentence, 1000), err=True)
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
    return isinstance(head, dict) and "log" not in head


def _judge_har(source: Path, log: Mapping[str, Any], target: Path, judging: _Judging) -> None:
    import aoai_conformance
    from aoai_conformance.judging.judged import Judge
    from aoai_conformance.recording.har import traffic_in
    from aoai_conformance.recording.record_lines import quirk_facts, rule_facts, rule_operations
    from aoai_conformance.recording.rejudge import write_judged
    from aoai_conformance.target.documents import documents_of, warnings_about
    from aoai_reports.formats.legible import visible_line
    from aoai_reports.record.lines import Header
    from aoai_reports.record.writer import utc_text

    choices, rules = judging.choices, judging.rules
    documents = documents_of(choices)
    for warning in warnings_about(documents):
        click.echo(visible_line(warning, 1000), err=True)
    traffic = traffic_in(log, documents, secret_headers=judging.secret_headers)
    own = _quirks(choices, None)
    for remark in traffic.remarks:
        click.echo(visible_line(f"{source}: {remark}", 1000), err=True)
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
        rules=rule_facts(rules, documents),
        quirks=quirk_facts(own.table),
        rule_operations=rule_operations(rules, documents),
    )
    judge = Judge({str(document.name): document for document in documents}, rules, own.table)
    write_judged(target, header, map(judge, traffic.exchanges), None, interrupted=False)


def _moment(text: str, otherwise: str) -> str:
    """The time of the first HAR entry in the form of a record; `otherwise` if it is missing or invalid."""
    from aoai_reports.record.writer import utc_text

    try:
        moment = datetime.fromisoformat(text)
        return utc_text(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # in UTC the year may be 0 or 10000
        return otherwise
