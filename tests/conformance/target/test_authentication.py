"""Keys and tokens."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace

import pytest

from aoai_conformance.redaction.secrets import remember, without_known_secrets
from aoai_conformance.target.authentication import (
    KeyAuthentication,
    credential_headers,
    key_from_environment,
)
from aoai_conformance.target.entra import Token, TokenAuthentication, entra_authentication
from aoai_specs.errors import MissingExtraError, TargetError


def identity(get_token: object) -> dict[str, ModuleType]:
    module = ModuleType("azure.identity")
    module.DefaultAzureCredential = lambda: SimpleNamespace(get_token=get_token)  # type: ignore[attr-defined]
    return {"azure": ModuleType("azure"), "azure.identity": module}


async def test_reads_a_token_from_the_environment() -> None:
    authentication = entra_authentication({"AZURE_OPENAI_AD_TOKEN": "token-from-outside"})
    assert authentication.scheme == "entra"
    assert await authentication.secret() == "token-from-outside"
    assert authentication.secrets == ("token-from-outside",)


async def test_gets_a_token_from_azure_identity_if_installed(monkeypatch) -> None:
    asked: list[str] = []

    def get_token(scope: str) -> object:
        asked.append(scope)
        return SimpleNamespace(token="token-of-identity", expires_on=time.time() + 3600)

    for name, module in identity(get_token).items():
        monkeypatch.setitem(sys.modules, name, module)
    authentication = entra_authentication({})
    assert await authentication.secret() == "token-of-identity"
    assert await authentication.secret() == "token-of-identity"
    assert asked == ["https://cognitiveservices.azure.com/.default"]


async def test_a_failed_token_is_one_sentence_with_the_first_line_of_the_reason(monkeypatch) -> None:
    remember("a-client-secret")

    def get_token(scope: str) -> object:
        raise PermissionError("No access for a-client-secret.\nAttempted credentials:\n\tEnvironment")

    for name, module in identity(get_token).items():
        monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(TargetError) as caught:
        await entra_authentication({}).secret()
    assert str(caught.value) == (
        "No Entra ID token: No access for ***. Log in with `az login`, configure a workload identity, or set "
        "AZURE_OPENAI_AD_TOKEN."
    )


def test_without_token_or_package_reports_one_sentence(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    with pytest.raises(MissingExtraError, match="without AZURE_OPENAI_AD_TOKEN needs the extra entra"):
        entra_authentication({})


async def test_a_pipeline_gets_its_own_credential(monkeypatch) -> None:
    made: dict[str, object] = {}

    def pipelines(**given: str) -> object:
        made.update(given)
        return SimpleNamespace(get_token=lambda _: SimpleNamespace(token="t-of-azure", expires_on=9e9))

    modules = identity(lambda _: None)
    modules["azure.identity"].AzurePipelinesCredential = pipelines  # type: ignore[attr-defined]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    environment = {
        "AZURESUBSCRIPTION_TENANT_ID": "tenant",
        "AZURESUBSCRIPTION_CLIENT_ID": "client",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection",
        "SYSTEM_ACCESSTOKEN": "access-of-the-job",
        "SYSTEM_OIDCREQUESTURI": "https://dev.azure.com/oidc",
    }
    assert await entra_authentication(environment).secret() == "t-of-azure"
    assert made == {
        "tenant_id": "tenant",
        "client_id": "client",
        "service_connection_id": "connection",
        "system_access_token": "access-of-the-job",
    }


async def test_a_github_job_exchanges_its_oidc_token(monkeypatch, serve, reply) -> None:
    server = serve(lambda _: [reply(200, {"value": "oidc-of-the-job"})])
    modules = identity(lambda _: None)

    def assertion(tenant: str, client: str, ask: Callable[[], str]) -> object:
        text = f"{tenant}-{client}-{ask()}"
        return SimpleNamespace(get_token=lambda _: SimpleNamespace(token=text, expires_on=9e9))

    modules["azure.identity"].ClientAssertionCredential = assertion  # type: ignore[attr-defined]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    environment = {
        "AZURE_TENANT_ID": "tenant",
        "AZURE_CLIENT_ID": "client",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
    }
    assert await entra_authentication(environment).secret() == "tenant-client-oidc-of-the-job"
    (asked,) = server.received
    assert asked.target == "/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange"
    assert asked.headers["authorization"] == "Bearer request-token"
    assert without_known_secrets("request-token oidc-of-the-job") == "*** ***"


@dataclass
class Source:
    """Tokens that live for a while, by a clock that only the test moves; it may fail."""

    lifetime: float = 3600.0
    now: float = 1_000_000.0
    fetched: int = 0
    fails: bool = False

    def fetch(self) -> Token:
        if self.fails:
            raise TargetError("No Entra ID token.")
        self.fetched += 1
        return Token(f"token-number-{self.fetched}", self.now + self.lifetime)


async def test_a_token_is_renewed_five_minutes_before_it_expires() -> None:
    source = Source()
    authentication = TokenAuthentication(source.fetch, lambda: source.now)
    assert await authentication.secret() == "token-number-1"
    source.now += 3299
    assert await authentication.secret() == "token-number-1"
    source.now += 2
    assert await authentication.secret() == "token-number-2"
    assert authentication.secrets == ("token-number-1", "token-number-2")


async def test_a_failed_renewal_leaves_a_token_that_is_still_valid() -> None:
    source = Source()
    authentication = TokenAuthentication(source.fetch, lambda: source.now)
    await authentication.secret()
    source.fails = True
    source.now += 3400
    assert await authentication.secret() == "token-number-1"
    source.now += 300
    with pytest.raises(TargetError):
        await authentication.secret()


async def test_a_source_of_tokens_about_to_expire_is_asked_twice_a_minute() -> None:
    source = Source(lifetime=200)
    authentication = TokenAuthentication(source.fetch, lambda: source.now)
    for _ in range(60):
        await authentication.secret()
        source.now += 1
    assert source.fetched == 3


async def test_a_rejected_token_is_replaced_once_for_all_requests_that_had_it() -> None:
    source = Source()
    authentication = TokenAuthentication(source.fetch, lambda: source.now)
    rejected = await authentication.secret()
    assert await authentication.renew(rejected)
    assert await authentication.renew(rejected)
    assert source.fetched == 2


async def test_a_server_that_rejects_every_token_is_given_one_new_token_a_minute() -> None:
    source = Source()
    authentication = TokenAuthentication(source.fetch, lambda: source.now)
    await authentication.secret()
    for _ in range(5):
        await authentication.renew(await authentication.secret())
    assert source.fetched == 2
    source.now += 61
    assert await authentication.renew(await authentication.secret())


async def test_a_fixed_token_cannot_be_renewed() -> None:
    authentication = entra_authentication({"AZURE_OPENAI_AD_TOKEN": "token-from-outside"})
    assert not await authentication.renew(await authentication.secret())


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_a_blank_key_counts_as_missing(value: str) -> None:
    assert key_from_environment("K", {"K": value}) is None


@pytest.mark.parametrize("as_bearer", [False, True])
async def test_a_key_is_sent_in_its_header_or_as_a_bearer_token_whatever_is_configured(as_bearer) -> None:
    authentication = KeyAuthentication("a-key", as_bearer=as_bearer)
    sent = [await credential_headers(each, authentication) for each in ("key-in-header", "key-as-bearer")]
    assert [headers for headers, _ in sent] == [
        (("api-key", "a-key"),),
        (("Authorization", "Bearer a-key"),),
    ]
    assert "a-key" not in {value for _, recorded in sent for _, value in recorded}
