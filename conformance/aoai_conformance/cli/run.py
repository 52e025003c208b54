"""`aoai-conformance run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from aoai_conformance.cli.options import (
    chosen_history,
    completeness_options,
    connection_options,
    gate_options,
    history_option,
    layout_option,
    out_option,
    plan_options,
    quirks_option,
    rule_option,
)
from aoai_conformance.cli.output.terminal import echo

if TYPE_CHECKING:
    from aoai_conformance.target.authentication import Scheme
    from aoai_conformance.target.layout import TargetLayout

INCONCLUSIVE = 3


@click.command("run")
@click.option(
    "--target", default="emulator", show_default=True, metavar="emulator|URL",
    help="The resource's root, such as https://NAME.openai.azure.com.",
)  # fmt: skip
@plan_options()
@layout_option()
@rule_option()
@connection_options()
@click.option(
    "--concurrency", type=click.IntRange(1, 256), default=8, show_default=True, metavar="N",
    help="Requests under way at a time.",
)  # fmt: skip
@gate_options()
@completeness_options()
@quirks_option()
@out_option()
@history_option()
@click.pass_context
def command(
    ctx: click.Context,
    *,
    target: str,
    surface: str | None,
    api_versions: tuple[str, ...],
    specs: tuple[str, ...],
    as_published: bool,
    profile: str,
    operations: tuple[str, ...],
    seed: int,
    max_requests: int | None,
    max_tokens: int | None,
    excluded: tuple[str, ...],
    capabilities: Path | None,
    min_shown: float,
    require_complete: bool,
    examples: int,
    deployments: tuple[str, ...],
    rules: tuple[str, ...],
    api_key_env: str,
    auth: str,
    target_layout: str,
    timeout: float,
    concurrency: int,
    baseline: Path | None,
    strict: bool,
    quirks: Path | None,
    out: Path | None,
    history: Path | None,
) -> None:
    """Test a server and write a record and its reports.

    The key comes from AZURE_OPENAI_API_KEY or the variable that --api-key-env names, never from an
    argument. Without any choice, the built-in emulator is tested.
    """
    from aoai_conformance.cli.output.outcome import chosen_baseline, show_outcome
    from aoai_conformance.judging.quirk_file import chosen_quirks
    from aoai_conformance.run.whole_run import RunChoices, carry_out
    from aoai_reports.formats.legible import visible_line
    from aoai_reports.formats.wording import recording_remarks

    accepted = chosen_baseline(baseline)
    choices = RunChoices(
        target=target,
        surface=surface,
        api_versions=api_versions,
        specs=specs,
        as_published=as_published,
        profile=profile,
        operations=operations,
        seed=seed,
        max_requests=max_requests,
        max_tokens=max_tokens,
        excluded=excluded,
        capabilities=capabilities,
        min_shown=min_shown,
        require_complete=require_complete,
        examples=examples,
        deployments=deployments,
        rules=rules,
        api_key_env=api_key_env,
        auth=cast("Scheme", auth),
        target_layout=cast("TargetLayout", target_layout),
        timeout=timeout,
        concurrency=concurrency,
        baseline=baseline,
        strict=strict,
        quirks=quirks,
        out=out,
        history=chosen_history(history),
    )
    own = chosen_quirks(quirks)
    for sentence in own.complaints:
        echo(visible_line(sentence, 1000), err=True)
    ran = carry_out(choices, accepted)
    for sentence in recording_remarks(ran.record):
        echo(sentence, err=True)
    for warning in ran.warnings:
        echo(warning, err=True)
    for operation in ran.not_configured:
        echo(f"{operation}: not configured, no --deployment serves it", err=True)
    if ran.record.interrupted:
        echo("Interrupted: nothing more is sent; what was judged is written.", err=True)
    if ran.forgotten:
        echo(visible_line(ran.forgotten, 1000), err=True)
    code = show_outcome(ran.record, accepted, strict=strict, report=ran.folder)
    ctx.exit(INCONCLUSIVE if ran.record.interrupted else code)
