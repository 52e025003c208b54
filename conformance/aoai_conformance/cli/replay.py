"""`aoai-conformance replay`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from aoai_conformance.cli.options import connection_options

if TYPE_CHECKING:
    from aoai_conformance.target.authentication import Scheme
    from aoai_model.verdict import Violation

INCONCLUSIVE = 3
VIOLATIONS = 1


@click.command("replay")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.argument("case_id", metavar="CASE")
@click.option("--target", metavar="emulator|URL", help="Another target than that of the run.")
@click.option("--spec", "specs", multiple=True, metavar="FILE|URL", help="The description that the run took.")
@connection_options()
@click.pass_context
def command(
    ctx: click.Context,
    *,
    run: Path,
    case_id: str,
    target: str | None,
    specs: tuple[str, ...],
    api_key_env: str,
    auth: str,
    timeout: float,
) -> None:
    """Send one case of a run again, and say whether what it violated is violated still.

    RUN is a run's folder or its record.ndjson. A case that is a step of a scenario is sent with the other
    steps, and one that builds on others (a file, an upload) after these. Exit code 1: something is violated
    still or anew.
    """
    from aoai_conformance.recording.rejudge import documents_of
    from aoai_conformance.recording.replay import lines_of, replay
    from aoai_conformance.run.choices import chosen_rules
    from aoai_conformance.run.session import RECORD_NAME
    from aoai_conformance.target.choice import TargetChoice, chosen_target
    from aoai_reports.formats.legible import visible, visible_line
    from aoai_reports.record.reader import read_record

    record = read_record(run / RECORD_NAME if run.is_dir() else run)
    lines = lines_of(record, case_id)
    documents = documents_of(record, specs)
    deployed = record.header.options.get("deployments")
    wanted = TargetChoice(
        target=target or record.header.target,
        deployments={str(kind): str(name) for kind, name in deployed.items()}
        if isinstance(deployed, dict)
        else {},
        auth=cast("Scheme", auth),
        key_variable=api_key_env,
        layout="openai" if record.header.options.get("target_layout") == "openai" else "azure",
    )
    packaged = [str(document.name) for document in documents] if not specs else []
    with chosen_target(wanted, api_versions=packaged, specs=specs) as source:
        compared = asyncio.run(
            replay(
                record,
                lines,
                target=source.target(),
                documents=documents,
                rules=chosen_rules(()),
                seconds=timeout,
            )
        )
    for word, entries in (("still", compared.still), ("new", compared.new), ("gone", compared.gone)):
        for entry in entries:
            click.echo(visible_line(f"{word:5}  {_told(entry)}", 2000))
    for line in compared.curl:
        click.echo(visible(line))
    if compared.failure is not None:
        click.echo(visible_line(f"No answer: {compared.failure}", 1000), err=True)
        ctx.exit(INCONCLUSIVE)
    if not compared.still and not compared.new:
        click.echo("Nothing is violated now.")
    ctx.exit(VIOLATIONS if compared.still or compared.new else 0)


def _told(entry: Violation) -> str:
    place = entry.point or entry.pointer or "the response"
    return f"{entry.rule} ({entry.level}) at {place}: {entry.message}"
