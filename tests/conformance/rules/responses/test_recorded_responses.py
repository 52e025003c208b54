"""What the service was recorded to send is no violation that must not be.

The recordings are those of public test suites: ruby_llm, crewAI, pydantic-ai, Vercel's AI SDK and Azure's own
SDKs against Azure, langchain and Vercel's against OpenAI. Only their forms are repeated here.
"""

from __future__ import annotations

from typing import Any

import pytest
from flows_by_hand import NOW, Sent, document
from responses_by_hand import (
    V1,
    Event,
    as_stream,
    call,
    create,
    events_of,
    message,
    reasoning,
    renumbered,
    response,
    step,
    usage,
)

from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rules

_SAFE = {
    name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")
}
_FOUND = {name: {"detected": False, "filtered": False} for name in ("jailbreak", "protected_material_code")}
FILTERS = [
    {
        "blocked": False,
        "source_type": source,
        "content_filter_raw": [],
        "content_filter_results": {**_SAFE, **_FOUND},
        "content_filter_offsets": {"start_offset": 0, "end_offset": 882, "check_offset": 0},
    }
    for source in ("prompt", "completion")
]
#: Members that the document does not describe, or describes otherwise.
FURTHER: dict[str, Any] = {
    "content_filters": FILTERS,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
    "prompt_cache_key": None,
    "prompt_cache_retention": "in_memory",
    "reasoning": {"context": "all_turns", "effort": "none", "mode": "standard", "summary": None},
    "safety_identifier": None,
    "service_tier": "default",
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "top_logprobs": 0,
    "top_p": 0.98,
    "tool_usage": {"web_search": {"num_requests": 0}},
    "moderation": None,
    "user": None,
}


def spoken() -> dict[str, Any]:
    return {**message("Paris", status="completed"), "phase": "final_answer"}


def _streamed() -> list[Event]:
    """A stream with reasoning, padded deltas, filters only at the end, and a tier chosen meanwhile."""
    events = events_of(response(reasoning(), spoken(), call(), **FURTHER))
    for each in events:
        if each["type"] in ("response.created", "response.in_progress"):
            each["response"] = {**each["response"], "content_filters": None, "service_tier": "auto"}
        if each["type"].endswith(".delta"):
            each["obfuscation"] = "Xh2"
    return events


def _queued() -> list[Event]:
    """A stream of a response in the background, which is queued first and not stored by the organization."""
    final = response(message(), background=True, store=False)
    events = events_of(final)
    waiting = {**events[0]["response"], "status": "queued"}
    events[0]["response"] = waiting
    events.insert(1, {"type": "response.queued", "response": waiting})
    return renumbered(events)


def _searched() -> list[Event]:
    """A stream with a web search that begins without a query."""
    search = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search"}}
    place = {"output_index": 0, "item_id": "ws_1"}
    events = events_of(response(search, message(), tools=[{"type": "web_search_preview"}]))
    at = [each["type"] for each in events].index("response.output_item.added") + 1
    events[at:at] = [
        {"type": f"response.web_search_call.{state}", **place}
        for state in ("in_progress", "searching", "completed")
    ]
    return renumbered(events)


def _opened() -> list[Event]:
    """A stream with a search that begins without an action, a sign of life, and an action of a new type."""
    search = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "glance"}}
    events = events_of(response(search, message(), tools=[{"type": "web_search"}]))
    at = [each["type"] for each in events].index("response.output_item.added")
    begun = {"id": "ws_1", "type": "web_search_call", "status": "in_progress"}
    events[at] = {**events[at], "item": begun}
    return renumbered([*events[: at + 1], {"type": "keepalive"}, *events[at + 1 :]])


def _web(id_: str = "ws_1", **action: Any) -> dict[str, Any]:
    return {"id": id_, "type": "web_search_call", "status": "completed", "action": action}


def _failed_tool(error: dict[str, Any]) -> dict[str, Any]:
    shown = {"id": "mcp_1", "type": "mcp_call", "server_label": "s", "name": "t", "arguments": "{}"}
    return {**shown, "status": "failed", "output": None, "approval_request_id": None, "error": error}


_FUNCTION = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
_WEB = {"type": "web_search_preview"}
_WEB_SHOWN = {**_WEB, "search_context_size": "medium", "user_location": None}
CUT = response(
    message("In a lush", status="incomplete"),
    status="incomplete",
    incomplete_details={"reason": "max_output_tokens"},
    max_output_tokens=16,
    usage=usage(made=16, reasoned=0),
)


def _search_by_client() -> list[Event]:
    """A stream with a search for tools by the client, whose call_id changes until the item is closed."""
    search = {"id": "tsc_1", "type": "tool_search_call", "status": "completed", "execution": "client"}
    events = events_of(response({**search, "call_id": "call_2", "arguments": {"goal": "weather"}}))
    at = [each["type"] for each in events].index("response.output_item.added")
    begun = {**search, "status": "in_progress", "call_id": "call_1", "arguments": {}}
    events[at] = {**events[at], "item": begun}
    return events


def _called_by_program() -> dict[str, Any]:
    caller = {"type": "program", "caller_id": "call_p"}
    program = {"id": "cm_1", "type": "program", "call_id": "call_p", "code": "1", "fingerprint": "g"}
    return response(program, call(status="in_progress", caller=caller), store=False)


