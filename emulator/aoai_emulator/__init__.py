"""An emulator that implements the described APIs with built-in, deterministic content."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack

from aoai_emulator.fault_description import FailureDescription, FaultDescription

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from aoai_emulator.control.control import Control
    from aoai_emulator.in_process.emulator_app import EmulatorApp
    from aoai_emulator.in_process.options import EmulatorOptions
    from aoai_emulator.in_process.running_emulator import RunningEmulator
    from aoai_emulator.models.deployments import Deployment
    from aoai_emulator.traffic.delays import DeploymentLatency
    from aoai_emulator.traffic.limits import DeploymentLimits
    from aoai_specs.document import Document

__all__ = [
    "Control",
    "EmulatorApp",
    "EmulatorOptions",
    "FailureDescription",
    "FaultDescription",
    "RunningEmulator",
    "asgi_app",
    "choose_documents",
    "failure_catalogue",
    "fault_catalogue",
    "parse_deployments",
    "parse_latencies",
    "parse_limits",
    "read_fixtures",
    "run_emulator",
]

#: Classes that are imported when they are first needed: the server behind them takes a second.
_MODULES = {
    "Control": "aoai_emulator.control.control",
    "EmulatorApp": "aoai_emulator.in_process.emulator_app",
    "EmulatorOptions": "aoai_emulator.in_process.options",
    "RunningEmulator": "aoai_emulator.in_process.running_emulator",
}


def __getattr__(name: str) -> Any:
    """Import a class of the public names. Raises AttributeError for any other name."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def run_emulator(*, tls: bool = False, **options: Unpack[EmulatorOptions]) -> RunningEmulator:
    """Run an emulator in this process while a `with` or `async with` block runs.

        with aoai_emulator.run_emulator(faults=["error-429,next=1"]) as emulator:
            client = emulator.azure_openai()

    A thread with its own event loop serves it on a free port. `EmulatorOptions` lists the options; by default
    every document is served. With `tls`, it serves HTTPS, and clients must trust `emulator.authority`.

    Raises UnknownNameError for an option, fault, model, surface or api-version that does not exist, and
    another ConformanceError for a value that cannot be used.
    """
    from aoai_emulator.in_process.running_emulator import run_emulator as run

    return run(tls=tls, **options)


def asgi_app(**options: Unpack[EmulatorOptions]) -> EmulatorApp:
    """Return an emulator as an ASGI application, such as for `httpx.ASGITransport`; it needs no port.

    Options and exceptions are those of `run_emulator`.
    """
    from aoai_emulator.in_process.emulator_app import EmulatorApp
    from aoai_emulator.in_process.options import settings_of

    return EmulatorApp(settings_of(**options))


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
