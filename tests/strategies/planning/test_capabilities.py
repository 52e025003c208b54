"""What deployments support: as data, as a file, and what a request uses of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aoai_specs.errors import ConformanceError
from aoai_strategies.planning.capabilities import (
    CAPABILITIES_SCHEMA,
    Capabilities,
    DeploymentCapabilities,
    read_capabilities,
    uses,
)

GPT = DeploymentCapabilities("chat", "gpt", ("n", "seed"), {"temperature": "400 no"}, 1024)
ADA = DeploymentCapabilities("embeddings", "ada", ("dimensions",))
BOTH = Capabilities({"chat": GPT, "embeddings": ADA})


def written(path: Path, data: Any) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def described(**deployment: Any) -> dict[str, Any]:
    return {"schema": CAPABILITIES_SCHEMA, "deployments": {"chat": deployment}}


@pytest.mark.parametrize("known", [BOTH, Capabilities(), Capabilities(BOTH.deployments, promised=True)])
def test_capabilities_survive_a_file(tmp_path: Path, known: Capabilities) -> None:
    assert Capabilities.from_json(known.to_json()) == known
    if known.deployments:
        assert read_capabilities(written(tmp_path / "capabilities.json", known.to_json())) == known


def test_no_capabilities_are_an_empty_object() -> None:
    assert Capabilities().to_json() == {}


def test_only_promised_capabilities_are_marked() -> None:
    assert "promised" not in BOTH.to_json()
    assert Capabilities(BOTH.deployments, promised=True).to_json()["promised"] is True
    assert not Capabilities.from_json(BOTH.to_json() | {"promised": 1}).promised


def test_capabilities_are_read_from_the_folder_or_the_record_of_a_run(tmp_path: Path) -> None:
    header = {"type": "header", "capabilities": BOTH.to_json()}
    record = written(tmp_path / "record.ndjson", json.dumps(header) + "\n{no JSON at all")
    assert read_capabilities(tmp_path) == read_capabilities(record) == BOTH


def test_missing_members_are_empty() -> None:
    (known,) = Capabilities.from_json(described()).deployments.values()
    assert known == DeploymentCapabilities("chat", "")


MISTAKES: list[tuple[str, Any, str]] = [
    ("no JSON", "{", "is not JSON"),
    ("no text", "\udcff", "is not JSON"),
    ("too deep", "[" * 100_000, "is not JSON"),
    ("a list", [1], "contains no capabilities:"),
    ("nothing", {}, "contains no capabilities:"),
    ("another schema", {"schema": "x"}, f"its schema is not {CAPABILITIES_SCHEMA}"),
    ("no deployments", {"schema": CAPABILITIES_SCHEMA}, "`deployments` is not an object of objects"),
    (
        "a list of deployments",
        {"schema": CAPABILITIES_SCHEMA, "deployments": [1]},
        "not an object of objects",
    ),
    (
        "a deployment in a word",
        {"schema": CAPABILITIES_SCHEMA, "deployments": {"chat": "x"}},
        "not an object",
    ),
    ("supported as a text", described(supported="n"), "deployments.chat needs a list `supported`"),
    ("supported as numbers", described(supported=[1]), "deployments.chat needs a list `supported`"),
    ("supported as a number", described(supported=7), "deployments.chat needs a list `supported`"),
    ("unsupported as a list", described(unsupported=["n"]), "and an object `unsupported`"),
    ("unsupported without words", described(unsupported={"n": 1}), "and an object `unsupported`"),
    ("tokens as text", described(output_tokens="9"), "deployments.chat.output_tokens is not a number"),
    ("tokens as a truth", described(output_tokens=True), "deployments.chat.output_tokens is not a number"),
    ("tokens below zero", described(output_tokens=-1), "deployments.chat.output_tokens is not a number"),
    ("a run without probes", {"type": "header"}, "did not probe its target"),
    ("a run with empty probes", {"type": "header", "capabilities": {}}, "did not probe its target"),
]


@pytest.mark.parametrize(("data", "message"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_an_invalid_file_raises_one_sentence_with_advice(tmp_path: Path, data: Any, message: str) -> None:
    path = tmp_path / "capabilities.json"
    if isinstance(data, str):
        path.write_bytes(data.encode("utf-8", "surrogateescape"))
    else:
        written(path, data)
    with pytest.raises(ConformanceError) as raised:
        read_capabilities(path)
    sentence = str(raised.value)
    assert message in sentence
    assert sentence.startswith(("The run of ", str(path)))
    assert sentence.endswith(": give a capabilities.json or the folder of a run that probed its target.")
    assert "\n" not in sentence


def test_a_missing_file_raises_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConformanceError, match=r"Cannot read .*: No such file .*; give a capabilities\.json"):
        read_capabilities(tmp_path / "nowhere.json")
    with pytest.raises(ConformanceError, match=r"Cannot read .*record\.ndjson"):
        read_capabilities(tmp_path)


def test_only_a_users_file_promises() -> None:
    assert BOTH.promises == {}
    promised = Capabilities(BOTH.deployments, promised=True)
    assert promised.promises == {"chat": frozenset({"n", "seed"}), "embeddings": frozenset({"dimensions"})}


def test_a_capability_is_lost_if_it_was_supported_and_is_now_rejected() -> None:
    now = Capabilities({"chat": DeploymentCapabilities("chat", "gpt", (), {"seed": "400 no", "stop": "400"})})
    assert [name for _, name in now.lost_since(BOTH)] == ["seed"]
    assert [*BOTH.lost_since(now)] == []
    assert [*Capabilities().lost_since(BOTH)] == []
    assert [*now.lost_since(Capabilities())] == []


IMAGE = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}


@pytest.mark.parametrize(
    ("value", "capability", "used"),
    [
        ({"temperature": 1}, "temperature", True),
        ({"temperature": None}, "temperature", True),
        ({"top_p": 1}, "temperature", False),
        ({"response_format": {"type": "json_schema"}}, "response_format=json_schema", True),
        ({"response_format": {"type": "json_object"}}, "response_format=json_schema", False),
        ({"response_format": "srt"}, "response_format=srt", True),
        ({"modalities": ["text", "audio"]}, "modalities=audio", True),
        ({"modalities": ["text"]}, "modalities=audio", False),
        ({}, "response_format=srt", False),
        ({"response_format": "srt"}, "response_format", True),
        (IMAGE, "image_url", True),
        (IMAGE, "input_audio", False),
        ({"image_url": "x"}, "image_url", False),
        (["temperature"], "temperature", False),
        (None, "temperature", False),
    ],
)
def test_what_a_request_uses(value: Any, capability: str, used: bool) -> None:
    assert uses(value, capability) is used


def test_parts_are_searched_to_a_limited_depth() -> None:
    deep: Any = {"type": "image_url"}
    for _ in range(5_000):
        deep = [deep]
    assert not uses({"messages": deep}, "image_url")
