"""Defects and valid changes of a JSON response or a list of chunks: one named function each."""

from __future__ import annotations

import copy
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


# -------------------------------------------------------------------- chunks


def _last_usage(list_: Chunks) -> bool:
    return bool(list_) and bool(list_[-1].get("usage")) and not list_[-1]["choices"]


for _name, _new in {
    "id": "other-id",
    "created": 17,
    "model": "other-model",
    "system_fingerprint": "fp_other",
}.items():

    def _changed(list_: Chunks, name: str = _name, new: Any = _new) -> None:
        for one in list_[2:]:
            one[name] = new

    CHUNKS[f"{_name}-changes"] = _changed

    def _dropped(list_: Chunks, name: str = _name) -> None:
        for one in list_:
            one.pop(name, None)

    CHUNKS[f"{_name}-missing"] = _dropped

for _name in ("delta", "index", "finish_reason"):

    def _gone(list_: Chunks, name: str = _name) -> None:
        for one in list_:
            for choice in one["choices"]:
                choice.pop(name, None)

    CHUNKS[f"choice-{_name}-missing"] = _gone


@chunks("object-plain")
def _(list_: Chunks) -> None:
    for one in list_:
        one["object"] = "chat.completion"


@chunks("message-for-delta")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            choice["message"] = choice.pop("delta")


@chunks("role-missing")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            choice["delta"].pop("role", None)


@chunks("role-late")
def _(list_: Chunks) -> None:
    moved = [
        choice["delta"].pop("role") for one in list_ for choice in one["choices"] if "role" in choice["delta"]
    ]
    if moved and len(list_) > 3:
        list_[len(list_) // 2]["choices"] and list_[len(list_) // 2]["choices"][0]["delta"].update(
            role="assistant"
        )


@chunks("role-other")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if "role" in choice["delta"]:
                choice["delta"]["role"] = "user"


@chunks("finish-missing")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            choice["finish_reason"] = None


@chunks("finish-chunk-missing")
def _(list_: Chunks) -> Chunks:
    return [one for one in list_ if not any(choice["finish_reason"] for choice in one["choices"])]


@chunks("finish-twice")
def _(list_: Chunks) -> Chunks:
    return [
        copy.deepcopy(one)
        for one in list_
        for _ in range(1 + any(c["finish_reason"] for c in one["choices"]))
    ]


@chunks("finish-everywhere")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            choice["finish_reason"] = choice["finish_reason"] or "stop"


@chunks("finish-of-first-choice-only")
def _(list_: Chunks) -> Chunks:
    return [one for one in list_ if not any(c["finish_reason"] and c["index"] for c in one["choices"])]


@chunks("content-after-finish")
def _(list_: Chunks) -> None:
    at = next((i for i, one in enumerate(list_) if any(c["finish_reason"] for c in one["choices"])), None)
    if at is not None:
        late = copy.deepcopy(list_[at])
        for choice in late["choices"]:
            choice["finish_reason"] = None
            choice["delta" if "delta" in choice else "text"] = (
                {"content": "late"} if "delta" in choice else "late"
            )
        list_.insert(at + 1, late)


@chunks("finish-unknown")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if choice["finish_reason"]:
                choice["finish_reason"] = "end"


@chunks("finish-empty-text")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if choice["finish_reason"] is None:
                choice["finish_reason"] = ""


@chunks("indices-zero")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            choice["index"] = 0


@chunks("indices-from-one")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            choice["index"] += 1


@chunks("chunk-twice")
def _(list_: Chunks) -> None:
    at = next((i for i, one in enumerate(list_) if _says(one)), None)
    if at is not None:
        list_.insert(at, copy.deepcopy(list_[at]))


def _says(chunk: dict[str, Any]) -> bool:
    return any(
        choice.get("text") or (choice.get("delta") or {}).get("content") for choice in chunk["choices"]
    )


