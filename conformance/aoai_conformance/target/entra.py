"""Microsoft Entra ID tokens: fetched with azure-identity, and renewed before they expire."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aoai_conformance.options import TOKEN_VARIABLE, Scheme
from aoai_conformance.redaction.secrets import remember, without_known_secrets
from aoai_conformance.target.authentication import is_sendable, key_from_environment
from aoai_specs.errors import MissingExtraError, TargetError

TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"  # noqa: S105 - a URL, not a token
#: A token that expires within this time is renewed.
_RENEW_SECONDS = 300.0
#: A token that was renewed because the server rejected the previous one is not renewed again for this long.
_SETTLE_SECONDS = 60.0
#: How long to wait before the source of a token that is still valid is asked again.
_WAIT_SECONDS = 30.0
_LONGEST_REASON = 300
#: The audience of an OIDC token that Entra ID exchanges for one of its own.
_EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"
_OIDC_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and its expiry in seconds since 1970."""

    text: str = field(repr=False)
    expires: float


class TokenAuthentication:
    """Entra ID tokens from a function that fetches one; it may block, so it runs in a thread.

    `clock` gives the seconds since 1970.
    """

    def __init__(self, fetch: Callable[[], Token], clock: Callable[[], float] = time.time) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token: Token | None = None
        self._seen: list[str] = []
        self._lock = asyncio.Lock()
        self._settled_at = 0.0
        self._waits_until = 0.0

    @property
    def scheme(self) -> Scheme:
        """Always `entra`."""
        return "entra"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every token fetched so far."""
        return tuple(self._seen)

    async def secret(self) -> str:
        """A token that is valid for at least five minutes, or for as long as the source gives one.

        Raises TargetError if there is none. A source that fails or returns a token about to expire is not
        asked for each request.
        """
        async with self._lock:
            if self._token is None:
                self._token = await self._fetched()
            elif self._is_due(self._token):
                self._waits_until = self._clock() + _WAIT_SECONDS
                try:
                    self._token = await self._fetched()
                except TargetError:
                    if self._token.expires <= self._clock():
                        raise  # otherwise the current token serves until it expires
            return self._token.text

    async def renew(self, rejected: str) -> bool:
        """Replace a token that the server rejected; return whether there is another one to try.

        Only one renewal a minute is tried, since a server may reject every token.
        """
        async with self._lock:
            if self._token is not None and self._token.text != rejected:
                return True
            if self._clock() < self._settled_at:
                return False
            self._settled_at = self._clock() + _SETTLE_SECONDS
            try:
                self._token = await self._fetched()
            except TargetError:
                return False
            return self._token.text != rejected

    def _is_due(self, token: Token) -> bool:
        """Whether to renew a token; one that is still valid, only if the source was not asked just now."""
        now = self._clock()
        return token.expires <= now or (token.expires - now < _RENEW_SECONDS and now >= self._waits_until)

    async def _fetched(self) -> Token:
        token = await asyncio.to_thread(self._fetch)
        if not is_sendable(token.text):
            raise TargetError("azure-identity returned a token that is not printable ASCII without spaces.")
        remember(token.text)
        if token.text not in self._seen:
            self._seen.append(token.text)
        return token


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
        raise MissingExtraError("entra", f"--auth entra without {TOKEN_VARIABLE}") from None
    # azure-identity logs what its exception says, in many lines
    logging.getLogger("azure.identity").addHandler(logging.NullHandler())
    credential = _credential(identity, os.environ if environment is None else environment)

    def fetch() -> Token:
        try:
            fetched = credential.get_token(TOKEN_SCOPE)
        except Exception as error:
            raise TargetError(
                f"No Entra ID token: {_reason(error)}. Log in with `az login`, configure a workload "
                f"identity, or set {TOKEN_VARIABLE}."
            ) from error
        return Token(str(fetched.token), float(fetched.expires_on))

    return TokenAuthentication(fetch)


def _credential(identity: Any, environment: Mapping[str, str]) -> Any:
    """The credential of a pipeline if its variables are set, otherwise DefaultAzureCredential.

    The pipelines' own OIDC tokens serve renewals during a long run; those of a login step expire in minutes.
    """

    def values(*names: str) -> list[str]:
        found = [environment.get(name, "").strip() for name in names]
        return found if all(found) else []

    azure = values(
        "AZURESUBSCRIPTION_TENANT_ID",
        "AZURESUBSCRIPTION_CLIENT_ID",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        "SYSTEM_ACCESSTOKEN",
    )
    if azure and environment.get("SYSTEM_OIDCREQUESTURI"):
        tenant, client, connection, access = azure
        remember(access)
        return identity.AzurePipelinesCredential(
            tenant_id=tenant, client_id=client, service_connection_id=connection, system_access_token=access
        )
    github = values(
        "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
    )
    if github:
        tenant, client, url, access = github
        remember(access)
        return identity.ClientAssertionCredential(tenant, client, lambda: _github_token(url, access))
    return identity.DefaultAzureCredential()


def _github_token(url: str, access: str) -> str:
    """The OIDC token of a GitHub Actions job. Raises TargetError if GitHub does not give one."""
    import httpx  # late, because --help must not import it

    try:
        response = httpx.get(
            url,
            params={**dict(httpx.URL(url).params), "audience": _EXCHANGE_AUDIENCE},
            headers={"Authorization": f"Bearer {access}"},
            timeout=_OIDC_SECONDS,
        )
        token = str(response.raise_for_status().json()["value"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise TargetError(f"GitHub gave the job no OIDC token ({type(error).__name__})") from error
    remember(token)
    return token


def _reason(error: Exception) -> str:
    """The first line of an error message, without secrets; the type of an error without message."""
    line = next((each for each in str(error).splitlines() if each.strip()), type(error).__name__)
    return without_known_secrets(line.strip())[:_LONGEST_REASON].rstrip(". ")
