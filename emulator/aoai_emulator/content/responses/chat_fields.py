"""A request for a response as the fields of a chat, so that both say the same for the same prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aoai_emulator.content.responses.input_items import chat_messages
from aoai_emulator.http.json_text import JsonObject
from aoai_specs.json_values import as_list, as_object

#: The parameters of a custom tool: one text.
_CUSTOM: JsonObject = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
}


def function_tools(fields: JsonObject) -> list[JsonObject]:
    """Return the functions and custom tools that a model may call, within `allowed_tools`."""
    offered = [tool for tool in map(as_object, as_list(fields.get("tools"))) if _name(tool)]
    choice = fields.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        allowed = {_name(as_object(tool)) for tool in as_list(choice.get("tools"))}
        offered = [tool for tool in offered if _name(tool) in allowed]
    return offered


def tool_types(fields: JsonObject) -> set[str]:
    """Return the types of the tools of a request."""
    return {str(as_object(tool).get("type")) for tool in as_list(fields.get("tools"))}


def chosen_type(fields: JsonObject) -> str | None:
    """Return the type of the only tool that may be called, or None if the model chooses."""
    choice = fields.get("tool_choice")
    kind = choice.get("type") if isinstance(choice, dict) else None
    return None if kind in (None, "allowed_tools") else str(kind)


def must_call(fields: JsonObject) -> bool:
    """Return whether the response has to call some tool."""
    return mode(fields) == "required" or chosen_type(fields) is not None


def mode(fields: JsonObject) -> str:
    """Return whether tools may be called: `auto`, `none` or `required`."""
    choice = fields.get("tool_choice", "auto")
    if isinstance(choice, dict):
        return str(choice.get("mode", "auto")) if choice.get("type") == "allowed_tools" else "required"
    return str(choice)


def chat_fields(fields: JsonObject, items: Sequence[JsonObject]) -> JsonObject:
    """Return the fields of a chat on these items, which include those of the request."""
    context = [*_instructions(fields), *items]
    chat: JsonObject = {"messages": chat_messages(context), "model": fields.get("model")}
    if fields.get("max_output_tokens") is not None:
        chat["max_completion_tokens"] = fields["max_output_tokens"]
    effort = as_object(fields.get("reasoning")).get("effort")
    if effort is not None:
        chat["reasoning_effort"] = effort
    form = _response_format(as_object(as_object(fields.get("text")).get("format")))
    if form is not None:
        chat["response_format"] = form
    tools = function_tools(fields)
    if tools:
        chat["tools"] = [_chat_tool(tool) for tool in tools]
        chat["tool_choice"] = _tool_choice(fields, tools)
        if "parallel_tool_calls" in fields:
            chat["parallel_tool_calls"] = fields["parallel_tool_calls"]
    return chat


def _instructions(fields: JsonObject) -> list[JsonObject]:
    """Return the instructions and the reusable prompt as messages before all others."""
    texts = []
    if isinstance(fields.get("instructions"), str):
        texts.append(fields["instructions"])
    prompt = as_object(fields.get("prompt"))
    if prompt:
        variables = as_object(prompt.get("variables"))
        values = " ".join(f"{name}={variables[name]}" for name in sorted(variables))
        texts.append(f"{prompt.get('id')} {values}".strip())
    return [_system(text) for text in texts]


def _system(text: str) -> JsonObject:
    return {"type": "message", "role": "system", "content": [{"type": "input_text", "text": text}]}


def _response_format(form: Mapping[str, Any]) -> JsonObject | None:
    match form.get("type"):
        case "json_object":
            return {"type": "json_object"}
        case "json_schema":
            described = {key: value for key, value in form.items() if key != "type"}
            return {"type": "json_schema", "json_schema": described}
    return None


def _name(tool: JsonObject) -> str | None:
    name = tool.get("name")
    return name if tool.get("type") in ("function", "custom") and isinstance(name, str) else None


def _chat_tool(tool: JsonObject) -> JsonObject:
    is_custom = tool.get("type") == "custom"
    parameters = _CUSTOM if is_custom else tool.get("parameters") or {"type": "object"}
    function = {"name": tool["name"], "parameters": parameters, "strict": tool.get("strict") is True}
    return {"type": "function", "function": function}


def _tool_choice(fields: JsonObject, tools: Sequence[JsonObject]) -> Any:
    """Return the choice among the functions; a choice of another tool leaves no function to call."""
    kind = chosen_type(fields)
    if kind in ("function", "custom"):
        name = fields["tool_choice"].get("name")
        known = any(tool["name"] == name for tool in tools)
        return {"type": "function", "function": {"name": name}} if known else "none"
    return "none" if kind is not None else mode(fields)
