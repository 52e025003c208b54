"""Drafts: the items of an output in their final form, with the pieces in which a stream sends them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aoai_emulator.http.json_text import JsonObject

#: What items have at their start instead of what they have in the end, by type.
_OPENINGS: dict[str, JsonObject] = {
    "message": {"content": [], "status": "in_progress"},
    "reasoning": {"summary": []},
    "function_call": {"arguments": "", "status": "in_progress"},
    "custom_tool_call": {"input": "", "status": "in_progress"},
    "web_search_call": {"status": "in_progress"},
    "file_search_call": {"status": "in_progress", "results": None},
    "code_interpreter_call": {"status": "in_progress", "code": "", "outputs": None},
    "image_generation_call": {"status": "in_progress", "result": None},
    "mcp_list_tools": {"tools": []},
    "mcp_call": {"arguments": "", "output": None, "status": "in_progress"},
    "computer_call": {"status": "in_progress"},
    "local_shell_call": {"status": "in_progress"},
    "shell_call": {"status": "in_progress"},
    "apply_patch_call": {"status": "in_progress"},
}
#: The members of items that are only shown if a request includes them, and what is shown instead.
_INCLUDABLE: dict[str, tuple[str, str, Any]] = {
    "reasoning": ("encrypted_content", "reasoning.encrypted_content", None),
    "file_search_call": ("results", "file_search_call.results", None),
    "code_interpreter_call": ("outputs", "code_interpreter_call.outputs", None),
}
_LOGPROBS = "message.output_text.logprobs"
_SOURCES = "web_search_call.action.sources"


@dataclass(frozen=True, slots=True)
class Draft:
    """One item of an output. `pieces` are the tokens of its text, as a stream sends them."""

    item: JsonObject
    pieces: tuple[Sequence[str], ...] = ()
    partial_images: int = 0

    @property
    def type(self) -> str:
        """The type of the item."""
        return str(self.item["type"])

    @property
    def opened(self) -> JsonObject:
        """The item as a stream announces it."""
        return {**self.item, **_OPENINGS.get(self.type, {})}

    @property
    def token_count(self) -> int:
        """How many tokens the pieces have."""
        return sum(map(len, self.pieces))


def shown(item: JsonObject, include: frozenset[str]) -> JsonObject:
    """Return an item without what a client has to ask for and did not."""
    kind = item.get("type")
    if kind in _INCLUDABLE:
        name, wanted, otherwise = _INCLUDABLE[kind]
        if name not in item or wanted in include:
            return item
        if name == "encrypted_content":
            return {key: value for key, value in item.items() if key != name}
        return {**item, name: otherwise}
    if kind == "message" and _LOGPROBS not in include and item.get("role") == "assistant":
        return {**item, "content": [_without_logprobs(part) for part in item["content"]]}
    if kind == "web_search_call" and _SOURCES not in include:
        action = {key: value for key, value in item["action"].items() if key != "sources"}
        return {**item, "action": action}
    return item


def _without_logprobs(part: JsonObject) -> JsonObject:
    return {**part, "logprobs": []} if part.get("logprobs") else part
