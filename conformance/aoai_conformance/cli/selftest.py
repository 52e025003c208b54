"""`aoai-conformance selftest`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from aoai_conformance.cli.completion.names import complete_faults, complete_versions
from aoai_conformance.cli.options import format_option
from aoai_conformance.cli.output.printing import echo_json, print_table
from aoai_conformance.options import PROFILES, SURFACES

if TYPE_CHECKING:
    from aoai_conformance.selftest.findings import Finding
    from aoai_conformance.selftest.trials import FaultToTry, Tripped

VIOLATIONS = 1
#: The topics of faults that need the extra audio.
_AUDIO_TOPICS = frozenset({"audio_output", "speech", "streamed_speech"})


@click.command("selftest")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="ID",
    help="Test only this fault. Repeatable.",
    shell_complete=complete_faults,
)
@click.option("--surface", type=click.Choice(SURFACES), help="Test only documents of this surface.")
@click.option(
    "--api-version", "api_versions", multiple=True, metavar="V", shell_complete=complete_versions,
    help="Test only this api-version. Repeatable. Default: every document on which a fault can show.",
)  # fmt: skip
@click.option("--profile", type=click.Choice(PROFILES[:2]), default="standard", show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=lambda: min(8, (os.cpu_count() or 1) + 1),
    show_default="number of CPUs plus one, at most 8", metavar="N",
    help="How many processes to use.",
)  # fmt: skip
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    faults: tuple[str, ...],
    surface: str | None,
    api_versions: tuple[str, ...],
    profile: str,
    workers: int,
    form: str,
) -> None:
    """Show which fault of the emulator trips which rule.

    Each fault is tested on the main document of its operations, and on others until it trips a rule. Exit
    code 1: a fault trips no rule or an unrelated one, no fault trips a rule, or an emulator without faults
    trips a rule.
    """
    from aoai_conformance.rule import rules
    from aoai_conformance.selftest.documents import served_documents
    from aoai_conformance.selftest.expectations import packaged_expectations
    from aoai_conformance.selftest.findings import findings, unknown_faults
    from aoai_conformance.selftest.trials import FaultToTry, try_all
    from aoai_emulator import fault_catalogue
    from aoai_specs.errors import UnknownNameError

    known = {fault.id: fault for fault in fault_catalogue()}
    for name in faults:
        if name not in known:
            raise UnknownNameError("fault", name, known)
    chosen = [
        FaultToTry(fault.id, fault.kinds, fault.stages, fault.document, fault.topic)
        for fault in map(known.__getitem__, dict.fromkeys(faults or known))
    ]
    _require_audio(chosen)
    served = served_documents(surface, api_versions)
    expectations = packaged_expectations()
    sound, tripped = try_all(
        chosen,
        served,
        sound_everywhere=not faults,
        profile=profile,
        workers=workers,
        on_progress=_print_progress,
    )
    everything = not faults and surface is None and not api_versions and profile == "standard"
    rule_ids = [rule.id for rule in rules()] if everything else []
    wrong = findings(sound, tripped, chosen, expectations, rule_ids=rule_ids)
    if everything:
        wrong += unknown_faults(expectations, known)
    out_of_reach = expectations.unreachable if everything else {}
    if form == "json":
        data = _as_json(sound, tripped, wrong, out_of_reach)
        echo_json(data)
    else:
        _print(sound, tripped, wrong, out_of_reach)
    ctx.exit(VIOLATIONS if wrong else 0)


def _require_audio(chosen: Sequence[FaultToTry]) -> None:
    """Raise MissingExtraError if a fault changes audio, which neither side can encode or decode here."""
    from aoai_specs.errors import MissingExtraError

    if any(each.topic in _AUDIO_TOPICS for each in chosen) and find_spec("av") is None:
        raise MissingExtraError("audio", "Testing the faults of audio")


def _print_progress(done: int, total: int) -> None:
    """Print the progress on stderr: on one line of a terminal, otherwise a line for every 50 emulators."""
    words = f"{done} of {total} emulators tested"
    if sys.stderr.isatty():
        click.echo(f"\r{words}", nl=done == total, err=True)
    elif done % 50 == 0:
        click.echo(words, err=True)


def _print(
    sound: Sequence[Tripped],
    tripped: Mapping[str, Sequence[Tripped]],
    wrong: Sequence[Finding],
    out_of_reach: Mapping[str, str],
) -> None:
    from aoai_conformance.selftest.findings import matrix, tripping
    from aoai_reports.formats.quantities import quantity

    trials = [*sound, *(each for results in tripped.values() for each in results)]
    rows = [
        (
            each.trial.name,
            each.trial.document,
            str(each.requests),
            str(len(each.rules)),
            ", ".join(f"{rule} ({count})" for rule, count in each.rules.items()) or "-",
        )
        for each in trials
    ]
    print_table(("fault", "document", "requests", "rules", "tripped (count)"), rows, numbers={2, 3})
    click.echo()
    by_rule = tripping(matrix(tripped))
    print_table(
        ("rule", "faults", "tripped by"),
        [(rule, str(len(faults)), ", ".join(faults)) for rule, faults in by_rule.items()],
        numbers={1},
    )
    click.echo()
    untried = [name for name, results in tripped.items() if not results]
    if untried:
        click.echo(
            f"{quantity(len(untried), 'fault')} not applicable to these documents: {', '.join(untried)}"
        )
    detected = quantity(sum(any(each.rules for each in results) for results in tripped.values()), "fault")
    click.echo(f"{detected} tripped {quantity(len(by_rule), 'rule')}.")
    if out_of_reach:
        click.echo("Not testable:")
    for name, reason in out_of_reach.items():
        click.echo(f"  {name}: {reason}")
    for each in wrong:
        click.echo(f"WRONG: {each.sentence}")


def _as_json(
    sound: Sequence[Tripped],
    tripped: Mapping[str, Sequence[Tripped]],
    wrong: Sequence[Finding],
    out_of_reach: Mapping[str, str],
) -> dict[str, Any]:
    from aoai_conformance.selftest.findings import matrix, tripping

    found = matrix(tripped)
    return {
        "trials": [
            {
                "name": each.trial.name,
                "flavour": each.trial.settings.flavour,
                "faults": list(each.trial.settings.faults),
                "document": each.trial.document,
                "requests": each.requests,
                "unanswered": each.unanswered,
                "rules": each.rules,
            }
            for each in (*sound, *(each for results in tripped.values() for each in results))
        ],
        "matrix": found,
        "tripped_by": tripping(found),
        "out_of_reach": dict(out_of_reach),
        "wrong": [{"kind": each.kind, "name": each.name, "sentence": each.sentence} for each in wrong],
    }
