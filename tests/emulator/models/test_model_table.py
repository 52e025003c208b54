"""The table of models: the known names, their meaning, and the response to an unknown name."""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib.resources import files

import httpx
import pytest
import yaml
from click.testing import CliRunner

from aoai_conformance.cli import main as conformance_main
from aoai_emulator import parse_deployments
from aoai_emulator.__main__ import main
from aoai_emulator.models.model_table import _row, deployed, known_models
from aoai_emulator.settings import DEFAULT_DEPLOYMENTS
from aoai_specs.errors import ConformanceError, UnknownNameError
from claims import for_each

TABLE = yaml.safe_load(files("aoai_emulator.models").joinpath("models.yaml").read_text("utf-8"))
OF_MODELS = {
    *("names", "kind", "sources", "serves", "rejects", "context_tokens", "dimensions", "provider", "reasons"),
    *("shortens", "effort", "filters", "inline", "least_completion_tokens", "most_completion_tokens"),
    *("most_inputs", "needs_sound", "no_file", "rejected_roles", "separate", "takes_images", "takes_sound"),
    *("shows_reasoning", "unknown_file"),
}


@for_each(
    [
        ("gpt-5", "reasoning"),
        ("GPT-5-nano", "reasoning"),
        ("gpt-5.3-chat", "reasoning"),
        ("gpt-5.6-sol", "reasoning"),
        ("o1", "reasoning"),
        ("o1-2024-12-17", "reasoning"),
        ("o3", "reasoning"),
        ("o3-mini", "reasoning"),
        ("o4-mini-2025-04-16", "reasoning"),
        ("gpt-5-chat", "chat"),
        ("gpt-4o", "chat"),
        ("gpt-4o-mini-2024-07-18", "chat"),
        ("gpt-4o-audio-preview", "chat"),
        ("gpt-4.1-nano", "chat"),
        ("gpt-35-turbo", "chat"),
        ("gpt-35-turbo-0125", "chat"),
        ("gpt-35-turbo-0301", "older chat"),
        ("gpt-35-turbo-0613", "older chat"),
        ("gpt-4-0314", "older chat"),
        ("gpt-35-turbo-instruct", "completions"),
        ("davinci-002", "completions"),
        ("text-embedding-ada-002", "fixed-size embeddings"),
        ("text-embedding-3-small", "embeddings"),
        ("text-embedding-3-large", "embeddings"),
        ("Cohere-embed-v3-english", "fixed-size embeddings"),
        ("whisper", "whisper"),
        ("gpt-4o-transcribe", "transcription"),
        ("gpt-4o-mini-transcribe", "transcription"),
        ("dall-e-2", "images"),
        ("dall-e-3", "images"),
        ("gpt-image-1", "images"),
        ("tts-hd", "speech"),
        ("gpt-4o-mini-tts", "speech"),
        ("gpt-5-pro", "other operations"),
        ("gpt-5.1-codex-max", "other operations"),
        ("gpt-4o-realtime-preview", "other operations"),
        ("gpt-6", None),
        ("o5", None),
    ],
    group=lambda row: str(row[1]),
    name=lambda row: row[0],
)
def test_a_name_stands_for_a_kind(row):
    model, kind = row
    assert (_row(model) or {"kind": None})["kind"] == kind


def test_every_known_model_can_be_deployed():
    assert len(known_models()) > 40
    for name in known_models():
        assert deployed("it", name).kinds


def test_every_row_has_a_source_and_no_unknown_key():
    for wording in TABLE["wordings"].values():
        assert wording["sources"]
        known = {"code", "form", "joins", "message", "param", "several", "sources", "status"}
        assert set(wording) <= known
    for rejections in TABLE["rejections"].values():
        assert rejections["sources"]
        assert set(rejections) <= {"fields", "operations", "sources"}
    for kind in TABLE["kinds"].values():
        assert set(kind) <= OF_MODELS
    for model in TABLE["models"]:
        assert model["sources"]
        assert set(model) <= OF_MODELS


def test_every_set_and_every_wording_is_used():
    rows = [*TABLE["kinds"].values(), *TABLE["models"]]
    assert {name for row in rows for name in row.get("rejects", ())} == set(TABLE["rejections"])
    fields = [said for each in TABLE["rejections"].values() for said in each["fields"].values()]
    said = {each if isinstance(each, str) else each["says"] for each in fields}
    assert said | {row["unknown_file"] for row in rows if "unknown_file" in row} == set(TABLE["wordings"])
    assert {model["kind"] for model in TABLE["models"]} == set(TABLE["kinds"])


