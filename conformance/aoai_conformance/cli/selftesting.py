"""`aoai-conformance selftest`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.options import PROFILES
from aoai_conformance.cli.table import print_table

if TYPE_CHECKING:
    from aoai_conformance.selftest import Trial, Tripped

VIOLATIONS = 1


@click.command("selftest")
@click.option("--fault", "faults", multiple=True, metavar="ID", help="Only this fault. Repeatable.")
@click.option("--api-version", "api_versions", multiple=True, metavar="V", help="Default: the newest GA.")
@click.option("--profile", type=click.Choice(PROFILES[:2]), default="standard", show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=lambda: min(4, max(2, (os.cpu_count() or 2) // 2)),
    show_default="2 to 4", metavar="N", help="Processes that try emulators at the same time.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    faults: tuple[str, ...],
    api_versions: tuple[str, ...],
    profile: str,
    workers: int,
    form: str,
) -> None:
    """Show which fault of the emulator trips which rule.

    Exit code 1: a fault trips no rule, or an emulator without a fault trips one.
    """
    from aoai_conformance.selftest import FaultToTry, run_trials, trials
    from aoai_emulator import fault_catalogue
    from aoai_specs.errors import UnknownNameError

    known = {fault.id: fault for fault in fault_catalogue()}
    for name in faults:
        if name not in known:
            raise UnknownNameError("fault", name, known)
    chosen = [known[name] for name in dict.fromkeys(faults)] if faults else list(known.values())
    wanted = trials([FaultToTry(fault.id, fault.kinds, fault.stage) for fault in chosen])
    tripped = {
        each.name: each
        for each in _told(
            run_trials(wanted, api_versions=api_versions, profile=profile, workers=workers), len(wanted)
        )
    }
    results = [tripped[trial.name] for trial in wanted]
    if form == "json":
        click.echo(json.dumps(_as_json(wanted, results), indent=2, ensure_ascii=False))
    else:
        _print(wanted, results, every_fault=not faults)
    ctx.exit(VIOLATIONS if _wrong(wanted, results) else 0)


def _wrong(wanted: Sequence[Trial], results: Sequence[Tripped]) -> dict[str, str]:
    """The trials that went wrong and why: a fault that went unnoticed, or a sound emulator that was blamed.

    A rule that blames the sound emulator notices nothing.
    """
    pairs = list(zip(wanted, results, strict=True))
    deaf = {rule for trial, tripped in pairs if not trial.wish.faults for rule in tripped.rules}
    wrong: dict[str, str] = {}
    for trial, tripped in pairs:
        if not trial.wish.faults:
            if tripped.rules:
                wrong[trial.name] = "is blamed"
        elif not tripped.rules.keys() - deaf:
            wrong[trial.name] = "trips no rule"
    return wrong


def _told(results: Iterator[Tripped], total: int) -> Iterator[Tripped]:
    """The results, counted on stderr where that is a terminal."""
    for number, each in enumerate(results, 1):
        if sys.stderr.isatty():
            click.echo(f"\r{number} of {total} emulators tried", nl=number == total, err=True)
        yield each


def _print(wanted: Sequence[Trial], results: Sequence[Tripped], *, every_fault: bool) -> None:
    rows = [
        (
            trial.name,
            str(tripped.requests),
            str(len(tripped.rules)),
            ", ".join(f"{rule} ({count})" for rule, count in tripped.rules.items()) or "-",
        )
        for trial, tripped in zip(wanted, results, strict=True)
    ]
    print_table(("fault", "requests", "rules", "tripped (how often)"), rows, numbers={1, 2})
    click.echo()
    if every_fault:
        untripped = _untripped(results)
        click.echo(f"{len(untripped)} rules are tripped by no fault: {', '.join(untripped) or 'none'}")
    for name, told in _wrong(wanted, results).items():
        click.echo(f"WRONG: {name} {told}")


def _untripped(results: Sequence[Tripped]) -> list[str]:
    from aoai_conformance.rule import rules

    seen = {rule for tripped in results for rule in tripped.rules}
    return [rule.id for rule in rules() if rule.id not in seen]


def _as_json(wanted: Sequence[Trial], results: Sequence[Tripped]) -> dict[str, object]:
    wrong = _wrong(wanted, results)
    return {
        "trials": [
            {
                "name": trial.name,
                "flavour": trial.wish.flavour,
                "faults": list(trial.wish.faults),
                "requests": tripped.requests,
                "unanswered": tripped.unanswered,
                "rules": tripped.rules,
                "wrong": wrong.get(trial.name),
            }
            for trial, tripped in zip(wanted, results, strict=True)
        ],
        "untripped": _untripped(results),
    }
