"""Resolves the target that the user chooses: the built-in emulator or a URL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from aoai_conformance.options import EMULATOR, KEY_HEADER, KEY_VARIABLE, RunChoices, Scheme, TargetLayout
from aoai_conformance.target.authentication import Authentication, KeyAuthentication, NoAuthentication
from aoai_conformance.target.connection import Connection, connection_of
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_conformance.target.request_headers import (
    AddedHeader,
    added_headers,
    is_header_name,
    split_headers,
)
from aoai_conformance.target.targets import (
    BATCHES,
    EMULATOR_KEY,
    Target,
    deployment_kind,
    deployments_of,
    emulator_introduction,
    missing_extras_of,
    parse_deployments,
    resolve_url_target,
    served_kinds_of,
)
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError, TargetError


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChoice:
    """The user's choices about the target; the defaults are those of the command line.

    `headers` have the form NAME=VALUE.
    """

    target: str = EMULATOR
    deployments: Mapping[str, str] = field(default_factory=dict)
    auth: Scheme = "key"
    key_variable: str = KEY_VARIABLE
    key_header: str = KEY_HEADER
    layout: TargetLayout = "azure"
    headers: tuple[str, ...] = ()
    base_path: str | None = None
    ca: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    proxy: str | None = None

    @classmethod
    def of(cls, choices: RunChoices) -> TargetChoice:
        """The choices of a run about its target.

        Raises ConformanceError for those that contradict each other or cannot be used, but reads neither
        files nor the environment.
        """
        choice = cls(
            target=choices.target,
            deployments=parse_deployments(choices.deployments),
            auth=choices.auth,
            key_variable=choices.api_key_env,
            key_header=choices.api_key_header,
            layout=choices.target_layout,
            headers=choices.headers,
            base_path=None if choices.base_path is None else checked_base_path(choices.base_path),
            ca=choices.ca,
            certificate=choices.cert,
            certificate_key=choices.cert_key,
            proxy=choices.proxy,
        )
        choice.check()
        return choice

    @property
    def credential_header(self) -> str | None:
        """The header of the run's own credential; None if it has none."""
        if self.auth == "none":
            return None
        return self.key_header if self.auth == "key" and self.layout == "azure" else "Authorization"

    def check(self) -> None:
        """Raise ConformanceError for choices that contradict each other or cannot be used."""
        if not is_header_name(self.key_header):
            raise ConformanceError("--api-key-header must be a header name of letters, digits and hyphens.")
        if self.key_header.lower() != KEY_HEADER and self.credential_header != self.key_header:
            raise ConformanceError(
                "--api-key-header is only for --auth key and --target-layout azure; a bearer token is always "
                "in Authorization."
            )
        split_headers(self.headers, self.credential_header)
        if self.target != EMULATOR:
            return
        if self.layout != "azure":
            raise ConformanceError(
                "The emulator always has the layout azure; --target-layout is for other servers."
            )
        direct = {"--ca": self.ca, "--cert": self.certificate, "--proxy": self.proxy}
        given = [name for name, value in direct.items() if value is not None]
        if given:
            raise ConformanceError(
                f"The emulator is reached directly, without TLS; {given[0]} is for other servers."
            )

    def added_headers(self, environment: Mapping[str, str] | None = None) -> tuple[AddedHeader, ...]:
        """The headers of every request. Raises ConformanceError for a variable that is not set."""
        return added_headers(self.headers, self.credential_header, environment)

    def connection(self, environment: Mapping[str, str] | None = None) -> Connection:
        """How the target is reached. Raises ConformanceError for files that cannot be used."""
        return connection_of(
            ca=self.ca,
            certificate=self.certificate,
            certificate_key=self.certificate_key,
            proxy=self.proxy,
            environment=environment,
        )


def checked_base_path(path: str) -> str:
    """A base path without a slash at its end, empty for `/`. Raises ConformanceError for what is no path."""
    if not path.startswith("/") or any(character in path for character in "?#{}") or not path.isprintable():
        raise ConformanceError("--base-path must start with a slash, such as /openai; / stands for none.")
    return path.rstrip("/")


