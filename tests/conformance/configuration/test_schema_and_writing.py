"""The JSON Schema of the file agrees with the reader; written targets can be read."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aoai_conformance.configuration.mistakes import ConfigurationError
from aoai_conformance.configuration.reading import configurable_options, parse_configuration
from aoai_conformance.configuration.schema import configuration_schema
from aoai_conformance.configuration.writing import suggested_name, target_text
from aoai_conformance.options import RunChoices

SCHEMA: dict[str, Any] = json.loads(configuration_schema().text)


def test_the_schema_has_every_key() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    keys = {option.key for option in configurable_options()}
    assert SCHEMA["$defs"]["target"]["properties"].keys() == keys | {"target"}
    assert SCHEMA["properties"]["defaults"]["properties"].keys() == keys - {"url"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[targets.t]\nurl = 'emulator'",
        "[targets.t]\ntarget = 'emulator'",
        "[targets.t]\nurl = 'a'\ntarget = 'emulator'",
        "[targets.t]\nprofile = 'smoke'",
        "[targets.t]\nurl = 'emulator'\nprofile = 'fast'",
        "[targets.t]\nurl = 'emulator'\napi-version = ['a', 'b']",
        "[targets.t]\nurl = 'emulator'\napi-version = [1]",
        "[targets.t]\nurl = 'emulator'\nmax-requests = 0",
        "[targets.t]\nurl = 'emulator'\nmax-requests = true",
        "[targets.t]\nurl = 'emulator'\nmin-shown = 101",
        "[targets.t]\nurl = 'emulator'\nmin-shown = 50",
        "[targets.t]\nurl = 'emulator'\ndeployments = { chat = 'x' }",
        "[targets.t]\nurl = 'emulator'\ndeployments = { chats = 'x' }",
        "[targets.t]\nurl = 'emulator'\nbaseline = ''",
        "[targets.t]\nurl = 'emulator'\nrpm = 60",
        "[targets.t]\nurl = 'emulator'\nrpm = ['chat=60', 10]",
        "[targets.t]\nurl = 'emulator'\ntpm = { chat = 60 }",
        "[targets.t]\nurl = 'emulator'\ntpm = 1.5",
        "[targets.'a/b']\nurl = 'emulator'",
        "[defaults]\nurl = 'emulator'",
        "[defaults]\nstrict = false",
        "default-targets = []",
        "default-target = []",
        "targets = 3",
    ],
)
def test_the_schema_accepts_what_the_reader_accepts(text: str) -> None:
    try:
        parse_configuration(text, Path("aoai-conformance.toml"))
        accepted = True
    except ConfigurationError:
        accepted = False
    assert Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text)) is accepted


@pytest.mark.parametrize(
    "choices",
    [
        RunChoices(target="http://127.0.0.1:8000"),
        RunChoices(target="https://x.example", deployments=('chat=a "quoted" name', "embeddings=b=c")),
        RunChoices(
            target="https://x.example/prefix",
            api_versions=("2024-06-01", "2024-10-21"),
            operations=("embeddings_create",),
            profile="deep",
            max_requests=7,
            timeout=2.5,
            strict=True,
            target_layout="openai",
            api_key_env="MINE",
            baseline=Path("a folder/\x7f.yaml"),
        ),
    ],
)
def test_a_written_target_is_read_as_it_was(choices: RunChoices) -> None:
    text = target_text("my.target", choices)
    assert parse_configuration(text, Path("x.toml")).target("my.target").choices() == choices


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://contoso.openai.azure.com", "contoso"),
        ("https://my-gateway.example/prefix", "my-gateway"),
        ("http://127.0.0.1:8000", "local"),
        ("http://localhost:1", "local"),
        ("http://[::1]:1", "local"),
    ],
)
def test_suggests_a_name_from_the_host(url: str, name: str) -> None:
    assert suggested_name(url) == name