def test_pairs_become_deployments_in_their_order():
    found = parse_deployments(["prod=gpt-5.6", " spare = gpt-4o "])
    assert [(each.name, each.model) for each in found] == [("prod", "gpt-5.6"), ("spare", "gpt-4o")]


def test_without_a_pair_the_default_deployments_exist():
    assert parse_deployments([]) == DEFAULT_DEPLOYMENTS


@pytest.mark.parametrize("pair", ["gpt-4o", "=gpt-4o", "prod=", ""])
def test_another_form_is_rejected(pair):
    with pytest.raises(ConformanceError, match="NAME=MODEL"):
        parse_deployments([pair])


@pytest.mark.parametrize("name", ["a/b", "a b", "-a", "a" * 65])
def test_a_name_that_no_path_can_contain_is_rejected(name):
    with pytest.raises(ConformanceError, match="cannot be called"):
        parse_deployments([f"{name}=gpt-4o"])


def test_a_duplicate_name_is_rejected():
    with pytest.raises(ConformanceError, match="'a' twice"):
        parse_deployments(["a=gpt-4o", "a=gpt-5"])


@pytest.mark.parametrize(
    ("model", "sentence"),
    [("gpt-4-o", "did you mean 'gpt-4o'?"), ("dall-e", "did you mean 'dall-e-"), ("zzz", "known: gpt-")],
)
def test_an_unknown_model_is_reported_with_known_ones(model, sentence):
    with pytest.raises(UnknownNameError) as raised:
        parse_deployments([f"prod={model}"])
    assert f"There is no known model '{model}'; " in str(raised.value)
    assert sentence in str(raised.value)


@pytest.mark.parametrize("argument", ["prod=gpt-6", "prod", "a/b=gpt-4o"])
def test_an_invalid_deployment_is_one_sentence_and_exit_code_2(capfd, argument):
    assert main(["--deployment", argument]) == 2
    content = capfd.readouterr().err
    assert content.count("\n") == 1
    assert "Traceback" not in content


GIVEN = ["--deployment", "prod=gpt-5.6", "--deployment", "spare=gpt-4o", "--deployment", "e=dall-e-3"]


def assert_serves_the_given_deployments(process):
    try:
        introduction = httpx.get(process.stdout.readline().split()[-1]).json()
        assert introduction["models"] == {"prod": "gpt-5.6", "spare": "gpt-4o", "e": "dall-e-3"}
        assert introduction["deployments"] == {"chat": "prod", "extension-chat": "spare", "images": "e"}
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)


def test_the_module_serves_the_given_deployments():
    command = [sys.executable, "-m", "aoai_emulator", *GIVEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert_serves_the_given_deployments(process)


def test_the_command_serves_the_given_deployments(forks):
    assert_serves_the_given_deployments(forks.start_command("emulator", *GIVEN))


def test_the_command_rejects_an_unknown_model_in_one_sentence():
    ended = CliRunner().invoke(conformance_main, ["emulator", "--deployment", "prod=gpt-6"])
    assert ended.exit_code == 2
    assert ended.stderr.count("\n") == 1
    assert "There is no known model 'gpt-6'" in ended.stderr


def test_the_default_introduction_is_unchanged(serve_emulator):
    introduction = httpx.get(serve_emulator()).json()
    assert set(introduction) == {
        "emulator",
        "version",
        "flavour",
        "deployments",
        "documents",
        "faults",
        "kinds",
    }
    assert introduction["deployments"]["chat"] == "gpt-4o"


def test_a_run_finds_the_first_deployment_of_each_kind(serve_emulator):
    from aoai_conformance.target.targets import resolve_url_target

    url = serve_emulator("prod=gpt-5.6", "spare=gpt-4o", "ears=whisper")
    target = resolve_url_target(url, deployments={}, environment={})
    assert target.deployments == {"chat": "prod", "transcription": "ears", "translation": "ears"}


def test_on_both_surfaces_vectors_of_texts_and_images_come_from_one_deployment():
    from aoai_emulator import choose_documents
    from aoai_emulator.settings import Settings

    of_both = Settings(documents=choose_documents()).deployments_by_kind()
    assert (of_both["embeddings"], of_both["image-embeddings"]) == ("embed-v-4-0", "embed-v-4-0")
    assert of_both["chat"] == "gpt-4o"
    of_azure = Settings(documents=choose_documents(["azure-openai"])).deployments_by_kind()
    assert of_azure["embeddings"] == "text-embedding-3-small"
