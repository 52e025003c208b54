"""Flows of responses: stored, continued, run in the background, streamed again, cancelled and deleted."""

from __future__ import annotations

from collections.abc import Mapping

from aoai_model.case import Placeholder
from aoai_model.serialization import Json
from aoai_strategies.flows.steps import Flow, Step, absent, of
from aoai_strategies.requests.preferences import FUNCTION, PREFERRED
from aoai_strategies.requests.resources import RESPONSE_ENDED

#: An id in the format of the service that no response has.
UNKNOWN_RESPONSE = "resp_000000000000000000000000000000000000000000000000"
_ROOM = 64
_SAY_HI = "Say hi."
_AGAIN = "Say it again."
_TOOL: Json = {"type": "function", "name": FUNCTION, "parameters": PREFERRED["function.parameters"]}
_THREE: Json = [{"role": "user", "content": f"Say {word}."} for word in ("one", "two", "three")]
_ENCRYPTED: Mapping[str, Json] = {"store": False, "include": ["reasoning.encrypted_content"]}


def response(text: Json = _SAY_HI, **more: Json) -> Json:
    """The body of a request for a short response."""
    model = Placeholder.deployment("chat").mark
    return {"model": model, "input": text, "max_output_tokens": _ROOM, **more}


def _create(name: str = "create", text: Json = _SAY_HI, **more: Json) -> Step:
    return Step(name, "response-create", json=response(text, **more))


def _get(name: str = "get", created: str = "create") -> Step:
    return Step(name, "response-get", of(created))


def _until_ended(created: str = "create") -> Step:
    return Step("get", "response-get", of(created), until=RESPONSE_ENDED)


def _items(name: str, created: str = "create", **query: str) -> Step:
    return Step(name, "response-input-items", of(created), query=query)


_GONE = "A deleted response is not found."
_NOT_STORED = "A response that was not stored is not found."

