"""Estimates what a case may be charged for: tokens, images, audio and characters to speak.

- Prompt tokens: one per four characters, rounded up, of the JSON text of the fields that reach a model
  (messages, prompt, input, tools, functions, response_format, suffix); an image counts as 85, whatever the
  length of its URL. Audio is not charged in tokens.
- Completion tokens: `n` (or `best_of`, if that is more) times the token limit of the request, or 16 without a
  limit, for every prompt; none for operations that do not write text. At most 128 choices of 4096 tokens are
  counted.
- A file of requests costs what its lines cost, as if a batch were created from it; the batch costs nothing.
- An operation on images makes `n` images. An uploaded recording lasts a second, as all files of a plan do.
  Speech costs its characters, and lasts a second for every 15 of them.
- A request that should be rejected costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aoai_model.case import Case, Expectation, JsonBody, MultipartBody, PlannedRequest
from aoai_model.serialization import Json

CHARACTERS_PER_TOKEN = 4
DEFAULT_LIMIT = 16
IMAGE = 85
_PROMPT_FIELDS = ("messages", "prompt", "input", "tools", "functions", "response_format", "suffix")
_WRITING = frozenset({"chat", "completions", "extension-chat", "response-create"})
#: The most that is counted, whatever the request says.
_MOST_TOKENS = 4096
_MOST_CHOICES = 128
_DRAWING = frozenset({"images", "image-submit"})
_HEARING = frozenset({"transcription", "translation"})
_CHARACTERS_PER_SECOND = 15
_SECONDS_OF_UPLOAD = 1.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What requests use. `audio_seconds` are heard or spoken, `characters` are spoken."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    images: int = 0
    audio_seconds: float = 0.0
    characters: int = 0

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.images + other.images,
            self.audio_seconds + other.audio_seconds,
            self.characters + other.characters,
        )

    def __mul__(self, times: int) -> Usage:
        return Usage(
            self.requests * times,
            self.prompt_tokens * times,
            self.completion_tokens * times,
            self.images * times,
            self.audio_seconds * times,
            self.characters * times,
        )


def usage_of(case: Case) -> Usage:
    """The estimated usage if the server does with a case what is expected; a rejection is free."""
    if case.expect == "reject":
        return Usage(requests=1)
    return Usage(1, case.prompt_tokens, case.completion_tokens) + _media_of(case)


def usage_if_accepted(case: Case) -> Usage:
    """The estimated usage if the server accepts a case, whatever is expected."""
    prompt, completion = token_estimate(case.kind, case.request, "accept")
    return Usage(1, prompt, completion) + _media_of(case)


def _media_of(case: Case) -> Usage:
    """The images, seconds of audio and spoken characters of a case that is accepted."""
    body = case.request.body
    if case.kind in _HEARING:
        return Usage(audio_seconds=_SECONDS_OF_UPLOAD if isinstance(body, MultipartBody) else 0.0)
    if not isinstance(body, JsonBody) or not isinstance(body.value, dict):
        return Usage()
    if case.kind in _DRAWING:
        return Usage(images=min(_count(body.value, "n", 1), _MOST_CHOICES))
    if case.kind == "speech":
        text = body.value.get("input")
        characters = len(text) if isinstance(text, str) else 0
        return Usage(audio_seconds=characters / _CHARACTERS_PER_SECOND, characters=characters)
    return Usage()


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
        except (ValueError, RecursionError):
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
    limit = _count(body, "max_output_tokens", _count(body, "max_tokens", DEFAULT_LIMIT))
    bound = _count(body, "max_completion_tokens", limit)
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
