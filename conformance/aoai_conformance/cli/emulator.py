"""`aoai-conformance emulator`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aoai_conformance.cli.arguments.emulator_control import (
    GroupedCommand,
    control_options,
    control_settings,
    print_faults,
)
from aoai_conformance.cli.arguments.emulator_responses import (
    response_options,
    response_settings,
    serve_and_record,
)
from aoai_conformance.cli.completion.names import complete_versions
from aoai_conformance.options import SURFACES


@click.command("emulator", cls=GroupedCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="The port to listen on; 0 chooses a free one.",
)
@click.option(
    "--tls",
    is_flag=True,
    help="Serve HTTPS with a new certificate for this machine; it needs the extra `tls`.",
)
@click.option(
    "--tls-ca",
    "authority",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Serve HTTPS, and write here the certificate that clients must trust. Default: a temporary file.",
)
@click.option(
    "--api-key", metavar="K", help="Accept only this key. Default: any key that does not start with `wrong`."
)
@click.option("--flavour", type=click.Choice(["azure", "strict"]), default="azure", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same content.")
@click.option(
    "--surface",
    "surfaces",
    multiple=True,
    type=click.Choice(SURFACES),
    help="Serve only this surface. Repeatable. Default: both.",
)
@click.option(
    "--api-version",
    "api_versions",
    multiple=True,
    metavar="V",
    help="Serve only the document of this version. Repeatable. Default: all documents.",
    shell_complete=complete_versions,
)
@click.option(
    "--spec",
    "specs",
    multiple=True,
    metavar="FILE|URL",
    help="Serve this API description, instead of the packaged documents unless other options name some. "
    "Repeatable.",
)
@click.option(
    "--versions",
    type=click.Choice(["nearest", "exact"]),
    default="nearest",
    show_default=True,
    help="`nearest` also serves the api-versions that the service is known to have, by the nearest document; "
    "`exact` serves the versions of the documents only.",
)
@click.option(
    "--deployment",
    "deployments",
    multiple=True,
    metavar="NAME=MODEL",
    help="Deploy a model that rejects what the real model rejects. Repeatable. "
    "Default: one deployment for each kind of operation, which accepts everything that the document allows.",
)
@click.option(
    "--deployments",
    "deployment_files",
    multiple=True,
    metavar="FILE",
    help="Deploy what a YAML or JSON file lists: `NAME: MODEL`, or fields of each deployment. Repeatable.",
)
@click.option(
    "--any-deployment",
    is_flag=True,
    help="Accept every deployment name. The model is the one that the name contains, or else one that serves "
    "every operation.",
)
@response_options
@click.option(
    "--metrics",
    multiple=True,
    type=click.Choice(["prometheus", "otel"]),
    help="Count requests, durations and tokens: for Prometheus at /_emulator/metrics, or sent by OTLP as the "
    "variables OTEL_… of OpenTelemetry say. Repeatable.",
)
@control_options
def command(
    *,
    host: str,
    port: int,
    tls: bool,
    authority: Path | None,
    api_key: str | None,
    flavour: str,
    seed: int,
    surfaces: tuple[str, ...],
    api_versions: tuple[str, ...],
    specs: tuple[str, ...],
    versions: str,
    deployments: tuple[str, ...],
    deployment_files: tuple[str, ...],
    any_deployment: bool,
    metrics: tuple[str, ...],
    list_faults: bool,
    **given: Any,
) -> None:
    """Serve the emulator until interrupted; print its URL when it is ready."""
    if list_faults:
        print_faults()
        return
    from typing import cast

    from aoai_emulator import choose_documents, parse_deployments
    from aoai_emulator.server import serve
    from aoai_emulator.settings import Flavour, Metrics, Settings, Versions

    deployed = parse_deployments(deployments, deployment_files)
    documents = choose_documents(surfaces, api_versions, specs)
    settings = Settings(
        api_key=api_key,
        flavour=cast("Flavour", flavour),
        documents=documents,
        seed=seed,
        deployments=deployed,
        versions=cast("Versions", versions),
        any_deployment=any_deployment,
        metrics=cast("tuple[Metrics, ...]", metrics),
    )
    chosen = response_settings(control_settings(settings, given), given)
    serve_and_record(
        chosen,
        given,
        lambda final: serve(final, host, port, tls=tls or authority is not None, authority=authority),
    )
