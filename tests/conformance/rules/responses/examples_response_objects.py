"""Valid responses of the Responses API, and each change of them that a rule must report."""

from __future__ import annotations

from typing import Any

from flows_by_hand import NOW, FlowExample, Sent
from responses_by_hand import (
    V1,
    as_stream,
    call,
    create,
    events_of,
    example,
    message,
    reasoning,
    response,
    step,
    usage,
)

PLAIN = create(response(reasoning(), message()))
CUT = create(
    response(
        message("Hel", status="incomplete"),
        status="incomplete",
        incomplete_details={"reason": "max_output_tokens"},
        max_output_tokens=16,
        usage=usage(made=16),
    ),
    max_output_tokens=16,
)
FAILED = create(response(status="failed", error={"code": "server_error", "message": "It broke."}))
QUEUED = create(response(status="queued", background=True), background=True)
FILTER = {
    "blocked": False,
    "source_type": "completion",
    "content_filter_results": {},
    "content_filter_offsets": {"start_offset": 0, "end_offset": 1, "check_offset": 0},
    "content_filter_raw": [],
}
FILTERED = create(response(message(), content_filters=[FILTER]))
JOINED = create(response(message(), output_text="Hello there."))
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = {"type": "function", "name": "weather", "parameters": PARAMETERS, "strict": True}
CALLED = create(response(call(), tools=[WEATHER]), tools=[WEATHER])
TWO_CALLS = create(response(call(), call(id_="fc_2"), tools=[WEATHER]), tools=[WEATHER])
NO_CALL = create(
    response(message(), tools=[WEATHER], tool_choice="none"), tools=[WEATHER], tool_choice="none"
)
NEEDED = create(
    response(call(), tools=[WEATHER], tool_choice="required"), tools=[WEATHER], tool_choice="required"
)
NAMED_CHOICE = {"type": "function", "name": "weather"}
NAMED = create(
    response(call(), tools=[WEATHER], tool_choice=NAMED_CHOICE), tools=[WEATHER], tool_choice=NAMED_CHOICE
)
APART = create(
    response(call(), tools=[WEATHER], parallel_tool_calls=False), tools=[WEATHER], parallel_tool_calls=False
)
SCHEMA = {"type": "json_schema", "name": "city", "schema": PARAMETERS, "strict": True}
FORMATTED = create(response(message('{"city":"Oslo"}'), text={"format": SCHEMA}), text={"format": SCHEMA})
ASKED: dict[str, Any] = {
    "instructions": "Be brief.",
    "temperature": 0.5,
    "max_output_tokens": 100,
    "truncation": "auto",
    "previous_response_id": "resp_0",
    "metadata": {"job": "7"},
    "store": False,
    "tools": [WEATHER],
    "tool_choice": "auto",
}
REPEATED = create(response(message(), **ASKED), **ASKED)
IN_CONVERSATION = create(response(message(), conversation={"id": "conv_1"}), conversation="conv_1")
ENCRYPTED = create(
    response(reasoning(encrypted_content="gAAA"), message()), include=["reasoning.encrypted_content"]
)
SEARCH = {"id": "fs_1", "type": "file_search_call", "status": "completed", "queries": ["x"], "results": None}
SEARCH_TOOL = {"type": "file_search", "vector_store_ids": ["vs_1"]}
SEARCHED = create(
    response({**SEARCH, "results": []}, message(), tools=[SEARCH_TOOL]),
    tools=[SEARCH_TOOL],
    include=["file_search_call.results"],
)
UNASKED = create(response(SEARCH, message(), tools=[SEARCH_TOOL]), tools=[SEARCH_TOOL])
LIMITED = create(
    response(SEARCH, message(), tools=[SEARCH_TOOL], max_tool_calls=1), tools=[SEARCH_TOOL], max_tool_calls=1
)
NOT_FOUND = Sent(
    "response-create",
    {
        "error": {
            "message": "Previous response with id 'resp_0' not found.",
            "type": "invalid_request_error",
            "param": "previous_response_id",
            "code": "previous_response_not_found",
        }
    },
    status=400,
    sent={"model": "gpt-5", "input": "Hello.", "previous_response_id": "resp_0"},
    document=V1,
    expect="any",
)
RESULT = {"file_id": "file-1", "filename": "a.md", "score": 0.5, "text": "x", "attributes": {}}
LOGPROB = {"token": "Hi", "logprob": 0, "bytes": [72, 105], "top_logprobs": []}

