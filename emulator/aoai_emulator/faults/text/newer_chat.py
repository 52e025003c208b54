"""Faults of content filter results, and of later chat fields: predictions, reasoning, stored responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aoai_emulator.faults.conditions import has, lacks
from aoai_emulator.faults.edits import map_list, map_value, remove, set_to
from aoai_emulator.faults.text.usage import all_tokens_of
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.rejections import invalid_request
from aoai_emulator.http.requests import IncomingRequest

FILTERS = Topic("filters")
NEWER = Topic("newer_chat", document="azure-openai@2025-01-01-preview")
_RESULTS = "text.response /choices/*[content_filter_results]/content_filter_results"
_COMPLETION = "chat.response /usage/completion_tokens_details"

# fmt: off
FILTERS.edit("filter-category-missing", "The filter results of a choice lack `violence`.",
    at=f"{_RESULTS}/violence", edit=remove)
FILTERS.edit("filter-of-the-harmless", "Hate is filtered although its severity is `safe`.",
    at=f"{_RESULTS}/hate", edit=set_to({"filtered": True, "severity": "safe"}))
FILTERS.edit("filter-untold-by-finish-reason",
    "A choice with filtered violence has the finish reason `stop`.",
    at="text.response /choices/*[finish_reason=stop]/content_filter_results",
    edit=map_value(lambda results: {**results, "violence": {"filtered": True, "severity": "high"}}, dict))
FILTERS.edit("filter-severity-unknown", "The severity of hate is not one that the document lists.",
    at=f"{_RESULTS}/hate", edit=set_to({"filtered": False, "severity": "negligible"}))
FILTERS.edit("filter-prompts-share-a-number",
    "`prompt_filter_results` has two entries with the same `prompt_index`.",
    at="text.response /prompt_filter_results", edit=map_list(lambda results: [*results, *results]))
FILTERS.edit("filter-prompts-share-a-number", at="text.chunks /prompt_filter_results",
    edit=map_list(lambda results: [*results, *results]))
NEWER.edit("prediction-tokens-above-completion", "`accepted_prediction_tokens` exceeds `completion_tokens`.",
    at=f"{_COMPLETION}/accepted_prediction_tokens", edit=all_tokens_of("completion_tokens", more=5),
    when=has("prediction"))
NEWER.edit("prediction-tokens-negative", "`rejected_prediction_tokens` is negative.",
    at=f"{_COMPLETION}/rejected_prediction_tokens", edit=set_to(-1), when=has("prediction"))
NEWER.edit("prediction-tokens-unasked",
    "Prediction tokens are counted although the request has no prediction.",
    at=f"{_COMPLETION}/accepted_prediction_tokens", edit=set_to(1), when=lacks("prediction"))
NEWER.edit("reasoning-tokens-above-completion", "`reasoning_tokens` exceeds `completion_tokens`.",
    at=f"{_COMPLETION}/reasoning_tokens", edit=all_tokens_of("completion_tokens", more=5))
NEWER.edit("cached-tokens-above-prompt", "`cached_tokens` exceeds `prompt_tokens`.",
    at="chat.response /usage/prompt_tokens_details/cached_tokens",
    edit=all_tokens_of("prompt_tokens", more=5))
NEWER.edit("audio-tokens-as-text", "`audio_tokens` is a string.", at=f"{_COMPLETION}/audio_tokens",
    edit=map_value(str))
NEWER.edit("filter-blocklists-undecided", "`custom_blocklists` lacks the required `filtered`.",
    at="chat.response /choices/*/content_filter_results/custom_blocklists/filtered", edit=remove)
NEWER.edit("filter-attack-undecided", "`indirect_attack` lacks the required `detected`.",
    at="chat.response /prompt_filter_results/*/content_filter_results/indirect_attack/detected", edit=remove)
NEWER.edit("filter-ungrounded-spans-as-text",
    "The details of `ungrounded_material` are a string instead of a list.",
    at="chat.response /choices/*/content_filter_results/ungrounded_material/details", edit=set_to("none"))
# fmt: on


def _sends(name: str) -> Callable[[IncomingRequest], bool]:
    return lambda request: name in request.sent


def _invalid(name: str) -> Any:
    return invalid_request(f"The value of {name} is invalid.", param=name)


# fmt: off
NEWER.reject("reasoning-effort-refused", "`reasoning_effort` is rejected.", at="chat.schema",
    when=_sends("reasoning_effort"), rejection=_invalid("reasoning_effort"))
NEWER.reject("prediction-refused", "`prediction` is rejected.", at="chat.schema", when=_sends("prediction"),
    rejection=_invalid("prediction"))
NEWER.reject("stored-answer-refused", "`store` is rejected.", at="chat.schema", when=_sends("store"),
    rejection=_invalid("store"))
NEWER.reject("security-context-refused", "`user_security_context` is rejected.", at="chat.schema",
    when=_sends("user_security_context"), rejection=_invalid("user_security_context"))
NEWER.reject("developer-role-refused", "A message with the role `developer` is rejected.", at="chat.schema",
    when=lambda request: has_role(request, "developer"),
    rejection=invalid_request("Invalid value: 'developer'.", param="messages[0].role"))
NEWER.accept("unknown-modality-accepted", "An unknown modality is accepted.", at="chat.schema modalities*",
    drop="modalities")
NEWER.accept("unknown-effort-accepted", "An unknown `reasoning_effort` is accepted.",
    at="chat.schema reasoning_effort")
# fmt: on


def has_role(request: IncomingRequest, role: str) -> bool:
    """Return whether a request has a message with this role."""
    messages: Any = request.sent.get("messages")
    listed = messages if isinstance(messages, list) else []
    return any(isinstance(message, dict) and message.get("role") == role for message in listed)
