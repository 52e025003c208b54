"""Valid flows of responses and conversations, and each change of a step that a rule must report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from examples_response_objects import STORE, STORE_FILE, found, page
from flows_by_hand import NOW, FlowExample
from responses_by_hand import (
    as_stream,
    create,
    edited,
    events_of,
    message,
    response,
    setting,
    step,
    usage,
)

_R, _C = "flow.responses", "flow.conversations"
EVENTS = events_of(response(message()))
TURNS = [
    {"role": "user", "content": "One?"},
    {"role": "assistant", "content": "Yes."},
    {"role": "user", "content": "Two?"},
]
GONE = {
    "error": {"message": "Response not found.", "type": "invalid_request_error", "param": None, "code": None}
}


def input_item(id_: str, text: str, role: str = "user") -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    part: dict[str, Any] = {"type": kind, "text": text}
    if role == "assistant":
        part |= {"annotations": [], "logprobs": []}
    return {"id": id_, "type": "message", "role": role, "status": "completed", "content": [part]}


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "list",
        "data": list(items),
        "has_more": False,
        "first_id": items[0]["id"],
        "last_id": items[-1]["id"],
    }


ITEMS = [input_item("in_1", "One?"), input_item("in_2", "Yes.", "assistant"), input_item("in_3", "Two?")]
STORED = [
    create(as_stream(EVENTS)),
    step("response-get", response(message())),
    step("response-get", as_stream(EVENTS[3:]), query={"stream": "true", "starting_after": "2"}),
    step("response-delete", {"id": "resp_1", "object": "response.deleted", "deleted": True}),
    step("response-get", GONE, status=404, expect="reject", point="response_id:deleted"),
]
UNSTORED = [
    create(response(message(), store=False), store=False),
    step("response-get", GONE, status=404, expect="any"),
]
KEPT = [create(response(message())), step("response-get", response(message()), expect="any")]
BACKGROUND = [
    create(response(status="queued", background=True), background=True),
    step("response-get", response(status="in_progress", background=True)),
    step("response-cancel", response(status="cancelled", background=True)),
    step("response-get", response(status="cancelled", background=True)),
]
LISTED = [
    create(response(message()), input=TURNS),
    step("response-input-items", listed(*reversed(ITEMS))),
    step("response-input-items", listed(*ITEMS), query={"order": "asc"}),
]
TWO = [create(response(message())), create(response(message(id_="msg_2"), id="resp_2"))]
CONTINUED = [
    create(response(message())),
    create(
        response(message(id_="msg_2"), id="resp_2", previous_response_id="resp_1", usage=usage(sent=20)),
        previous_response_id="resp_1",
    ),
]
POLLED = [BACKGROUND[0], step("response-get", response(message(), background=True))]
FLOW_EXAMPLES = [
    FlowExample("STORED-001", "a text is kept", _R, STORED, 1, {"answer.output.0.content.0.text": "Bye."}),
    FlowExample("STORED-001", "a usage is kept", _R, STORED, 1,
                {"answer.usage": {**response(message())["usage"], "input_tokens": 8, "total_tokens": 14}}),
    FlowExample("STORED-002", "states do not return", _R, BACKGROUND, 1,
                {"answer": response(message(), background=True)}),
    FlowExample("STORED-005", "a deleted response is gone", _R, STORED, 4,
                {"answer": response(message()), "status": 200}, "deleted"),
    FlowExample("STORED-005", "a response that is not stored is gone", _R, UNSTORED, 1,
                {"answer": response(message(), store=False), "status": 200}, "not stored"),
    FlowExample("STORED-006", "a stored response is found", _R, KEPT, 1, {"answer": GONE, "status": 404}),
    FlowExample("STORED-007", "events are repeated", _R, STORED, 2,
                {"answer": edited(EVENTS[3:], setting("output_text.delta", "delta", "Bye"), renumber=False)}),
    FlowExample("STORED-008", "a stream is resumed to its end", _R, STORED, 2,
                {"answer": as_stream(EVENTS[3:-1])}),
    FlowExample("STORED-010", "ids differ", _R, TWO, 1, {"answer.id": "resp_1"}),
    FlowExample("STORED-011", "earlier turns are counted", _R, CONTINUED, 1,
                {"answer.usage": usage(sent=9)}),
    FlowExample("STORED-012", "a response ends", _R, POLLED, 1,
                {"answer": response(status="in_progress", background=True)}),
    FlowExample("INPUT-ITEMS-001", "no output is listed", _R, LISTED, 1,
                {"answer": listed(message(), *reversed(ITEMS))}, "output"),
    FlowExample("INPUT-ITEMS-001", "the input is listed", _R, LISTED, 1,
                {"answer": listed(ITEMS[2], ITEMS[1])}),
    FlowExample("INPUT-ITEMS-002", "orders are reversed", _R, LISTED, 2,
                {"answer": listed(*reversed(ITEMS))}),
    FlowExample("INPUT-ITEMS-003", "the order is that of the request", _R, LISTED, 2,
                {"answer": listed(*reversed(ITEMS))}),
]  # fmt: skip


def conversation(**more: Any) -> dict[str, Any]:
    made = {"id": "conv_1", "object": "conversation", "created_at": NOW, "metadata": {"job": "7"}}
    return {**made, **more}


HELLO = input_item("in_1", "Hello.")
TALK = [
    step("conversation-create", conversation(), "", sent={"metadata": {"job": "7"}}),
    step("conversation-get", conversation(), "conv_1"),
    step("conversation-item-create", listed(HELLO), "conv_1",
         sent={"items": [{"type": "message", "role": "user", "content": "Hello."}]}),
    create(response(message(), conversation={"id": "conv_1"}), conversation="conv_1"),
    step("conversation-item-list", listed(message(), HELLO), "conv_1"),
    step("conversation-item-list", listed(HELLO, message()), "conv_1", query={"order": "asc"}),
    step("conversation-item-get", HELLO, "conv_1|in_1"),
    step("conversation-update", conversation(metadata={"job": "8"}), "conv_1",
         sent={"metadata": {"job": "8"}}),
]  # fmt: skip
CONVERSATION_EXAMPLES = [
    FlowExample("CONVERSATIONS-001", "metadata is kept", _C, TALK, 7, {"answer.metadata": {"job": "7"}}),
    FlowExample("CONVERSATIONS-002", "it is the requested one", _C, TALK, 1, {"answer.id": "conv_2"}),
    FlowExample("CONVERSATIONS-003", "metadata does not change", _C, TALK, 1,
                {"answer.metadata": {"job": "9"}}),
    FlowExample("CONVERSATIONS-004", "added items are returned", _C, TALK, 2,
                {"answer": listed(HELLO, input_item("in_2", "Hello."))},
                "count"),
    FlowExample("CONVERSATIONS-005", "added items are listed", _C, TALK, 4, {"answer": listed(message())},
                "missing"),
    FlowExample("CONVERSATIONS-007", "an item does not change", _C, TALK, 6,
                {"answer": input_item("in_1", "Goodbye.")}),
    FlowExample("CONVERSATIONS-006", "output is in its conversation", _C, TALK, 4, {"answer": listed(HELLO)},
                "output"),
]  # fmt: skip

_SHORT = response(message(), usage=usage(reasoned=0))
PLAIN = create(_SHORT)
STREAMED = create(as_stream(events_of(_SHORT)))
_P = "responses.stream-against-plain"
PAIR = [PLAIN, STREAMED]
PAIR_EXAMPLES = [
    FlowExample("RESPONSE-PAIR-001", "the input is counted alike", _P, PAIR, 0,
                {"answer.usage.input_tokens": 10, "answer.usage.total_tokens": 16}),
    FlowExample("RESPONSE-PAIR-005", "the output is counted alike", _P, PAIR, 0,
                {"answer.usage": usage(9, 7, 0)}),
    FlowExample("RESPONSE-PAIR-002", "members are the same", _P, PAIR, 0, {"answer.top_p": None}),
    FlowExample("RESPONSE-PAIR-003", "defaults are the same", _P, PAIR, 0, {"answer.truncation": "auto"}),
    FlowExample("RESPONSE-PAIR-004", "items are the same", _P, PAIR, 0,
                {"answer.output": [message(), message(id_="msg_2")]}),
]  # fmt: skip
_DENIED = {"error": {"code": "401", "message": "Access denied."}}
SIGNED = [PLAIN, replace(PLAIN)]
CREDENTIAL_EXAMPLES = [
    FlowExample("CREDENTIALS-001", "a bearer key is accepted", "responses.credentials", SIGNED, 1,
                {"status": 401, "answer": _DENIED}),
]  # fmt: skip
STORE_FLOW = [
    step("vector-store-create", STORE, "", sent={"name": "Notes", "file_ids": ["file-1"]}),
    step("vector-store-file-get", STORE_FILE, "vs_1|file-1"),
    step("vector-store-search", page(found()), "vs_1", sent={"query": "x"}),
]
STORE_EXAMPLES = [
    FlowExample("VECTOR-STORES-007", "found files are its own", "flow.vector-stores", STORE_FLOW, 2,
                {"answer": page(found("file-2"))}),
    FlowExample("VECTOR-STORES-008", "a file is processed", "flow.vector-stores", STORE_FLOW, 1,
                {"answer.status": "in_progress"}),
]  # fmt: skip
EXAMPLES = [*STORE_EXAMPLES, *FLOW_EXAMPLES, *CONVERSATION_EXAMPLES, *PAIR_EXAMPLES, *CREDENTIAL_EXAMPLES]
