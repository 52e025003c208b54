"""Faults of unstreamed chat answers: choices, messages, finish reasons, usage, JSON modes, fingerprints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aoai_emulator.content.chat_choices import stop_sequences
from aoai_emulator.faults.anatomy import choices_of, first_text, is_asked_for, part_of
from aoai_emulator.faults.registry import answer_fault, chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

CHAT = frozenset({"chat"})


@answer_fault("chat-finish-reason-missing", operations=CHAT)
def drop_finish_reason(body: JsonObject, request: AcceptedRequest) -> None:
    """The choices do not say why they ended."""
    del request
    for choice in choices_of(body):
        choice.pop("finish_reason", None)


@answer_fault("chat-finish-reason-wrong", operations=CHAT)
def claim_to_have_stopped(body: JsonObject, request: AcceptedRequest) -> None:
    """A choice that max_tokens cut off claims to have come to its end."""
    del request
    for choice in choices_of(body):
        if choice.get("finish_reason") == "length":
            choice["finish_reason"] = "stop"


@answer_fault("chat-finish-reason-unknown", operations=CHAT)
def invent_finish_reason(body: JsonObject, request: AcceptedRequest) -> None:
    """The finish reason is none of those that the document lists."""
    del request
    for choice in choices_of(body):
        choice["finish_reason"] = "eos_token"


@answer_fault("chat-usage-sum-wrong", operations=CHAT)
def miscount_total(body: JsonObject, request: AcceptedRequest) -> None:
    """The total of the usage is not the sum of its parts."""
    del request
    usage = part_of(body, "usage")
    usage["total_tokens"] = usage.get("total_tokens", 0) + 1


@answer_fault("chat-usage-of-one-choice", operations=CHAT)
def count_first_choice(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage counts the tokens of one choice only, however many there are."""
    number = max(request.fields.get("n", 1), 1)
    usage = part_of(body, "usage")
    usage["completion_tokens"] = usage.get("completion_tokens", 0) // number
    usage["total_tokens"] = usage.get("prompt_tokens", 0) + usage["completion_tokens"]


