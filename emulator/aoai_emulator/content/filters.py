"""The content filter's findings: that all is well, unless a cue asks for something else.

All that any version knows is here; what the version of a request lacks is left out of its answer.
"""

from __future__ import annotations

from aoai_emulator.http.json_text import JsonObject

_CATEGORIES = ("hate", "self_harm", "sexual", "violence")


def prompt_filter_results(prompts: int = 1) -> list[JsonObject]:
    """Return the findings on each of so many prompts."""
    return [
        {
            "prompt_index": index,
            "content_filter_results": {
                **safe_severities(),
                "profanity": _undetected(),
                "custom_blocklists": _unlisted(),
                "jailbreak": _undetected(),
                "indirect_attack": _undetected(),
            },
        }
        for index in range(prompts)
    ]


def choice_filter_results(*, filtered: bool = False) -> JsonObject:
    """Return the findings on one choice."""
    return {
        **(filtered_severities() if filtered else safe_severities()),
        "profanity": _undetected(),
        "custom_blocklists": _unlisted(),
        "protected_material_text": _undetected(),
        "protected_material_code": _undetected(),
        "ungrounded_material": {**_undetected(), "details": []},
    }


def safe_severities() -> JsonObject:
    """Return the four categories that are graded, each safe."""
    return {category: {"filtered": False, "severity": "safe"} for category in _CATEGORIES}


def filtered_severities() -> JsonObject:
    """Return the four categories, the last of which stopped the text."""
    return {**safe_severities(), "violence": {"filtered": True, "severity": "medium"}}


def _unlisted() -> JsonObject:
    return {"filtered": False, "details": []}


def _undetected() -> JsonObject:
    return {"filtered": False, "detected": False}