_SURE = message()
_SURE["content"][0]["logprobs"] = [LOGPROB]
WITH_LOGPROBS = create(
    response(_SURE, top_logprobs=1), include=["message.output_text.logprobs"], top_logprobs=1
)

EXAMPLES: list[FlowExample] = [
    example("RESPONSE-STREAM-002", "no stream unless asked for", PLAIN,
            {"answer": as_stream(events_of(response(message()))), "content_type": "text/event-stream"},
            "stream"),
    example("RESPONSES-001", "incomplete says why", CUT, {"answer.incomplete_details": {}}, "missing"),
    example("RESPONSES-001", "complete says nothing", PLAIN,
            {"answer.incomplete_details": {"reason": "content_filter"}}, "not incomplete"),
    example("RESPONSES-002", "failed says why", FAILED, {"answer": response(status="failed")}, "missing"),
    example("RESPONSES-002", "completed has no error", PLAIN,
            {"answer.error": {"code": "server_error", "message": "x"}}, "not failed"),
    example("RESPONSES-003", "no item is in progress", PLAIN, {"answer.output.1.status": "in_progress"},
            "in_progress"),
    example("RESPONSES-003", "no item is incomplete", PLAIN, {"answer.output.1.status": "incomplete"},
            "incomplete"),
    example("RESPONSES-004", "an incomplete item is the last", CUT,
            {"answer.output": [message(status="incomplete"), message(id_="msg_2")]}, "not last"),
    example("RESPONSES-005", "an id is there", PLAIN, {"answer.id": ""}, "empty"),
    example("RESPONSES-004", "an item that was cut off is incomplete", CUT,
            {"answer.output.0.status": "completed"}, "cut off"),
    example("RESPONSES-005", "an item has an id", PLAIN, {"answer.output.1.id": ""}, "empty item"),
    example("RESPONSES-005", "ids differ", PLAIN, {"answer.output.1.id": "rs_1"}, "twice"),
    example("RESPONSES-006", "call ids differ", TWO_CALLS, {"answer.output.1.call_id": "call_fc_1"}, "twice"),
    example("RESPONSES-006", "a call id is there", CALLED, {"answer.output.0.call_id": ""}, "empty"),
    example("RESPONSES-007", "times are seconds", PLAIN, {"answer.created_at": NOW * 1000}, "created_at"),
    example("RESPONSES-007", "times are in order", PLAIN, {"answer.completed_at": NOW - 1}, "order"),
    example("RESPONSES-008", "a completed response has its time", PLAIN, {"answer": response(
        reasoning(), message(), completed_at=None)}, "missing"),
    example("RESPONSES-008", "a queued response has none", QUEUED, {"answer.completed_at": NOW}, "too early"),
    example("RESPONSES-009", "texts are joined", JOINED, {"answer.output_text": "Hello"}, "differs"),
    example("RESPONSES-010", "there is output", PLAIN, {"answer.output": []}, "no item"),
    example("RESPONSES-010", "a message has content", PLAIN, {"answer.output.1.content": []}, "no content"),
    example("RESPONSES-012", "a queued response has no output", QUEUED, {"answer.output": [message()]},
            "early"),
    example("RESPONSES-013", "the background does not wait", QUEUED,
            {"answer": response(message(), background=True)}, "at once"),
    example("RESPONSES-011", "nothing is blocked", FILTERED, {"answer.content_filters.0.blocked": True},
            "blocked"),
    example("RESPONSE-USAGE-001", "the total is the sum", PLAIN, {"answer.usage.total_tokens": 16}, "sum"),
    example("RESPONSE-USAGE-002", "reasoning is output", PLAIN,
            {"answer.usage.output_tokens_details.reasoning_tokens": 7}, "above the total"),
    example("RESPONSE-USAGE-002", "no count is negative", PLAIN,
            {"answer.usage.input_tokens_details.cached_tokens": -1}, "negative"),
    example("RESPONSE-USAGE-003", "a usage is there", PLAIN, {"answer": response(message(), usage=None)},
            "missing"),
    example("RESPONSE-USAGE-003", "a text has tokens", PLAIN, {"answer.usage": usage(9, 0, 0)}, "no output"),
    example("RESPONSE-USAGE-003", "the input has tokens", PLAIN, {"answer.usage": usage(0)}, "no input"),
    example("RESPONSE-USAGE-004", "a queued response has no output tokens", QUEUED,
            {"answer.usage": usage()}, "early"),
    example("RESPONSE-LIMITS-001", "the limit is kept", CUT, {"answer.usage": usage(made=17)},
            "above the limit"),
    example("RESPONSE-LIMITS-002", "the limit was reached", CUT, {"answer.usage": usage(made=3)},
            "below the limit"),
    example("RESPONSE-LIMITS-002", "the limit is the reason", CUT,
            {"answer.incomplete_details.reason": "content_filter"}, "another reason"),
    example("RESPONSE-LIMITS-003", "the limit of calls is kept", LIMITED,
            {"answer.output": [SEARCH, {**SEARCH, "id": "fs_2"}, message()]}, "above the limit"),
    example("RESPONSE-LIMITS-004", "a response at the limit is incomplete", CUT,
            {"answer": response(message(), max_output_tokens=16, usage=usage(made=16))}, "cut off"),
    example("RESPONSE-ECHO-001", "the previous response is named", REPEATED,
            {"answer.previous_response_id": "resp_9"}, "previous_response_id"),
    example("RESPONSE-ECHO-001", "a limit is repeated", REPEATED, {"answer.max_output_tokens": 99},
            "max_output_tokens"),
    example("RESPONSE-ECHO-002", "instructions are repeated", REPEATED, {"answer.instructions": "Be long."},
            "instructions"),
    example("RESPONSE-ECHO-001", "a limit is there", REPEATED, {"answer.max_output_tokens": None},
            "max_output_tokens"),
    example("RESPONSE-ECHO-009", "the model is named", PLAIN, {"answer.model": "llama"}, "another model"),
    example("RESPONSE-ECHO-002", "a temperature is repeated", REPEATED, {"answer.temperature": 1.0},
            "temperature"),
    example("RESPONSE-ECHO-003", "metadata is repeated", REPEATED, {"answer.metadata": {}}, "differs"),
    example("RESPONSE-ECHO-004", "it is not stored", REPEATED, {"answer.store": True}, "stored"),
    example("RESPONSE-ECHO-005", "a format is repeated", FORMATTED,
            {"answer.text": {"format": {"type": "text"}}}, "type"),
    example("RESPONSE-ECHO-006", "tools are repeated", REPEATED, {"answer.tools": []}, "tools"),
    example("RESPONSE-ECHO-006", "the choice is repeated", NEEDED, {"answer.tool_choice": "auto"},
            "tool_choice"),
    example("RESPONSE-ECHO-007", "the conversation is named", IN_CONVERSATION,
            {"answer.conversation": {"id": "conv_2"}}, "another"),
    example("RESPONSE-ECHO-007", "a conversation is there", IN_CONVERSATION,
            {"answer": response(message())}, "missing"),
    example("RESPONSE-ECHO-008", "what runs in the background is stored", QUEUED,
            {"sent": {"model": "gpt-5", "input": "Hi.", "background": True, "store": False}}, "accepted"),
    example("RESPONSE-INCLUDE-001", "encrypted reasoning is there", ENCRYPTED,
            {"answer.output.0.encrypted_content": None}, "missing"),
    example("RESPONSE-INCLUDE-002", "results are there", SEARCHED, {"answer.output.0": SEARCH},
            "file_search_call.results"),
    example("RESPONSE-INCLUDE-003", "results are not there unasked", UNASKED,
            {"answer.output.0.results": [RESULT]}, "results"),
    example("RESPONSE-INCLUDE-003", "log probabilities are not there unasked", PLAIN,
            {"answer.output.1.content.0.logprobs": [LOGPROB]}, "logprobs"),
    example("RESPONSE-INCLUDE-003", "encrypted reasoning is not there unasked", PLAIN,
            {"answer.output.0.encrypted_content": "gAAA"}, "encrypted"),
    example("RESPONSE-LOGPROBS-001", "log probabilities are at most 0", WITH_LOGPROBS,
            {"answer.output.0.content.0.logprobs.0.logprob": 0.5}, "positive"),
    example("RESPONSE-CALLS-001", "a function is offered", CALLED, {"answer.output.0.name": "time"},
            "unknown"),
    example("RESPONSE-CALLS-002", "arguments are an object", CALLED, {"answer.output.0.arguments": "[1"},
            "no object"),
    example("RESPONSE-CALLS-003", "arguments match", CALLED, {"answer.output.0.arguments": '{"town":1}'},
            "parameters"),
    example("RESPONSE-CALLS-004", "none means no call", NO_CALL, {"answer.output": [call()]}, "none"),
    example("RESPONSE-CALLS-004", "required means a call", NEEDED, {"answer.output": [message()]},
            "required"),
    example("RESPONSE-CALLS-005", "the named function is called", NAMED, {"answer.output": [message()]},
            "not called"),
    example("RESPONSE-CALLS-005", "and no other", NAMED, {"answer.output.0.name": "time"}, "not allowed"),
    example("RESPONSE-CALLS-006", "one call at a time", APART, {"answer.output": [call(), call(id_="fc_2")]},
            "parallel"),
    example("RESPONSE-FORMAT-001", "the text is JSON", FORMATTED,
            {"answer.output.0.content.0.text": "Oslo"}, "no JSON"),
    example("RESPONSE-FORMAT-002", "the text matches the schema", FORMATTED,
            {"answer.output.0.content.0.text": '{"town":"Oslo"}'}, "schema"),
    example("RESPONSE-ERRORS-001", "the code says what is missing", NOT_FOUND,
            {"answer.error.code": "invalid_request"}, "code"),
    example("RESPONSE-ERRORS-001", "the status is 400", NOT_FOUND, {"status": 404}, "status"),
]  # fmt: skip
_RETRIEVED = step("response-get", response(message()))
_STOPPED = step("response-cancel", response(status="cancelled", background=True))
_DELETED = step("response-delete", {"id": "resp_1", "object": "response.deleted", "deleted": True})
_ENDED = step(
    "conversation-delete", {"id": "conv_1", "object": "conversation.deleted", "deleted": True}, "conv_1"
)
EXAMPLES += [
    example("STORED-003", "it is the requested one", _RETRIEVED, {"answer.id": "resp_2"}, "another"),
    example("STORED-004", "a deletion is one", _ENDED, {"answer.deleted": False}, "deleted"),
    example("STORED-004", "of this response", _DELETED, {"answer.id": "resp_2"}, "another"),
    example("STORED-009", "a cancelled response stops", _STOPPED, {"answer.status": "in_progress"},
            "continues"),
]  # fmt: skip