@chunks("chunk-lost")
def _(list_: Chunks) -> None:
    at = next((i for i, one in enumerate(list_) if _says(one)), None)
    if at is not None:
        list_.pop(at)


@chunks("chunks-swapped")
def _(list_: Chunks) -> None:
    saying = [i for i, one in enumerate(list_) if _says(one)]
    if len(saying) > 1:
        a, b = saying[0], saying[1]
        list_[a], list_[b] = list_[b], list_[a]


@chunks("whole-text-each-time")
def _(list_: Chunks) -> None:
    so_far: dict[int, str] = {}
    for one in list_:
        for choice in one["choices"]:
            if (choice.get("delta") or {}).get("content"):
                so_far[choice["index"]] = so_far.get(choice["index"], "") + choice["delta"]["content"]
                choice["delta"]["content"] = so_far[choice["index"]]


@chunks("usage-unasked")
def _(list_: Chunks) -> None:
    if list_ and not _last_usage(list_):
        usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
        list_.append({**list_[-1], "choices": [], "usage": usage})


@chunks("usage-absent")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        list_.pop()


@chunks("usage-in-finish-chunk")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        list_[-2]["usage"] = list_.pop()["usage"]


@chunks("usage-first")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        list_.insert(0, list_.pop())


@chunks("usage-before-finish")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        list_.insert(len(list_) - 2, list_.pop())


@chunks("usage-with-choices")
def _(list_: Chunks) -> None:
    if _last_usage(list_) and len(list_) > 2:
        choice = copy.deepcopy(list_[-2]["choices"][0])
        list_[-1]["choices"] = [
            {**choice, "finish_reason": None, **({"delta": {}} if "delta" in choice else {"text": ""})}
        ]


@chunks("usage-null-missing")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        for one in list_[:-1]:
            one.pop("usage", None)


@chunks("usage-everywhere")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        for one in list_[:-1]:
            one["usage"] = dict(list_[-1]["usage"])


@chunks("usage-total-wrong")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        list_[-1]["usage"]["total_tokens"] += 3


@chunks("usage-completion-zero")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        usage = list_[-1]["usage"]
        usage["completion_tokens"], usage["total_tokens"] = 0, usage["prompt_tokens"]


@chunks("usage-unlike-plain")
def _(list_: Chunks) -> None:
    if _last_usage(list_):
        usage = list_[-1]["usage"]
        usage["prompt_tokens"] += 40
        usage["total_tokens"] += 40


def _fragments(list_: Chunks) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (one, call)
        for one in list_
        for choice in one["choices"]
        for call in (choice.get("delta") or {}).get("tool_calls") or []
    ]


for _name in ("index", "id", "type"):

    def _lost(list_: Chunks, name: str = _name) -> None:
        for _, call in _fragments(list_):
            call.pop(name, None)

    CHUNKS[f"fragment-{_name}-missing"] = _lost


@chunks("fragment-name-missing")
def _(list_: Chunks) -> None:
    for _, call in _fragments(list_):
        call.get("function", {}).pop("name", None)


@chunks("fragment-lost")
def _(list_: Chunks) -> None:
    pieces = [call for _, call in _fragments(list_) if call.get("function", {}).get("arguments")]
    if pieces:
        pieces[0]["function"]["arguments"] = ""


@chunks("fragment-id-changes")
def _(list_: Chunks) -> None:
    for number, (_, call) in enumerate(_fragments(list_)):
        call["id"] = f"call-{number}"


@chunks("fragment-index-jumps")
def _(list_: Chunks) -> None:
    for _, call in _fragments(list_):
        call["index"] = call["index"] * 2 + 1


@chunks("fragment-index-always-zero")
def _(list_: Chunks) -> None:
    for _, call in _fragments(list_):
        call["index"] = 0


