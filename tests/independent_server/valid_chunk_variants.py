"""Valid changes of a list of chunks: one named function each."""

from __future__ import annotations

import copy
from typing import Any

from chunk_mutations import fragments
from mutations import Chunks, chunks


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
    for _, call in fragments(list_):
        if "id" in call:
            known[call["index"]] = call["id"]
        call["id"], call["type"] = known[call["index"]], "function"