@answer_fault("chat-usage-negative", operations=CHAT)
def count_below_zero(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage says that the prompt had fewer than no tokens."""
    del request
    usage = part_of(body, "usage")
    usage["prompt_tokens"] = -1
    usage["total_tokens"] = usage.get("completion_tokens", 0) - 1


@answer_fault("chat-usage-missing-field", operations=CHAT)
def drop_completion_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage does not say how many tokens the completion had."""
    del request
    part_of(body, "usage").pop("completion_tokens", None)


@answer_fault("chat-max-tokens-ignored", operations=CHAT)
def exceed_max_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer is longer than max_tokens allows, and its usage admits it."""
    limit = request.fields.get("max_completion_tokens", request.fields.get("max_tokens"))
    if limit is None:
        return
    usage = part_of(body, "usage")
    number = max(request.fields.get("n", 1), 1)
    usage["completion_tokens"] = (limit + 10) * number
    usage["total_tokens"] = usage.get("prompt_tokens", 0) + usage["completion_tokens"]
    for choice in choices_of(body):
        message = part_of(choice, "message")
        if isinstance(message.get("content"), str):
            message["content"] += " and so on" * 5
            choice["finish_reason"] = "stop"


@answer_fault("chat-n-ignored", operations=CHAT)
def answer_once(body: JsonObject, request: AcceptedRequest) -> None:
    """There is one choice, however many were asked for."""
    del request
    body["choices"] = choices_of(body)[:1]


@answer_fault("chat-index-jumps", operations=CHAT)
def skip_indices(body: JsonObject, request: AcceptedRequest) -> None:
    """The indices of the choices begin at 1."""
    del request
    for index, choice in enumerate(choices_of(body), 1):
        choice["index"] = index


@answer_fault("chat-index-repeated", operations=CHAT)
def repeat_index(body: JsonObject, request: AcceptedRequest) -> None:
    """Every choice has the index 0."""
    del request
    for choice in choices_of(body):
        choice["index"] = 0


@answer_fault("chat-stop-left-in", operations=CHAT)
def keep_stop_sequence(body: JsonObject, request: AcceptedRequest) -> None:
    """The stop sequence that ended the answer stands at its end."""
    stops = stop_sequences(request.fields)
    for choice in choices_of(body):
        message = part_of(choice, "message")
        if stops and choice.get("finish_reason") == "stop" and isinstance(message.get("content"), str):
            message["content"] += stops[0]


@answer_fault("chat-role-wrong", operations=CHAT)
def answer_as_user(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer comes in the role of the user."""
    del request
    for choice in choices_of(body):
        part_of(choice, "message")["role"] = "user"


@answer_fault("chat-refusal-wrong-type", operations=CHAT)
def mistype_refusal(body: JsonObject, request: AcceptedRequest) -> None:
    """The `refusal` of the message is false where it should be a text or null."""
    del request
    for choice in choices_of(body):
        part_of(choice, "message")["refusal"] = False


@answer_fault("chat-content-missing", operations=CHAT)
def drop_content(body: JsonObject, request: AcceptedRequest) -> None:
    """The message lacks the required key `content`."""
    del request
    for choice in choices_of(body):
        part_of(choice, "message").pop("content", None)


@answer_fault("chat-logprobs-key-missing", operations=CHAT)
def drop_logprobs_key(body: JsonObject, request: AcceptedRequest) -> None:
    """The choice lacks the required key `logprobs` where no log probabilities were asked for."""
    if request.fields.get("logprobs") is not True:
        for choice in choices_of(body):
            choice.pop("logprobs", None)


@answer_fault("chat-object-wrong", operations=CHAT)
def mislabel_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer calls itself a text_completion."""
    del request
    body["object"] = "text_completion"


@answer_fault("chat-created-as-text", operations=CHAT)
def write_created_out(body: JsonObject, request: AcceptedRequest) -> None:
    """The time of creation is a text instead of a number."""
    del request
    body["created"] = str(body.get("created"))


@answer_fault("chat-fingerprint-missing", operations=CHAT)
def drop_fingerprint(body: JsonObject, request: AcceptedRequest) -> None:
    """There is no system_fingerprint, even where a seed was given."""
    del request
    body.pop("system_fingerprint", None)


@answer_fault("chat-fingerprint-null", operations=CHAT)
def empty_fingerprint(body: JsonObject, request: AcceptedRequest) -> None:
    """The system_fingerprint is null, which the document does not allow."""
    del request
    body["system_fingerprint"] = None


@answer_fault("chat-seed-ignored", operations=CHAT)
def ignore_seed(body: JsonObject, request: AcceptedRequest) -> None:
    """The same seed gives another text each time, while the fingerprint claims that nothing changed."""
    for choice in choices_of(body):
        message = part_of(choice, "message")
        if isinstance(message.get("content"), str):
            message["content"] = f"{request.id} {message['content']}"


@answer_fault("chat-json-object-in-prose", operations=CHAT)
def wrap_json_in_prose(body: JsonObject, request: AcceptedRequest) -> None:
    """In JSON mode the JSON stands in a sentence."""
    if is_asked_for(request, "json_object"):
        for message in _messages_with_text(body):
            message["content"] = "Here you are: " + message["content"]


@answer_fault("chat-json-schema-fenced", operations=CHAT)
def fence_json(body: JsonObject, request: AcceptedRequest) -> None:
    """With a JSON schema the JSON stands in a fenced block of Markdown."""
    if is_asked_for(request, "json_schema"):
        for message in _messages_with_text(body):
            message["content"] = f"```json\n{message['content']}\n```"


@answer_fault("chat-json-schema-violated", operations=CHAT)
def violate_schema(body: JsonObject, request: AcceptedRequest) -> None:
    """With a JSON schema the answer is JSON, but no instance of it."""
    if is_asked_for(request, "json_schema"):
        for message in _messages_with_text(body):
            message["content"] = json.dumps([[message["content"]]])


@answer_fault("chat-prompt-filter-object", operations=CHAT)
def flatten_prompt_filter(body: JsonObject, request: AcceptedRequest) -> None:
    """The findings on the prompts are one object instead of a list."""
    del request
    findings = body.get("prompt_filter_results")
    if isinstance(findings, list) and findings:
        body["prompt_filter_results"] = findings[0]


@answer_fault("chat-text-null", operations=CHAT)
def withhold_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The message has neither content nor calls nor a refusal, though it ended by itself."""
    del request
    for choice in choices_of(body):
        if first_text(choice) is not None and choice.get("finish_reason") == "stop":
            part_of(choice, "message")["content"] = None


@answer_fault("chat-choices-shuffled", operations=CHAT)
def shuffle_choices(body: JsonObject, request: AcceptedRequest) -> None:
    """The choices are listed with the last one first, each under its right index."""
    del request
    body["choices"] = choices_of(body)[::-1]


@answer_fault("chat-length-untrue", operations=CHAT)
def claim_to_be_cut(body: JsonObject, request: AcceptedRequest) -> None:
    """A choice that came to its end claims to have been cut off at the limit."""
    del request
    for choice in choices_of(body):
        if choice.get("finish_reason") == "stop":
            choice["finish_reason"] = "length"


@answer_fault("chat-tool-calls-untrue", operations=CHAT)
def claim_to_call(body: JsonObject, request: AcceptedRequest) -> None:
    """A choice that calls no tool says that it ended with tool_calls."""
    del request
    for choice in choices_of(body):
        if choice.get("finish_reason") == "stop" and not part_of(choice, "message").get("tool_calls"):
            choice["finish_reason"] = "tool_calls"


@answer_fault("chat-refuses-and-answers", operations=CHAT)
def refuse_and_answer(body: JsonObject, request: AcceptedRequest) -> None:
    """The message refuses beside what it answers."""
    del request
    for message in _messages_with_text(body):
        message["refusal"] = "That I shall not answer."


@answer_fault("chat-context-unasked", operations=CHAT)
def add_context(body: JsonObject, request: AcceptedRequest) -> None:
    """The message has a context of data sources, though the request has none."""
    if not request.fields.get("data_sources"):
        for choice in choices_of(body):
            part_of(choice, "message")["context"] = {"intent": "[]", "citations": []}


@answer_fault("chat-citations-missing", operations=CHAT)
def drop_citations(body: JsonObject, request: AcceptedRequest) -> None:
    """The context of an answer from data sources holds no citations."""
    del request
    for choice in choices_of(body):
        part_of(part_of(choice, "message"), "context").pop("citations", None)


@answer_fault("chat-citations-without-content", operations=CHAT)
def empty_citations(body: JsonObject, request: AcceptedRequest) -> None:
    """The citations of an answer from data sources do not hold what they cite."""
    del request
    for choice in choices_of(body):
        for citation in part_of(part_of(choice, "message"), "context").get("citations") or ():
            citation.pop("content", None)


@chunks_fault("chat-citations-without-content", operations=CHAT)
def empty_streamed_citations(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The citations of a stream from data sources do not hold what they cite."""
    for chunk in chunks:
        for choice in choices_of(chunk) if request.fields.get("data_sources") else ():
            if "role" in part_of(choice, "delta"):
                choice["delta"]["context"] = {"citations": [{"title": "A document without content"}]}
        yield chunk


@answer_fault("chat-character-halved", operations=CHAT)
def halve_character(body: JsonObject, request: AcceptedRequest) -> None:
    """The content ends with the first half of a surrogate pair."""
    del request
    for message in _messages_with_text(body):
        message["content"] += "\ud83d"


def _messages_with_text(body: JsonObject) -> list[dict[str, Any]]:
    return [part_of(choice, "message") for choice in choices_of(body) if first_text(choice) is not None]
