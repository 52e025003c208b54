"""Defects and valid changes of a JSON response: one named function each.

`chunk_mutations`, `valid_chunk_variants` and `valid_variants` add those of lists of chunks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]
Chunks = list[dict[str, Any]]
ANSWERS: dict[str, Callable[[Body], Any]] = {}
CHUNKS: dict[str, Callable[[Chunks], Any]] = {}


def answer(name: str) -> Callable[[Callable[[Body], Any]], Callable[[Body], Any]]:
    def register(change: Callable[[Body], Any]) -> Callable[[Body], Any]:
        ANSWERS[name] = change
        return change

    return register


def chunks(name: str) -> Callable[[Callable[[Chunks], Any]], Callable[[Chunks], Any]]:
    def register(change: Callable[[Chunks], Any]) -> Callable[[Chunks], Any]:
        CHUNKS[name] = change
        return change

    return register


def _without(*path: str) -> Callable[[Body], Any]:
    """Remove the last member of the path; `*` matches every item of an array."""

    def change(body: Any, steps: tuple[str, ...] = path) -> None:
        if isinstance(body, dict) and len(steps) == 1:
            body.pop(steps[0], None)
        elif steps[0] == "*" and isinstance(body, list):
            for one in body:
                change(one, steps[1:])
        elif isinstance(body, dict) and steps[0] in body:
            change(body[steps[0]], steps[1:])

    return change


def _with(value: Any, *path: str) -> Callable[[Body], Any]:
    """Set the value, or apply it to the old one, at the end of the path if the parent exists."""

    def change(body: Any, steps: tuple[str, ...] = path) -> None:
        if isinstance(body, dict) and len(steps) == 1:
            if callable(value):
                if steps[0] in body and body[steps[0]] is not None:
                    body[steps[0]] = value(body[steps[0]])
            else:
                body[steps[0]] = value
        elif steps[0] == "*" and isinstance(body, list):
            for one in body:
                change(one, steps[1:])
        elif isinstance(body, dict) and steps[0] in body:
            change(body[steps[0]], steps[1:])

    return change


for _name in ("id", "object", "created", "model", "choices"):
    ANSWERS[f"{_name}-missing"] = _without(_name)
for _name in ("index", "finish_reason", "message", "logprobs"):
    ANSWERS[f"choice-{_name}-missing"] = _without("choices", "*", _name)
for _name in ("role", "content", "refusal"):
    ANSWERS[f"message-{_name}-missing"] = _without("choices", "*", "message", _name)
ANSWERS["choice-text-missing"] = _without("choices", "*", "text")
for _name in ("prompt_tokens", "completion_tokens", "total_tokens"):
    ANSWERS[f"usage-{_name}-missing"] = _without("usage", _name)
for _name in ("id", "type", "function"):
    ANSWERS[f"call-{_name}-missing"] = _without("choices", "*", "message", "tool_calls", "*", _name)
for _name in ("token", "logprob", "bytes", "top_logprobs"):
    ANSWERS[f"logprobs-{_name}-missing"] = _without("choices", "*", "logprobs", "content", "*", _name)
ANSWERS["logprobs-refusal-missing"] = _without("choices", "*", "logprobs", "refusal")
for _name, _value in {"id": 17, "object": 3, "created": "1700000000", "model": None, "choices": {}}.items():
    ANSWERS[f"{_name}-mistyped"] = _with(_value, _name)
ANSWERS["object-other"] = _with("chat.answer", "object")
ANSWERS["object-empty"] = _with("", "object")
ANSWERS["id-constant"] = _with("answer-1", "id")
ANSWERS["id-empty"] = _with("", "id")
ANSWERS["created-milliseconds"] = _with(lambda seconds: seconds * 1000, "created")
ANSWERS["created-fraction"] = _with(lambda seconds: seconds + 0.5, "created")
ANSWERS["created-zero"] = _with(0, "created")
ANSWERS["index-text"] = _with(str, "choices", "*", "index")
ANSWERS["finish-null"] = _with(None, "choices", "*", "finish_reason")
ANSWERS["finish-unknown"] = _with("end_turn", "choices", "*", "finish_reason")
ANSWERS["finish-always-stop"] = _with("stop", "choices", "*", "finish_reason")
ANSWERS["role-other"] = _with("bot", "choices", "*", "message", "role")
ANSWERS["content-parts"] = _with(
    lambda text: [{"type": "text", "text": text}], "choices", "*", "message", "content"
)
ANSWERS["content-null"] = _with(None, "choices", "*", "message", "content")
ANSWERS["text-null"] = _with(None, "choices", "*", "text")
ANSWERS["refusal-beside-content"] = _with("I will not.", "choices", "*", "message", "refusal")
ANSWERS["call-arguments-object"] = _with(
    lambda _: {"a": 1}, "choices", "*", "message", "tool_calls", "*", "function", "arguments"
)
ANSWERS["call-type-other"] = _with("tool", "choices", "*", "message", "tool_calls", "*", "type")
ANSWERS["usage-texts"] = _with(str, "usage", "total_tokens")
ANSWERS["usage-total-one-more"] = _with(lambda total: total + 1, "usage", "total_tokens")
ANSWERS["usage-negative"] = _with(-1, "usage", "prompt_tokens")
ANSWERS["usage-null"] = _with(None, "usage")
ANSWERS["error-in-success"] = lambda _: {"error": {"code": "500", "message": "it broke"}}
ANSWERS["empty-object"] = lambda _: {}
ANSWERS["array"] = lambda body: [body]
ANSWERS["fingerprint-number"] = _with(5, "system_fingerprint")
ANSWERS["filter-severity-missing"] = _with(
    {"hate": {"filtered": False}}, "choices", "*", "content_filter_results"
)
ANSWERS["data-missing"] = _without("data")
ANSWERS["data-empty"] = _with([], "data")
ANSWERS["usage-missing-embeddings"] = _without("usage")
ANSWERS["embedding-object-missing"] = _without("data", "*", "object")
ANSWERS["embedding-index-missing"] = _without("data", "*", "index")
ANSWERS["embedding-missing"] = _without("data", "*", "embedding")
ANSWERS["embedding-null"] = _with(None, "data", "*", "embedding")
ANSWERS["image-created-missing"] = _without("created")
ANSWERS["image-url-number"] = _with(9, "data", "*", "url")
ANSWERS["text-missing"] = _without("text")
ANSWERS["text-list"] = _with(lambda text: [text], "text")


@answer("usage-completion-above-limit")
def _(body: Body) -> None:
    if "usage" in body:
        body["usage"]["completion_tokens"] += 500
        body["usage"]["total_tokens"] += 500


@answer("usage-completion-zero")
def _(body: Body) -> None:
    if "usage" in body:
        body["usage"]["total_tokens"] -= body["usage"]["completion_tokens"]
        body["usage"]["completion_tokens"] = 0


@answer("usage-prompt-zero")
def _(body: Body) -> None:
    if "usage" in body:
        body["usage"]["total_tokens"] -= body["usage"]["prompt_tokens"]
        body["usage"]["prompt_tokens"] = 0


@answer("usage-reasoning-above-completion")
def _(body: Body) -> None:
    if "usage" in body:
        more = body["usage"]["completion_tokens"] + 5
        body["usage"]["completion_tokens_details"] = {"reasoning_tokens": more}


@answer("usage-first-choice-only")
def _(body: Body) -> None:
    usage, count = body.get("usage"), len(body.get("choices", []))
    if usage and count > 1:
        usage["completion_tokens"] //= count
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]


@answer("indices-from-one")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        one["index"] += 1


@answer("indices-zero")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        one["index"] = 0


@answer("choices-empty")
def _(body: Body) -> None:
    body["choices"] = []


@answer("choices-null-finish-of-second")
def _(body: Body) -> None:
    if len(body.get("choices", [])) > 1:
        body["choices"][1]["finish_reason"] = None


@answer("logprobs-unasked")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        if one["logprobs"] is None:
            octets = list(b"x")
            entry = {"token": "x", "logprob": -1.0, "bytes": octets, "top_logprobs": []}
            one["logprobs"] = {"content": [entry], "refusal": None}


@answer("logprobs-absent")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        one["logprobs"] = None


@answer("calls-empty-list")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        one["message"].setdefault("tool_calls", [])


@answer("calls-in-plain-text")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        if one["message"].pop("tool_calls", None):
            one["message"]["content"] = "call(it)"


@answer("tool-calls-with-content-finish-stop-without-calls")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        if "tool_calls" not in one["message"]:
            one["finish_reason"] = "tool_calls"


# ------------------------------------------------------------ valid changes of responses


@answer("unknown-fields")
def _(body: Body) -> None:
    body["x_trace"] = {"took": 1}
    for one in body.get("choices", body.get("data", [])):
        one["x_rank"] = 1


@answer("keys-reversed")
def _(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: ANSWERS["keys-reversed"](body[key]) for key in reversed(body)}
    return [ANSWERS["keys-reversed"](one) for one in body] if isinstance(body, list) else body


@answer("integers-as-floats")
def _(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: ANSWERS["integers-as-floats"](value) for key, value in body.items()}
    if isinstance(body, list):
        return [ANSWERS["integers-as-floats"](one) for one in body]
    return float(body) if isinstance(body, int) and not isinstance(body, bool) else body


ANSWERS["no-usage"] = _without("usage")
ANSWERS["no-fingerprint"] = _without("system_fingerprint")
ANSWERS["id-of-other-form"] = _with(lambda old: "0" + old[-12:], "id")
ANSWERS["model-of-other-name"] = _with("tiny-1-2024-11-20", "model")


@answer("choices-in-other-order")
def _(body: Body) -> None:
    body["choices"] = body.get("choices", [])[::-1]


@answer("reasoning-tokens")
def _(body: Body) -> None:
    body["usage"]["completion_tokens_details"] = {"reasoning_tokens": 0}


@answer("azure-filters")
def _(body: Body) -> None:
    safe = {"filtered": False, "severity": "safe"}
    four = {"hate": safe, "self_harm": safe, "sexual": safe, "violence": safe}
    body["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": four}]
    for one in body.get("choices", []):
        one["content_filter_results"] = dict(four)


@answer("azure-filters-empty")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        one["content_filter_results"] = {}


@answer("filtered-without-content")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        if one["message"]["content"] is not None:
            one["message"] = {"role": "assistant", "refusal": None}
            one["finish_reason"] = "content_filter"


@answer("content-empty-beside-calls")
def _(body: Body) -> None:
    for one in body.get("choices", []):
        if "tool_calls" in one["message"]:
            one["message"]["content"] = ""
