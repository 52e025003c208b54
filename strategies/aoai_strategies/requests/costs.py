"""Costs: how many tokens a case may be charged for, by a rule simple enough to state.

- Prompt tokens: one for every four characters, rounded up, of the JSON text of the fields that reach a model
  (messages, prompt, input, tools, functions, response_format, suffix); a picture counts as 85 whatever its
  address is long. Audio is not charged in tokens.
- Completion tokens: `n` (or `best_of`, if that is more) times the bound that the request sets on an answer,
  or 16 where it sets none, for every prompt; nothing for operations that do not write text. However much
  is asked for, 128 answers of 4096 tokens are the most that is counted.
- A file of requests costs what its lines cost, as if a batch were made of it; the batch itself nothing more.
- A request that is to be refused costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from aoai_model.case import Expectation, Json, JsonBody, MultipartBody, PlannedRequest

CHARACTERS_PER_TOKEN = 4
DEFAULT_ANSWER = 16
PICTURE = 85
_PROMPT_FIELDS = ("messages", "prompt", "input", "tools", "functions", "response_format", "suffix")
_WRITING = frozenset({"chat", "completions", "extension-chat"})
#: What a server gives at most, however much is asked of it.
_MOST_TOKENS = 4096
_MOST_ANSWERS = 128


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
    """What the requests in the files of a form cost, those that can be read at all."""
    prompt = completion = 0
    for line in b"\n".join(part.content for part in body.parts if part.filename is not None).splitlines():
        try:
            request: Json = json.loads(line)
        except ValueError:
            continue
        asked = request.get("body") if isinstance(request, dict) else None
        if isinstance(asked, dict):
            costs = _of_body(
                "completions" if "prompt" in asked else "chat" if "messages" in asked else "", asked
            )
            prompt, completion = prompt + costs[0], completion + costs[1]
    return prompt, completion


def _of_body(kind: str, body: Mapping[str, Json]) -> tuple[int, int]:
    pictures: list[str] = []
    reaching = [_without_pictures(body[name], pictures) for name in _PROMPT_FIELDS if name in body]
    characters = sum(len(_text(value)) for value in reaching)
    prompt = -(-characters // CHARACTERS_PER_TOKEN) + PICTURE * len(pictures)
    if kind not in _WRITING:
        return prompt, 0
    prompts = body.get("prompt")
    answers = min(max(_count(body, "n", 1), _count(body, "best_of", 1)), _MOST_ANSWERS)
    answers *= max(1, len(prompts)) if isinstance(prompts, list) else 1
    bound = _count(body, "max_completion_tokens", _count(body, "max_tokens", DEFAULT_ANSWER))
    return prompt, answers * bound


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without_pictures(value: Json, pictures: list[str]) -> Json:
    if isinstance(value, str) and value.startswith("data:image/"):
        pictures.append(value)
        return ""
    if isinstance(value, list):
        return [_without_pictures(item, pictures) for item in value]
    if isinstance(value, dict):
        return {name: _without_pictures(item, pictures) for name, item in value.items()}
    return value


def _count(body: Mapping[str, Json], name: str, default: int) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return default
    return min(max(value, 0), _MOST_TOKENS)
