"""Where the run's key or token comes from, and what each kind of credentials puts on a request."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from aoai_conformance.redaction.secrets import KEY_MASK, MASK, SHORTEST_SEARCHED, remember
from aoai_model.case import Credentials
from aoai_model.exchange import Headers
from aoai_specs.errors import ConformanceError, TargetError

#: Sent where a case asks for a key that no server may accept. It is no secret.
WRONG_KEY = "wrong-key-for-conformance-test"
KEY_VARIABLE = "AZURE_OPENAI_API_KEY"
TOKEN_VARIABLE = "AZURE_OPENAI_AD_TOKEN"  # noqa: S105 - a name, not a token
TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"  # noqa: S105 - as above
#: A token is renewed when it has less than this left.
_RENEW_SECONDS = 300.0
#: Names that messages may repeat.
_VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")

Scheme = Literal["key", "entra"]


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and when it ends, in seconds since 1970."""

    text: str = field(repr=False)
    expires: float


class Authentication(Protocol):
    """What proves to the target who we are."""

    @property
    def scheme(self) -> Scheme:
        """Whether a key or a bearer token is sent."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be written anywhere."""

    async def secret(self) -> str:
        """The key or the token, renewed where it is about to end."""


@dataclass(frozen=True, slots=True)
class KeyAuthentication:
    """An API key. `public` is set for the emulator's own, which may be read by everyone.

    `as_bearer` says that the target takes it as a bearer token, where Azure has a header for it.
    """

    key: str = field(repr=False)
    public: bool = False
    as_bearer: bool = False

    @property
    def scheme(self) -> Scheme:
        """A key goes in the header `api-key`, unless it goes as a bearer token."""
        return "key"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key, unless it is public."""
        return () if self.public else (self.key,)

    async def secret(self) -> str:
        """The key."""
        return self.key


class TokenAuthentication:
    """Microsoft Entra ID tokens, from a function that fetches one.

    It runs in a thread, since it may block.
    """

    def __init__(self, fetch: Callable[[], Token]) -> None:
        self._fetch = fetch
        self._token: Token | None = None
        self._seen: list[str] = []
        self._lock = asyncio.Lock()

    @property
    def scheme(self) -> Scheme:
        """A token goes in the header `Authorization`."""
        return "entra"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every token fetched so far."""
        return tuple(self._seen)

    async def secret(self) -> str:
        """A token with more than five minutes left. Raises TargetError where none can be had."""
        async with self._lock:
            if self._token is None or self._token.expires - time.time() < _RENEW_SECONDS:
                self._token = await asyncio.to_thread(self._fetch)
                if not _is_sendable(self._token.text):
                    self._token = None
                    raise TargetError(
                        "azure-identity gave a token that is not printable ASCII without spaces."
                    )
                remember(self._token.text)
                if self._token.text not in self._seen:
                    self._seen.append(self._token.text)
            return self._token.text


async def credential_headers(
    credentials: Credentials, authentication: Authentication
) -> tuple[Headers, Headers]:
    """The headers that carry these credentials: as they are sent, and as they may be kept."""
    match credentials:
        case "none":
            shown: Headers = ()
            return shown, shown
        case "wrong-key":
            shown = (("api-key", WRONG_KEY),)
            return shown, shown
        case "wrong-bearer":
            shown = (("Authorization", f"Bearer {WRONG_KEY}"),)
            return shown, shown
        case "malformed-bearer":
            shown = (("Authorization", "Bearer"),)
            return shown, shown
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
    """The key in an environment variable, None where it is unset or blank.

    Raises ConformanceError for a key that is not printable ASCII without spaces. The sentence does not hold
    the key.
    """
    key = (os.environ if environment is None else environment).get(variable, "").strip()
    if not key:
        return None
    if not _is_sendable(key):
        raise ConformanceError(
            f"The key in {shown_variable(variable)} must be printable ASCII without spaces or line ends: "
            "copy it again from where it is shown."
        )
    return key


def shown_variable(variable: str) -> str:
    """How messages name a variable: a user may have given the key itself as its name."""
    if _VARIABLE_NAME.fullmatch(variable):
        return f"the environment variable {variable}"
    return "the environment variable that --api-key-env names"


def short_secret_warning(authentication: Authentication) -> str:
    """The sentence for a key that is too short to be looked for in responses; empty for others."""
    if any(0 < len(secret) < SHORTEST_SEARCHED for secret in authentication.secrets):
        return (
            f"The key has fewer than {SHORTEST_SEARCHED} characters: it is masked where it is sent, "
            "but it is not searched for in responses."
        )
    return ""


def _is_sendable(secret: str) -> bool:
    return all("!" <= character <= "~" for character in secret)


def entra_authentication(environment: Mapping[str, str] | None = None) -> TokenAuthentication:
    """Tokens from `AZURE_OPENAI_AD_TOKEN` where it is set, else from the package azure-identity.

    Raises ConformanceError where there is neither.
    """
    given = key_from_environment(TOKEN_VARIABLE, environment)
    if given is not None:
        return TokenAuthentication(lambda: Token(given, float("inf")))
    try:
        identity = importlib.import_module("azure.identity")
    except ImportError:
        raise ConformanceError(
            f"--auth entra needs a token: set {TOKEN_VARIABLE}, or install the package azure-identity."
        ) from None
    credential = identity.DefaultAzureCredential()

    def fetch() -> Token:
        try:
            answer = credential.get_token(TOKEN_SCOPE)
        except Exception as error:
            raise TargetError(f"azure-identity gave no token: {type(error).__name__}.") from error
        return Token(str(answer.token), float(answer.expires_on))

    return TokenAuthentication(fetch)
