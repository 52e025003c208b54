"""`aoai-conformance baseline update` and `baseline prune`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from aoai_conformance.cli.output.terminal import echo

LEVELS = ("must", "should", "may")
RUN = click.Path(path_type=Path)


@click.group("baseline")
def command() -> None:
    """Keep the file of violations that someone accepted."""


@command.command("update")
@click.argument("run", type=RUN, metavar="RUN")
@click.option("--baseline", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--who", required=True, metavar="NAME", help="Who accepts them.")
@click.option("--why", required=True, metavar="TEXT", help="Why, for whoever reviews the file.")
@click.option("--until", metavar="DATE", help="The last day on which they are accepted, such as 2027-01-31.")
@click.option(
    "--level", "levels", multiple=True, type=click.Choice(LEVELS),
    help="Which violations. Repeatable. Default: must and should.",
)  # fmt: skip
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only of these rules. Repeatable.")
@click.option("--flaky", is_flag=True, help="They come and go: an absent one is not stale.")
def update(
    *,
    run: Path,
    baseline: Path,
    who: str,
    why: str,
    until: str | None,
    levels: tuple[str, ...],
    rules: tuple[str, ...],
    flaky: bool,
) -> None:
    """Accept what a run (a record or its folder) shows and the file does not accept yet.

    An entry whose day is past is replaced where the run still shows its defect.
    """
    from aoai_conformance.baseline.baseline import Baseline, baseline_text, read_baseline_text
    from aoai_conformance.baseline.baseline_file import (
        new_entry,
        require_entries,
        with_entries,
        without_entries,
    )
    from aoai_conformance.run.choices import chosen_rules
    from aoai_reports.formats.output import write_text
    from aoai_reports.record.reader import read_record
    from aoai_reports.results.findings import findings

    if not who.strip() or not why.strip():
        raise click.UsageError("--who and --why must say something.")
    today = datetime.now(UTC).date()
    last = None if until is None else _day(until)
    if last is not None and last < today:
        raise click.UsageError(f"--until {last.isoformat()} is past already.")
    wanted = {rule.id for rule in chosen_rules(rules)}
    record = read_record(_record(run))
    text = baseline_text(baseline) if baseline.exists() else ""
    entries = read_baseline_text(baseline, text)
    valid = Baseline(tuple(each for each in entries if each.until is None or today <= each.until))
    fresh = {
        (finding.rule, finding.operation, finding.place, finding.violation.reason): finding
        for finding in findings(record)
        if finding.level in (levels or LEVELS[:2])
        and (not rules or finding.rule in wanted)
        and valid.why_known(finding) is None
    }
    past = [
        number
        for number, each in enumerate(entries)
        if each not in valid.entries and any(map(each.accepts, fresh.values()))
    ]
    if not fresh:
        echo(f"{baseline}: nothing to add.")
        return
    added = [
        new_entry(each, who=who.strip(), why=why.strip(), since=today, until=last, flaky=flaky)
        for each in fresh.values()
    ]
    kept = [each for number, each in enumerate(entries) if number not in past]
    new = read_baseline_text(baseline, "".join(added))
    text = with_entries(baseline, without_entries(baseline, text, past) if past else text, added)
    write_text(baseline, require_entries(baseline, text, [*kept, *new]))
    renewed = f", {len(past):,} of them in the place of an entry whose day was past" if past else ""
    echo(f"{baseline}: {len(added):,} added{renewed}.")


@command.command("prune")
@click.argument("run", type=RUN, metavar="RUN")
@click.option("--baseline", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
def prune(*, run: Path, baseline: Path) -> None:
    """Drop the entries whose defects a run (a record or its folder) looked for and did not find.

    What the run did not try stays, and so does what is flaky; an entry whose day is past stays while its
    defect shows.
    """
    from aoai_conformance.baseline.baseline import Baseline, baseline_text, read_baseline_text
    from aoai_conformance.baseline.baseline_file import require_entries, without_entries
    from aoai_reports.formats.output import write_text
    from aoai_reports.record.reader import read_record
    from aoai_reports.results.findings import findings

    record = read_record(_record(run))
    text = baseline_text(baseline)
    entries = read_baseline_text(baseline, text)
    stale = Baseline(entries).stale(findings(record), record)
    gone = [number for number, each in enumerate(entries) if each in stale]
    if gone:
        kept = [each for number, each in enumerate(entries) if number not in gone]
        write_text(baseline, require_entries(baseline, without_entries(baseline, text, gone), kept))
    for each in stale:
        echo(f"dropped: {each.named}: {each.words}")
    echo(f"{baseline}: {len(gone):,} dropped, {len(entries) - len(gone):,} kept.")


def _record(path: Path) -> Path:
    from aoai_reports.formats.folder import RECORD_NAME

    return path / RECORD_NAME if path.is_dir() else path


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--until {text} is not a date such as 2027-01-31.") from None
