"""`aoai-conformance report`."""

from __future__ import annotations

from pathlib import Path

import click

from aoai_conformance.cli.options import gate_options


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--format", "form", type=click.Choice(["terminal", "html", "junit", "markdown", "json"]),
    default="terminal", show_default=True,
)  # fmt: skip
@gate_options()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Default: standard output."
)
def command(*, run: Path, form: str, baseline: Path | None, strict: bool, out: Path | None) -> None:
    """Write a run's report in another format. RUN is a run's folder or its record.ndjson."""
    from aoai_conformance.cli.output.outcome import WIDTH, chosen_baseline, console_on_stdout
    from aoai_conformance.run.session import RECORD_NAME
    from aoai_reports.formats.output import write_text
    from aoai_reports.record.reader import read_record
    from aoai_reports.results.summary import summarize

    record = read_record(run / RECORD_NAME if run.is_dir() else run)
    summary = summarize(record, strict=strict, baseline=chosen_baseline(baseline))
    if form == "html":
        from aoai_reports.formats.html import html_text

        text = html_text(summary, record)
    elif form == "junit":
        from aoai_reports.formats.junit import junit_text

        text = junit_text(summary, record)
    elif form == "markdown":
        from aoai_reports.formats.markdown import markdown_text

        text = markdown_text(summary, record)
    elif form == "json":
        from aoai_reports.formats.folder import summary_text

        text = summary_text(summary)
    else:
        from io import StringIO

        from rich.console import Console

        from aoai_reports.formats.terminal import print_summary

        if out is None:
            print_summary(summary, record, console_on_stdout())
            return
        written = StringIO()
        print_summary(summary, record, Console(file=written, highlight=False, width=WIDTH))
        text = written.getvalue()
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
