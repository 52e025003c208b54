"""Fixtures of the fuzz tests: a short real record, and settings for a busy machine."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings

from aoai_conformance.cli import main

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode puts no test folder on the path
settings.register_profile(
    "fuzzing",
    max_examples=25,
    deadline=timedelta(seconds=30),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
)

CHAT = "https://r.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
ANSWER = {
    "id": "chatcmpl-7",
    "object": "chat.completion",
    "created": 1735000000,
    "model": "gpt-4o",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Oak."}}],
    "usage": {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10},
}


def har_entry() -> dict[str, object]:
    headers = [
        {"name": "Content-Type", "value": "application/json"},
        {"name": "api-key", "value": "key-of-mine"},
    ]
    asked = json.dumps({"messages": [{"role": "user", "content": "Name a tree."}]})
    return {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "time": 1.5,
        "timings": {"wait": 1},
        "request": {
            "method": "POST",
            "url": CHAT,
            "headers": headers,
            "cookies": [],
            "queryString": [],
            "bodySize": len(asked),
            "postData": {"mimeType": "application/json", "text": asked},
        },
        "response": {
            "status": 200,
            "headers": headers[:1],
            "cookies": [],
            "content": {"size": 10, "text": json.dumps(ANSWER)},
        },
    }


@pytest.fixture(scope="session", name="entry")
def entry_fixture() -> dict[str, object]:
    return har_entry()


@pytest.fixture(scope="session")
def record_lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """The lines of a record that `judge` wrote for two entries, one of them a stream."""
    folder: Path = tmp_path_factory.mktemp("record")
    stream = har_entry()
    stream["response"] = {
        "status": 200,
        "headers": [{"name": "Content-Type", "value": "text/event-stream"}],
        "content": {"text": 'id: 1\ndata: {"choices": []}\n\ndata: [DONE]\n\n'},
    }
    (folder / "t.har").write_text(json.dumps({"log": {"entries": [har_entry(), stream]}}))
    result = CliRunner().invoke(main, ["judge", str(folder / "t.har"), "--out", str(folder / "out")])
    assert result.exit_code in (0, 1), result.output
    lines = (folder / "out" / "record.ndjson").read_text().splitlines()
    return [json.loads(line) for line in lines]
