"""Event streams: lines, pieces and ends."""

from __future__ import annotations

import json
from collections.abc import Iterator

from half_working_wire import Reply, Request
from hostile_heads import QUICK
from hostile_rows import FEWER, hostile
from hostile_wire import Act, Script, Step, chunked, head, whole

DONE = b"data: [DONE]\n\n"
CHUNKED = "Transfer-Encoding: chunked"


def before_done(reply: Reply) -> bytes:
    """Return the stream without its end."""
    return reply.body.partition(b"data: [DONE]")[0]


@hostile(1, "SSE-003", on="streams")
def no_blank_line_at_the_end(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=reply.body.rstrip(b"\n"))]


@hostile(0, on="streams")
def lines_that_end_in_cr(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=reply.body.replace(b"\n", b"\r"))]


@hostile(0, on="streams")
def lines_that_end_in_all_ways(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=reply.body.replace(b"\n\n", b"\r\n\r"))]


@hostile(0, on="streams")
def pieces_of_one_byte(reply: Reply, request: Request) -> Iterator[Step]:
    yield head(reply, CHUNKED)
    yield from (chunked(reply.body[place : place + 1], end=b"") for place in range(len(reply.body)))
    yield b"0\r\n\r\n"


@hostile(0, on="streams")
def stream_until_the_connection_ends(reply: Reply, request: Request) -> Script:
    return [head(reply, "Connection: close") + reply.body, Act.CLOSE]


@hostile(0, on="streams", options=FEWER, kept=5_000_000)
def megabyte_of_comments(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b": keep alive\n\n" * 80_000 + reply.body)]


@hostile(3, on="streams", options=QUICK, says="did not end")
def endless_comments(reply: Reply, request: Request) -> Iterator[Step]:
    yield head(reply)
    while True:
        yield b": keep alive\n\n" * 10
        yield 0.01


@hostile(1, "SSE-007", on="streams")
def done_twice(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=reply.body + DONE)]


@hostile(1, "SSE-007", on="streams")
def data_after_done(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=reply.body + b'data: {"late": true}\n\n')]


@hostile(1, "SSE-007", on="streams")
def no_done(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=before_done(reply))]


@hostile(0, "SSE-012", on="streams", options=FEWER)
def open_after_done(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(reply.body, end=b""), Act.HANG]


@hostile(1, "SSE-007", "SSE-012", on="streams", options=FEWER)
def endless_events_after_done(reply: Reply, request: Request) -> Iterator[Step]:
    yield head(reply) + reply.body
    while True:
        yield b'data: {"late": true}\n\n'
        yield 0.05


@hostile(3, on="streams", options=QUICK, says="did not end within 0.5 s")
def open_before_done(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(before_done(reply), end=b""), Act.HANG]


@hostile(1, "HTTP-006", on="streams")
def stream_cut_off(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(before_done(reply), end=b""), Act.CLOSE]


@hostile(1, "HTTP-006", on="streams")
def stream_reset(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(before_done(reply), end=b""), Act.RESET]


@hostile(1, "HTTP-012", on="streams")
def nonsense_within_the_chunks(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(before_done(reply), end=b"nonsense\r\n"), Act.CLOSE]


@hostile(1, "HTTP-013", on="streams")
def bytes_after_the_stream(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(reply.body) + b"data: more\n\n"]


@hostile(1, "HTTP-011", on="streams", says="gzip")
def stream_called_gzip(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: gzip")]


@hostile(0, on="streams")
def byte_order_mark_before_the_stream(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"\xef\xbb\xbf" + reply.body)]


@hostile(0, on="streams")
def ids_and_retries(reply: Reply, request: Request) -> Script:
    body = reply.body.replace(b"data: ", b"id: 1\nretry: 99999999999999999999999\ndata: ")
    return [whole(reply, body=body)]


@hostile(0, on="streams", kept=10_000_000)
def id_of_a_hundred_kilobytes(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"id: " + b"x" * 100_000 + b"\n" + reply.body)]


@hostile(3, on="streams", options=FEWER, says="in the record")
def id_of_a_megabyte_in_every_event(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"id: " + b"x" * 1_000_000 + b"\n" + before_done(reply) * 100 + DONE)]


@hostile(1, "SSE-005", on="streams")
def stream_that_is_not_utf_8(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b": caf\xe9\n" + reply.body)]


@hostile(1, "SSE-004", on="streams")
def unknown_fields(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"nonsense\n" + reply.body)]


@hostile(1, "SSE-006", on="streams")
def events_that_are_no_json(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"data: {\n\n" + reply.body)]


@hostile(1, "SSE-006", on="streams", kept=5_000_000)
def event_nested_a_hundred_thousand_deep(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"data: " + b"[" * 100_000 + b"\n\n" + reply.body)]


@hostile(0, on="streams", options=FEWER, kept=20_000_000)
def event_of_a_megabyte(reply: Reply, request: Request) -> Script:
    first, rest = reply.body.split(b"\n\n", 1)
    event = json.loads(first.removeprefix(b"data: ")) | {"note": "x" * 1_000_000}
    return [whole(reply, body=b"data: " + json.dumps(event).encode() + b"\n\n" + rest)]


@hostile(1, "SSE-007", on="streams")
def stream_of_nothing(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"")]


@hostile(1, "SSE-007", on="streams")
def stream_of_blank_lines(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"\n" * 100_000)]
