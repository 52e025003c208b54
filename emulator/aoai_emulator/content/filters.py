"""Content filter results: everything is safe unless a cue requests otherwise.

They include the categories of all versions; those that the requested version lacks are removed later.
"""

from __future__ import annotations

from aoai_emulator.content.declared_responses import Constant
from aoai_emulator.http.json_text import JsonObject

_CATEGORIES = ("hate", "self_harm", "sexual", "violence")


def prompt_filter_results(prompts: int = 1) -> list[JsonObject]:
    """Return the filter results of a number of prompts."""
    return [{"prompt_index": index, "content_filter_results": _SAFE_PROMPT} for index in range(prompts)]


def choice_filter_results(*, filtered: bool = False) -> JsonObject:
    """Return the filter results of one choice."""
    return _FILTERED_CHOICE if filtered else _SAFE_CHOICE


def safe_severities() -> JsonObject:
    """Return the four graded categories, each safe."""
    return {category: {"filtered": False, "severity": "safe"} for category in _CATEGORIES}


def filtered_severities() -> JsonObject:
    """Return the four graded categories, the last of which blocked the text."""
    return {**safe_severities(), "violence": {"filtered": True, "severity": "medium"}}


def _unlisted() -> JsonObject:
    return {"filtered": False, "details": []}


def _undetected() -> JsonObject:
    return {"filtered": False, "detected": False}


def _choice(severities: JsonObject) -> Constant:
    return Constant(
        {
            **severities,
            "profanity": _undetected(),
            "custom_blocklists": _unlisted(),
            "protected_material_text": _undetected(),
            "protected_material_code": _undetected(),
            "ungrounded_material": {**_undetected(), "details": []},
        }
    )


_SAFE_PROMPT = Constant(
    {
        **safe_severities(),
        "profanity": _undetected(),
        "custom_blocklists": _unlisted(),
        "jailbreak": _undetected(),
        "indirect_attack": _undetected(),
    }
)
_SAFE_CHOICE, _FILTERED_CHOICE = _choice(safe_severities()), _choice(filtered_severities())
