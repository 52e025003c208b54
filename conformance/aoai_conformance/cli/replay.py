"""`aoai-conformance replay`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from aoai_conformance.cli.arguments.targets import choose_one, require_valid, target_argument
from aoai_conformance.cli.completion.names import complete_cases, complete_runs, complete_target
from aoai_conformance.cli.options import run_options
from aoai_conformance.options import EMULATOR, RunChoices
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_model.verdict import Violation

INCONCLUSIVE = 3
VIOLATIONS = 1


@click.command("replay")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN", shell_complete=complete_runs)
@click.argument("case_id", metavar="CASE", shell_complete=complete_cases)
@target_argument
@click.option(
    "--target",
    metavar="emulator|URL",
    help="Send to this target instead of that of the run.",
    shell_complete=complete_target,
)
@click.option(
    "--spec",
    "specs",
    multiple=True,
    metavar="FILE|URL",
    help="The API description that the run used. Repeatable.",
)
@run_options("replay")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    run: Path,
    case_id: str,
    name: str | None,
    config: Path | None,
    target: str | None,
    specs: tuple[str, ...],
    **given: Any,
) -> None:
    """Send one case of a run again and compare its violations.

    RUN is the folder of a run or its record.ndjson. TARGET is a target of the configuration file, which
    replaces the address and the key of the run. A step of a scenario is sent with the other steps,
    and a case that depends on others (such as a file upload) after them. Exit code 1: there are violations.
    """
    from aoai_conformance.recording.rejudge import documents_of, overlays_of
    from aoai_conformance.recording.replay import lines_of, replay
    from aoai_conformance.recording.replay_target import choices_of_replay
    from aoai_conformance.target.choice import TargetChoice, choose_target
    from aoai_conformance.target.selection import choose_rules
    from aoai_reports.formats.legible import visible, visible_line
    from aoai_reports.run_folder import read_run

    record = read_run(run)
    lines = lines_of(record, case_id)
    documents = documents_of(record, specs)
    if name is None and config is not None:
        raise ConformanceError("--config needs the name of a target.")
    if name is not None:
        named = choose_one(ctx, name, config, given if target is None else {**given, "target": target})
        require_valid([named])
        choices = named.choices
    else:
        chosen = {each for each in ctx.params if ctx.get_parameter_source(each) != ParameterSource.DEFAULT}
        choices = choices_of_replay(record, RunChoices(target=target or EMULATOR, **given), chosen)
    choice = TargetChoice.of(choices)
    packaged = [str(document.name) for document in documents] if not specs else []
    overlays = overlays_of(record) if specs else ()
    with choose_target(choice, api_versions=packaged, specs=specs, overlays=overlays) as source:
        compared = asyncio.run(
            replay(
                record,
                lines,
                target=source.target(),
                documents=documents,
                rules=choose_rules(()),
                seconds=choices.timeout,
            )
        )
    for word, entries in (("still", compared.still), ("new", compared.new), ("gone", compared.gone)):
        for entry in entries:
            click.echo(visible_line(f"{word:5}  {_sentence(entry)}", 2000))
    for line in compared.curl:
        click.echo(visible(line))
    if compared.failure is not None:
        click.echo(visible_line(f"No response: {compared.failure}", 1000), err=True)
        ctx.exit(INCONCLUSIVE)
    if not compared.still and not compared.new:
        click.echo("No violations.")
    ctx.exit(VIOLATIONS if compared.still or compared.new else 0)


def _sentence(entry: Violation) -> str:
    place = entry.point or entry.pointer or "the response"
    return f"{entry.rule} ({entry.level}) at {place}: {entry.message}"
