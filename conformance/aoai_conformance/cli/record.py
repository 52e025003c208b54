"""`aoai-conformance record`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aoai_conformance.cli.options import run_options, verbose_option
from aoai_conformance.cli.output.printing import echo
from aoai_conformance.options import RunChoices

if TYPE_CHECKING:
    from aoai_reports.record.lines import ExchangeLine


@click.command("record")
@click.option(
    "--listen", "port", type=click.IntRange(0, 65535), required=True, metavar="PORT",
    help="The port to listen on; 0 chooses a free one.",
)  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--target", required=True, metavar="URL", help="The server to pass requests on to.")
@click.option(
    "--judge", "is_judging", is_flag=True,
    help="Print each new violation at once, and exit with the verdict's exit code.",
)  # fmt: skip
@click.option("--no-bodies", is_flag=True, help="Judge the bodies, but do not write them to the record.")
@click.option(
    "--secret-header", "secret_headers", multiple=True, metavar="NAME",
    help="A header whose value is a secret, to be masked wherever it occurs. Repeatable.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Write the record and its reports to this new or empty folder. "
    "Default: aoai-runs/<UTC time>-<target>.",
)  # fmt: skip
@run_options("record")
@verbose_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    port: int,
    host: str,
    target: str,
    is_judging: bool,
    no_bodies: bool,
    secret_headers: tuple[str, ...],
    out: Path | None,
    verbose: bool,
    **given: Any,
) -> None:
    """Record and judge the traffic between a client and a server, as a reverse proxy.

    Give the printed address to the client as its base URL. Requests and responses pass unchanged, and streams
    in their own time; the record has no secrets. Ctrl-C ends the recording and writes the reports.
    """
    from aoai_conformance.baseline.baseline import read_accepted
    from aoai_conformance.cli.output.new_violations import NewViolations
    from aoai_conformance.cli.output.outcome import show_outcome
    from aoai_conformance.run.recording.traffic_recording import RecordingChoices, record_traffic

    judging = RunChoices(**given)
    choices = RecordingChoices(
        target=target,
        host=host,
        port=port,
        judging=judging,
        secret_headers=secret_headers,
        keep_bodies=not no_bodies,
        out=out,
    )
    live = NewViolations()

    def show(line: ExchangeLine) -> None:
        for sentence in live.of(line) if is_judging else ():
            echo(sentence)

    def ready(url: str) -> None:
        echo(f"Recording at {url}, passing requests on to {target}. Press Ctrl-C to end.")

    recorded = record_traffic(choices, read_accepted(judging.baseline), ready=ready, on_judged=show)
    for remark in recorded.remarks:
        echo(remark, err=True)
    code = show_outcome(recorded.summary, recorded.record, report=recorded.folder, verbose=verbose)
    ctx.exit(code if is_judging else 0)
