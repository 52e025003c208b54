"""The response object: its status, why it is incomplete or failed, its identity and its times."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, members, text, whole
from aoai_conformance.observation import examined
from aoai_conformance.rule import RESPONSE_CREATE, RESPONSE_OBJECTS, NotApplicable, rule
from aoai_conformance.views.response_objects import ENDED, CreatedResponse, ResponseReply
from aoai_conformance.views.timestamps import is_unix_seconds, require_unix_seconds
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_RESPONSE = f"{_SCHEMAS}/OpenAI.Response/properties"
_STATES = "https://www.openresponses.org/specification#items-are-state-machines"
#: The items whose status follows the response's in all recordings of the service.
_WITH_STATUS = frozenset({"message", "function_call", "custom_tool_call"})


@rule(
    "RESPONSES-001",
    must="return incomplete_details with a reason if, and only if, the response is incomplete",
    clause=f"{_RESPONSE}/incomplete_details",
    operations=RESPONSE_OBJECTS,
    note="A cancelled response may have them.",
)
def has_details_if_incomplete(reply: ResponseReply) -> Iterator[Violation]:
    """Clients decide by the reason whether to continue the response."""
    details = reply.body.get("incomplete_details")
    if reply.state == "incomplete" and not text(members(details).get("reason")):
        yield reply.violates(
            "/incomplete_details",
            "The response is incomplete, but does not say why.",
            expected={"reason": "…"},
            actual=details,
            reason="missing",
        )
    elif details is not None and reply.state not in (None, "incomplete", "cancelled"):
        yield reply.violates(
            "/incomplete_details",
            f"The response is {reply.state}, but has incomplete_details.",
            expected=None,
            actual=details,
            reason="not incomplete",
        )


@rule(
    "RESPONSES-002",
    must="return an error with a code and a message if, and only if, the response failed",
    clause=f"{_RESPONSE}/error",
    operations=RESPONSE_OBJECTS,
)
def has_an_error_if_failed(reply: ResponseReply) -> Iterator[Violation]:
    """The status is 200: only the error says that there is no result."""
    error = reply.body.get("error")
    if reply.state == "failed" and not text(members(error).get("message")):
        yield reply.violates(
            "/error",
            "The response failed, but has no error with a message.",
            expected={"code": "…", "message": "…"},
            actual=error,
            reason="missing",
        )
    elif error is not None and reply.state not in (None, "failed", "cancelled"):
        yield reply.violates(
            "/error",
            f"The response is {reply.state}, but has an error.",
            expected=None,
            actual=error,
            reason="not failed",
        )


@rule(
    "RESPONSES-003",
    must="not complete a response with an item that is in progress",
    clause=_STATES,
    operations=RESPONSE_OBJECTS,
    note="Judged for messages and calls of functions and custom tools: reasoning has no status, and hosted "
    "tools have further ones. An item that is incomplete in a completed response is a MUST, too. A call by a "
    "program that the service runs is in progress until the client returns its output.",
)
def completes_its_items(reply: ResponseReply) -> Iterator[Violation]:
    """An item in progress will not change any more."""
    if reply.state not in ENDED:
        raise NotApplicable
    for item in reply.items:
        is_open = item.status == "in_progress" and not item.is_by_program
        wrong = is_open or (item.status == "incomplete" and reply.state == "completed")
        if item.type in _WITH_STATUS and wrong:
            yield item.violates(
                "/status",
                f"The item is {item.status}, but the response is {reply.state}.",
                expected="completed" if reply.state == "completed" else "completed or incomplete",
                actual=item.status,
                reason=str(item.status),
            )


@rule(
    "RESPONSES-004",
    should="end a response after an incomplete item",
    clause=_STATES,
    operations=RESPONSE_OBJECTS,
    note="A response that ran out of tokens has an incomplete item at its end, unless it is reasoning.",
)
def ends_after_an_incomplete_item(reply: ResponseReply) -> Iterator[Violation]:
    """A model that ran out of tokens cannot begin another item."""
    for item in reply.items[:-1]:
        if item.status == "incomplete" and item.type in _WITH_STATUS:
            message = "The item is incomplete, but further items follow."
            yield item.violates("/status", message, expected="the last item", reason="not last")
    ran_out = dig(reply.body, "/incomplete_details/reason") == "max_output_tokens"
    for item in reply.items[-1:]:
        if ran_out and item.type in _WITH_STATUS and item.status == "completed":
            message = "The response ran out of tokens, but its last item is completed."
            yield item.violates(
                "/status", message, expected="incomplete", actual="completed", reason="cut off"
            )


@rule(
    "RESPONSES-005",
    must="return an id of the response, and different ids of its items",
    clause=f"{_RESPONSE}/id",
    operations=RESPONSE_OBJECTS,
)
def has_distinct_ids(reply: ResponseReply) -> Iterator[Violation]:
    """Later requests name the response by its id, and its items by theirs."""
    if reply.body.get("id") == "":
        yield reply.violates("/id", "The id of the response is empty.", expected="an id", reason="empty")
    taken: set[str] = set()
    for item in reply.items:
        id_ = text(item.raw.get("id"))
        if id_ == "":
            yield item.violates("/id", "The id of the item is empty.", expected="an id", reason="empty item")
        if id_ and id_ in taken:
            yield item.violates("/id", "Two items have the same id.", actual=id_, reason="twice")
        taken.add(id_ or "")


@rule(
    "RESPONSES-006",
    must="give each call of a response a unique call_id",
    clause=f"{_SCHEMAS}/OpenAI.OutputItemFunctionToolCall/properties/call_id",
    operations=RESPONSE_OBJECTS,
)
def has_distinct_call_ids(reply: ResponseReply) -> Iterator[Violation]:
    """The output of a call refers to it."""
    taken: set[str] = set()
    for item in reply.items:
        id_ = text(item.raw.get("call_id"))
        if id_ is None or item.type.endswith("_output"):
            continue
        if not id_:
            yield item.violates("/call_id", "The call_id is empty.", expected="an id", reason="empty")
        elif id_ in taken:
            yield item.violates("/call_id", "Two calls have the same call_id.", actual=id_, reason="twice")
        taken.add(id_)


@rule(
    "RESPONSES-007",
    must="return created_at in Unix seconds, and no completion before it",
    clause=f"{_RESPONSE}/created_at",
    operations=RESPONSE_OBJECTS,
)
def has_sound_times(reply: ResponseReply) -> Iterator[Violation]:
    """completed_at may be null or absent."""
    created, completed = whole(reply.body.get("created_at")), whole(reply.body.get("completed_at"))
    for name, value in (("created_at", created), ("completed_at", completed)):
        if value is not None and not is_unix_seconds(value):
            yield from require_unix_seconds(reply, f"/{name}", value, reason=name)
            return
    if created is not None and completed is not None and completed < created:
        message = "The response was completed before it was created."
        yield reply.violates(
            "/completed_at", message, expected=f"{created} or later", actual=completed, reason="order"
        )


@rule(
    "RESPONSES-008",
    should="return completed_at if, and only if, the response is completed",
    clause=f"{_RESPONSE}/completed_at",
    operations=RESPONSE_OBJECTS,
    note="Judged where the response has the member; recordings of 2025 do not.",
)
def has_completion_time_if_completed(reply: ResponseReply) -> Iterator[Violation]:
    """Clients measure durations with it."""
    if "completed_at" not in reply.body or reply.state is None:
        return
    value = reply.body["completed_at"]
    if (value is not None) != (reply.state == "completed"):
        yield reply.violates(
            "/completed_at",
            f"The response is {reply.state}, "
            + ("but has no completed_at." if value is None else "but has a completed_at."),
            expected="a time" if value is None else None,
            actual=value,
            reason="missing" if value is None else "too early",
        )


@rule(
    "RESPONSES-009",
    must="return in output_text the output texts of all messages, joined",
    clause=f"{_RESPONSE}/output_text",
    operations=RESPONSE_OBJECTS,
    note="Null and absent are accepted: SDKs compute it.",
)
def output_text_is_joined(reply: ResponseReply) -> Iterator[Violation]:
    """Clients read it instead of the items."""
    actual = text(reply.body.get("output_text"))
    if actual is None:
        raise NotApplicable
    expected = "".join(written for _, _, written in reply.texts)
    if actual != expected:
        yield reply.violates(
            "/output_text",
            "`output_text` differs from the texts of the messages.",
            expected=expected,
            actual=actual,
            reason="differs",
        )


@rule(
    "RESPONSES-010",
    should="return output in a completed response, and content in its messages",
    clause=f"{_RESPONSE}/output",
    operations=RESPONSE_OBJECTS,
)
def completed_response_has_output(reply: ResponseReply) -> Iterator[Violation]:
    """A response without any item says nothing."""
    if reply.state != "completed":
        raise NotApplicable
    if not reply.items:
        yield reply.violates(
            "/output",
            "The response is completed without any item.",
            expected="an item",
            actual=[],
            reason="no item",
        )
    for item in reply.items:
        if item.type == "message" and not item.parts:
            message = "The message of a completed response has no content."
            yield item.violates("/content", message, expected="a part", actual=[], reason="no content")


@rule(
    "RESPONSES-011",
    should="list no content filter result as blocked in a completed response",
    clause=f"{_RESPONSE}/content_filters",
    operations=RESPONSE_OBJECTS,
    note="Judged for the completion: a prompt that is blocked is rejected.",
)
def nothing_is_blocked_if_completed(reply: ResponseReply) -> Iterator[Violation]:
    """A blocked completion ends incomplete with the reason content_filter."""
    filters = dig(reply.body, "/content_filters")
    for place, each in enumerate(filters if isinstance(filters, list) else ()):
        blocked = members(each).get("blocked") is True and members(each).get("source_type") == "completion"
        if blocked and reply.state == "completed":
            yield reply.violates(
                f"/content_filters/{place}/blocked",
                "The completion is blocked, but the response is completed.",
                expected="incomplete",
                actual=True,
                reason="blocked",
            )


@rule(
    "RESPONSES-012",
    should="have no output while it is queued",
    clause=f"{_RESPONSE}/output",
    operations=RESPONSE_OBJECTS,
)
def has_no_output_while_queued(reply: ResponseReply) -> Iterator[Violation]:
    """The model has not begun."""
    if reply.state != "queued":
        raise NotApplicable
    examined(reply.body)
    if reply.items:
        yield reply.violates(
            "/output",
            "The response is queued, but has output.",
            expected=[],
            actual=len(reply.items),
            reason="early",
        )


@rule(
    "RESPONSES-013",
    should="queue or begin a response in the background, and return before it has ended",
    clause="azure-openai@v1#/components/schemas/OpenAI.CreateResponse/properties/background",
    operations=RESPONSE_CREATE,
    note="Judged for responses that are not streamed. A failure may be known at once.",
)
def background_returns_at_once(reply: CreatedResponse) -> Iterator[Violation]:
    """The request asks not to wait."""
    if reply.sent.get("background") is not True or reply.stream is not None or reply.state is None:
        raise NotApplicable
    if reply.state in ("completed", "incomplete"):
        yield reply.violates(
            "/status",
            f"The response runs in the background, but is {reply.state} at once.",
            expected="queued or in_progress",
            actual=reply.state,
            reason="at once",
        )
