"""The tools that the service runs itself: searches, code, images and MCP servers, each simulated plausibly.

Nothing is searched, run or connected to outside of the emulator. `file_search` searches the vector stores of
the emulator; the results of all other tools are made from the prompt.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aoai_emulator.content.instances import compact
from aoai_emulator.content.prose import phrase
from aoai_emulator.content.responses.chat_fields import chosen_type, mode, tool_types
from aoai_emulator.content.responses.drafts import Draft
from aoai_emulator.content.responses.input_items import item_id, last_user_text
from aoai_emulator.content.seeding import chance, digest, resource_id
from aoai_emulator.content.tokens import grouped, tokenize
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.media.png import Wish, draw
from aoai_emulator.operations.vector_stores.finding import ready_files
from aoai_emulator.storage.vector_stores import VectorStores, search
from aoai_specs.json_values import as_list, as_object

_LONGEST_QUERY = 120
_USUAL_RESULTS = 20
_SIDE = 64
_MOST_PARTIAL_IMAGES = 3


@dataclass(frozen=True, slots=True)
class HostedCalls:
    """What the tools of the service did. `needs_client` is set if the client has to act before a message."""

    drafts: tuple[Draft, ...] = ()
    annotations: tuple[JsonObject, ...] = ()
    needs_client: bool = False


@dataclass(frozen=True, slots=True)
class _Use:
    request: AcceptedRequest
    items: Sequence[JsonObject]
    tool: JsonObject
    query: str
    key: str


def hosted_calls(request: AcceptedRequest, items: Sequence[JsonObject]) -> HostedCalls:
    """Return what the tools of a request do; `items` are the conversation so far."""
    fields = request.fields
    if not tool_types(fields) or mode(fields) == "none":
        return HostedCalls()
    only = chosen_type(fields)
    query = last_user_text(items)[:_LONGEST_QUERY] or "the question"
    drafts: list[Draft] = []
    annotations: list[JsonObject] = []
    called = 0
    most = fields.get("max_tool_calls")
    for tool in map(as_object, as_list(fields.get("tools"))):
        kind = _family(str(tool.get("type")))
        runs = _SERVED.get(kind)
        is_for_client = kind in _FOR_CLIENT
        wanted = only is None or _family(only) == kind
        if runs is None or not wanted or (is_for_client and not (only or mode(fields) == "required")):
            continue
        made = list(
            runs(_Use(request, items, tool, query, digest(kind, query, request.deployment.model).hex()))
        )
        calls = sum(draft.type in _COUNTED for draft in made)
        if isinstance(most, int) and called + calls > most:
            continue
        called += calls
        drafts += made
        annotations += _annotations(made)
        if is_for_client or any(draft.type == "mcp_approval_request" for draft in made):
            return HostedCalls(tuple(drafts), (), needs_client=True)
    return HostedCalls(tuple(drafts), tuple(annotations))


def _family(kind: str) -> str:
    """Return one name for the versions of a tool."""
    return "web_search" if kind.startswith("web_search") else kind


def _annotations(drafts: Sequence[Draft]) -> Iterator[JsonObject]:
    for draft in drafts:
        for result in draft.item.get("results") or ():
            yield {"type": "file_citation", "file_id": result["file_id"], "filename": result["filename"]}
        if draft.type == "web_search_call":
            for source in draft.item["action"]["sources"]:
                yield {"type": "url_citation", "url": source["url"], "title": "An example"}


def _item(kind: str, **members: Any) -> JsonObject:
    return {"id": item_id(kind), "type": kind, **members}


def _web_search(use: _Use) -> Iterator[Draft]:
    address = f"https://example.com/{use.key[:8]}"
    action = {
        "type": "search",
        "query": use.query,
        "queries": [use.query],
        "sources": [{"type": "url", "url": address}],
    }
    yield Draft(_item("web_search_call", status="completed", action=action))


def _file_search(use: _Use) -> Iterator[Draft]:
    stores = use.request.memory.store(VectorStores).all
    chosen = [stores[name] for name in as_list(use.tool.get("vector_store_ids")) if name in stores]
    wanted = use.tool.get("filters")
    files = [file for store in chosen for file in ready_files(use.request, store, wanted)]
    most = use.tool.get("max_num_results")
    found = search(files, [use.query], most if isinstance(most, int) else _USUAL_RESULTS)
    results = [
        {
            "file_id": each.file.id,
            "filename": each.file.filename,
            "score": each.score,
            "text": each.text,
            "attributes": each.file.attributes or {},
        }
        for each in found
    ]
    yield Draft(_item("file_search_call", status="completed", queries=[use.query], results=results))


def _code_interpreter(use: _Use) -> Iterator[Draft]:
    number = int(use.key[:4], 16)
    code = f"result = {number} * 2\nprint(result)"
    container = use.tool.get("container")
    item = _item(
        "code_interpreter_call",
        status="completed",
        container_id=container if isinstance(container, str) else resource_id("cntr_"),
        code=code,
        outputs=[{"type": "logs", "logs": f"{number * 2}\n"}],
    )
    yield Draft(item, tuple(grouped(tokenize(code), 1)))


def _image_generation(use: _Use) -> Iterator[Draft]:
    picture = draw(Wish(use.query, use.request.settings.seed, _SIDE, _SIDE))
    partial = use.tool.get("partial_images")
    item = _item("image_generation_call", status="completed", result=base64.b64encode(picture).decode())
    count = min(partial, _MOST_PARTIAL_IMAGES) if isinstance(partial, int) else 0
    yield Draft(item, partial_images=count)


def _mcp(use: _Use) -> Iterator[Draft]:
    """Yield the tools of the server once for a conversation, and then a call or a request to approve it."""
    server = str(use.tool.get("server_label"))
    names = _mcp_names(use.tool)
    listed = any(
        item.get("type") == "mcp_list_tools" and item.get("server_label") == server for item in use.items
    )
    if not listed:
        schema = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
        tools = [
            {"name": name, "description": None, "input_schema": schema, "annotations": None} for name in names
        ]
        yield Draft(_item("mcp_list_tools", server_label=server, tools=tools, error=None))
    arguments = compact({"query": use.query})
    approval = next((item for item in reversed(use.items) if _is_approval(item)), None)
    if approval is None and use.tool.get("require_approval", "always") != "never":
        yield Draft(_item("mcp_approval_request", server_label=server, name=names[0], arguments=arguments))
        return
    if approval is not None and approval.get("approve") is not True:
        return
    item = _item(
        "mcp_call",
        server_label=server,
        name=names[0],
        arguments=arguments,
        output=phrase(chance(use.key)),
        error=None,
        status="completed",
        approval_request_id=None if approval is None else approval.get("approval_request_id"),
    )
    yield Draft(item, tuple(grouped(tokenize(arguments), 1)))


def _mcp_names(tool: JsonObject) -> list[str]:
    allowed = tool.get("allowed_tools")
    named = allowed.get("tool_names") if isinstance(allowed, dict) else allowed
    return [name for name in as_list(named) if isinstance(name, str)] or ["search"]


def _is_approval(item: JsonObject) -> bool:
    return item.get("type") == "mcp_approval_response"


def _computer(use: _Use) -> Iterator[Draft]:
    call = resource_id("call_")
    action = {"type": "screenshot"}
    yield Draft(
        _item("computer_call", call_id=call, action=action, pending_safety_checks=[], status="completed")
    )
    del use


def _local_shell(use: _Use) -> Iterator[Draft]:
    del use
    action: JsonObject = {"type": "exec", "command": ["ls"], "env": {}, "timeout_ms": None, "user": None}
    call = resource_id("call_")
    yield Draft(_item("local_shell_call", call_id=call, action=action, status="completed"))


def _shell(use: _Use) -> Iterator[Draft]:
    del use
    action: JsonObject = {"commands": ["ls"], "timeout_ms": None, "max_output_length": None}
    call = resource_id("call_")
    yield Draft(_item("shell_call", call_id=call, action=action, status="completed"))


def _apply_patch(use: _Use) -> Iterator[Draft]:
    operation = {"type": "create_file", "path": f"notes/{use.key[:6]}.txt", "diff": "+A note.\n"}
    call = resource_id("call_")
    yield Draft(_item("apply_patch_call", call_id=call, status="completed", operation=operation))


_FOR_CLIENT = frozenset({"computer_use_preview", "local_shell", "shell", "apply_patch"})
#: The items that count as calls of tools; a list of tools and a request to approve do not.
_COUNTED = frozenset(
    {"web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_call"}
)
_SERVED: Mapping[str, Callable[[_Use], Iterator[Draft]]] = MappingProxyType(
    {
        "web_search": _web_search,
        "file_search": _file_search,
        "code_interpreter": _code_interpreter,
        "image_generation": _image_generation,
        "mcp": _mcp,
        "computer_use_preview": _computer,
        "local_shell": _local_shell,
        "shell": _shell,
        "apply_patch": _apply_patch,
    }
)
