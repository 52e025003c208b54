"""The items of a request as they are stored, and all items of a conversation as the messages of a chat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.json_text import JsonObject
from aoai_specs.json_values import as_list, as_object

#: The prefix of an item's id by its type.
ID_PREFIXES = {
    "message": "msg_",
    "reasoning": "rs_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "custom_tool_call": "ctc_",
    "custom_tool_call_output": "ctco_",
    "web_search_call": "ws_",
    "file_search_call": "fs_",
    "code_interpreter_call": "ci_",
    "image_generation_call": "ig_",
    "mcp_list_tools": "mcpl_",
    "mcp_call": "mcp_",
    "mcp_approval_request": "mcpr_",
    "computer_call": "cu_",
    "local_shell_call": "lsh_",
    "shell_call": "sh_",
    "apply_patch_call": "apc_",
}
#: The types of items that call a function or tool of the client, and those that return its result.
CALLS = frozenset({"function_call", "custom_tool_call"})
OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})
#: Types whose items have a status.
_WITH_STATUS = CALLS | {"function_call_output"}


def item_id(kind: str) -> str:
    """Return an id for a new item of a type."""
    return resource_id(ID_PREFIXES.get(kind, "item_"))


def stored_items(given: Any) -> list[JsonObject]:
    """Return the items of an `input`, a text or a list of items, as they are stored."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    return [_stored(as_object(item)) for item in as_list(given)]


def _stored(item: JsonObject) -> JsonObject:
    kind = str(item.get("type") or "message")
    stored: JsonObject = {**item, "type": kind, "id": item.get("id") or item_id(kind)}
    if kind == "message":
        role = str(item.get("role", "user"))
        stored |= {
            "status": item.get("status") or "completed",
            "role": role,
            "content": list(_parts(item.get("content"), role)),
        }
    elif kind in _WITH_STATUS:
        stored["status"] = item.get("status") or "completed"
    return stored


def _parts(content: Any, role: str) -> Iterator[JsonObject]:
    kind = "output_text" if role == "assistant" else "input_text"
    if isinstance(content, str):
        content = [{"type": kind, "text": content}]
    for part in map(as_object, as_list(content)):
        if part.get("type") == "output_text":
            yield {"annotations": [], "logprobs": [], **part}
        elif part.get("type") == "input_image":
            yield {"detail": "auto", **part}
        else:
            yield part


def chat_messages(items: Iterable[JsonObject]) -> list[JsonObject]:
    """Return the messages of a chat that say what some items say; there is at least one."""
    messages: list[JsonObject] = []
    for item in items:
        kind = item.get("type")
        if kind == "message":
            messages.append(_message(item))
        elif kind in CALLS:
            call = {
                "id": str(item.get("call_id")),
                "type": "function",
                "function": {"name": str(item.get("name")), "arguments": _arguments(item)},
            }
            if messages and messages[-1].get("tool_calls"):
                messages[-1]["tool_calls"].append(call)
            else:
                messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        elif kind in OUTPUTS:
            text = _output_text(item.get("output"))
            messages.append({"role": "tool", "tool_call_id": str(item.get("call_id")), "content": text})
    return messages or [{"role": "user", "content": ""}]


def _arguments(call: JsonObject) -> str:
    return str(call.get("arguments", call.get("input", "")))


def _output_text(output: Any) -> str:
    if isinstance(output, str):
        return output
    parts = (as_object(part).get("text") for part in as_list(output))
    return "".join(part for part in parts if isinstance(part, str))


def _message(item: JsonObject) -> JsonObject:
    role = str(item.get("role"))
    parts = [as_object(part) for part in as_list(item.get("content"))]
    if role == "assistant":
        said = (part.get("text", part.get("refusal")) for part in parts)
        return {"role": role, "content": "".join(text for text in said if isinstance(text, str))}
    return {"role": role, "content": [_chat_part(part) for part in parts]}


def _chat_part(part: JsonObject) -> JsonObject:
    match part.get("type"):
        case "input_image":
            address = part.get("image_url") or part.get("file_id") or ""
            return {"type": "image_url", "image_url": {"url": str(address)}}
        case "input_file":
            name = part.get("filename") or part.get("file_id") or part.get("file_url") or "file"
            return {"type": "text", "text": str(name)}
    return {"type": "text", "text": str(part.get("text", ""))}


def open_calls(items: Sequence[JsonObject]) -> list[str]:
    """Return the ids of the calls whose result is missing."""
    answered = {item.get("call_id") for item in items if item.get("type") in OUTPUTS}
    made = [str(item.get("call_id")) for item in items if item.get("type") in CALLS]
    return [call for call in made if call not in answered]


def last_user_text(items: Sequence[JsonObject]) -> str:
    """Return the text of the last message of a user."""
    for item in reversed(items):
        if item.get("type") == "message" and item.get("role") == "user":
            texts = (as_object(part).get("text") for part in as_list(item.get("content")))
            return " ".join(text for text in texts if isinstance(text, str))
    return ""
