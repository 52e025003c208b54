"""Faults of what chat learnt late: predictions, reasoning, stored answers, the whole tree of the filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from aoai_emulator.checks.refusals import Refusal, invalid_request
from aoai_emulator.faults.anatomy import choices_of, number_of, part_of
from aoai_emulator.faults.registry import acceptance_fault, answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

DOCUMENT = "azure-openai@2025-01-01-preview"
CHAT = frozenset({"chat"})


def _details(body: JsonObject) -> JsonObject:
    return part_of(part_of(body, "usage"), "completion_tokens_details")


@answer_fault("prediction-tokens-above-completion", operations=CHAT, document=DOCUMENT)
def accept_too_many(body: JsonObject, request: AcceptedRequest) -> None:
    """More predicted tokens were accepted than the completion has."""
    if "prediction" in request.fields:
        _details(body)["accepted_prediction_tokens"] = (
            number_of(part_of(body, "usage"), "completion_tokens") + 5
        )


@answer_fault("prediction-tokens-negative", operations=CHAT, document=DOCUMENT)
def reject_less_than_none(body: JsonObject, request: AcceptedRequest) -> None:
    """Fewer than no predicted tokens were rejected."""
    if "prediction" in request.fields:
        _details(body)["rejected_prediction_tokens"] = -1


@answer_fault("prediction-tokens-unasked", operations=CHAT, document=DOCUMENT)
def accept_unasked(body: JsonObject, request: AcceptedRequest) -> None:
    """Predicted tokens are counted where nothing was predicted."""
    if "prediction" not in request.fields:
        _details(body)["accepted_prediction_tokens"] = 1


@answer_fault("reasoning-tokens-above-completion", operations=CHAT, document=DOCUMENT)
def think_too_much(body: JsonObject, request: AcceptedRequest) -> None:
    """More tokens were spent on reasoning than the completion has."""
    del request
    _details(body)["reasoning_tokens"] = number_of(part_of(body, "usage"), "completion_tokens") + 5


@answer_fault("cached-tokens-above-prompt", operations=CHAT, document=DOCUMENT)
def remember_too_much(body: JsonObject, request: AcceptedRequest) -> None:
    """More tokens of the prompt were cached than it has."""
    del request
    usage = part_of(body, "usage")
    part_of(usage, "prompt_tokens_details")["cached_tokens"] = number_of(usage, "prompt_tokens") + 5


@answer_fault("audio-tokens-as-text", operations=CHAT, document=DOCUMENT)
def write_counts_out(body: JsonObject, request: AcceptedRequest) -> None:
    """The count of spoken tokens is a text."""
    del request
    details = _details(body)
    details["audio_tokens"] = str(details.get("audio_tokens", 0))


def _refusing(found: Iterator[Refusal], request: IncomingRequest, name: str) -> Iterator[Refusal]:
    yield from found
    if name in request.sent:
        yield invalid_request(f"The value of {name} is invalid.", param=name)


@acceptance_fault("reasoning-effort-refused", check="schema", operations=CHAT, document=DOCUMENT)
def refuse_effort(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A reasoning_effort is refused."""
    return _refusing(found, request, "reasoning_effort")


@acceptance_fault("prediction-refused", check="schema", operations=CHAT, document=DOCUMENT)
def refuse_prediction(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A prediction is refused."""
    return _refusing(found, request, "prediction")


@acceptance_fault("stored-answer-refused", check="schema", operations=CHAT, document=DOCUMENT)
def refuse_store(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request whose answer is to be stored is refused."""
    return _refusing(found, request, "store")


@acceptance_fault("security-context-refused", check="schema", operations=CHAT, document=DOCUMENT)
def refuse_context(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A user_security_context is refused."""
    return _refusing(found, request, "user_security_context")


@acceptance_fault("unknown-modality-accepted", check="schema", operations=CHAT, document=DOCUMENT)
def take_any_modality(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A modality that does not exist is accepted."""
    for refusal in found:
        if not (refusal.param or "").startswith("modalities"):
            yield refusal
        elif request.body is not None:
            kept = {name: value for name, value in request.sent.items() if name != "modalities"}
            request.body = replace(request.body, fields=kept)


@acceptance_fault("unknown-effort-accepted", check="schema", operations=CHAT, document=DOCUMENT)
def take_any_effort(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A reasoning_effort that does not exist is accepted."""
    del request
    return (refusal for refusal in found if refusal.param != "reasoning_effort")


@acceptance_fault("developer-role-refused", check="schema", operations=CHAT, document=DOCUMENT)
def refuse_developers(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A message of the developer's role is refused."""
    yield from found
    messages: Any = request.sent.get("messages")
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and message.get("role") == "developer":
            yield invalid_request("Invalid value: 'developer'.", param="messages[0].role")


@answer_fault("filter-blocklists-undecided", operations=CHAT, document=DOCUMENT)
def leave_blocklists_undecided(body: JsonObject, request: AcceptedRequest) -> None:
    """The findings by blocklists do not say whether they filtered, which the document requires."""
    del request
    for choice in choices_of(body):
        part_of(part_of(choice, "content_filter_results"), "custom_blocklists").pop("filtered", None)


@answer_fault("filter-attack-undecided", operations=CHAT, document=DOCUMENT)
def leave_attack_undecided(body: JsonObject, request: AcceptedRequest) -> None:
    """The findings on an indirect attack do not say whether there is one."""
    del request
    for found in body.get("prompt_filter_results") or ():
        part_of(part_of(found, "content_filter_results"), "indirect_attack").pop("detected", None)


@answer_fault("filter-ungrounded-spans-as-text", operations=CHAT, document=DOCUMENT)
def write_spans_out(body: JsonObject, request: AcceptedRequest) -> None:
    """The places of ungrounded material are a text instead of a list."""
    del request
    for choice in choices_of(body):
        part_of(part_of(choice, "content_filter_results"), "ungrounded_material")["details"] = "none"
