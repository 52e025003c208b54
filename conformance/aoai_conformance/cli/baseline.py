"""`aoai-conformance baseline`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from aoai_conformance.cli.completion.names import complete_rules, complete_runs
from aoai_conformance.cli.output.printing import echo

LEVELS = ("must", "should", "may")
#: How many removed entries are listed.
MOST_LISTED = 20
RUN = click.Path(path_type=Path)


@click.group("baseline")
def command() -> None:
    """Maintain a file of accepted violations."""


@command.command("update")
@click.argument("run", type=RUN, metavar="RUN", shell_complete=complete_runs)
@click.option("--baseline", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--who", required=True, metavar="NAME", help="Who accepts the violations.")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for reviewers of the file.")
@click.option(
    "--until", metavar="DATE", help="The last day on which the violations are accepted, such as 2027-01-31."
)
@click.option(
    "--level", "levels", multiple=True, type=click.Choice(LEVELS),
    help="Accept violations of this level. Repeatable. Default: must and should.",
)  # fmt: skip
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="ID",
    help="Accept violations of this rule. Repeatable.",
    shell_complete=complete_rules,
)
@click.option(
    "--cause", "causes", multiple=True, metavar="ID",
    help="Accept violations with this cause, as named in summary.json. Repeatable.",
)  # fmt: skip
@click.option(
    "--group",
    is_flag=True,
    help="Add one entry for each cause, which accepts no more violations than the run shows, instead of one "
    "for each violation.",
)
@click.option(
    "--flaky", is_flag=True, help="Mark the violations as flaky: they do not become stale when absent."
)
def update(
    *,
    run: Path,
    baseline: Path,
    who: str,
    why: str,
    until: str | None,
    levels: tuple[str, ...],
    rules: tuple[str, ...],
    causes: tuple[str, ...],
    group: bool,
    flaky: bool,
) -> None:
    """Accept the violations of a run (a record or its folder) that the file does not accept yet.

    An expired entry is replaced if the run still shows its defect; a group remains a group.
    """
    from aoai_conformance.baseline.baseline import Accepted, Baseline, baseline_text, read_baseline_text
    from aoai_conformance.baseline.baseline_file import (
        new_entry,
        new_group,
        require_entries,
        with_entries,
        without_entries,
    )
    from aoai_conformance.target.selection import choose_rules
    from aoai_reports.formats.output import write_text
    from aoai_reports.results.baseline import defect_count
    from aoai_reports.results.cause_kinds import cause_id
    from aoai_reports.results.findings import findings
    from aoai_reports.run_folder import read_run

    if not who.strip() or not why.strip():
        raise click.UsageError("--who and --why must not be empty.")
    today = datetime.now(UTC).date()
    last = None if until is None else _day(until)
    if last is not None and last < today:
        raise click.UsageError(f"--until {last.isoformat()} is in the past.")
    rule_ids = {rule.id for rule in choose_rules(rules)}
    record = read_run(run)
    text = baseline_text(baseline) if baseline.exists() else ""
    entries = read_baseline_text(baseline, text)
    valid = Baseline(tuple(each for each in entries if each.until is None or today <= each.until))
    shown = findings(record)
    if unknown := sorted({*causes} - {cause_id(each.identity) for each in shown}):
        raise click.UsageError(f"The run has no cause {unknown[0]!r}; its summary.json lists the causes.")
    fresh = {
        (finding.rule, finding.operation, finding.place, finding.violation.reason): finding
        for finding in shown
        if finding.level in (levels or LEVELS[:2])
        and (not rules or finding.rule in rule_ids)
        and (not causes or cause_id(finding.identity) in causes)
        and valid.why_known(finding) is None
    }
    expired = [
        number
        for number, each in enumerate(entries)
        if each not in valid.entries and any(map(each.accepts, fresh.values()))
    ]
    if not fresh:
        echo(f"{baseline}: nothing to add.")
        return
    facts: dict[str, Any] = {"who": who.strip(), "why": why.strip(), "since": today, "until": last}
    groups = [entries[number] for number in expired if entries[number].is_group]
    alone = [each for each in fresh.values() if not any(known.accepts(each) for known in groups)]
    if group:
        groups += [
            Accepted(rule="", why=why, cause=cause, flaky=flaky)
            for cause in dict.fromkeys(cause_id(each.identity) for each in alone)
        ]
        alone = []
    added = [new_group(each, defect_count(each, shown), **facts) for each in groups]
    added += [new_entry(each, flaky=flaky, **facts) for each in alone]
    unchanged = [each for number, each in enumerate(entries) if number not in expired]
    new = read_baseline_text(baseline, "".join(added))
    text = with_entries(baseline, without_entries(baseline, text, expired) if expired else text, added)
    write_text(baseline, require_entries(baseline, text, [*unchanged, *new]))
    renewed = f", {len(expired):,} expired replaced" if expired else ""
    echo(f"{baseline}: {len(added):,} added{renewed}.")


@command.command("prune")
@click.argument("run", type=RUN, metavar="RUN", shell_complete=complete_runs)
@click.option("--baseline", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
def prune(*, run: Path, baseline: Path) -> None:
    """Remove the entries whose defects a run (a record or its folder) tested and did not find.

    Entries that the run did not test, flaky entries, and expired entries whose defect is still present are
    kept.
    """
    from aoai_conformance.baseline.baseline import Baseline, baseline_text, read_baseline_text
    from aoai_conformance.baseline.baseline_file import require_entries, without_entries
    from aoai_reports.formats.output import write_text
    from aoai_reports.results.findings import findings
    from aoai_reports.run_folder import read_run

    record = read_run(run)
    text = baseline_text(baseline)
    entries = read_baseline_text(baseline, text)
    stale = Baseline(entries).stale(findings(record), record)
    gone = [number for number, each in enumerate(entries) if each in stale]
    if gone:
        remaining = [each for number, each in enumerate(entries) if number not in gone]
        write_text(baseline, require_entries(baseline, without_entries(baseline, text, gone), remaining))
    for each in stale[:MOST_LISTED]:
        echo(f"removed: {each.name}: {each.explanation}")
    if len(stale) > MOST_LISTED:
        echo(f"… and {len(stale) - MOST_LISTED:,} more.")
    echo(f"{baseline}: {len(gone):,} removed, {len(entries) - len(gone):,} kept.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--until {text} is not a date; use the form 2027-01-31.") from None