COUNTS = {"in_progress": 0, "completed": 1, "failed": 0, "cancelled": 0, "total": 1}
STORE: dict[str, Any] = {
    "id": "vs_1",
    "object": "vector_store",
    "created_at": NOW,
    "name": "Notes",
    "usage_bytes": 1,
    "file_counts": COUNTS,
    "status": "completed",
    "last_active_at": NOW,
    "metadata": {},
}
STORE_FILE: dict[str, Any] = {
    "id": "file-1",
    "object": "vector_store.file",
    "usage_bytes": 1,
    "created_at": NOW,
    "vector_store_id": "vs_1",
    "status": "completed",
    "last_error": None,
}


def found(file_id: str = "file-1", score: float = 0.9) -> dict[str, Any]:
    content = [{"type": "text", "text": "x"}]
    return {"file_id": file_id, "filename": "a.md", "score": score, "attributes": {}, "content": content}


def page(*results: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "vector_store.search_results.page",
        "search_query": ["x"],
        "data": list(results),
        "has_more": False,
        "next_page": None,
    }


_MADE = step("vector-store-create", STORE, "", sent={"name": "Notes"})
_FILE = step("vector-store-file-get", STORE_FILE, "vs_1|file-1")
_FOUND = step(
    "vector-store-search", page(found(), found(score=0.5)), "vs_1", sent={"query": "x", "max_num_results": 2}
)
EXAMPLES += [
    example("VECTOR-STORES-001", "counts add up", _MADE, {"answer.file_counts.total": 2}, "sum"),
    example("VECTOR-STORES-002", "it is the requested one", _FILE, {"answer.id": "file-2"}, "another"),
    example("VECTOR-STORES-003", "a name is kept", _MADE, {"answer.name": "Other"}, "name"),
    example("VECTOR-STORES-004", "a file names its store", _FILE, {"answer.vector_store_id": "vs_2"},
            "another store"),
    example("VECTOR-STORES-005", "a limit is kept", _FOUND,
            {"answer": page(found(), found(), found())}, "too many"),
    example("VECTOR-STORES-006", "the best is first", _FOUND, {"answer.data.0.score": 0.1}, "order"),
    example("VECTOR-STORES-006", "the query is repeated", _FOUND, {"answer.search_query": []}, "query"),
]  # fmt: skip