@chunks("fragment-name-repeated-in-pieces")
def _(list_: Chunks) -> None:
    names: dict[int, str] = {}
    for _, call in _fragments(list_):
        if "name" in call.get("function", {}):
            names[call["index"]] = call["function"]["name"]
        else:
            call.setdefault("function", {})["name"] = names.get(call["index"], "x")


@chunks("fragment-arguments-object")
def _(list_: Chunks) -> None:
    for _, call in _fragments(list_):
        call["function"]["arguments"] = {}


@chunks("empty-stream")
def _(list_: Chunks) -> None:
    list_.clear()


@chunks("logprobs-absent")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if "logprobs" in choice:
                choice["logprobs"] = None


@chunks("logprobs-first-chunk-only")
def _(list_: Chunks) -> None:
    seen = False
    for one in list_:
        for choice in one["choices"]:
            if choice.get("logprobs"):
                if seen:
                    choice["logprobs"] = None
                seen = True


@chunks("content-number")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if (choice.get("delta") or {}).get("content"):
                choice["delta"]["content"] = 5


@chunks("content-null-for-all")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if (choice.get("delta") or {}).get("content"):
                choice["delta"]["content"] = None


# --------------------------------------------------------------- lawful changes of chunks


@chunks("lawful-empty-deltas")
def _(list_: Chunks) -> None:
    for at in range(len(list_) - 2, 1, -1):
        if list_[at]["choices"] and list_[at]["choices"][0]["finish_reason"] is None:
            quiet = copy.deepcopy(list_[at])
            for choice in quiet["choices"]:
                choice["delta"] = {}
                if choice.get("logprobs"):
                    choice["logprobs"] = None
            list_.insert(at, quiet)


@chunks("lawful-role-in-every-delta")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            choice["delta"]["role"] = "assistant"


@chunks("lawful-null-content-with-role")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if "role" in choice["delta"]:
                choice["delta"]["content"] = None


@chunks("lawful-role-with-first-content")
def _(list_: Chunks) -> Chunks:
    opened = {}
    kept = []
    for one in list_:
        choice = one["choices"][0] if one["choices"] else None
        if (
            choice
            and "role" in choice["delta"]
            and not any(value for name, value in choice["delta"].items() if name != "role")
        ):
            opened[choice["index"]] = True
            continue
        if choice and opened.pop(choice["index"], False):
            choice["delta"] = {"role": "assistant", **choice["delta"]}
        kept.append(one)
    return kept


@chunks("lawful-finish-with-last-content")
def _(list_: Chunks) -> Chunks:
    kept: Chunks = []
    for one in list_:
        if one["choices"] and one["choices"][0]["finish_reason"] and len(one["choices"]) == 1:
            own = one["choices"][0]["index"]
            before = [b for b in kept if b["choices"] and b["choices"][0]["index"] == own]
            if before and "role" not in before[-1]["choices"][0]["delta"]:
                before[-1]["choices"][0]["finish_reason"] = one["choices"][0]["finish_reason"]
                continue
        kept.append(one)
    return kept


