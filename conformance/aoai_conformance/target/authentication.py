"""The key or token of a run, and the headers for each kind of credentials."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aoai_conformance.options import TOKEN_VARIABLE, Scheme
from aoai_conformance.redaction.secrets import KEY_MASK, MASK, SHORTEST_SEARCHED, remember
from aoai_model.case import Credentials
from aoai_model.exchange import Headers
from aoai_specs.errors import ConformanceError, TargetError

#: A key that every server must reject; not a secret.
WRONG_KEY = "wrong-key-for-conformance-test"
TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"  # noqa: S105 - a URL, not a token
#: A token that expires within this time is renewed.
_RENEW_SECONDS = 300.0
#: Names that messages may contain.
_VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and its expiry in seconds since 1970."""

    text: str = field(repr=False)
    expires: float


class Authentication(Protocol):
    """Credentials for the target."""

    @property
    def scheme(self) -> Scheme:
        """Whether they are a key or an Entra ID token."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be written."""

    async def secret(self) -> str:
        """The key or the token, renewed if it expires soon."""


@dataclass(frozen=True, slots=True)
class KeyAuthentication:
    """An API key. `public` is set for the key of the emulator, which is not a secret.

    With `as_bearer` it is sent as a bearer token, otherwise in the header `api-key`.
    """

    key: str = field(repr=False)
    public: bool = False
    as_bearer: bool = False

    @property
    def scheme(self) -> Scheme:
        """Always `key`."""
        return "key"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key, unless it is public."""
        return () if self.public else (self.key,)

    async def secret(self) -> str:
        """The key."""
        return self.key


class TokenAuthentication:
    """Microsoft Entra ID tokens from a function that fetches one; it may block, so it runs in a thread."""

    def __init__(self, fetch: Callable[[], Token]) -> None:
        self._fetch = fetch
        self._token: Token | None = None
        self._seen: list[str] = []
        self._lock = asyncio.Lock()

    @property
    def scheme(self) -> Scheme:
        """Always `entra`."""
        return "entra"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every token fetched so far."""
        return tuple(self._seen)

    async def secret(self) -> str:
        """A token that is valid for at least five minutes. Raises TargetError if there is none."""
        async with self._lock:
            if self._token is None or self._token.expires - time.time() < _RENEW_SECONDS:
                self._token = await asyncio.to_thread(self._fetch)
                if not _is_sendable(self._token.text):
                    self._token = None
                    raise TargetError(
                        "azure-identity returned a token that is not printable ASCII without spaces."
                    )
                remember(self._token.text)
                if self._token.text not in self._seen:
                    self._seen.append(self._token.text)
            return self._token.text


async def credential_headers(
    credentials: Credentials, authentication: Authentication
) -> tuple[Headers, Headers]:
    """The headers for these credentials: as they are sent, and as they are recorded."""
    match credentials:
        case "none":
            headers: Headers = ()
            return headers, headers
        case "wrong-key":
            headers = (("api-key", WRONG_KEY),)
            return headers, headers
        case "wrong-bearer":
            headers = (("Authorization", f"Bearer {WRONG_KEY}"),)
            return headers, headers
        case "malformed-bearer":
            headers = (("Authorization", "Bearer"),)
            return headers, headers
        case "key-in-wrong-header":
            return (("x-api-key", await authentication.secret()),), (("x-api-key", MASK),)
        case "configured":
            secret = await authentication.secret()
            if authentication.scheme == "entra":
                return (("Authorization", f"Bearer {secret}"),), (("Authorization", f"Bearer {MASK}"),)
            if isinstance(authentication, KeyAuthentication) and authentication.as_bearer:
                return (("Authorization", f"Bearer {secret}"),), (("Authorization", f"Bearer {KEY_MASK}"),)
            return (("api-key", secret),), (("api-key", MASK),)


def key_from_environment(variable: str, environment: Mapping[str, str] | None = None) -> str | None:
    """The key in an environment variable, None if it is unset or blank.

    Raises ConformanceError for a key that is not printable ASCII without spaces; the message does not contain
    the key.
    """
    key = (os.environ if environment is None else environment).get(variable, "").strip()
    if not key:
        return None
    if not _is_sendable(key):
        raise ConformanceError(
            f"The key in {describe_variable(variable)} must be printable ASCII without spaces or line ends; "
            "copy it again."
        )
    return key


def describe_variable(variable: str) -> str:
    """The name of a variable for messages, unless it might be a key given by mistake."""
    if _VARIABLE_NAME.fullmatch(variable):
        return f"the environment variable {variable}"
    return "the environment variable that --api-key-env names"


def short_secret_warning(authentication: Authentication) -> str:
    """A warning for a key that is too short to search for in responses; empty for others."""
    if any(0 < len(secret) < SHORTEST_SEARCHED for secret in authentication.secrets):
        return (
            f"The key has fewer than {SHORTEST_SEARCHED} characters: it is masked in requests, "
            "but responses are not searched for it."
        )
    return ""


def _is_sendable(secret: str) -> bool:
    return all("!" <= character <= "~" for character in secret)


def entra_authentication(environment: Mapping[str, str] | None = None) -> TokenAuthentication:
    """Tokens from `AZURE_OPENAI_AD_TOKEN` if it is set, otherwise from the package azure-identity.

    Raises ConformanceError if there is neither.
    """
    token = key_from_environment(TOKEN_VARIABLE, environment)
    if token is not None:
        return TokenAuthentication(lambda: Token(token, float("inf")))
    try:
        identity = importlib.import_module("azure.identity")
    except ImportError:
        raise ConformanceError(
            f"--auth entra needs a token: set {TOKEN_VARIABLE} or install the package azure-identity."
        ) from None
    credential = identity.DefaultAzureCredential()

    def fetch() -> Token:
        try:
            fetched = credential.get_token(TOKEN_SCOPE)
        except Exception as error:
            raise TargetError(f"azure-identity returned no token: {type(error).__name__}.") from error
        return Token(str(fetched.token), float(fetched.expires_on))

    return TokenAuthentication(fetch)
