"""Keys and tokens."""

from __future__ import annotations

import sys
import time
from types import ModuleType, SimpleNamespace

import pytest

from aoai_conformance.target.authentication import entra_authentication, key_from_environment
from aoai_specs.errors import ConformanceError, TargetError


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


async def test_a_missing_token_is_a_target_error_that_hides_the_cause(monkeypatch) -> None:
    def get_token(scope: str) -> object:
        raise PermissionError(f"secret detail of {scope}")

    for name, module in identity(get_token).items():
        monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(TargetError, match="returned no token: PermissionError") as caught:
        await entra_authentication({}).secret()
    assert "secret detail" not in str(caught.value)


def test_without_token_or_package_reports_one_sentence(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    with pytest.raises(ConformanceError, match="set AZURE_OPENAI_AD_TOKEN or install"):
        entra_authentication({})


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_a_blank_key_counts_as_missing(value: str) -> None:
    assert key_from_environment("K", {"K": value}) is None
