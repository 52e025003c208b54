"""Create a response: at once, as a stream, or in the background."""

from __future__ import annotations

from aoai_emulator.content.cues import Cue, cues
from aoai_emulator.content.declared_responses import as_declared, declared_response
from aoai_emulator.content.filters import filtered_severities, safe_severities
from aoai_emulator.content.responses.composing import Said, say
from aoai_emulator.content.responses.drafts import Draft, shown
from aoai_emulator.content.responses.events import EventStream, begun, events
from aoai_emulator.content.responses.parameters import echoed
from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.responses.context import Context, context_of, conversation_id
from aoai_emulator.operations.responses.hosted_tools import HostedCalls, hosted_calls
from aoai_emulator.operations.responses.pages import includes
from aoai_emulator.operations.responses.relations import response_relations
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse, StreamResponse
from aoai_emulator.storage.responses import Conversations, Responses, StoredResponse

_RETENTION = {"x-ms-aoai-configured-data-retention-days": "30"}
_FAILED = {"code": "server_error", "message": "The model failed to generate a response."}


async def create_response(request: AcceptedRequest) -> ServiceResponse:
    """Respond to a request for a response."""
    fields = request.fields
    context = context_of(request)
    stored = _composed(request, context)
    keeps = fields.get("store", True) is not False
    if keeps:
        request.memory.store(Responses).keep(stored)
        _continue_conversation(request, stored)
    headers = _RETENTION if keeps and request.is_azure else {}
    if stored.was_streamed:
        wishes = fields.get("stream_options") or {}
        stream = event_stream(stored, request)
        stream.obfuscates = wishes.get("include_obfuscation", True) is not False
        waits = _waits(request, stored)
        return StreamResponse(events(stream), terminated=False, waits=waits, headers=headers, named=True)
    if stored.in_background:
        return JsonResponse(begun(stored.body, "queued"), headers=headers)
    return JsonResponse(visible(stored.body, stored, includes(request)), headers=headers)


def visible(body: JsonObject, stored: StoredResponse, include: frozenset[str]) -> JsonObject:
    """Return the final body with what a client wants to see of its items."""
    return {**body, "output": [shown(draft.item, include) for draft in stored.drafts]}


def event_stream(stored: StoredResponse, request: AcceptedRequest) -> EventStream:
    """Return a response as a stream that starts with its first event, for a client that requests it."""
    include = includes(request)
    declared = declared_response(request.operation)
    return EventStream(
        visible(stored.body, stored, include),
        stored.drafts,
        include,
        stored.in_background,
        reduce=lambda body: as_declared(body, declared),
    )


def _composed(request: AcceptedRequest, context: Context) -> StoredResponse:
    fields = request.fields
    now = request.memory.clock()
    failed = context.read.has_cue and Cue.FAILURE in cues(context.read.texts)
    hosted, said = _said(request, context, failed=failed)
    drafts = _ordered(hosted, said)
    is_filtered = said.incomplete == "content_filter"
    status = "failed" if failed else "incomplete" if said.incomplete else "completed"
    body: JsonObject = {
        "id": resource_id("resp_"),
        "object": "response",
        "created_at": int(now),
        "status": status,
        "completed_at": int(now) if status == "completed" else None,
        "error": _FAILED if failed else None,
        "incomplete_details": {"reason": said.incomplete} if said.incomplete else None,
        **echoed(request, conversation=conversation_id(fields)),
        "output": [draft.item for draft in drafts],
        "usage": _usage(context, said),
        "content_filters": _filters(context, is_filtered=is_filtered),
    }
    return StoredResponse(
        body["id"],
        now,
        body,
        drafts,
        context.inputs,
        fields.get("previous_response_id"),
        fields.get("background") is True,
        fields.get("stream") is True,
    )


def _said(request: AcceptedRequest, context: Context, *, failed: bool) -> tuple[HostedCalls, Said]:
    """Return what tools did and what the model said; nothing if the model fails."""
    if failed:
        return HostedCalls(), Said((), 0, 0, None)
    said = say(request, context.chat)
    if said.incomplete is not None or _is_scripted(request, context):
        return HostedCalls(), said
    hosted = hosted_calls(request, context.items)
    if hosted.needs_client:
        reasoning = tuple(draft for draft in said.drafts if draft.type == "reasoning")
        return hosted, Said(reasoning, said.reasoning_tokens, said.reasoning_tokens, None)
    if hosted.annotations:
        said = say(request, context.chat, hosted.annotations)
    return hosted, said


def _is_scripted(request: AcceptedRequest, context: Context) -> bool:
    return context.read.has_cue or bool(request.scripts)


def _ordered(hosted: HostedCalls, said: Said) -> tuple[Draft, ...]:
    """Return reasoning, then what tools did, then the rest."""
    first = [draft for draft in said.drafts if draft.type == "reasoning"]
    rest = [draft for draft in said.drafts if draft.type != "reasoning"]
    return (*first, *hosted.drafts, *rest)


def _usage(context: Context, said: Said) -> JsonObject:
    return {
        "input_tokens": context.read.tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": said.output_tokens,
        "output_tokens_details": {"reasoning_tokens": said.reasoning_tokens},
        "total_tokens": context.read.tokens + said.output_tokens,
    }


def _filters(context: Context, *, is_filtered: bool) -> list[JsonObject]:
    """Return the findings of the content filter on the prompt and on the output."""
    length = sum(map(len, context.read.texts))
    return [_found("prompt", length), _found("completion", 0, is_filtered=is_filtered)]


def _found(source: str, length: int, *, is_filtered: bool = False) -> JsonObject:
    severities = filtered_severities() if is_filtered else safe_severities()
    undetected = {"filtered": False, "detected": False}
    return {
        "blocked": is_filtered,
        "source_type": source,
        "content_filter_raw": [],
        "content_filter_results": {**severities, "jailbreak": undetected, "task_adherence": undetected},
        "content_filter_offsets": {"start_offset": 0, "end_offset": length, "check_offset": 0},
    }


def _continue_conversation(request: AcceptedRequest, stored: StoredResponse) -> None:
    named = conversation_id(request.fields)
    conversation = request.memory.store(Conversations).all.get(named or "")
    if conversation is not None:
        conversation.add([*stored.inputs, *stored.outputs])


def _waits(request: AcceptedRequest, stored: StoredResponse) -> list[float]:
    """Return the seconds before each event, if a script gives them for the pieces of a text."""
    waits = next((script.waits for script in request.scripts if any(script.waits)), ())
    if not waits:
        return []
    kinds = [event["type"] for event in events(event_stream(stored, request))]
    lead = next((place for place, kind in enumerate(kinds) if kind == "response.output_text.delta"), 0)
    return [*([0.0] * lead), *waits]


SERVICE = Service("response-create", "responses", response_relations, create_response)
