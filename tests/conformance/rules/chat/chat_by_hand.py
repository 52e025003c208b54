"""Chat responses and streams written by hand, so that each test is self-contained."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from aoai_conformance.engine.sse import read_events
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.rule import Level, rules
from aoai_model.case import Case, Expectation, JsonBody, PlannedRequest
from aoai_model.exchange import Request, Response, TransportFailure, WireDefect
from aoai_model.verdict import Verdict, Violation
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation

NAME = "azure-openai@2024-10-21"
CREATED = 1_730_000_000
HEAD = {"id": "chatcmpl-1", "created": CREATED, "model": "gpt-4o", "system_fingerprint": "fp_1"}
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
REQUESTS: dict[str, dict[str, Any]] = {
    "chat": {"messages": [{"role": "user", "content": "Name two fruits."}]},
    "completions": {"prompt": "Two fruits are"},
}


@cache
def document() -> Document:
    return Catalogue.packaged().load(NAME)


@cache
def operation(kind: str = "chat") -> Operation:
    return next(each for each in document().operations.values() if each.kind == kind)


# --- what a server says ---


def usage(prompt: int = 9, completion: int = 3, **more: Any) -> dict[str, Any]:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {**counts, **more}


def choice(
    content: str | None = "Apple, pear.", index: int = 0, finish_reason: Any = "stop", **message: Any
) -> dict[str, Any]:
    """Return a choice; `logprobs` and `content_filter_results` belong to it, other names to its message."""
    own = {name: message.pop(name) for name in ("content_filter_results",) if name in message}
    probabilities = message.pop("logprobs", None)
    told = {"role": "assistant", "content": content, "refusal": None, **message}
    return {"index": index, "finish_reason": finish_reason, "logprobs": probabilities, "message": told, **own}


def body(*choices: dict[str, Any], **head: Any) -> dict[str, Any]:
    listed = list(choices) or [choice()]
    return {**HEAD, "object": "chat.completion", "choices": listed, "usage": USAGE, **head}


def call(
    name: str = "look",
    arguments: Any = "{}",
    id: str = "call_1",  # noqa: A002
    **more: Any,
) -> dict[str, Any]:
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": id, "type": "function", "function": {"name": name, "arguments": written}, **more}


def calling(*calls: dict[str, Any], finish_reason: str = "tool_calls", **more: Any) -> dict[str, Any]:
    return choice(None, finish_reason=finish_reason, tool_calls=list(calls) or [call()], **more)


def token(
    text: str, logprob: float = -0.5, top: Iterable[tuple[str, float]] = (), **more: Any
) -> dict[str, Any]:
    listed = [{"token": each, "logprob": value, "bytes": list(each.encode())} for each, value in top]
    return {"token": text, "logprob": logprob, "bytes": list(text.encode()), "top_logprobs": listed, **more}


def scored(*tokens: dict[str, Any], content: str | None = None, **more: Any) -> dict[str, Any]:
    told = "".join(each["token"] for each in tokens) if content is None else content
    return choice(told, logprobs={"content": list(tokens), "refusal": None}, **more)


def piece(content: Any = None, index: int = 0, finish_reason: Any = None, **delta: Any) -> dict[str, Any]:
    """Return a choice of a chunk; `logprobs` and filter fields belong to it, other names to its delta."""
    own = {
        name: delta.pop(name)
        for name in ("logprobs", "content_filter_results", "content_filter_offsets")
        if name in delta
    }
    told = {**({} if content is None else {"content": content}), **delta}
    return {"index": index, "delta": told, "finish_reason": finish_reason, **own}


def chunk(*choices: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {**HEAD, "object": "chat.completion.chunk", "choices": list(choices), **head}


def beginning(index: int = 0) -> dict[str, Any]:
    return chunk(piece("", index, role="assistant"))


def ending(index: int = 0, finish_reason: str = "stop", **head: Any) -> dict[str, Any]:
    return chunk(piece(None, index, finish_reason), **head)


def fragment(index: Any = 0, arguments: str = "", **more: Any) -> dict[str, Any]:
    return {"index": index, "function": {"arguments": arguments}, **more}


def opening(index: int = 0, name: str = "look", id: str = "call_1", arguments: str = "") -> dict[str, Any]:  # noqa: A002
    return {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


#: The chunks of a small lawful stream.
CHUNKS = (beginning(), chunk(piece("Apple,")), chunk(piece(" pear.")), ending())
PREAMBLE = {
    "id": "",
    "object": "",
    "created": 0,
    "model": "",
    "choices": [],
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
}
FILTER_NOTE = {
    "id": "",
    "object": "",
    "created": 0,
    "model": "",
    "choices": [
        {
            "index": 0,
            "finish_reason": None,
            "content_filter_results": SAFE,
            "content_filter_offsets": {"check_offset": 44, "start_offset": 44, "end_offset": 198},
        }
    ],
    "usage": None,
}


def completion(*choices: dict[str, Any], **head: Any) -> dict[str, Any]:
    listed = list(choices) or [text_choice()]
    return {**HEAD, "id": "cmpl-1", "object": "text_completion", "choices": listed, "usage": USAGE, **head}


def text_choice(
    text: str = " apple, pear.", index: int = 0, finish_reason: Any = "stop", **more: Any
) -> dict[str, Any]:
    return {"index": index, "text": text, "finish_reason": finish_reason, "logprobs": None, **more}


def text_chunk(*choices: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {**HEAD, "id": "cmpl-1", "object": "text_completion", "choices": list(choices), **head}


# --- exchanges ---


def _sent(kind: str, sent: Mapping[str, Any], expect: Expectation) -> tuple[Case, Request]:
    request_body = {name: value for name, value in {**REQUESTS[kind], **sent}.items() if value is not ...}
    request = PlannedRequest(
        "POST", operation(kind).path, {"api-version": "2024-10-21"}, body=JsonBody(request_body)
    )
    case = Case("by-hand", NAME, operation(kind).id, kind, request, expect, (), "point")
    content = json.dumps(request_body).encode()
    return case, Request("POST", "http://127.0.0.1:1/openai", (), content)


def plain(
    answer: Any = None, *, kind: str = "chat", status: int = 200, expect: Expectation = "accept", **sent: Any
) -> Exchange:
    """An unstreamed exchange; the keywords are fields of its request."""
    case, request = _sent(kind, sent, expect)
    told = (body() if kind == "chat" else completion()) if answer is None else answer
    content = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = (("Content-Type", "application/json"), ("apim-request-id", "1"))
    return Exchange(case, request, Response(status, headers, content, None, 0.1, 0.2))


def dated(exchange: Exchange, date: str) -> Exchange:
    """The exchange with a Date header."""
    assert exchange.response is not None
    headers = (*exchange.response.headers, ("Date", date))
    return replace(exchange, response=replace(exchange.response, headers=headers))


def written(chunks: Iterable[Any], *, done: bool = True) -> bytes:
    """Return the bytes of a stream of chunks; strings are sent as data unchanged."""
    data = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in chunks]
    return "".join(f"data: {each}\n\n" for each in [*data, *(["[DONE]"] if done else [])]).encode()


def streamed(
    chunks: Iterable[Any] | bytes = CHUNKS,
    *,
    kind: str = "chat",
    done: bool = True,
    complete: bool = True,
    expect: Expectation = "accept",
    content_type: str = "text/event-stream",
    **sent: Any,
) -> Exchange:
    """A streamed exchange, from chunks or from bytes; the keywords are fields of its request."""
    case, request = _sent(kind, {"stream": True, **sent}, expect)
    content = chunks if isinstance(chunks, bytes) else written(chunks, done=done)
    events = read_events(content, 0.2) if content_type.lower().startswith("text/event-stream") else None
    headers = (("content-type", content_type), ("apim-request-id", "1"))
    return Exchange(case, request, Response(200, headers, content, events, 0.1, 0.3, complete))


def calls_streamed(*fragments: Any, finish_reason: str = "tool_calls", **sent: Any) -> Exchange:
    """A stream of tool-call fragments: each argument is a fragment, or a list of them for one chunk."""
    chunks = [chunk(piece(None, tool_calls=each if isinstance(each, list) else [each])) for each in fragments]
    offered = {"tools": [tool()], **sent}
    return streamed([chunk(piece(None, role="assistant")), *chunks, ending(0, finish_reason)], **offered)


def arriving(exchange: Exchange, times: Iterable[float]) -> Exchange:
    """The same streamed exchange, its events arriving at the given times, the last one repeated."""
    assert exchange.response is not None
    listed = list(times)
    events = tuple(
        replace(event, arrived=listed[min(place, len(listed) - 1)])
        for place, event in enumerate(exchange.response.events or ())
    )
    return replace(exchange, response=replace(exchange.response, events=events))


def left_open(exchange: Exchange) -> Exchange:
    """The same streamed exchange on a connection that stays open after its end."""
    assert exchange.response is not None
    defect = WireDefect("open", "The connection stays open for 2 s after [DONE].")
    return replace(exchange, response=replace(exchange.response, defects=(defect,)))


def unanswered(kind: str = "chat") -> Exchange:
    case, request = _sent(kind, {}, "accept")
    return Exchange(case, request, None, TransportFailure("timeout", "no answer within 60 s"))


# --- what a request offers ---

COLOUR = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "green"]}},
    "required": ["colour"],
    "additionalProperties": False,
}


def tool(name: str = "look", parameters: Any = None, **more: Any) -> dict[str, Any]:
    own = {} if parameters is None else {"parameters": parameters}
    return {"type": "function", "function": {"name": name, **own, **more}}


def named(name: str = "look") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def schema_format(*, strict: bool | None = True, schema: Any = COLOUR) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "colour", "strict": strict, "schema": schema}}


# --- judging ---


def verdicts(exchange: Exchange) -> list[Verdict]:
    return judge(exchange, operation(exchange.case.kind), rules())


def reported(exchange: Exchange) -> dict[str, tuple[Violation, ...]]:
    """The violations of each rule that is violated."""
    return {each.rule_id: each.violations for each in verdicts(exchange) if each.outcome == "violation"}


def levels(exchange: Exchange) -> dict[str, set[Level | None]]:
    """The levels at which each violated rule is violated."""
    return {rule: {each.level for each in found} for rule, found in reported(exchange).items()}


def verdict_of(rule: str, exchange: Exchange) -> Verdict:
    return next(each for each in verdicts(exchange) if each.rule_id == rule)


def verdict_of_scenario(rule: str, kind: str, steps: Mapping[str, Exchange]) -> Verdict:
    judged = judge_scenario(kind, steps, operation(kind.partition(".")[0]), rules())
    return next(each for each in judged if each.rule_id == rule)


def probability(value: float) -> float:
    return math.log(value)


# --- examples ---


@dataclass(frozen=True)
class Example:
    """One exchange that passes a rule and one that breaks it; `also` are other rules that it breaks."""

    rule: str
    claim: str
    passing: Exchange
    failing: Exchange
    pointer: str
    chunk: int | None = None
    level: Level | None = None
    also: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pair:
    """The same for a rule about scenarios."""

    rule: str
    claim: str
    kind: str
    passing: Mapping[str, Exchange]
    failing: Mapping[str, Exchange]
    pointer: str
