"""The key or token of a run, and the headers for each kind of credentials."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from aoai_conformance.options import KEY_HEADER, Scheme
from aoai_conformance.redaction.secrets import KEY_MASK, MASK, SHORTEST_SEARCHED
from aoai_conformance.target.environment_values import describe_variable
from aoai_model.case import Credentials
from aoai_model.exchange import Headers
from aoai_specs.errors import ConformanceError

#: A key that every server must reject; not a secret.
WRONG_KEY = "wrong-key-for-conformance-test"
#: Where the key does not belong; the second one where the first carries the key.
WRONG_HEADERS = ("x-api-key", "x-wrong-api-key")


class Authentication(Protocol):
    """Credentials for the target."""

    @property
    def scheme(self) -> Scheme:
        """What `--auth` calls them."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be written."""

    async def secret(self) -> str:
        """The key or the token, renewed if it expires soon."""


@dataclass(frozen=True, slots=True)
class KeyAuthentication:
    """An API key. `public` is set for the key of the emulator, which is not a secret.

    With `as_bearer` it is sent as a bearer token, otherwise in `header`.
    """

    key: str = field(repr=False)
    public: bool = False
    as_bearer: bool = False
    header: str = KEY_HEADER

    @property
    def scheme(self) -> Scheme:
        """`bearer` or `key`."""
        return "bearer" if self.as_bearer else "key"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key, unless it is public."""
        return () if self.public else (self.key,)

    async def secret(self) -> str:
        """The key."""
        return self.key


@dataclass(frozen=True, slots=True)
class NoAuthentication:
    """No credentials, for a server that requires none."""

    @property
    def scheme(self) -> Scheme:
        """Always `none`."""
        return "none"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    async def secret(self) -> str:
        """An empty text."""
        return ""


async def credential_headers(
    credentials: Credentials, authentication: Authentication
) -> tuple[Headers, Headers]:
    """The headers for these credentials: as they are sent, and as they are recorded."""
    name = authentication.header if isinstance(authentication, KeyAuthentication) else KEY_HEADER
    match credentials:
        case "none":
            headers: Headers = ()
            return headers, headers
        case "wrong-key":
            headers = ((name, WRONG_KEY),)
            return headers, headers
        case "wrong-bearer":
            headers = (("Authorization", f"Bearer {WRONG_KEY}"),)
            return headers, headers
        case "malformed-bearer":
            headers = (("Authorization", "Bearer"),)
            return headers, headers
        case "key-in-wrong-header":
            wrong = next(each for each in WRONG_HEADERS if each != name.lower())
            return ((wrong, await authentication.secret()),), ((wrong, MASK),)
        case "key-in-header" | "key-as-bearer" if isinstance(authentication, KeyAuthentication):
            as_bearer = credentials == "key-as-bearer"
            return await _configured(replace(authentication, as_bearer=as_bearer))
        case _:
            return await _configured(authentication)


async def _configured(authentication: Authentication) -> tuple[Headers, Headers]:
    secret = await authentication.secret()
    if isinstance(authentication, KeyAuthentication):
        if authentication.as_bearer:
            return (("Authorization", f"Bearer {secret}"),), (("Authorization", f"Bearer {KEY_MASK}"),)
        name = authentication.header
        return ((name, secret),), ((name, MASK if name.lower() == KEY_HEADER else KEY_MASK),)
    if authentication.scheme == "none":
        return (), ()
    return (("Authorization", f"Bearer {secret}"),), (("Authorization", f"Bearer {MASK}"),)


def key_from_environment(variable: str, environment: Mapping[str, str] | None = None) -> str | None:
    """The key in an environment variable, None if it is unset or blank.

    Raises ConformanceError for a key that is not printable ASCII without spaces; the message does not contain
    the key.
    """
    key = (os.environ if environment is None else environment).get(variable, "").strip()
    if not key:
        return None
    if not is_sendable(key):
        raise ConformanceError(
            f"The key in {describe_key_variable(variable)} must be printable ASCII without spaces or line "
            "ends; copy it again."
        )
    return key


def describe_key_variable(variable: str) -> str:
    """The name of the variable of the key for messages, unless it might be a key given by mistake."""
    return describe_variable(variable, "the environment variable that --api-key-env names")


def short_secret_warnings(authentication: Authentication, others: Iterable[str] = ()) -> tuple[str, ...]:
    """Warnings about secrets that are too short to search for in responses.

    `others` are those of headers and the proxy.
    """
    rest = f"has fewer than {SHORTEST_SEARCHED} characters: it is masked in requests, but responses are not"
    subjects = {
        "The key": authentication.secrets,
        "A value from the environment for --header or --proxy": tuple(others),
    }
    return tuple(
        f"{subject} {rest} searched for it."
        for subject, secrets in subjects.items()
        if any(0 < len(secret) < SHORTEST_SEARCHED for secret in secrets)
    )


def is_sendable(secret: str) -> bool:
    """Whether a header can carry a secret: printable ASCII without spaces."""
    return all("!" <= character <= "~" for character in secret)
