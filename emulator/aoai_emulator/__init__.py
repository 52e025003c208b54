"""An emulator that implements the described APIs with built-in, deterministic content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aoai_emulator.fault_description import FailureDescription, FaultDescription

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from aoai_emulator.models.deployments import Deployment
    from aoai_emulator.traffic.delays import DeploymentLatency
    from aoai_emulator.traffic.limits import DeploymentLimits
    from aoai_specs.document import Document

__all__ = [
    "FailureDescription",
    "FaultDescription",
    "choose_documents",
    "failure_catalogue",
    "fault_catalogue",
    "parse_deployments",
    "parse_latencies",
    "parse_limits",
    "read_fixtures",
]


def fault_catalogue() -> tuple[FaultDescription, ...]:
    """Return every fault, sorted by id. The server is imported only when this is called."""
    from aoai_emulator.faults.registry import fault_catalogue as catalogue

    return catalogue()


def failure_catalogue() -> tuple[FailureDescription, ...]:
    """Return the failures on demand that break no contract: errors, and failures of the connection."""
    from aoai_emulator.failures.failure_table import FAILURES

    return tuple(FAILURES.values())


def parse_latencies(first: Iterable[str], token: Iterable[str]) -> tuple[DeploymentLatency, ...]:
    """Return the delays to the first byte and for each token: `DELAY` or `DEPLOYMENT=DELAY`.

    Raises TrafficError, whose message is one sentence.
    """
    from aoai_emulator.traffic.delays import parse_latencies as parse

    return parse(first, token)


def parse_limits(
    requests: Iterable[str], tokens: Iterable[str], provisioned: Iterable[str]
) -> tuple[DeploymentLimits, ...]:
    """Return the limits per minute (`N` or `DEPLOYMENT=N`) and provisioned units (`DEPLOYMENT[=N]`).

    Raises TrafficError, whose message is one sentence.
    """
    from aoai_emulator.traffic.limits import parse_limits as parse

    return parse(requests, tokens, provisioned)


def parse_deployments(pairs: Iterable[str], files: Iterable[str] = ()) -> tuple[Deployment, ...]:
    """Return the deployments of `NAME=MODEL` pairs and of files; without any, the default deployments.

    Raises ConformanceError for a pair or file of another form and for a repeated name, and UnknownNameError
    for an unknown model.
    """
    from aoai_emulator.models.deployment_files import read_deployments
    from aoai_emulator.models.model_table import parse_deployments as parse
    from aoai_emulator.settings import DEFAULT_DEPLOYMENTS
    from aoai_specs.errors import ConformanceError

    deployments = {deployment.name: deployment for deployment in parse(pairs)}
    for file in files:
        for deployment in read_deployments(file):
            if deployment.name in deployments:
                raise ConformanceError(
                    f"{file} names the deployment {deployment.name!r} again; "
                    "give each deployment its own name."
                )
            deployments[deployment.name] = deployment
    return tuple(deployments.values()) or DEFAULT_DEPLOYMENTS


def choose_documents(
    surfaces: Collection[str] = (), api_versions: Sequence[str] = (), specs: Sequence[str] = ()
) -> Sequence[Document]:
    """Return the documents to serve; by default all of the catalogue, which are read when first needed.

    See `aoai_emulator.addresses.documents` for how the arguments narrow them, and for what is raised.
    """
    from aoai_emulator.addresses.documents import choose_documents as choose

    return choose(surfaces, api_versions, specs)


def read_fixtures(
    paths: Iterable[str | Path], documents: Sequence[Document]
) -> tuple[Mapping[str, Any], ...]:
    """Return the entries of some fixture files, checked against the documents that are served.

    Raises ConformanceError, which names every mistake of every file with its line.
    """
    from aoai_emulator.fixtures.fixture_files import read_fixtures as read

    return read(paths, documents)
