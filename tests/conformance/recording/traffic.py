"""Small HAR files, written in the tests that judge them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aoai_conformance.judging.judged import Judge
from aoai_conformance.recording.traffic.har import Traffic, read_har
from aoai_conformance.rule import rules
from aoai_conformance.target.documents import choose_documents
from aoai_model.verdict import Verdict, Violation

VERSIONS = ("2024-10-21", "2024-06-01", "2025-01-01-preview", "2023-12-01-preview")
ROOT = "https://r.openai.azure.com/openai"
MESSAGES = {"messages": [{"role": "user", "content": "Name a tree."}]}
STREAM = {**MESSAGES, "stream": True}
HEAD = {"id": "chatcmpl-7", "created": 1735000000, "model": "gpt-4o", "system_fingerprint": "fp_7"}
USAGE = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}
HARMS = ("hate", "self_harm", "sexual", "violence")
SAFE = {name: {"filtered": False, "severity": "safe"} for name in HARMS}
JSON_TYPE = {"Content-Type": "application/json"}
STREAM_TYPE = {"Content-Type": "text/event-stream"}


def chat_url(version: str = "2024-10-21") -> str:
    return f"{ROOT}/deployments/gpt-4o/chat/completions?api-version={version}"


def url(path: str, version: str = "2024-10-21") -> str:
    return f"{ROOT}/{path}?api-version={version}"


def answer(content: str = "Oak.", **message: Any) -> dict[str, Any]:
    reported = {"role": "assistant", "content": content, "refusal": None, **message}
    choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": reported}
    return {**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}


def piece(content: str | None = None, reason: Any = None, **more: Any) -> dict[str, Any]:
    """Return one chunk with one choice; `role` belongs to the delta, everything else to the choice."""
    delta = {} if content is None else {"content": content}
    if "role" in more:
        delta["role"] = more.pop("role")
    choice = {"index": 0, "delta": delta, "finish_reason": reason, **more}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


CHUNKS = (piece("", role="assistant"), piece("Oak"), piece("."), piece(None, "stop"))


def events(*chunks: Any, done: bool = True) -> str:
    """Return a stream of chunks; strings are lines of the stream."""
    written = [each if isinstance(each, str) else f"data: {json.dumps(each)}\n\n" for each in chunks]
    return "".join(written) + ("data: [DONE]\n\n" if done else "")


def entry(
    address: str = "",
    sent: Any = MESSAGES,
    got: Any = None,
    *,
    method: str = "POST",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    request_headers: Mapping[str, str] | None = None,
    **request: Any,
) -> dict[str, Any]:
    """Return a HAR entry; strings are bodies, and `sent=None` omits postData."""
    text = got if isinstance(got, str) else json.dumps(answer() if got is None else got)
    streamed = text.startswith(("data:", "event:", ":", "\n"))
    kept = headers if headers is not None else STREAM_TYPE if streamed else JSON_TYPE
    posted = (
        {} if sent is None else {"postData": {"text": sent if isinstance(sent, str) else json.dumps(sent)}}
    )
    return {
        "startedDateTime": "2026-05-01T00:00:00Z",
        "request": {
            "method": method,
            "url": address or chat_url(),
            "headers": _listed({"api-key": "k", **JSON_TYPE, **(request_headers or {})}),
            "bodySize": -1,
            **posted,
            **request,
        },
        "response": {"status": status, "headers": _listed(kept), "content": {"size": -1, "text": text}},
    }


def _listed(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def write_har(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
    return path


@dataclass(frozen=True)
class Outcome:
    """The verdicts on the entries of a recording."""

    traffic: Traffic
    verdicts: tuple[Verdict, ...]

    def of(self, rule: str) -> list[Verdict]:
        return [each for each in self.verdicts if each.rule_id == rule]

    def at(self, *levels: str) -> list[tuple[str, Violation]]:
        """The violations of the given levels, each with its rule."""
        return [
            (verdict.rule_id, violation)
            for verdict in self.verdicts
            for violation in verdict.violations
            if violation.level in levels
        ]

    @property
    def alarms(self) -> list[str]:
        """The rules that are violated at must or should."""
        return [rule for rule, _ in self.at("must", "should")]

    @property
    def quirks(self) -> set[str]:
        return {quirk for verdict in self.verdicts for quirk in verdict.quirks}


def judged(
    folder: Path,
    *entries: dict[str, Any],
    versions: Iterable[str] = VERSIONS,
    surface: str = "azure-openai",
) -> Outcome:
    documents = choose_documents(surface=surface, api_versions=tuple(versions))
    traffic = read_har(write_har(folder / "traffic.har", *entries), documents)
    judge = Judge({str(document.name): document for document in documents}, rules())
    found = [verdict for exchange in traffic.exchanges for verdict in judge(exchange).verdicts]
    return Outcome(traffic, tuple(found))
