"""The target of a run: the root URL of a resource, its deployments and credentials."""

from __future__ import annotations

import ipaddress
import json
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from aoai_conformance.options import (
    DEPLOYMENT_KINDS,
    KEY_HEADER,
    KEY_VARIABLE,
    RESOURCE_GROUPS,
    SELECTABLE_KINDS,
    Scheme,
    TargetLayout,
)
from aoai_conformance.redaction.secrets import remember
from aoai_conformance.target.authentication import (
    Authentication,
    KeyAuthentication,
    NoAuthentication,
    describe_key_variable,
    key_from_environment,
)
from aoai_conformance.target.connection import Connection, no_certificates
from aoai_conformance.target.connection_trouble import explain_connection
from aoai_conformance.target.entra import entra_authentication
from aoai_conformance.target.layout import base_path_in, has_kind
from aoai_conformance.target.request_bytes import needs_deployment
from aoai_conformance.target.request_headers import AddedHeader
from aoai_specs.document import Operation
from aoai_specs.errors import EXTRAS, ConformanceError, TargetError, UnknownNameError
from aoai_strategies.requests.resources import names_model

#: Kinds of operation that are served by the deployment of another kind.
_SERVED_BY = {"extension-chat": "chat", "response-create": "chat"}
#: The kind whose deployment serves the chat requests of batches, if it is not that of chat.
BATCHES = "batches"
#: The default key for an emulator.
EMULATOR_KEY = "emulator"
_INTRODUCTION_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server to test.

    `name` is its name in records: `emulator` or its URL. `root` is its URL without a trailing slash.
    `deployments` maps kinds of operation to names of deployments. `missing_extras` are the extras that an
    emulator says it lacks, `served_kinds` the kinds of operation that it says it serves; None if unknown.
    `headers` go with every request. `chosen_base_path` is that of the user, or None.
    """

    kind: Literal["emulator", "url"]
    name: str
    root: str
    deployments: Mapping[str, str]
    authentication: Authentication
    layout: TargetLayout = "azure"
    missing_extras: frozenset[str] = frozenset()
    headers: tuple[AddedHeader, ...] = ()
    connection: Connection = field(default_factory=Connection)
    chosen_base_path: str | None = None
    served_kinds: frozenset[str] | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be written: secrets of the credentials, the headers and the proxy."""
        of_headers = (secret for each in self.headers for secret in each.secrets)
        return (*self.authentication.secrets, *of_headers, *self.connection.secrets)

    @property
    def is_loopback(self) -> bool:
        """Whether the target is on this machine, which must not be reached through a proxy."""
        return is_loopback(self.root)

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """The TLS settings of its connection."""
        return _ssl_context(self.root, self.connection)

    def deployment(self, kind: str) -> str | None:
        """The name of the deployment that serves a kind of operation, or None."""
        return self.deployments.get(_SERVED_BY.get(kind, kind))

    def named_deployment(self, kind: str, within: str) -> str | None:
        """The name that a request has in its body for the deployment of a kind, or None.

        `within` is the kind of the request's operation: files of requests for a batch name its deployment.
        """
        if within == "file-upload" and kind == "chat" and BATCHES in self.deployments:
            return self.deployments[BATCHES]
        return self.deployment(kind)

    def kinds_of(self, deployment: str) -> frozenset[str]:
        """The kinds of operations that a deployment serves; a name that is none is itself a kind."""
        kinds = {kind for kind, name in self.deployments.items() if name == deployment} or {deployment}
        return frozenset(kinds | {kind for kind, by in _SERVED_BY.items() if by in kinds})

    def serves(self, kind: str, path: str, *, by_model: bool = False) -> bool:
        """Whether an operation can be sent: if requests name a deployment, there must be one.

        They name it in their path, or with `by_model` as the model of their body.
        """
        if not has_kind(self.layout, kind) or not self.knows(kind):
            return False
        return self.deployment(kind) is not None or not (by_model or needs_deployment(path))

    def serves_operation(self, operation: Operation) -> bool:
        """Whether an operation of a document can be sent."""
        return self.serves(operation.kind, operation.path, by_model=names_model(operation))

    def knows(self, kind: str) -> bool:
        """Whether the target serves a kind of operation, as far as it says."""
        return self.served_kinds is None or kind in self.served_kinds

    def base_path(self, of_document: str) -> str:
        """The base path of the operations of a document on the target."""
        if self.chosen_base_path is not None:
            return self.chosen_base_path
        return self.default_base_path(of_document)

    def default_base_path(self, of_document: str) -> str:
        """The base path in the layout of the target."""
        return base_path_in(self.layout, of_document)


