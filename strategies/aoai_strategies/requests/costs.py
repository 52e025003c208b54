"""Estimates the tokens that a case may be charged for.

- Prompt tokens: one per four characters, rounded up, of the JSON text of the fields that reach a model
  (messages, prompt, input, tools, functions, response_format, suffix); an image counts as 85, whatever the
  length of its URL. Audio is not charged in tokens.
- Completion tokens: `n` (or `best_of`, if that is more) times the token limit of the request, or 16 without a
  limit, for every prompt; none for operations that do not write text. At most 128 choices of 4096 tokens are
  counted.
- A file of requests costs what its lines cost, as if a batch were created from it; the batch costs nothing.
- A request that should be rejected costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from aoai_model.case import Case, Expectation, JsonBody, MultipartBody, PlannedRequest
from aoai_model.serialization import Json

CHARACTERS_PER_TOKEN = 4
DEFAULT_LIMIT = 16
IMAGE = 85
_PROMPT_FIELDS = ("messages", "prompt", "input", "tools", "functions", "response_format", "suffix")
_WRITING = frozenset({"chat", "completions", "extension-chat"})
#: The most that is counted, whatever the request says.
_MOST_TOKENS = 4096
_MOST_CHOICES = 128


def with_request(case: Case, request: PlannedRequest) -> Case:
    """The case with another request, and with the token estimate of that request."""
    prompt_tokens, completion_tokens = token_estimate(case.kind, request, case.expect)
    return replace(case, request=request, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)


def token_estimate(kind: str, request: PlannedRequest, expect: Expectation) -> tuple[int, int]:
    """The prompt and completion tokens that a request may be charged for."""
    if kind == "file-upload" and expect != "reject" and isinstance(request.body, MultipartBody):
        return _of_lines(request.body)
    if (
        expect == "reject"
        or not isinstance(request.body, JsonBody)
        or not isinstance(request.body.value, dict)
    ):
        return 0, 0
    return _of_body(kind, request.body.value)


def _of_lines(body: MultipartBody) -> tuple[int, int]:
    """The tokens of those requests in the files of a form that can be parsed."""
    prompt = completion = 0
    for line in b"\n".join(part.content for part in body.parts if part.filename is not None).splitlines():
        try:
            request: Json = json.loads(line)
        except ValueError:
            continue
        line_body = request.get("body") if isinstance(request, dict) else None
        if isinstance(line_body, dict):
            kind = "completions" if "prompt" in line_body else "chat" if "messages" in line_body else ""
            costs = _of_body(kind, line_body)
            prompt, completion = prompt + costs[0], completion + costs[1]
    return prompt, completion


def _of_body(kind: str, body: Mapping[str, Json]) -> tuple[int, int]:
    images: list[str] = []
    texts = [_text(_without_images(body[name], images)) for name in _PROMPT_FIELDS if name in body]
    characters = sum(map(len, texts))
    prompt = -(-characters // CHARACTERS_PER_TOKEN) + IMAGE * len(images)
    if kind not in _WRITING:
        return prompt, 0
    prompts = body.get("prompt")
    choices = min(max(_count(body, "n", 1), _count(body, "best_of", 1)), _MOST_CHOICES)
    choices *= max(1, len(prompts)) if isinstance(prompts, list) else 1
    bound = _count(body, "max_completion_tokens", _count(body, "max_tokens", DEFAULT_LIMIT))
    return prompt, choices * bound


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without_images(value: Json, images: list[str]) -> Json:
    if isinstance(value, str) and value.startswith("data:image/"):
        images.append(value)
        return ""
    if isinstance(value, list):
        return [_without_images(item, images) for item in value]
    if isinstance(value, dict):
        return {name: _without_images(item, images) for name, item in value.items()}
    return value


def _count(body: Mapping[str, Json], name: str, default: int) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return default
    return min(max(value, 0), _MOST_TOKENS)
