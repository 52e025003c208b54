"""Faults of the tokens that a chat says it used."""

from __future__ import annotations

import secrets

from aoai_emulator.faults.anatomy import choices_of, number_of, part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

CHAT = frozenset({"chat"})


@answer_fault("chat-usage-missing", operations=CHAT)
def drop_usage(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer does not say what it used."""
    del request
    body.pop("usage", None)


@answer_fault("chat-usage-prompt-uncounted", operations=CHAT)
def count_no_prompt(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage says that the prompt had no token."""
    del request
    _use(body, 0, number_of(part_of(body, "usage"), "completion_tokens"))


@answer_fault("chat-usage-completion-uncounted", operations=CHAT)
def count_no_completion(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage says that the answer had no token."""
    del request
    _use(body, number_of(part_of(body, "usage"), "prompt_tokens"), 0)


@answer_fault("chat-usage-below-logprobs", operations=CHAT)
def count_fewer_than_scored(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage counts one token for each choice, though more of them have their log probability listed."""
    del request
    choices = choices_of(body)
    if any(part_of(choice, "logprobs").get("content") for choice in choices):
        _use(body, number_of(part_of(body, "usage"), "prompt_tokens"), len(choices))


@answer_fault("chat-usage-details-exceed", operations=CHAT)
def detail_more_than_used(body: JsonObject, request: AcceptedRequest) -> None:
    """More tokens were thought, says the usage, than the answer has."""
    del request
    usage = part_of(body, "usage")
    reasoned = number_of(usage, "completion_tokens") + 1
    usage["completion_tokens_details"] = {
        **part_of(usage, "completion_tokens_details"),
        "reasoning_tokens": reasoned,
    }


@answer_fault("chat-usage-prompt-varies", operations=CHAT)
def count_prompt_anew(body: JsonObject, request: AcceptedRequest) -> None:
    """The same prompt has another number of tokens each time."""
    del request
    _use(body, 100 + secrets.randbelow(1 << 20), number_of(part_of(body, "usage"), "completion_tokens"))


def _use(body: JsonObject, prompt: int, completion: int) -> None:
    usage = part_of(body, "usage")
    usage |= {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