def is_loopback(url: str) -> bool:
    """Whether the host of a URL is localhost or a loopback address."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ssl_context(root: str, connection: Connection) -> ssl.SSLContext:
    """The TLS settings for a root URL; none are loaded for this machine without TLS, which has no proxy."""
    if root.startswith("http:") and is_loopback(root) and connection.proxy is None:
        return no_certificates()
    return connection.ssl_context


def deployment_kind(kind: str) -> str:
    """The kind that `--deployment` has for a kind of operation: `chat`, or `files` for `file-get`."""
    for group, beginning in RESOURCE_GROUPS.items():
        if kind.startswith(beginning):
            return group
    return _SERVED_BY.get(kind, kind)


def parse_deployments(pairs: Iterable[str]) -> dict[str, str]:
    """Parse the values of `--deployment`. Raises ConformanceError for other forms than KIND=NAME."""
    deployments: dict[str, str] = {}
    for pair in pairs:
        kind, equals, name = (part.strip() for part in pair.partition("="))
        if not equals or not kind or not name:
            raise ConformanceError(
                f"--deployment must have the form KIND=NAME, such as chat=gpt-4o, not {pair!r}."
            )
        if kind not in SELECTABLE_KINDS:
            raise UnknownNameError("kind of deployment", kind, SELECTABLE_KINDS)
        if deployments.get(kind, name) != name:
            raise ConformanceError(
                f"--deployment names two deployments for {kind}; choose one for each kind."
            )
        deployments[kind] = name
    return deployments


def resolve_url_target(
    url: str,
    *,
    deployments: Mapping[str, str],
    auth: Scheme = "key",
    key_variable: str = KEY_VARIABLE,
    key_header: str = KEY_HEADER,
    layout: TargetLayout = "azure",
    headers: Sequence[AddedHeader] = (),
    connection: Connection | None = None,
    base_path: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Target:
    """The target at a URL, with its credentials from the environment.

    This project's emulator at a loopback address needs neither a key nor deployments. Raises ConformanceError
    (exit code 2) if the URL, the key or a deployment is missing or unusable, and TargetError (3) if an
    address that may be an emulator does not respond.
    """
    root = checked_root(url)
    connection = Connection() if connection is None else connection
    with_key = auth in ("key", "bearer")
    key = key_from_environment(key_variable, environment) if with_key else None
    introduction: Mapping[str, Any] | None = None
    if is_loopback(root) and ((with_key and key in {None, EMULATOR_KEY}) or not deployments):
        introduction = emulator_introduction(root, headers, connection)
    as_bearer = auth == "bearer" or layout == "openai"
    authentication: Authentication
    if auth == "entra":
        authentication = entra_authentication(environment)
    elif auth == "none":
        authentication = NoAuthentication()
    elif key is not None:
        public = key == EMULATOR_KEY and introduction is not None
        if not public:
            remember(key)
        authentication = KeyAuthentication(key, public=public, as_bearer=as_bearer, header=key_header)
    elif introduction is not None:
        as_bearer = auth == "bearer"
        authentication = KeyAuthentication(EMULATOR_KEY, public=True, as_bearer=as_bearer, header=key_header)
    else:
        raise ConformanceError(
            f"No key for {root}: set {describe_key_variable(key_variable)} or name another with "
            "--api-key-env; a server without keys needs --auth none."
        )
    if not deployments and introduction is not None:
        deployments = deployments_of(introduction)
    if not deployments:
        raise ConformanceError(
            f"No deployments for {root}: add --deployment KIND=NAME for each kind of operation, "
            "such as --deployment chat=gpt-4o."
        )
    return Target(
        "url",
        root,
        root,
        dict(deployments),
        authentication,
        layout,
        frozenset() if introduction is None else missing_extras_of(introduction),
        tuple(headers),
        connection,
        base_path,
        None if introduction is None else served_kinds_of(introduction),
    )


def checked_root(url: str, option: str = "--target") -> str:
    """A URL without trailing slashes. Raises ConformanceError unless it is a plain http or https URL.

    The message calls it `option`.
    """
    advice = (
        "use the root URL of the resource, such as https://NAME.openai.azure.com or http://127.0.0.1:8000."
    )
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConformanceError(f"{option} {url!r} is not a URL: {advice}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ConformanceError(f"{option} {url!r} is not an http or https URL: {advice}")
    if parts.username is not None or parts.password is not None:
        raise ConformanceError(
            f"{option} must not contain a user name or password; keys come from the environment."
        )
    if parts.query or parts.fragment:
        raise ConformanceError(f"{option} must not have a query or a fragment: {advice}")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def emulator_introduction(
    root: str, headers: Iterable[AddedHeader] = (), connection: Connection | None = None
) -> Mapping[str, Any] | None:
    """The self-description of the emulator at a root URL; None if another server responds.

    Raises TargetError if the server does not respond.
    """
    import httpx  # late, because --help must not import it

    connection = Connection() if connection is None else connection
    try:
        with (
            httpx.Client(
                verify=_ssl_context(root, connection),
                proxy=None if connection.proxy is None else connection.proxy.for_httpx(),
                headers=[(each.name, each.value) for each in headers],
                trust_env=False,
                timeout=_INTRODUCTION_SECONDS,
                follow_redirects=False,
            ) as client,
            client.stream("GET", f"{root}/") as response,
        ):
            if response.status_code != 200 or "json" not in response.headers.get("content-type", ""):
                return None
            body = b""
            deadline = time.monotonic() + _INTRODUCTION_SECONDS
            for piece in response.iter_bytes():
                body += piece
                if len(body) > 1_000_000 or time.monotonic() > deadline:
                    return None
    except (httpx.ConnectError, httpx.ProxyError) as error:
        proxy = "" if connection.proxy is None else urlsplit(connection.proxy.address).netloc
        explained = explain_connection(error, urlsplit(root).netloc, proxy)
        message = f"is the server running? ({error})" if explained is None else explained
        raise TargetError(f"No response from {root}: {message}") from error
    except httpx.HTTPError:
        return None
    try:
        introduction = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(introduction, dict) or introduction.get("emulator") != "aoai-emulator":
        return None
    return introduction


def missing_extras_of(introduction: Mapping[str, Any]) -> frozenset[str]:
    """The extras that an emulator lacks, from its self-description."""
    missing = introduction.get("missing_extras")
    return frozenset(each for each in missing if each in EXTRAS) if isinstance(missing, list) else frozenset()


def served_kinds_of(introduction: Mapping[str, Any]) -> frozenset[str] | None:
    """The kinds of operation that an emulator serves, from its self-description; None if it does not say."""
    kinds = introduction.get("kinds")
    return frozenset(each for each in kinds if isinstance(each, str)) if isinstance(kinds, list) else None


def deployments_of(introduction: Mapping[str, Any]) -> dict[str, str]:
    """The deployments in the self-description of an emulator, by kind."""
    deployments = introduction.get("deployments")
    if not isinstance(deployments, dict):
        return {}
    return {
        kind: name for kind, name in deployments.items() if kind in DEPLOYMENT_KINDS and isinstance(name, str)
    }
