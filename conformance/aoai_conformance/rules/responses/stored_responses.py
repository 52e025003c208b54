"""Stored responses: retrieved as they were returned, resumed, cancelled, deleted, or not stored at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from aoai_conformance.json_access import dig, objects, text, whole
from aoai_conformance.rule import FILES, STATEFUL, NotApplicable, rule
from aoai_conformance.views.flows import CreatedResource, Step
from aoai_conformance.views.response_flows import ResponseFlow, ShownResponse, named_in_path
from aoai_conformance.views.response_objects import ENDED, ResponseReply
from aoai_conformance.views.response_streams import event_type
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@v1"
_RESPONSE = f"{_DOCUMENT}#/components/schemas/OpenAI.Response/properties"
_ONE = f"{_DOCUMENT}#/paths/~1responses~1{{response_id}}"
_CREATE = f"{_DOCUMENT}#/components/schemas/OpenAI.CreateResponse/properties"
_RANKS = {"queued": 0, "in_progress": 1, **dict.fromkeys(ENDED, 2)}
#: Members of an ended response that do not change.
_FIXED = (
    "status",
    "created_at",
    "model",
    "metadata",
    "previous_response_id",
    "incomplete_details",
    "instructions",
    "max_output_tokens",
)
_DELETIONS = frozenset(
    {"response-delete", "conversation-delete", "vector-store-delete", "vector-store-file-delete"}
)


@rule(
    "STORED-001",
    must="return an ended response as it was returned before, plain or streamed",
    clause=f"{_ONE}/get",
    operations=STATEFUL,
    flows_from=FILES,
    note="Compares the status, the parameters, the usage, and the types, ids and texts of the items.",
)
def returns_the_same_response(flow: ResponseFlow) -> Iterator[Violation]:
    """The response at the end of a stream is the one that is stored."""
    for shown in flow.by_id.values():
        ended = [each for each in shown if each.has_ended]
        for first, second in pairwise(ended):
            if first.status == second.status:
                yield from _differences(first, second)


def _differences(first: ShownResponse, second: ShownResponse) -> Iterator[Violation]:
    for name in _FIXED:
        before, after = first.body.get(name), second.body.get(name)
        if before is not None and before != after:
            yield _changed(second, f"/{name}", before, after)
    before, after = (dig(each.body, "/usage/total_tokens") for each in (first, second))
    if before is not None and before != after:
        yield _changed(second, "/usage/total_tokens", before, after)
    one, other = _items(first), _items(second)
    if len(one) != len(other):
        yield _changed(second, "/output", len(one), len(other))
        return
    for place, (before, after) in enumerate(zip(one, other, strict=True)):
        for name, value in before.items():
            if value != after.get(name):
                yield _changed(second, f"/output/{place}/{name}", value, after.get(name))


def _changed(shown: ShownResponse, pointer: str, before: Any, after: Any) -> Violation:
    name = pointer.removeprefix("/")
    return shown.step.violates(
        f"{shown.at}{pointer}",
        f"`{name}` of the stored response differs from what was returned before",
        expected=before,
        actual=after,
        reason=name.partition("/")[0],
    )


def _items(shown: ShownResponse) -> list[dict[str, Any]]:
    """Return what must not change of each item."""
    found: list[dict[str, Any]] = []
    for _, item in objects(shown.body.get("output")):
        kept = {name: item.get(name) for name in ("type", "id", "arguments", "name", "call_id")}
        kept["content"] = [
            text(part.get("text")) or text(part.get("refusal")) for _, part in objects(item.get("content"))
        ]
        found.append({name: value for name, value in kept.items() if value is not None})
    return found


@rule(
    "STORED-002",
    must="never return a response to an earlier status, nor change its last one",
    clause=f"{_RESPONSE}/status",
    operations=STATEFUL,
    flows_from=FILES,
    note="A cancelled response that is completed later is a SHOULD: the service has been seen to do so.",
)
def status_does_not_regress(flow: ResponseFlow) -> Iterator[Violation]:
    """The order is queued, in_progress, and one of the last statuses."""
    for shown in flow.by_id.values():
        for before, after in pairwise(shown):
            if before.status not in _RANKS or after.status not in _RANKS:
                continue
            changed = before.has_ended and after.status != before.status
            if changed or _RANKS[after.status] < _RANKS[before.status]:
                was_cancelled = before.status == "cancelled" and after.has_ended
                yield after.step.violates(
                    f"{after.at}/status",
                    "The response returns to another status",
                    expected=before.status if before.has_ended else f"{before.status} or later",
                    actual=after.status,
                    reason="status",
                    level="should" if was_cancelled else None,
                )


@rule(
    "STORED-003",
    must="return the response that the path names",
    clause=f"{_ONE}/get",
    operations=frozenset({"response-get", "response-cancel"}),
)
def is_the_requested_response(reply: ResponseReply) -> Iterator[Violation]:
    """Compares the id in the path with the id in the response."""
    step = Step(reply.exchange, reply.operation, reply.response)
    expected, actual = named_in_path(step), text(reply.body.get("id"))
    if actual is not None and expected is not None and actual != expected:
        yield reply.violates(
            "/id", "The response is another one.", expected=expected, actual=actual, reason="another"
        )


@rule(
    "STORED-004",
    must="confirm the deletion of the requested resource",
    clause=f"{_ONE}/delete",
    operations=_DELETIONS,
)
def confirms_the_deletion(reply: CreatedResource) -> Iterator[Violation]:
    """The confirmation has the id and `deleted`."""
    expected, actual = named_in_path(reply), text(reply.json.get("id"))
    if reply.json.get("deleted") is not True:
        yield reply.violates(
            "/deleted",
            "The deletion is not confirmed.",
            expected=True,
            actual=reply.json.get("deleted"),
            reason="deleted",
        )
    if actual is not None and actual != expected:
        yield reply.violates(
            "/id",
            "The deletion of another resource is confirmed.",
            expected=expected,
            actual=actual,
            reason="another",
        )


def _is_read(step: Step) -> bool:
    return step.kind in ("response-get", "response-input-items")


@rule(
    "STORED-005",
    must="not return a response that was deleted, or that was not to be stored",
    clause=f"{_CREATE}/store",
    operations=STATEFUL,
    flows_from=FILES,
    note="A response in the background may be kept for a while even if it is not stored.",
)
def forgets_what_it_must(flow: ResponseFlow) -> Iterator[Violation]:
    """Privacy depends on it."""
    gone: dict[str, str] = {}
    seen = False
    for step in flow.sequence:
        id_ = named_in_path(step)
        if step.kind == "response-delete" and step.succeeded and id_:
            gone[id_] = "deleted"
        elif step.kind == "response-create" and step.succeeded and step.sent.get("store") is False:
            shown = flow.shown_by(step)
            if shown is not None and step.sent.get("background") is not True:
                gone[shown.id] = "not stored"
        elif _is_read(step) and id_ in gone:
            seen = seen or step.status != 0
            if step.succeeded:
                yield step.violates(
                    "",
                    f"A response that was {gone[id_]} is returned",
                    expected="404",
                    actual=step.status,
                    reason=gone[id_],
                )
    if not seen:
        raise NotApplicable


@rule(
    "STORED-006",
    must="return a response that it stored, unless it was deleted",
    clause=f"{_ONE}/get",
    operations=STATEFUL,
    flows_from=FILES,
    note="Responses are stored by default. A response that says `store: false` is not judged.",
)
def keeps_what_it_stored(flow: ResponseFlow) -> Iterator[Violation]:
    """A 404 for a response that was created before."""
    kept: set[str] = set()
    for step in flow.sequence:
        id_ = named_in_path(step)
        shown = flow.shown_by(step)
        if step.kind == "response-create" and shown is not None:
            if step.sent.get("store") is not False and shown.body.get("store") is not False:
                kept.add(shown.id)
        elif step.kind == "response-delete" and id_:
            kept.discard(id_)
        elif _is_read(step) and id_ in kept and step.status == 404:
            yield step.violates(
                "", "A stored response is not found", expected="200", actual=404, reason="not found"
            )


@rule(
    "STORED-007",
    must="repeat the events of a stream when it is resumed",
    clause=f"{_ONE}/get/parameters",
    operations=STATEFUL,
    flows_from=FILES,
    note="Compares the events with the same sequence_number: their types and their texts.",
)
def repeats_the_events(flow: ResponseFlow) -> Iterator[Violation]:
    """A client joins both parts."""
    known: dict[tuple[str, int], dict[str, Any]] = {}
    for step, stream in flow.streams:
        id_ = _response_in(step, stream.sequence)
        for event in stream.sequence:
            number = whole(event.json.get("sequence_number"))
            if number is None or not id_:
                continue
            said = {name: event.json.get(name) for name in ("type", "delta", "text", "output_index")}
            before = known.setdefault((id_, number), said)
            if before != said:
                yield step.violates(
                    "/type" if before["type"] != said["type"] else "/delta",
                    f"Event {number} of the resumed stream differs from the first time",
                    expected=before,
                    actual=said,
                    reason="event",
                )
                return


def _response_in(step: Step, events: tuple[Any, ...]) -> str | None:
    named = named_in_path(step)
    if named is not None:
        return named
    return next((text(dig(event.json, "/response/id")) for event in events), None)


@rule(
    "STORED-008",
    must="resume a stream up to its end",
    clause=f"{_ONE}/get/parameters",
    operations=STATEFUL,
    flows_from=FILES,
)
def resumes_to_the_end(flow: ResponseFlow) -> Iterator[Violation]:
    """A stream that ended before ends with the same event when it is resumed."""
    ends: dict[str, str] = {}
    for step, stream in flow.streams:
        id_ = _response_in(step, stream.sequence)
        if id_ is None or not stream.response.complete or not stream.sequence:
            continue
        last = stream.end or stream.sequence[-1]
        if stream.is_whole and stream.end is not None:
            ends[id_] = event_type(stream.end)
        elif id_ in ends and event_type(last) != ends[id_]:
            yield step.violates(
                "/type",
                "The resumed stream does not end as it did before",
                expected=ends[id_],
                actual=event_type(last),
                reason="end",
            )


@rule(
    "STORED-009",
    should="return a cancelled response as ended",
    clause=f"{_ONE}~1cancel/post",
    operations=frozenset({"response-cancel"}),
    note="A response that ended before keeps its status. The provider's documentation says that cancelling "
    "returns the final response.",
)
def cancels_at_once(reply: ResponseReply) -> Iterator[Violation]:
    """The response to a cancellation shows that the response has stopped."""
    if reply.state is not None and not reply.has_ended:
        yield reply.violates(
            "/status",
            "The response continues after its cancellation.",
            expected="cancelled",
            actual=reply.state,
            reason="continues",
        )


@rule(
    "STORED-010",
    must="give each response of a flow its own id",
    clause=f"{_RESPONSE}/id",
    operations=STATEFUL,
    flows_from=FILES,
)
def ids_differ(flow: ResponseFlow) -> Iterator[Violation]:
    """Two responses with one id cannot both be retrieved."""
    taken: set[str] = set()
    for shown in flow.responses:
        if shown.step.kind != "response-create" or not shown.id:
            continue
        if shown.id in taken:
            yield shown.step.violates(
                f"{shown.at}/id", "Another response has the same id", actual=shown.id, reason="twice"
            )
        taken.add(shown.id)


@rule(
    "STORED-011",
    should="count the earlier turns of a conversation as input",
    clause=f"{_CREATE}/previous_response_id",
    operations=STATEFUL,
    flows_from=FILES,
    note="The input of a turn is longer than that of the turn before. A server that shortens the context may "
    "count fewer, so this is only a SHOULD.",
)
def counts_earlier_turns(flow: ResponseFlow) -> Iterator[Violation]:
    """The previous response brings its input and output along."""
    known: dict[str, int] = {}
    for shown in flow.responses:
        count = whole(dig(shown.body, "/usage/input_tokens"))
        before = known.get(text(shown.step.sent.get("previous_response_id")) or "")
        if count is None:
            continue
        known[shown.id] = count
        if before is not None and count <= before and shown.step.sent.get("truncation") != "auto":
            yield shown.step.violates(
                f"{shown.at}/usage/input_tokens",
                "The response does not count the tokens of the turn before",
                expected=f"above {before}",
                actual=count,
                reason="forgotten",
            )


@rule(
    "STORED-012",
    may="end a response in the background while it is polled",
    clause=f"{_CREATE}/background",
    operations=STATEFUL,
    flows_from=FILES,
    note="A slow model is no violation, so this is only a MAY.",
)
def ends_in_the_background(flow: ResponseFlow) -> Iterator[Violation]:
    """Judged for responses that are retrieved and not cancelled."""
    for shown in flow.by_id.values():
        first, last = shown[0], shown[-1]
        kinds = {each.step.kind for each in shown}
        polled = first.step.sent.get("background") is True and "response-get" in kinds
        if polled and "response-cancel" not in kinds and not last.has_ended:
            yield last.step.violates(
                f"{last.at}/status",
                "The response has not ended when it is retrieved for the last time",
                expected="completed",
                actual=last.status,
                reason="not ended",
            )
