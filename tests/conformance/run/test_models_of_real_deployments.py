"""A full run against each kind of model is conformant, and lists what the model does not support."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_specs.catalogue import Catalogue

pytestmark = pytest.mark.usefixtures("plan_once", "summary_alone")

CHAT, COMPLETIONS, EMBEDDINGS = "ChatCompletions_Create", "Completions_Create", "embeddings_create"
TRANSCRIPTION, IMAGES = "Transcriptions_Create", "ImageGenerations_Create"
OPERATIONS = {
    "chat": CHAT, "completions": COMPLETIONS, "embeddings": EMBEDDINGS,
    "transcription": TRANSCRIPTION, "images": IMAGES,
}  # fmt: skip
SAMPLING = {"temperature", "top_p", "presence_penalty", "frequency_penalty"}

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(serve_emulator: Any, tmp_path: Path) -> Run:
    def run(kind: str, model: str, *options: str, version: str = "2024-10-21") -> tuple[int, dict[str, Any]]:
        document = Catalogue.packaged().load(f"azure-openai@{version}")
        url = serve_emulator(f"deployed={model}", documents=(document,))
        out = tmp_path / "run"
        arguments = [
            *("run", "--target", url, "--deployment", f"{kind}=deployed", "--operation", OPERATIONS[kind]),
            *("--api-version", version, "--history", "none", "--out", str(out), *options),
        ]
        result = CliRunner().invoke(main, arguments, env={"AZURE_OPENAI_API_KEY": "a-key-of-some-length"})
        return result.exit_code, json.loads((out / "summary.json").read_text())

    return run


@pytest.mark.parametrize(
    "options", [("--max-requests", "120"), pytest.param((), marks=pytest.mark.whole_selftest)]
)
@pytest.mark.parametrize(
    ("kind", "model", "unsupported"),
    [
        ("chat", "gpt-5.6", {"max_tokens", "logit_bias", "stop", "logprobs"} | SAMPLING),
        pytest.param(  # a reasoning model as the one before: only `tox -e selftest` runs it
            *("chat", "o1", {"max_tokens", "logit_bias", "parallel_tool_calls", "logprobs"} | SAMPLING),
            marks=pytest.mark.whole_selftest,
        ),
        pytest.param(
            *("chat", "gpt-4-0613", {"logprobs", "parallel_tool_calls", "image_url"}),
            marks=pytest.mark.whole_selftest,
        ),
        pytest.param(
            *("completions", "gpt-35-turbo-0301", {"best_of", "logprobs", "echo"}),
            marks=pytest.mark.whole_selftest,
        ),
        ("embeddings", "text-embedding-ada-002", {"dimensions"}),
        # the emulator's own models, whose operations a standard run in `cli/test_run.py` sends
        pytest.param("transcription", "whisper", set(), marks=pytest.mark.whole_selftest),
        pytest.param("images", "dall-e-3", None, marks=pytest.mark.whole_selftest),
        ("transcription", "gpt-4o-transcribe", {"response_format=verbose_json", "response_format=srt"}),
        ("images", "gpt-image-1", None),
    ],
)
def test_a_full_run_is_conformant_and_lists_what_is_unsupported(
    run: Run, kind: str, model: str, unsupported: set[str] | None, options: tuple[str, ...]
) -> None:
    code, summary = run(kind, model, *options)
    assert (code, summary["verdict"]) == (0, "conformant"), summary["violations"]
    assert [each for each in summary["violations"] if each["level"] != "may"] == []
    if unsupported is not None:
        assert set(summary["capabilities"]["deployments"][kind]["unsupported"]) >= unsupported
    if unsupported:
        assert summary["coverage"]["points"]["not_applicable"] > 0
        content = [each["reason"] for each in summary["not_shown"] if each["state"] == "not_applicable"]
        assert all(": 4" in reason for reason in content)  # the server's own words


def test_a_document_without_a_field_that_the_model_requires_is_inconclusive_with_a_reason(run: Run) -> None:
    code, summary = run("chat", "gpt-5.6", version="2024-02-01")
    assert (code, summary["verdict"]) == (3, "inconclusive")
    assert "azure-openai@2024-02-01 has no max_completion_tokens" in " ".join(summary["doubts"])


def test_a_model_that_requires_sound_is_inconclusive_and_quoted(run: Run) -> None:
    code, summary = run("chat", "gpt-4o-audio-preview")
    assert code == 3
    assert "requires that either input content or output modality contain audio" in summary["doubts"][0]
