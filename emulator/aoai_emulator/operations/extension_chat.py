"""The operation extensions/chat/completions: a chat on data sources.

One choice has two messages: the tool's, with the documents found and the intent of the search, and the
assistant's, which ends the turn. In a stream, they come as deltas, and a last message `[DONE]` ends it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

from aoai_emulator.content.chat.choice import Choice
from aoai_emulator.content.chat.choices import choices, stop_sequences
from aoai_emulator.content.chat.conversation import all_texts, prompt_tokens
from aoai_emulator.content.chat.data_sources import citations, enhancements, intent, source_relations
from aoai_emulator.content.cues import cued_rejections
from aoai_emulator.content.filters import prompt_filter_results
from aoai_emulator.content.scripting.request_limits import chat_cue_rejections
from aoai_emulator.content.tokens import grouped
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse, StreamResponse

END_MARK = "[DONE]"
"""What the last message of a stream says."""

_DEFAULT_LIMIT = 1000
_MOST_CHUNKS = 1024
_CITING_TOKENS = 4


def _relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection for each relation between fields that a request violates."""
    fields = request.fields
    limit = fields.get("max_tokens", 0)
    if limit < 0:
        yield invalid_request(
            f"Invalid 'max_tokens': expected a value of at least 0, but got {limit}.",
            param="max_tokens",
            code="integer_below_min_value",
        )
    window, prompt = request.deployment.context_tokens, prompt_tokens(fields)
    if prompt + limit > window:
        yield invalid_request(
            f"This model's maximum context length is {window} tokens. However, you requested "
            f"{prompt + limit} tokens ({prompt} in the messages, {limit} in the completion).",
            param="messages" if prompt > window else "max_tokens",
            code="context_length_exceeded",
        )
    yield from source_relations(request)
    yield from cued_rejections(all_texts(fields))
    yield from chat_cue_rejections(fields)


async def _respond(request: AcceptedRequest) -> ServiceResponse:
    request = replace(request, fields={"max_tokens": _DEFAULT_LIMIT, **request.fields})
    found = citations(request)
    tool = json.dumps({"citations": found, "intent": json.dumps([intent(request)])})
    choice = choices(request)[0]
    tokens = _cited(choice, len(found), request.fields)
    head: JsonObject = {
        "id": str(uuid.uuid4()),
        "model": request.deployment.model,
        "created": int(request.memory.clock()),
    }
    if request.fields.get("stream") is True:
        head["object"] = "chat.completion.chunk"
        return StreamResponse(_chunks(head, tool, tokens, choice.finish_reason), terminated=False)
    described: JsonObject = {
        "index": 0,
        "messages": [
            {"role": "tool", "content": tool, "end_turn": False},
            {"role": "assistant", "content": "".join(tokens), "end_turn": True},
        ],
        "finish_reason": choice.finish_reason,
    }
    seen = enhancements(request)
    if seen is not None:
        described["enhancements"] = seen
    body = {**head, "object": "chat.completion", "choices": [described], "usage": _usage(request, tokens)}
    if request.is_azure:
        body["prompt_annotations"] = prompt_filter_results()
    return JsonResponse(body)


def _cited(choice: Choice, documents: int, fields: JsonObject) -> tuple[str, ...]:
    """Return the tokens of a response, with a reference to the first document if there is room for it."""
    tokens = choice.tokens or ()
    room = fields["max_tokens"] - len(tokens)
    if not documents or choice.scripted or choice.finish_reason != "stop" or room < _CITING_TOKENS:
        return tokens
    cited = (*tokens, " [", "doc", "1", "]")
    text = "".join(cited)
    return tokens if any(stop in text for stop in stop_sequences(fields) if stop) else cited


def _chunks(head: JsonObject, tool: str, tokens: Sequence[str], ending: str) -> Iterator[JsonObject]:
    """Yield the tool message whole, the assistant message in pieces, and the end mark."""
    yield _chunk(head, 0, {"role": "tool", "content": tool})
    yield _chunk(head, 1, {"role": "assistant"})
    for run in grouped(tokens, 1 + len(tokens) // _MOST_CHUNKS):
        yield _chunk(head, 1, {"content": "".join(run)})
    yield _chunk(head, 2, {"content": END_MARK}, end_turn=True, finish_reason=ending)


def _chunk(
    head: JsonObject,
    number: int,
    delta: JsonObject,
    *,
    end_turn: bool = False,
    finish_reason: str | None = None,
) -> JsonObject:
    message = {"index": number, "delta": delta, "end_turn": end_turn}
    return {**head, "choices": [{"index": 0, "messages": [message], "finish_reason": finish_reason}]}


def _usage(request: AcceptedRequest, tokens: Sequence[str]) -> JsonObject:
    prompt, completion = prompt_tokens(request.fields), len(tokens)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


SERVICE = Service("extension-chat", "extensionsChatCompletion", _relations, _respond)
