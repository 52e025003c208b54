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


async def test_takes_a_token_from_the_environment() -> None:
    authentication = entra_authentication({"AZURE_OPENAI_AD_TOKEN": "token-from-outside"})
    assert authentication.scheme == "entra"
    assert await authentication.secret() == "token-from-outside"
    assert authentication.secrets == ("token-from-outside",)


async def test_takes_a_token_from_azure_identity_where_it_is_installed(monkeypatch) -> None:
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


async def test_no_token_is_the_targets_trouble_and_nothing_of_the_error_is_told(monkeypatch) -> None:
    def get_token(scope: str) -> object:
        raise PermissionError(f"secret detail of {scope}")

    for name, module in identity(get_token).items():
        monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(TargetError, match="returned no token: PermissionError") as caught:
        await entra_authentication({}).secret()
    assert "secret detail" not in str(caught.value)


def test_neither_token_nor_package_is_a_sentence(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    with pytest.raises(ConformanceError, match="set AZURE_OPENAI_AD_TOKEN or install"):
        entra_authentication({})


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_a_blank_key_is_none(value: str) -> None:
    assert key_from_environment("K", {"K": value}) is None