FLOWS: tuple[Flow, ...] = (
    Flow(
        "life",
        "flow.responses",
        "A response can be retrieved unchanged, with its input, until it is deleted.",
        (
            _create(metadata={"purpose": "test"}),
            _get(),
            _items("input-items"),
            Step("delete", "response-delete", of("create")),
            _get("get-deleted").expect_rejection("response:deleted", _GONE),
            _items("input-items-deleted").expect_rejection("response:deleted", _GONE, "should"),
            Step("delete-again", "response-delete", of("create")).expect_any(
                "response:deleted-twice", "A client deletes a response again."
            ),
        ),
    ),
    Flow(
        "not-stored",
        "flow.responses",
        "A response is stored only if the request allows it.",
        (
            _create(store=False),
            _get().expect_rejection("response:not-stored", _NOT_STORED),
            _create("continue", _AGAIN, previous_response_id=of("create")).expect_rejection(
                "previous_response_id:not-stored", "A response that was not stored cannot be continued."
            ),
        ),
    ),
    Flow(
        "by-previous-response",
        "flow.responses",
        "A conversation continues from the previous response.",
        (
            _create("first", "My name is Ada."),
            _create("second", "What is my name?", previous_response_id=of("first")),
            _create("third", _AGAIN, previous_response_id=of("second")),
            _create("other-branch", _SAY_HI, previous_response_id=of("first"), stream=True),
            _get("get-second", "second"),
            _items("input-items-of-third", "third"),
            _get("get-first", "first"),
        ),
    ),
    Flow(
        "by-items",
        "flow.responses",
        "A conversation continues without a stored response if the client sends the items back.",
        (
            _create("first", "My name is Ada.", store=False),
            _create("second", of("first", "/output"), instructions=_AGAIN, store=False),
        ),
    ),
    Flow(
        "by-encrypted-reasoning",
        "flow.responses",
        "A client sends back encrypted reasoning instead of letting the server store it.",
        (
            _create("first", "What is 17 times 3?", **_ENCRYPTED).expect_any(),
            _create("second", of("first", "/output"), instructions=_AGAIN, **_ENCRYPTED).expect_any(),
        ),
    ),
    Flow(
        "by-conversation",
        "flow.responses",
        "A conversation has the input and the output of each of its responses.",
        (
            Step("conversation", "conversation-create", json={"metadata": {"purpose": "test"}}),
            _create("first", "My name is Ada.", conversation=of("conversation")),
            _create("second", "What is my name?", conversation={"id": of("conversation")}),
            Step("items", "conversation-item-list", of("conversation"), query={"order": "asc"}),
            _get("get-second", "second"),
            _create(
                "both", _AGAIN, conversation=of("conversation"), previous_response_id=of("second")
            ).expect_rejection(
                "conversation:with-previous-response",
                "A response belongs to a conversation, or continues a response, but not both.",
                "should",
            ),
            Step("delete", "conversation-delete", of("conversation")),
        ),
        frozenset({"conversation-create", "conversation-item-list"}),
    ),
    Flow(
        "tool-round-trip",
        "flow.responses",
        "A client answers the call of a tool, and the response continues.",
        (
            _create("call", "What time is it?", tools=[_TOOL], tool_choice="required"),
            _create(
                "answer",
                [
                    {
                        "type": "function_call_output",
                        "call_id": of("call", "/output/0/call_id"),
                        "output": "12:00",
                    }
                ],
                previous_response_id=of("call"),
                tools=[_TOOL],
            ),
            _items("input-items", "answer"),
            _create("unanswered", _AGAIN, previous_response_id=of("call"), tools=[_TOOL]).expect_any(
                "input:unanswered-call", "A client continues without an answer to a call."
            ),
        ),
    ),
    Flow(
        "call-unknown",
        "flow.responses",
        "The output of a call that no item has is rejected.",
        (
            _create(
                "answer",
                [{"type": "function_call_output", "call_id": "call_unknown", "output": "12:00"}],
                tools=[_TOOL],
            ).expect_rejection("input:unknown-call", "No item has a call with this id.", "should"),
        ),
    ),
    Flow(
        "background",
        "flow.responses",
        "A response in the background ends, and stays as it ended.",
        (
            _create(background=True),
            _until_ended(),
            _get("get-again"),
            _items("input-items"),
            Step("cancel-ended", "response-cancel", of("create")).expect_any(
                "response:cancel-after-end", "A client cancels a response that has ended."
            ),
            _get("get-after-cancel"),
        ),
    ),
    Flow(
        "cancelled",
        "flow.responses",
        "A response in the background can be cancelled until it has ended.",
        (
            _create(text="Count from 1 to 50 in digits.", background=True),
            Step("cancel", "response-cancel", of("create")).expect_any(
                "response:cancel-while-running", "A client cancels a response that may have ended."
            ),
            _until_ended(),
            Step("cancel-again", "response-cancel", of("create")).expect_any(
                "response:cancelled-twice", "A client cancels a response again."
            ),
        ),
    ),
    Flow(
        "cancel-synchronous",
        "flow.responses",
        "Only a response in the background can be cancelled.",
        (
            _create(),
            Step("cancel", "response-cancel", of("create")).expect_rejection(
                "response:cancel-synchronous", "The response does not run in the background.", "should"
            ),
        ),
    ),
    Flow(
        "background-not-stored",
        "flow.responses",
        "A response in the background has to be stored.",
        (
            _create(background=True, store=False).expect_rejection(
                "background:without-store", "A response in the background has to be stored.", "should"
            ),
        ),
        frozenset({"response-cancel"}),
    ),
    Flow(
        "resumed",
        "flow.responses",
        "The stream of a response in the background can be read again, as a whole or after an event.",
        (
            _create(background=True, stream=True),
            Step("whole", "response-get", of("create", "/response/id"), query={"stream": "true"}),
            Step(
                "rest",
                "response-get",
                of("create", "/response/id"),
                query={"stream": "true", "starting_after": "2"},
            ),
            Step("get", "response-get", of("create", "/response/id"), until=RESPONSE_ENDED),
        ),
    ),
    Flow(
        "input-items",
        "flow.responses",
        "The pages of the input of a response have each item exactly once, in both orders.",
        (
            _create(text=_THREE),
            _items("whole"),
            _items("ascending", order="asc"),
            _items("descending", order="desc"),
            _items("first-page", limit="1", order="asc"),
            _items("next-page", limit="1", order="asc", after=of("first-page", "/last_id")),
            _items("rest", order="asc", after=of("first-page", "/last_id")),
            _items("rest-descending", order="desc", after=of("descending", "/first_id")),
            _items("after-unknown", after="msg_unknown").expect_any(
                "after:not-there", "A client requests the page after an unknown item."
            ),
        ),
    ),
    Flow(
        "absent",
        "flow.responses",
        "A response that does not exist is not found, and cannot be continued.",
        (
            *absent(
                ("response-get", "response-input-items", "response-delete", "response-cancel"),
                "response",
                UNKNOWN_RESPONSE,
            ),
            _create("continue-unknown", previous_response_id=UNKNOWN_RESPONSE).expect_rejection(
                "previous_response_id:unknown", "No response has this id."
            ),
        ),
    ),
)
