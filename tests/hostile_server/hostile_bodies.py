"""Bodies: length, framing, coding, and JSON that breaks readers."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from functools import cache

from half_working_wire import Reply, Request
from hostile_heads import QUICK
from hostile_rows import FEWEST, hostile
from hostile_wire import Act, Script, Step, chunked, head, whole

CHUNKED = "Transfer-Encoding: chunked"


def with_field(reply: Reply, name: str, value: str) -> bytes:
    """The body with one more member, written by hand."""
    return reply.body.rstrip()[:-1] + f', "{name}": {value}}}'.encode()


@hostile(1, "HTTP-006")
def body_cut_off(reply: Reply, request: Request) -> Script:
    return [head(reply, f"Content-Length: {len(reply.body)}") + reply.body[:-5], Act.CLOSE]


@hostile(1, "HTTP-006")
def body_cut_off_after_whole_json(reply: Reply, request: Request) -> Script:
    return [head(reply, f"Content-Length: {len(reply.body) + 10}") + reply.body, Act.CLOSE]


@hostile(1, "HTTP-006")
def body_that_never_begins(reply: Reply, request: Request) -> Script:
    return [head(reply, f"Content-Length: {len(reply.body)}"), Act.CLOSE]


@hostile(1, "HTTP-006")
def chunks_without_an_end(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(reply.body, end=b""), Act.CLOSE]


@hostile(1, "HTTP-006")
def chunk_cut_off(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + b"ffff\r\n" + reply.body, Act.CLOSE]


@hostile(1, "HTTP-006")
def reset_within_the_body(reply: Reply, request: Request) -> Script:
    return [head(reply, f"Content-Length: {len(reply.body)}") + reply.body[:-5], Act.RESET]


@hostile(1, "HTTP-006")
def length_of_a_petabyte(reply: Reply, request: Request) -> Script:
    return [head(reply, f"Content-Length: {10**15}") + reply.body, Act.CLOSE]


@hostile(1, "HTTP-014")
def length_beside_chunks(reply: Reply, request: Request) -> Script:
    return [head(reply, f"Content-Length: {len(reply.body)}", CHUNKED) + chunked(reply.body)]


@hostile(0)
def chunks_with_extensions_and_trailers(reply: Reply, request: Request) -> Script:
    body = b"%x;name=value\r\n%b\r\n0\r\nX-Trailer: yes\r\n\r\n" % (len(reply.body), reply.body)
    return [head(reply, CHUNKED) + body]


@hostile(1, "HTTP-012")
def chunk_size_in_words(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + b"many\r\n" + reply.body, Act.CLOSE]


@hostile(1, "HTTP-012")
def negative_chunk_size(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + b"-1\r\n" + reply.body, Act.CLOSE]


@hostile(1, "HTTP-012")
def chunk_longer_than_it_says(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + b"5\r\n" + reply.body + b"\r\n0\r\n\r\n", Act.CLOSE]


@hostile(1, "HTTP-012")
def chunk_size_of_forty_digits(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + b"f" * 40 + b"\r\n" + reply.body, Act.CLOSE]


@hostile(1, "HTTP-012")
def malformed_trailer(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(reply.body, end=b"0\r\nno trailer\r\n\r\n"), Act.CLOSE]


@hostile(1, "HTTP-012")
def endless_chunk_extension(reply: Reply, request: Request) -> Iterator[Step]:
    yield head(reply, CHUNKED) + b"5;"
    while True:
        yield b"x" * 65536


@hostile(1, "HTTP-013")
def bytes_after_the_body(reply: Reply, request: Request) -> Script:
    return [whole(reply) + b"and more"]


@hostile(1, "HTTP-013")
def second_response_after_the_first(reply: Reply, request: Request) -> Script:
    other = b'{"object": "list", "data": [], "model": "planted", "usage": {}}'
    return [whole(reply) + whole(reply, body=other)]


@hostile(1, "HTTP-013")
def bytes_after_the_last_chunk(reply: Reply, request: Request) -> Script:
    return [head(reply, CHUNKED) + chunked(reply.body) + b"HTTP/1.1 500 Planted\r\n\r\n"]


@hostile(1, "HTTP-013")
def bytes_after_a_closing_body(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Connection: close") + b"x" * 100_000, Act.CLOSE]


@hostile(3, options=FEWEST, says="longer than")
def endless_body(reply: Reply, request: Request) -> Iterator[Step]:
    yield head(reply)
    while True:
        yield b" " * 1_000_000


@hostile(3, options=QUICK, says="time-out")
def body_in_slow_drops(reply: Reply, request: Request) -> Iterator[Step]:
    yield head(reply, f"Content-Length: {len(reply.body)}")
    for place in range(len(reply.body)):
        yield reply.body[place : place + 1]
        yield 0.1


@hostile(3, options=QUICK, says="did not end within 0.5 s")
def length_without_a_body(reply: Reply, request: Request) -> Script:
    return [head(reply, f"Content-Length: {len(reply.body)}"), Act.HANG]


@hostile(1, "HTTP-001", "HTTP-013")
def body_after_204(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="HTTP/1.1 204 No Content")]


@hostile(0)
def gzip_as_it_should_be(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: gzip", body=gzip.compress(reply.body))]


@hostile(0)
def gzip_in_two_members(reply: Reply, request: Request) -> Script:
    body = gzip.compress(reply.body[:20]) + gzip.compress(reply.body[20:])
    return [whole(reply, "Content-Encoding: gzip", body=body)]


@hostile(0)
def gzip_within_gzip(reply: Reply, request: Request) -> Script:
    body = gzip.compress(gzip.compress(reply.body))
    return [whole(reply, "Content-Encoding: gzip, gzip", body=body)]


@hostile(0)
def deflate_without_its_frame(reply: Reply, request: Request) -> Script:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return [whole(reply, "Content-Encoding: deflate", body=packer.compress(reply.body) + packer.flush())]


@hostile(1, "HTTP-011", says="gzip")
def gzip_cut_off(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: gzip", body=gzip.compress(reply.body)[:-12])]


@hostile(1, "HTTP-011", says="deflate")
def deflate_cut_off(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: deflate", body=zlib.compress(reply.body)[:-6])]


@hostile(1, "HTTP-011", says="gzip")
def gzip_corrupted(reply: Reply, request: Request) -> Script:
    packed = bytearray(gzip.compress(reply.body))
    packed[-8] ^= 0xFF
    return [whole(reply, "Content-Encoding: gzip", body=bytes(packed))]


@hostile(1, "HTTP-011", says="gzip")
def plain_text_called_gzip(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: gzip")]


@hostile(1, "HTTP-011", says="snappy")
def unknown_content_encoding(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: snappy")]


@hostile(1, "HTTP-011", says="10 nested content codings")
def ten_content_encodings(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: " + ", ".join(["gzip"] * 10))]


@hostile(1, "HTTP-006")
def gzip_on_a_connection_that_ends_early(reply: Reply, request: Request) -> Script:
    packed = gzip.compress(reply.body)
    sent = head(reply, "Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed[:-12]
    return [sent, Act.CLOSE]


@cache
def bomb() -> bytes:
    """A quarter of a gigabyte of zeros, which is more than the record takes."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(250)) + packer.flush()