def _in_shell() -> dict[str, Any]:
    """A response with a shell of the service, whose model generates more than once."""
    ran: dict[str, Any] = {"type": "shell_call", "id": "sh_1", "call_id": "c", "status": "completed"}
    told = {**ran, "type": "shell_call_output", "id": "sho_1", "max_output_length": None, "output": []}
    place = {"type": "container_reference", "container_id": "cntr_1"}
    ran |= {
        "environment": place,
        "action": {"commands": ["ls"], "timeout_ms": None, "max_output_length": None},
    }
    return response(ran, told, message(), max_output_tokens=100, usage=usage(made=120))


_STORED_USAGE: dict[str, Any] = {
    **usage(),
    "input_tokens_details": None,
    "output_tokens_details": None,
    "input_token_details": {"cached_tokens": 0},
    "output_token_details": {"reasoning_tokens": 2},
}
_STRICT = {"type": "json_schema", "name": "a", "strict": True, "schema": {"type": "object"}}
WEATHER = [{"type": "function", "name": "weather", "parameters": {"type": "object"}}]
RECORDED: dict[str, Sent] = {
    "plain": create(response(reasoning(), spoken(), **FURTHER)),
    "a hosted tool that is not used": create(response(spoken(), tools=[_WEB_SHOWN], **FURTHER), tools=[_WEB]),
    "streamed": create(as_stream(_streamed()), tools=WEATHER),
    "queued": create(as_stream(_queued()), background=True),
    "resumed": step(
        "response-get", as_stream(_queued()[1:]), query={"stream": "true", "starting_after": "0"}
    ),
    "searched": create(as_stream(_searched()), tools=[_WEB]),
    "searched, with a new action": create(as_stream(_opened()), tools=[{"type": "web_search"}]),
    "a page without an address": create(
        response(_web(type="open_page", url=None), _web("ws_2", type="open_page"), message())
    ),
    "a source with a name": create(
        response(_web(type="search", query="2", sources=[{"type": "api", "name": "calculator"}]), message())
    ),
    "an error of HTTP in a tool": create(
        response(_failed_tool({"type": "http_error", "code": 500, "message": "No."}), message())
    ),
    "an error of a tool": create(
        response(_failed_tool({"type": "mcp_tool_execution_error", "content": []}), message())
    ),
    "functions before other tools": create(
        response(message(), tools=[_FUNCTION, _WEB_SHOWN]), tools=[_WEB, _FUNCTION]
    ),
    "a quota that is used up": create(
        response(status="failed", error={"code": "insufficient_quota", "message": "Pay."}, usage=None)
    ),
    "nothing counted": create(response(call(), usage=usage(0, 0, 0)), tools=WEATHER),
    "a JSON twice": create(
        response(message('{"a":1}\n{"a":1}'), text={"format": _STRICT}), text={"format": _STRICT}
    ),
    "a search for tools by the client": create(as_stream(_search_by_client())),
    "a call by a program": create(_called_by_program(), tools=WEATHER),
    "a streamed call by a program": create(as_stream(events_of(_called_by_program())), tools=WEATHER),
    "a shell of the service": create(_in_shell(), max_output_tokens=100),
    "a call of an agent's tool": create(
        response(call()), agent_reference={"type": "agent_reference", "name": "calculator"}
    ),
    "stored, without details of the usage": step("response-get", response(message(), usage=_STORED_USAGE)),
    "an empty page of a conversation": step(
        "conversation-item-list", {"object": "list", "data": [], "has_more": False}, "conv_1"
    ),
    "a vector store without a name": step(
        "vector-store-create",
        {
            "id": "vs_1",
            "object": "vector_store",
            "name": None,
            "status": "in_progress",
            "usage_bytes": 0,
            "created_at": NOW,
            "last_active_at": NOW,
            "expires_after": None,
            "expires_at": None,
            "metadata": {},
            "file_counts": {"in_progress": 1, "completed": 0, "failed": 0, "cancelled": 0, "total": 1},
        },
        sent={"file_ids": ["file-1"]},
    ),
    "cut off": create(as_stream(events_of(CUT)), max_output_tokens=16),
    "from 2025, without later members": create(
        {
            key: value
            for key, value in response(message()).items()
            if key not in ("completed_at", "background")
        }
    ),
    "a chat without log probabilities": Sent(
        "chat",
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_755_902_628,
            "model": "gpt-5-nano-2025-08-07",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "Hi.", "refusal": None, "annotations": []},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
            "service_tier": "default",
            "system_fingerprint": None,
        },
        sent={"model": "gpt-5-nano", "messages": [{"role": "user", "content": "Hi."}]},
        document=V1,
    ),
}


RESENT: dict[str, dict[str, Any]] = {
    "encrypted reasoning without an id": {"type": "reasoning", "summary": [], "encrypted_content": "gA"},
    "a text without annotations": {"role": "assistant", "content": [{"type": "output_text", "text": "4"}]},
    "an image by its id": {"type": "image_generation_call", "id": "ig_1"},
}


@pytest.mark.parametrize("name", RESENT)
def test_items_that_the_service_accepts_are_inside_the_contract(name: str) -> None:
    operation = document(V1).operation("createResponse")
    validator = operation.request_validator()
    assert validator is not None
    body = {"model": "gpt-5", "input": [{"role": "user", "content": "Hi."}, RESENT[name]]}
    assert list(validator.errors(body)) == []


@pytest.mark.parametrize("name", RECORDED)
def test_the_recorded_service_is_conformant(name: str) -> None:
    exchange = RECORDED[name].exchange()
    operation = document(V1).operation(exchange.case.operation)
    found = [
        (verdict.rule_id, violation.pointer, violation.message)
        for verdict in judge(exchange, operation, rules())
        for violation in verdict.violations
        if violation.level == "must"
    ]
    assert found == []
