"""Examples for the requirements of HTTP and of the response tables."""

from __future__ import annotations

import json
from dataclasses import replace

from by_hand import Example, Raw, chat_answer, embeddings, error, exchange

from aoai_conformance.exchange import Exchange
from aoai_model.exchange import DefectKind, WireDefect


def chat(answer: object, **more: object) -> Exchange:
    return exchange("chat", answer, **more)  # type: ignore[arg-type]


def without(made: Exchange, name: str) -> Exchange:
    assert made.response is not None
    headers = tuple((key, value) for key, value in made.response.headers if key != name)
    return replace(made, response=replace(made.response, headers=headers))


def spoilt(made: Exchange, kind: DefectKind, message: str, raw: bytes = b"") -> Exchange:
    """Return an exchange with a defect of its bytes, because of which the body is incomplete."""
    assert made.response is not None
    defects = (WireDefect(kind, message, raw),)
    return replace(made, response=replace(made.response, defects=defects, complete=kind == "trailing"))


OK = chat(chat_answer())
BUSY = exchange("chat", error("429"), status=429, headers=[("Retry-After", "3")])
EXAMPLES = [
    Example("HTTP-001", "success is 200", OK, chat(chat_answer(), status=201), reason="status"),
    Example("HTTP-001", "nothing is redirected", OK, chat(Raw(b""), status=307), reason="status"),
    Example(
        "HTTP-001",
        "an error where the document declares none is drift",
        exchange("embeddings", embeddings([1.0])),
        exchange("embeddings", error(), status=400, points=["input.type:number"]),
        reason="undeclared-error",
        level="may",
        as_published=True,
    ),
    Example(
        "HTTP-003",
        "a chat answer is declared as JSON",
        chat(Raw(json.dumps(chat_answer()).encode(), "Application/JSON;charset=UTF-8")),
        chat(Raw(b"{}", "text/html")),
        "header:Content-Type",
        "undeclared",
    ),
    Example(
        "HTTP-003",
        "an answer has a content type",
        OK,
        chat(Raw(b"{}")),
        "header:Content-Type",
        "missing",
    ),
    Example(
        "HTTP-003",
        "subtitles should be text/plain",
        exchange("transcription", "WEBVTT\n", form={"response_format": "vtt"}),
        exchange("transcription", Raw(b"WEBVTT\n", "text/vtt"), form={"response_format": "vtt"}),
        "header:Content-Type",
        "undeclared",
        level="should",
    ),
    Example("HTTP-004", "JSON is JSON", OK, chat(Raw(b"{'id': 1}", "application/json")), reason="not json"),
    Example("HTTP-004", "JSON is not empty", OK, chat(Raw(b"", "application/json")), reason="empty"),
    Example(
        "HTTP-004",
        "JSON is UTF-8",
        OK,
        chat(Raw('{"text": "é"}'.encode("latin-1"), "application/json")),
        reason="not utf-8",
    ),
    Example(
        "HTTP-004",
        "JSON begins with no byte order mark",
        OK,
        chat(Raw(b"\xef\xbb\xbf{}", "application/json")),
        reason="byte order mark",
    ),
    Example(
        "HTTP-004", "NaN is no JSON", OK, chat(Raw(b'{"a": NaN}', "application/json")), reason="not json"
    ),
    Example("HTTP-004", "one value is all", OK, chat(Raw(b"{} {}", "application/json")), reason="not json"),
    Example("HTTP-005", "a member is named once", OK, chat(Raw(b'{"a": 1, "a": 2}', "application/json"))),
    Example(
        "HTTP-010",
        "a character is whole",
        chat(Raw(json.dumps(chat_answer(note="\U0001f408")).encode(), "application/json")),
        chat(Raw(b'{"a": "\\ud83d"}', "application/json")),
    ),
    Example(
        "HTTP-011",
        "a coding decodes",
        chat(chat_answer(), headers=[("Content-Encoding", "gzip")]),
        spoilt(
            chat(Raw(b"", "application/json"), headers=[("Content-Encoding", "gzip")]),
            "coding",
            "The body ends before its gzip data does.",
            b"\x1f\x8b",
        ),
        "header:Content-Encoding",
        "coding",
    ),
    Example(
        "HTTP-012",
        "a head is HTTP",
        OK,
        spoilt(
            OK, "head", "The response breaks HTTP: illegal header line.", b"HTTP/1.1 200 OK\r\nno header\r\n"
        ),
        reason="head",
    ),
    Example(
        "HTTP-012",
        "the framing of a body is HTTP",
        OK,
        spoilt(OK, "framing", "The response breaks HTTP: illegal chunk header.", b"HTTP/1.1 200 OK\r\n"),
        reason="framing",
    ),
    Example(
        "HTTP-012",
        "a header value is text",
        chat(chat_answer(), headers=[("x-note", "a\tb")]),
        chat(chat_answer(), headers=[("x-note", "\x1b[31mred")]),
        "header:x-note",
        "control",
    ),
    Example(
        "HTTP-013",
        "nothing follows a response",
        OK,
        spoilt(OK, "trailing", "Bytes follow the end of the response.", b"HTTP/1.1 500 Planted\r\n\r\n"),
        reason="trailing",
    ),
    Example(
        "HTTP-014",
        "there is one length",
        chat(chat_answer(), headers=[("Content-Length", "12"), ("content-length", "12")]),
        chat(chat_answer(), headers=[("Content-Length", "12"), ("content-length", "13")]),
        "header:Content-Length",
        "differing",
    ),
    Example(
        "HTTP-014",
        "a chunked body states no length",
        chat(chat_answer(), headers=[("Transfer-Encoding", "chunked")]),
        chat(chat_answer(), headers=[("Transfer-Encoding", "chunked"), ("Content-Length", "12")]),
        "header:Content-Length",
        "both",
    ),
    Example(
        "HTTP-015",
        "there is one content type",
        OK,
        chat(chat_answer(), headers=[("Content-Type", "text/html")]),
        "header:Content-Type",
        "several",
    ),
    Example("HTTP-006", "the body comes whole", OK, chat(Raw(b'{"id"', "application/json"), complete=False)),
    Example(
        "HTTP-007", "the request id is there", OK, without(OK, "apim-request-id"), "header:apim-request-id"
    ),
    Example("HTTP-008", "a 429 says when", BUSY, without(BUSY, "Retry-After"), "header:Retry-After"),
    Example(
        "HTTP-009",
        "Retry-After is seconds or a date",
        chat(error("429"), status=429, headers=[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]),
        chat(error("429"), status=429, headers=[("retry-after", "soon")]),
        "header:Retry-After",
        "form",
    ),
]
