"""Faults of the token counts of chats, and of their breakdown."""

from __future__ import annotations

import secrets

from aoai_emulator.faults.conditions import choices_of, has, integer_in, object_in
from aoai_emulator.faults.edits import Edit, compute, recount, remove, set_to
from aoai_emulator.faults.places import Place
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

USAGE = Topic("usage")
DETAILS = Topic("usage_details", document="azure-openai@2025-01-01-preview")
_COMPLETION = "chat.response /usage/completion_tokens_details"
_PROMPT = "chat.response /usage/prompt_tokens_details"


def all_tokens_of(name: str, more: int = 0) -> Edit:
    """Set a part of the usage to the count of all prompt or completion tokens, or to more than that."""
    return compute(lambda place: integer_in(object_in(place.body, "usage"), name) + more)


def _exceed_completion(place: Place) -> None:
    usage = place.value if isinstance(place.value, dict) else {}
    reasoned = integer_in(usage, "completion_tokens") + 1
    usage["completion_tokens_details"] = {
        **object_in(usage, "completion_tokens_details"),
        "reasoning_tokens": reasoned,
    }


def _speaks(request: AcceptedRequest) -> bool:
    return "audio" in request.fields.get("modalities", ())


# fmt: off
USAGE.edit("chat-usage-missing", "`usage` is missing.", at="chat.response /usage", edit=remove)
USAGE.edit("chat-usage-prompt-uncounted", "`prompt_tokens` is 0.", at="chat.response /usage",
    edit=recount(prompt=0))
USAGE.edit("chat-usage-completion-uncounted", "`completion_tokens` is 0.", at="chat.response /usage",
    edit=recount(completion=0))
USAGE.edit("chat-usage-details-exceed", "`reasoning_tokens` exceeds `completion_tokens`.",
    at="chat.response /usage", edit=_exceed_completion)
USAGE.edit("chat-usage-prompt-varies", "The prompt token count changes between identical requests.",
    at="chat.response /usage", edit=recount(prompt=lambda _: 100 + secrets.randbelow(1 << 20)))
# fmt: on


@USAGE.code("chat-usage-below-logprobs", at="chat.response")
def count_fewer_than_scored(body: JsonObject) -> None:
    """`completion_tokens` is below the number of tokens with log probabilities."""
    choices = choices_of(body)
    if any(object_in(choice, "logprobs").get("content") for choice in choices) and "usage" in body:
        recount(completion=len(choices))(Place(body, "usage", body, None))


# fmt: off
DETAILS.edit("prediction-tokens-exceed-together",
    "Accepted and rejected prediction tokens together exceed `completion_tokens`.",
    at=f"{_COMPLETION}/accepted_prediction_tokens", edit=all_tokens_of("completion_tokens"),
    when=has("prediction"))
DETAILS.edit("prediction-tokens-exceed-together", at=f"{_COMPLETION}/rejected_prediction_tokens",
    edit=all_tokens_of("completion_tokens"), when=has("prediction"))
DETAILS.edit("usage-parts-exceed-together",
    "Audio and reasoning tokens of a spoken response together exceed `completion_tokens`.",
    at=f"{_COMPLETION}/audio_tokens", edit=all_tokens_of("completion_tokens"), when=_speaks)
DETAILS.edit("usage-parts-exceed-together", at=f"{_COMPLETION}/reasoning_tokens",
    edit=all_tokens_of("completion_tokens"), when=_speaks)
DETAILS.edit("audio-tokens-unasked", "A response in text has an audio token.",
    at="chat.response /usage[completion_tokens]/completion_tokens_details/audio_tokens", edit=set_to(1),
    when=lambda request: not _speaks(request))
DETAILS.edit(
    "audio-tokens-of-written-prompts",
    "All tokens of a prompt without audio are audio tokens.",
    at=f"{_PROMPT}/audio_tokens",
    edit=all_tokens_of("prompt_tokens"),
    when=lambda request: all(
        isinstance(message.get("content"), str) for message in request.fields["messages"]
    ),
)
DETAILS.edit("audio-tokens-of-prompts-uncounted", "A prompt with audio has no audio tokens.",
    at=f"{_PROMPT}/audio_tokens", edit=set_to(0))
# fmt: on


@DETAILS.code("audio-tokens-uncounted", at="chat.response")
def count_no_audio(body: JsonObject) -> None:
    """A spoken response has no audio tokens."""
    if any(object_in(choice, "message", "audio") for choice in choices_of(body)):
        object_in(body, "usage", "completion_tokens_details")["audio_tokens"] = 0