@contextmanager
def choose_target(
    choice: TargetChoice,
    *,
    surface: str | None = None,
    api_versions: Sequence[str] = (),
    specs: Sequence[str] = (),
    overlays: Sequence[str] = (),
    remote_references: bool = False,
    settings: EmulatorSettings | None = None,
) -> Iterator[TargetSource]:
    """A context in which the target is available; for `emulator`, one is started and stopped at the end."""
    choice.check()
    if choice.target != EMULATOR:
        yield TargetSource(choice, None)
        return
    emulators = (settings or EmulatorSettings(),)
    with EmulatorProcess(
        emulators,
        surface=surface,
        api_versions=api_versions,
        specs=specs,
        overlays=overlays,
        remote_references=remote_references,
    ) as process:
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
                key_header=choice.key_header,
                layout=choice.layout,
                headers=choice.added_headers(),
                connection=choice.connection(),
                base_path=choice.base_path,
            )
        target = emulator_target(self.process.urls[0], choice.deployments)
        authentication: Authentication = NoAuthentication()
        if choice.auth != "none":
            as_bearer = choice.auth == "bearer"
            authentication = KeyAuthentication(
                EMULATOR_KEY, public=True, as_bearer=as_bearer, header=choice.key_header
            )
        return replace(
            target,
            authentication=authentication,
            headers=choice.added_headers(),
            chosen_base_path=choice.base_path,
        )


def emulator_target(url: str, deployments: Mapping[str, str] | None = None) -> Target:
    """The target for an emulator that we started.

    Raises TargetError if it does not identify itself, and ConformanceError if it lacks the deployment that
    batches name.
    """
    introduction = emulator_introduction(url)
    if introduction is None:
        raise TargetError(f"The emulator at {url} does not identify itself.")
    own = deployments_of(introduction)
    deployments = deployments or own
    if BATCHES in deployments and deployments[BATCHES] not in own.values():
        raise ConformanceError(
            f"The emulator has no deployment {deployments[BATCHES]!r} for the requests of batches; use "
            f"--deployment {BATCHES}={own.get('chat')}."
        )
    return Target(
        EMULATOR,
        EMULATOR,
        url,
        deployments,
        KeyAuthentication(EMULATOR_KEY, public=True),
        missing_extras=missing_extras_of(introduction),
        served_kinds=served_kinds_of(introduction),
    )


def require_one_base_path(base_path: str | None, documents: Iterable[Document]) -> None:
    """Raise ConformanceError if `--base-path` would replace different base paths of several documents."""
    names = {each.base_path: str(each.name) for each in documents}
    if base_path is not None and len(names) > 1:
        raise ConformanceError(
            f"--base-path replaces one base path, but {' and '.join(names.values())} have different ones; "
            "test them in separate runs."
        )


def require_served(
    target: Target, operations: Iterable[tuple[Document, Sequence[Operation]]]
) -> tuple[str, ...]:
    """The ids of the chosen operations that are not configured, since the target does not serve them.

    Either it has no deployment for them, or it is an emulator that lacks them. Raises ConformanceError if
    that leaves nothing to test.
    """
    not_configured: dict[str, str] = {}
    served = 0
    for _, chosen in operations:
        for operation in chosen:
            if target.serves_operation(operation):
                served += 1
            else:
                not_configured[operation.id] = operation.kind
    if not served:
        known = [deployment_kind(kind) for kind in not_configured.values() if target.knows(kind)]
        if not_configured and not known:
            raise ConformanceError("The emulator serves none of the chosen operations.")
        pairs = ", ".join(f"{kind}=NAME" for kind in dict.fromkeys(known)) or "KIND=NAME"
        raise ConformanceError(f"None of the chosen operations has a deployment; add --deployment {pairs}.")
    return tuple(not_configured)
