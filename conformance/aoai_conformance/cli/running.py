"""`aoai-conformance run`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from aoai_conformance.cli.options import (
    connection_options,
    gate_options,
    out_option,
    plan_options,
    rule_option,
)

if TYPE_CHECKING:
    from aoai_conformance.authentication import Scheme

INCONCLUSIVE = 3


@click.command("run")
@click.option(
    "--target", default="emulator", show_default=True, metavar="emulator|URL",
    help="The resource's root, such as https://NAME.openai.azure.com.",
)  # fmt: skip
@plan_options()
@rule_option()
@connection_options()
@click.option(
    "--concurrency", type=click.IntRange(1, 256), default=8, show_default=True, metavar="N",
    help="Requests under way at a time.",
)  # fmt: skip
@gate_options()
@out_option()
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
    deployments: tuple[str, ...],
    rules: tuple[str, ...],
    api_key_env: str,
    auth: str,
    timeout: float,
    concurrency: int,
    baseline: Path | None,
    strict: bool,
    out: Path | None,
) -> None:
    """Test a server and write a record and its reports.

    The key comes from AZURE_OPENAI_API_KEY or the variable that --api-key-env names, never from an
    argument. Without any choice, the built-in emulator is tested.
    """
    from aoai_conformance.choices import Choices, chosen_operations, chosen_plans, chosen_rules
    from aoai_conformance.cli.outcome import chosen_baseline, show_outcome
    from aoai_conformance.document_choice import chosen_documents
    from aoai_conformance.output_folder import default_folder, new_folder
    from aoai_conformance.progress import progress_on
    from aoai_conformance.session import RECORD_NAME, Session, conduct
    from aoai_conformance.target_choice import TargetChoice, chosen_target, require_served
    from aoai_conformance.targets import parse_deployments
    from aoai_reports.folder import write_run_folder
    from aoai_reports.record import read_record

    choices = Choices(
        profile=profile,
        operations=operations,
        seed=seed,
        max_requests=max_requests,
        max_tokens=max_tokens,
    )
    wanted = TargetChoice(
        target=target,
        deployments=parse_deployments(deployments),
        auth=cast("Scheme", auth),
        key_variable=api_key_env,
    )
    accepted = chosen_baseline(baseline)
    with chosen_target(wanted, surface=surface, api_versions=api_versions, specs=specs) as source:
        documents = chosen_documents(
            surface=surface, api_versions=api_versions, specs=specs, as_published=as_published
        )
        judged_by = chosen_rules(rules)
        chosen = chosen_operations(choices, documents)
        with new_folder(out or default_folder(target)) as folder:
            aim = source.target()
            idle = require_served(aim, chosen)
            plans = chosen_plans(choices, chosen, lambda each: aim.serves(each.kind, each.path))
            session = Session(
                target=aim,
                documents=documents,
                rules=judged_by,
                plans=plans,
                not_configured=idle,
                seed=seed,
                profile=profile,
                concurrency=concurrency,
                seconds=timeout,
                max_requests=max_requests,
                options={
                    "api_versions": list(api_versions),
                    "specs": list(specs),
                    "as_published": as_published,
                    "operations": list(operations),
                    "rules": list(rules),
                    "deployments": dict(sorted(aim.deployments.items())),
                    "auth": auth,
                    "concurrency": concurrency,
                    "timeout": timeout,
                    "max_requests": max_requests,
                    "max_tokens": max_tokens,
                    "strict": strict,
                    "baseline": None if baseline is None else str(baseline),
                },
            )
            with progress_on() as progress:
                footer = asyncio.run(conduct(session, folder, progress))
            for operation in idle:
                click.echo(f"{operation}: not configured, no --deployment serves it", err=True)
            if footer.interrupted:
                click.echo("Interrupted: nothing more is sent; what was judged is written.", err=True)
            record = read_record(folder / RECORD_NAME)
            write_run_folder(folder, strict=strict, known=accepted.why_known)
            code = show_outcome(record, accepted, strict=strict, report=folder)
            ctx.exit(INCONCLUSIVE if footer.interrupted else code)
