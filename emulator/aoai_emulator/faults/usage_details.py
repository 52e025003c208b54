"""Faults of the breakdown of a chat's usage: parts that do not fit together, or not what was asked for."""

from __future__ import annotations

from aoai_emulator.faults.anatomy import choices_of, number_of, part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

DOCUMENT = "azure-openai@2025-01-01-preview"
CHAT = frozenset({"chat"})


def _completion(body: JsonObject) -> tuple[JsonObject, int]:
    """Return the breakdown of the completion tokens, and how many there are."""
    usage = part_of(body, "usage")
    return part_of(usage, "completion_tokens_details"), number_of(usage, "completion_tokens")


@answer_fault("prediction-tokens-exceed-together", operations=CHAT, document=DOCUMENT)
def predict_twice(body: JsonObject, request: AcceptedRequest) -> None:
    """Accepted and rejected tokens of a prediction are as many as the completion has, each of them."""
    details, total = _completion(body)
    if "prediction" in request.fields:
        details |= {"accepted_prediction_tokens": total, "rejected_prediction_tokens": total}


@answer_fault("usage-parts-exceed-together", operations=CHAT, document=DOCUMENT)
def think_and_speak(body: JsonObject, request: AcceptedRequest) -> None:
    """All tokens of a spoken answer are audio tokens, and all of them are reasoning tokens, too."""
    details, total = _completion(body)
    if "audio" in request.fields.get("modalities", ()):
        details |= {"audio_tokens": total, "reasoning_tokens": total}


@answer_fault("audio-tokens-unasked", operations=CHAT, document=DOCUMENT)
def count_sound(body: JsonObject, request: AcceptedRequest) -> None:
    """A token of an answer in text is counted as an audio token."""
    details, total = _completion(body)
    if total and "audio" not in request.fields.get("modalities", ()):
        details["audio_tokens"] = 1


@answer_fault("audio-tokens-of-written-prompts", operations=CHAT, document=DOCUMENT)
def hear_text(body: JsonObject, request: AcceptedRequest) -> None:
    """Every token of a prompt is counted as an audio token, though nothing was to be heard."""
    usage = part_of(body, "usage")
    if all(isinstance(message.get("content"), str) for message in request.fields["messages"]):
        part_of(usage, "prompt_tokens_details")["audio_tokens"] = number_of(usage, "prompt_tokens")


@answer_fault("audio-tokens-uncounted", operations=CHAT, document=DOCUMENT)
def count_no_sound(body: JsonObject, request: AcceptedRequest) -> None:
    """A spoken answer has no audio tokens."""
    del request
    if any(part_of(part_of(choice, "message"), "audio") for choice in choices_of(body)):
        _completion(body)[0]["audio_tokens"] = 0


@answer_fault("audio-tokens-of-prompts-uncounted", operations=CHAT, document=DOCUMENT)
def count_nothing_heard(body: JsonObject, request: AcceptedRequest) -> None:
    """A prompt with a recording has no audio tokens."""
    del request
    part_of(part_of(body, "usage"), "prompt_tokens_details")["audio_tokens"] = 0