@chunks("lawful-azure-first-chunk")
def _(list_: Chunks) -> None:
    safe = {"filtered": False, "severity": "safe"}
    four = {"hate": safe, "self_harm": safe, "sexual": safe, "violence": safe}
    filters = [{"prompt_index": 0, "content_filter_results": four}]
    list_.insert(
        0,
        {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": filters},
    )


@chunks("lawful-async-filter-chunk")
def _(list_: Chunks) -> None:
    safe = {"filtered": False, "severity": "safe"}
    offsets = {"check_offset": 44, "start_offset": 44, "end_offset": 198}
    results = {"hate": safe, "self_harm": safe, "sexual": safe, "violence": safe}
    choice = {
        "index": 0,
        "finish_reason": None,
        "content_filter_results": results,
        "content_filter_offsets": offsets,
    }
    list_.insert(
        max(len(list_) - 2, 0), {"id": "", "object": "", "created": 0, "model": "", "choices": [choice]}
    )


@chunks("lawful-one-content-chunk")
def _(list_: Chunks) -> Chunks:
    """Send the whole content of a choice in one chunk."""
    firsts: dict[int, dict[str, Any]] = {}
    kept = []
    for one in list_:
        choice = one["choices"][0] if one["choices"] else None
        if choice and choice["delta"].get("content") and "role" not in choice["delta"]:
            first = firsts.get(choice["index"])
            if first is not None:
                first["delta"]["content"] += choice["delta"]["content"]
                if first.get("logprobs") and choice.get("logprobs"):
                    first["logprobs"]["content"] += choice["logprobs"]["content"]
                continue
            firsts[choice["index"]] = choice
        kept.append(one)
    return kept


@chunks("lawful-character-by-character")
def _(list_: Chunks) -> Chunks:
    made = []
    for one in list_:
        choice = one["choices"][0] if one["choices"] else None
        text = choice["delta"].get("content") if choice else None
        if choice is None or not text or choice.get("logprobs"):
            made.append(one)
            continue
        for character in text:
            piece = copy.deepcopy(one)
            piece["choices"][0]["delta"]["content"] = character
            made.append(piece)
    return made


@chunks("lawful-unknown-fields")
def _(list_: Chunks) -> None:
    for one in list_:
        one["x_trace"] = 1
        for choice in one["choices"]:
            if "delta" in choice:
                choice["delta"]["x_thought"] = "hm"


@chunks("lawful-no-fingerprint")
def _(list_: Chunks) -> None:
    for one in list_:
        one.pop("system_fingerprint", None)


@chunks("lawful-no-logprobs-key")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if choice.get("logprobs") is None:
                choice.pop("logprobs", None)


@chunks("lawful-refusal-null")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            choice["delta"].setdefault("refusal", None)


@chunks("lawful-blockwise")
def _(list_: Chunks) -> Chunks:
    usage = [one for one in list_ if not one["choices"]]
    return (
        sorted((one for one in list_ if one["choices"]), key=lambda one: one["choices"][0]["index"]) + usage
    )


@chunks("lawful-several-choices-per-chunk")
def _(list_: Chunks) -> Chunks:
    kept: Chunks = []
    for one in list_:
        last = kept[-1] if kept else None
        if (
            last
            and one["choices"]
            and last["choices"]
            and one["choices"][0]["index"] not in [c["index"] for c in last["choices"]]
        ):
            last["choices"] += one["choices"]
        else:
            kept.append(one)
    return kept


@chunks("lawful-whole-call-in-one-chunk")
def _(list_: Chunks) -> Chunks:
    firsts: dict[tuple[int, int], dict[str, Any]] = {}
    kept = []
    for one in list_:
        choice = one["choices"][0] if one["choices"] else None
        calls = (choice or {}).get("delta", {}).get("tool_calls")
        if choice and calls:
            key = (choice["index"], calls[0]["index"])
            if key in firsts:
                firsts[key]["function"]["arguments"] += calls[0]["function"]["arguments"]
                continue
            firsts[key] = calls[0]
        kept.append(one)
    return kept


@chunks("lawful-fragments-of-all-calls-in-one-chunk")
def _(list_: Chunks) -> Chunks:
    firsts: dict[int, dict[str, Any]] = {}
    kept = []
    for one in list_:
        choice = one["choices"][0] if one["choices"] else None
        calls = (choice or {}).get("delta", {}).get("tool_calls")
        if choice and calls:
            if choice["index"] in firsts:
                firsts[choice["index"]]["tool_calls"] += calls
                continue
            firsts[choice["index"]] = choice["delta"]
        kept.append(one)
    return kept


@chunks("lawful-id-and-type-in-every-fragment")
def _(list_: Chunks) -> None:
    known: dict[int, str] = {}
    for _, call in _fragments(list_):
        if "id" in call:
            known[call["index"]] = call["id"]
        call["id"], call["type"] = known[call["index"]], "function"
