"""Exchanges written by hand: no server, no client, no plan, so that each test is self-contained."""

from __future__ import annotations

import io
import json
import struct
import wave
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from aoai_conformance.engine.sse import EventReader
from aoai_conformance.exchange import Exchange
from aoai_model.case import Case, Edit, Expectation, JsonBody, MultipartBody, Part, PlannedRequest, Point
from aoai_model.exchange import Request, Response, TransportFailure
from aoai_model.verdict import Level
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation

NAME = "azure-openai@2024-10-21"
_TINY: dict[str, dict[str, Any]] = {
    "chat": {"messages": [{"role": "user", "content": "Hello"}]},
    "completions": {"prompt": "Hello"},
    "embeddings": {"input": "Hello"},
    "images": {"prompt": "A cat"},
}
REQUEST_ID = ("apim-request-id", "00000000-0000-4000-8000-000000000001")


@cache
def document(*, as_published: bool = False) -> Document:
    return Catalogue.packaged().load(NAME, as_published=as_published)


@cache
def operation(kind: str, *, as_published: bool = False) -> Operation:
    operations = document(as_published=as_published).operations.values()
    return next(each for each in operations if each.kind == kind)


def point(id: str, expect: Expectation = "reject", level: Level = "must") -> Point:  # noqa: A002
    constraint = id.partition(":")[0]
    field = constraint.partition(".")[0]
    return Point(
        id, constraint, expect, level, f"{NAME}#/info", f"Something about {field}.", (Edit(f"/{field}", 0),)
    )


@dataclass(frozen=True)
class Raw:
    """A response body as bytes, under a content type or none."""

    content: bytes
    content_type: str | None = None


def _body(answer: Any) -> tuple[bytes, str | None]:
    if isinstance(answer, Raw):
        return answer.content, answer.content_type
    if isinstance(answer, str):
        return answer.encode(), "text/plain; charset=utf-8"
    return json.dumps(answer).encode(), "application/json"


def exchange(
    kind: str,
    answer: Any,
    *,
    status: int = 200,
    sent: Mapping[str, Any] | None = None,
    form: Mapping[str, str | bytes] | None = None,
    points: Iterable[str] = (),
    level: Level = "must",
    expect: Expectation | None = None,
    origin: Literal["base", "packed", "point", "protocol", "scenario", "generated", "recorded"] = "point",
    headers: Iterable[tuple[str, str]] = (),
    complete: bool = True,
    method: str = "POST",
) -> Exchange:
    """Return one exchange. `sent` is added to a small valid request; a value of None omits the field."""
    expected: Expectation = expect or ("reject" if points else "accept")
    carried = tuple(point(each, expected, level) for each in points)
    body: JsonBody | MultipartBody
    if kind in ("transcription", "translation"):
        fields = {"file": recording(3.0), **(form or {})}
        body = MultipartBody(
            tuple(
                Part(name, value, "speech.wav", "audio/wav")
                if isinstance(value, bytes)
                else Part(name, value.encode())
                for name, value in fields.items()
            )
        )
        content = b"--multipart--"
    else:
        fields_sent = {**_TINY[kind], **(sent or {})}
        body = JsonBody(fields_sent)
        content = json.dumps(fields_sent).encode()
    request = PlannedRequest(method, operation(kind).path, {"api-version": "2024-10-21"}, body=body)
    case = Case(f"{kind}-by-hand", NAME, operation(kind).id, kind, request, expected, carried, origin)
    answered, content_type = _body(answer)
    given = (*([("content-type", content_type)] if content_type else []), REQUEST_ID, *headers)
    events = None
    if content_type is not None and content_type.startswith("text/event-stream"):
        reader = EventReader()
        events = (*reader.feed(answered, 0.1), *reader.close(0.2))
    response = Response(status, given, answered, events, 0.05, 0.2, complete)
    return Exchange(case, Request(method, "http://127.0.0.1:1/openai", (), content), response)


def unanswered(kind: str) -> Exchange:
    """An exchange that failed on its way."""
    made = exchange(kind, {})
    return Exchange(made.case, made.request, None, TransportFailure("connect", "connection refused"))


def stream(*chunks: dict[str, Any], done: bool = True) -> Raw:
    events = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + (["data: [DONE]\n\n"] if done else [])
    return Raw("".join(events).encode(), "text/event-stream")


def error(code: str | None = "BadRequest", message: str = "It is wrong.", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}


def chat_answer(**more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "gpt-4o",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi.", "refusal": None},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        **more,
    }


def choice(index: int = 0, text: str = " there.", **more: Any) -> dict[str, Any]:
    return {"index": index, "text": text, "finish_reason": "stop", "logprobs": None, **more}


def completion(*choices: dict[str, Any], prompt: int = 1, made: int = 3, **more: Any) -> dict[str, Any]:
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1_700_000_000,
        "model": "gpt-35-turbo-instruct",
        "choices": list(choices) or [choice()],
        "usage": {"prompt_tokens": prompt, "completion_tokens": made, "total_tokens": prompt + made},
        **more,
    }


def embeddings(*vectors: Any, tokens: int | None = None, **more: Any) -> dict[str, Any]:
    counted = len(vectors) if tokens is None else tokens
    return {
        "object": "list",
        "model": "text-embedding-3-small",
        "data": [
            {"object": "embedding", "index": index, "embedding": vector}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": counted, "total_tokens": counted},
        **more,
    }


def images(*made: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"created": 1_700_000_000, "data": list(made) or [{"url": "https://example.com/cat.png"}], **more}


def verbose(*segments: tuple[float, float, str], task: str = "transcribe", **more: Any) -> dict[str, Any]:
    return {
        "task": task,
        "language": "english",
        "duration": 3.0,
        "text": "".join(text for _, _, text in segments).strip(),
        "segments": [
            {
                "id": place,
                "seek": 0,
                "start": start,
                "end": end,
                "text": text,
                "tokens": [50364, 2425],
                "temperature": 0.0,
                "avg_logprob": -0.3,
                "compression_ratio": 1.1,
                "no_speech_prob": 0.01,
            }
            for place, (start, end, text) in enumerate(segments)
        ],
        **more,
    }


@cache
def recording(seconds: float) -> bytes:
    """A WAV file of silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(4000)
        file.writeframes(b"\x80" * int(seconds * 4000))
    return written.getvalue()


@cache
def picture(width: int, height: int) -> bytes:
    """A black PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = zlib.compress((b"\0" + b"\0" * ((width + 7) // 8)) * height)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@dataclass(frozen=True)
class Example:
    """A rule, a claim, an exchange that passes, one that does not, and the expected violation.

    `also` are other rules that the failing exchange rightly breaks as well. Both are judged by the document
    as corrected, or as published.
    """

    rule: str
    claim: str
    passing: Exchange
    failing: Exchange
    pointer: str = ""
    reason: str | None = None
    point: str | None = None
    level: Level | None = None
    also: frozenset[str] = frozenset()
    as_published: bool = False


@dataclass(frozen=True)
class Pair:
    """The same for a rule about scenarios: the steps that pass and the steps that do not."""

    rule: str
    claim: str
    kind: str
    passing: Mapping[str, Exchange]
    failing: Mapping[str, Exchange]
    pointer: str = ""
    reason: str | None = None
    level: Level | None = None
