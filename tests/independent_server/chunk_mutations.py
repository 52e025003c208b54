"""Defects of a list of chunks: one named function each."""

from __future__ import annotations

import copy
from typing import Any

from mutations import CHUNKS, Chunks, chunks


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


def fragments(list_: Chunks) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (one, call)
        for one in list_
        for choice in one["choices"]
        for call in (choice.get("delta") or {}).get("tool_calls") or []
    ]


for _name in ("index", "id", "type"):

    def _lost(list_: Chunks, name: str = _name) -> None:
        for _, call in fragments(list_):
            call.pop(name, None)

    CHUNKS[f"fragment-{_name}-missing"] = _lost


@chunks("fragment-name-missing")
def _(list_: Chunks) -> None:
    for _, call in fragments(list_):
        call.get("function", {}).pop("name", None)


@chunks("fragment-lost")
def _(list_: Chunks) -> None:
    pieces = [call for _, call in fragments(list_) if call.get("function", {}).get("arguments")]
    if pieces:
        pieces[0]["function"]["arguments"] = ""


@chunks("fragment-id-changes")
def _(list_: Chunks) -> None:
    for number, (_, call) in enumerate(fragments(list_)):
        call["id"] = f"call-{number}"


@chunks("fragment-index-jumps")
def _(list_: Chunks) -> None:
    for _, call in fragments(list_):
        call["index"] = call["index"] * 2 + 1


@chunks("fragment-index-always-zero")
def _(list_: Chunks) -> None:
    for _, call in fragments(list_):
        call["index"] = 0


@chunks("fragment-name-repeated-in-pieces")
def _(list_: Chunks) -> None:
    names: dict[int, str] = {}
    for _, call in fragments(list_):
        if "name" in call.get("function", {}):
            names[call["index"]] = call["function"]["name"]
        else:
            call.setdefault("function", {})["name"] = names.get(call["index"], "x")


@chunks("fragment-arguments-object")
def _(list_: Chunks) -> None:
    for _, call in fragments(list_):
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
