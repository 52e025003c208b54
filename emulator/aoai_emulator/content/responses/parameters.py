"""The members of a response that repeat what the request says, with the service's defaults."""

from __future__ import annotations

from typing import Any

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_specs.json_values import as_list, as_object


def echoed(request: AcceptedRequest, *, conversation: str | None) -> JsonObject:
    """Return what a response says about its request."""
    fields = request.fields
    reasoning = as_object(fields.get("reasoning"))
    text = as_object(fields.get("text"))
    return {
        "background": fields.get("background", False),
        "conversation": None if conversation is None else {"id": conversation},
        "frequency_penalty": 0.0,
        "instructions": fields.get("instructions"),
        "max_output_tokens": fields.get("max_output_tokens"),
        "max_tool_calls": fields.get("max_tool_calls"),
        "metadata": fields.get("metadata", {}),
        "model": fields.get("model") or request.deployment.name,
        "parallel_tool_calls": fields.get("parallel_tool_calls", True),
        "presence_penalty": 0.0,
        "previous_response_id": fields.get("previous_response_id"),
        "prompt": fields.get("prompt"),
        "prompt_cache_key": fields.get("prompt_cache_key"),
        "prompt_cache_retention": fields.get("prompt_cache_retention"),
        "reasoning": {"effort": reasoning.get("effort"), "summary": _summary(reasoning)},
        "safety_identifier": fields.get("safety_identifier"),
        "service_tier": "default",
        "store": fields.get("store", True),
        "temperature": fields.get("temperature", 1.0),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **text},
        "tool_choice": fields.get("tool_choice", "auto"),
        "tools": [_tool(as_object(tool)) for tool in as_list(fields.get("tools"))],
        "top_logprobs": fields.get("top_logprobs", 0),
        "top_p": fields.get("top_p", 1.0),
        "truncation": fields.get("truncation", "disabled"),
        "user": fields.get("user"),
    }


def _summary(reasoning: JsonObject) -> Any:
    return reasoning.get("summary") or reasoning.get("generate_summary")


def _tool(tool: JsonObject) -> JsonObject:
    if tool.get("type") != "function":
        return tool
    return {"description": None, "parameters": None, "strict": True, **tool}
