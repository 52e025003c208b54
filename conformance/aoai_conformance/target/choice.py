"""The target that a user chooses: an emulator of our own, or a URL; and what of a document it serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from aoai_conformance.target.authentication import KEY_VARIABLE, KeyAuthentication, Scheme
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorWish
from aoai_conformance.target.layout import TargetLayout
from aoai_conformance.target.targets import (
    EMULATOR_KEY,
    Target,
    deployments_of,
    emulator_introduction,
    resolve_url_target,
)
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError, TargetError

EMULATOR: Final = "emulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChoice:
    """What a user says of a target; the defaults are those of the command line."""

    target: str = EMULATOR
    deployments: Mapping[str, str]
    auth: Scheme = "key"
    key_variable: str = KEY_VARIABLE
    layout: TargetLayout = "azure"


@contextmanager
def chosen_target(
    choice: TargetChoice,
    *,
    surface: str | None = None,
    api_versions: Sequence[str] = (),
    specs: Sequence[str] = (),
    wish: EmulatorWish | None = None,
) -> Iterator[TargetSource]:
    """A context in which the target is there: for `emulator`, one is started, and ended with the context."""
    if choice.target == EMULATOR and choice.layout != "azure":
        raise ConformanceError("The emulator has the layout of Azure; --target-layout is for other servers.")
    if choice.target != EMULATOR:
        yield TargetSource(choice, None)
        return
    wishes = (wish or EmulatorWish(),)
    with EmulatorProcess(wishes, surface=surface, api_versions=api_versions, specs=specs) as process:
        yield TargetSource(choice, process)


@dataclass(frozen=True, slots=True)
class TargetSource:
    """A target that may still be on its way up."""

    choice: TargetChoice
    process: EmulatorProcess | None

    def target(self) -> Target:
        """The target, once it is ready. Raises ConformanceError or TargetError where there is none."""
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
    """The target at an emulator that we started. Raises TargetError where it does not introduce itself."""
    introduction = emulator_introduction(url)
    if introduction is None:
        raise TargetError(f"The emulator at {url} does not introduce itself.")
    named = deployments or deployments_of(introduction)
    return Target(EMULATOR, EMULATOR, url, named, KeyAuthentication(EMULATOR_KEY, public=True))


def require_served(
    target: Target, operations: Iterable[tuple[Document, Sequence[Operation]]]
) -> tuple[str, ...]:
    """The ids of the chosen operations that are not configured: the target has no deployment for them.

    Raises ConformanceError where that leaves nothing to test.
    """
    idle: dict[str, str] = {}
    served = 0
    for _, chosen in operations:
        for operation in chosen:
            if target.serves(operation.kind, operation.path):
                served += 1
            else:
                idle[operation.id] = operation.kind
    if not served:
        wanted = ", ".join(f"{kind}=NAME" for kind in dict.fromkeys(idle.values())) or "KIND=NAME"
        raise ConformanceError(f"None of the chosen operations has a deployment: give --deployment {wanted}.")
    return tuple(idle)
