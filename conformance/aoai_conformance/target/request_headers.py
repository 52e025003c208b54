"""The headers that a user adds to every request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aoai_conformance.target.environment_values import check_variables, has_variables, resolve_variables
from aoai_specs.errors import ConformanceError

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Visible ASCII, spaces and tabs: a value of RFC 9110 without its obsolete bytes.
_VALUE = re.compile(r"[\t\x20-\x7e]+")
#: The client sets these itself: they describe the connection, the body and the accepted response.
_OWN = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "te"}
    | {"trailer", "upgrade", "expect", "accept", "accept-encoding", "proxy-authorization"}
    | {"proxy-connection"}
)
#: A part of a name, between hyphens, that denotes a secret. `x-portkey-provider` has none.
_SECRET_PART = re.compile(
    r"(?:api|access|subscription)?key|sig|auth|jwt|.*(?:token(?!s)|secret|password|credential|signature).*"
    r"|.*authorization|cookie2?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AddedHeader:
    """A header of every request.

    `template` is its value as the user wrote it, which is what records contain; `secrets` are the parts of
    the value that come from the environment.
    """

    name: str
    template: str
    value: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def split_headers(pairs: Iterable[str], credential: str | None) -> tuple[tuple[str, str], ...]:
    """The names and values of `--header NAME=VALUE`, variables included.

    `credential` is the header of the run's own credential, or None. Raises ConformanceError for a malformed
    name or value, for a header that the client or the credential sets, for a secret that is not from the
    environment, and for a name that is given twice. No message contains a value.
    """
    found: dict[str, tuple[str, str]] = {}
    for pair in pairs:
        name, equals, value = (part.strip(" \t") for part in pair.partition("="))
        if not equals or not _TOKEN.fullmatch(name):
            raise ConformanceError(
                "--header must have the form NAME=VALUE, such as x-team=search, with a header name of "
                "letters, digits and hyphens."
            )
        lowered = name.lower()
        if lowered in _OWN:
            advice = "use --proxy" if lowered.startswith("proxy-") else "it describes the request itself"
            raise ConformanceError(f"--header cannot set {name}: {advice}.")
        if credential is not None and lowered == credential.lower():
            raise ConformanceError(
                f"--header cannot set {name}, which carries the credential under test: name its environment "
                "variable with --api-key-env, or choose another header with --auth or --api-key-header."
            )
        if lowered in found:
            raise ConformanceError(f"--header sets {name} twice; give each header once.")
        if not _VALUE.fullmatch(value):
            raise ConformanceError(f"The value of --header {name} must be printable ASCII, and not empty.")
        check_variables(value, f"--header {name}")
        if not has_variables(value) and is_secret_header(name):
            raise ConformanceError(
                f"--header {name} carries a secret, which must come from the environment: use "
                f"'{name}=${{VARIABLE}}', in single quotes."
            )
        found[lowered] = (name, value)
    return tuple(found.values())


def added_headers(
    pairs: Iterable[str], credential: str | None, environment: Mapping[str, str] | None = None
) -> tuple[AddedHeader, ...]:
    """The headers of `--header`, with the values of their variables.

    Raises ConformanceError like `split_headers`, and for a variable that is not set.
    """
    headers: list[AddedHeader] = []
    for name, template in split_headers(pairs, credential):
        resolved = resolve_variables(template, f"--header {name}", environment)
        if not _VALUE.fullmatch(resolved.text):
            raise ConformanceError(
                f"--header {name}: the value from the environment must be printable ASCII without line ends."
            )
        headers.append(AddedHeader(name, template, resolved.text, resolved.secrets))
    return tuple(headers)


def is_secret_header(name: str) -> bool:
    """Whether a header with this name carries a secret."""
    return any(_SECRET_PART.fullmatch(part) for part in re.split(r"[^A-Za-z0-9]+", name))


def is_header_name(name: str) -> bool:
    """Whether a text is a header name (a token of RFC 9110)."""
    return _TOKEN.fullmatch(name) is not None