@hostile(3, options=FEWEST, says="in the record")
def gzip_bomb(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: gzip", body=bomb())]


@hostile(3, options=FEWEST, says="longer than")
def gzip_bomb_within_gzip(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Encoding: gzip, gzip", body=gzip.compress(bomb()))]


@hostile(1, "HTTP-004")
def empty_body(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"")]


@hostile(1, "HTTP-004")
def byte_order_mark(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"\xef\xbb\xbf" + reply.body)]


@hostile(1, "HTTP-004")
def utf_16(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=reply.body.decode().encode("utf-16"))]


@hostile(0, "HTTP-010")
def lone_surrogate(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=with_field(reply, "note", '"\\ud83d"'))]


@hostile(1, "HTTP-004")
def not_a_number(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=with_field(reply, "note", "NaN"))]


@hostile(1, "HTTP-004")
def two_values(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=reply.body + reply.body)]


@hostile(1, "HTTP-004")
def zero_bytes(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=bytes(10_000))]


@hostile(1, "HTTP-004")
def html_called_json(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"<html><script>alert(1)</script></html>")]


@hostile(1, "HTTP-004")
def nothing_but_brackets(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=b"[" * 200_000)]


@hostile(1, "HTTP-004")
def nested_a_hundred_thousand_deep(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=with_field(reply, "note", "[" * 100_000 + "]" * 100_000))]


@hostile(0)
def nested_four_hundred_deep(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=with_field(reply, "note", '{"a":' * 400 + "1" + "}" * 400))]


@hostile(0)
def number_beyond_any_double(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=with_field(reply, "note", "1e400"))]


# Python reads no integer of so many digits; JSON allows it.
@hostile(0)
def integer_of_ten_thousand_digits(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=with_field(reply, "note", "9" * 10_000))]


@hostile(0, "HTTP-005")
def member_twice(reply: Reply, request: Request) -> Script:
    return [whole(reply, body=with_field(reply, "object", '"list"'))]


@hostile(0, options=FEWEST, kept=12_000_000)
def thirty_thousand_members(reply: Reply, request: Request) -> Script:
    note = json.dumps({f"member{number}": number for number in range(30_000)})
    return [whole(reply, body=with_field(reply, "note", note))]


@hostile(1, "SCHEMA-001", "COMPLETIONS-001", operation="completions", options=FEWEST)
def two_thousand_empty_choices(reply: Reply, request: Request) -> Script:
    if request.streams:
        return [whole(reply)]
    return [whole(reply, body=json.dumps({**reply.json, "choices": [{}] * 2000}).encode())]
