"""Resolves the target that the user chooses: the built-in emulator or a URL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from aoai_conformance.options import EMULATOR, KEY_VARIABLE, Scheme, TargetLayout
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_conformance.target.targets import (
    EMULATOR_KEY,
    Target,
    deployments_of,
    emulator_introduction,
    missing_extras_of,
    resolve_url_target,
)
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError, TargetError


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChoice:
    """The user's choices about the target; the defaults are those of the command line."""

    target: str = EMULATOR
    deployments: Mapping[str, str]
    auth: Scheme = "key"
    key_variable: str = KEY_VARIABLE
    layout: TargetLayout = "azure"


@contextmanager
def choose_target(
    choice: TargetChoice,
    *,
    surface: str | None = None,
    api_versions: Sequence[str] = (),
    specs: Sequence[str] = (),
    settings: EmulatorSettings | None = None,
) -> Iterator[TargetSource]:
    """A context in which the target is available; for `emulator`, one is started and stopped at the end."""
    if choice.target == EMULATOR and choice.layout != "azure":
        raise ConformanceError(
            "The emulator always has the layout azure; --target-layout is for other servers."
        )
    if choice.target != EMULATOR:
        yield TargetSource(choice, None)
        return
    emulators = (settings or EmulatorSettings(),)
    with EmulatorProcess(emulators, surface=surface, api_versions=api_versions, specs=specs) as process:
        yield TargetSource(choice, process)


@dataclass(frozen=True, slots=True)
class TargetSource:
    """A target that may not be ready yet."""

    choice: TargetChoice
    process: EmulatorProcess | None

    def target(self) -> Target:
        """The target when it is ready. Raises ConformanceError or TargetError if it is unavailable."""
        choice = self.choice
        if self.process is None:
            return resolve_url_target(
                choice.target,
                deployments=choice.deployments,
                auth=choice.auth,
                key_variable=choice.key_variable,
                layout=choice.layout,
            )
        return emulator_target(self.process.urls[0], choice.deployments)


def emulator_target(url: str, deployments: Mapping[str, str] | None = None) -> Target:
    """The target for an emulator that we started. Raises TargetError if it does not identify itself."""
    introduction = emulator_introduction(url)
    if introduction is None:
        raise TargetError(f"The emulator at {url} does not identify itself.")
    deployments = deployments or deployments_of(introduction)
    return Target(
        EMULATOR,
        EMULATOR,
        url,
        deployments,
        KeyAuthentication(EMULATOR_KEY, public=True),
        missing_extras=missing_extras_of(introduction),
    )


def require_served(
    target: Target, operations: Iterable[tuple[Document, Sequence[Operation]]]
) -> tuple[str, ...]:
    """The ids of the chosen operations that are not configured, since the target has no deployment for them.

    Raises ConformanceError if that leaves nothing to test.
    """
    not_configured: dict[str, str] = {}
    served = 0
    for _, chosen in operations:
        for operation in chosen:
            if target.serves(operation.kind, operation.path):
                served += 1
            else:
                not_configured[operation.id] = operation.kind
    if not served:
        pairs = ", ".join(f"{kind}=NAME" for kind in dict.fromkeys(not_configured.values())) or "KIND=NAME"
        raise ConformanceError(f"None of the chosen operations has a deployment; add --deployment {pairs}.")
    return tuple(not_configured)
