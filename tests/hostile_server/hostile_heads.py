"""Status lines, headers and interim responses."""

from __future__ import annotations

from collections.abc import Iterator

from half_working_wire import Reply, Request
from hostile_rows import hostile
from hostile_wire import Act, Script, Step, head, whole

#: Options for runs without a response, which need not wait for two minutes.
QUICK = ("--timeout", "0.5", "--max-requests", "4")


@hostile(0)
def no_reason_phrase(reply: Reply, request: Request) -> Script:
    return [whole(reply, status=f"HTTP/1.1 {reply.status}")]


@hostile(0)
def http_1_0_without_length(reply: Reply, request: Request) -> Script:
    return [head(reply, status=f"HTTP/1.0 {reply.status} OK") + reply.body, Act.CLOSE]


@hostile(0)
def bare_line_feeds(reply: Reply, request: Request) -> Script:
    return [whole(reply).replace(b"\r\n", b"\n")]


@hostile(3, says="The server sent b'200 OK")
def status_line_without_version(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="200 OK"), Act.CLOSE]


@hostile(3, says="http/1.1")
def status_line_in_lower_case(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="http/1.1 200 OK"), Act.CLOSE]


@hostile(3, says="2OO")
def status_in_letters(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="HTTP/1.1 2OO OK"), Act.CLOSE]


@hostile(1, "HTTP-012")
def control_characters_in_the_reason(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="HTTP/1.1 200 O\x00K"), Act.CLOSE]


@hostile(1, "OPERATION-001")
def status_999(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="HTTP/1.1 999 Beyond")]


@hostile(3, says="status")
def status_099(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="HTTP/1.1 099 Below"), Act.CLOSE]


@hostile(3)
def blank_line_before_the_status_line(reply: Reply, request: Request) -> Script:
    return [b"\r\n\r\n" + whole(reply), Act.CLOSE]


@hostile(3, on="everything", says="hello")
def http_0_9(reply: Reply, request: Request) -> Script:
    return [b"<html>hello</html>\n", Act.CLOSE]


@hostile(3, on="everything", says="PRI")
def http_2_preface(reply: Reply, request: Request) -> Script:
    return [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", Act.CLOSE]


@hostile(3, on="everything", says="\\x15\\x03")
def tls_on_a_plain_port(reply: Reply, request: Request) -> Script:
    return [b"\x15\x03\x01\x00\x02\x02\x46", Act.CLOSE]


@hostile(3, on="everything")
def nothing_but_zero_bytes(reply: Reply, request: Request) -> Script:
    return [b"\0" * 5000, Act.CLOSE]


@hostile(3, says="longer than")
def reason_of_200_kilobytes(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="HTTP/1.1 200 " + "O" * 200_000), Act.CLOSE]


@hostile(3, on="everything", says="longer than")
def endless_status_line(reply: Reply, request: Request) -> Iterator[Step]:
    yield b"HTTP/1.1 200 "
    while True:
        yield b"O" * 65536


@hostile(3, on="everything", says="longer than")
def endless_headers(reply: Reply, request: Request) -> Iterator[Step]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-More: and more\r\n" * 1000


@hostile(0)
def three_thousand_headers(reply: Reply, request: Request) -> Script:
    return [whole(reply, *(f"X-{number}: {number}" for number in range(3000)))]


@hostile(0)
def header_of_60_kilobytes(reply: Reply, request: Request) -> Script:
    return [whole(reply, "X-Long: " + "x" * 60_000)]


@hostile(3, says="longer than")
def header_of_300_kilobytes(reply: Reply, request: Request) -> Script:
    return [whole(reply, "X-Long: " + "x" * 300_000), Act.CLOSE]


@hostile(0)
def latin_1_in_a_header(reply: Reply, request: Request) -> Script:
    return [whole(reply, "X-Name: caf\xe9")]


@hostile(0)
def folded_header(reply: Reply, request: Request) -> Script:
    return [whole(reply, "X-Folded: one\r\n two\r\n\tthree")]


@hostile(1, "HTTP-012")
def control_characters_in_a_header(reply: Reply, request: Request) -> Script:
    return [whole(reply, "X-Colour: \x1b[31mred")]


@hostile(1, "HTTP-012")
def zero_byte_in_a_header(reply: Reply, request: Request) -> Script:
    return [whole(reply, "X-Zero: a\0b"), Act.CLOSE]


@hostile(1, "HTTP-012")
def header_without_colon(reply: Reply, request: Request) -> Script:
    return [whole(reply, "this is no header"), Act.CLOSE]


@hostile(1, "HTTP-012")
def space_before_the_colon(reply: Reply, request: Request) -> Script:
    return [whole(reply, "X-Spaced : yes"), Act.CLOSE]


@hostile(1, "HTTP-012")
def header_without_name(reply: Reply, request: Request) -> Script:
    return [whole(reply, ": no name"), Act.CLOSE]


@hostile(1, "HTTP-015")
def two_content_types(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Content-Type: text/html")]


@hostile(1, "HTTP-015")
def the_same_content_type_twice(reply: Reply, request: Request) -> Script:
    return [whole(reply, f"Content-Type: {reply.headers['content-type']}")]


@hostile(1, "HTTP-014")
def two_different_lengths(reply: Reply, request: Request) -> Script:
    return [whole(reply, f"Content-Length: {len(reply.body) + 1}"), Act.CLOSE]


@hostile(0)
def the_same_length_twice(reply: Reply, request: Request) -> Script:
    return [whole(reply, f"Content-Length: {len(reply.body)}")]


@hostile(1, "HTTP-012")
def length_in_words(reply: Reply, request: Request) -> Script:
    return [head(reply, "Content-Length: many") + reply.body, Act.CLOSE]


@hostile(1, "HTTP-012")
def negative_length(reply: Reply, request: Request) -> Script:
    return [head(reply, "Content-Length: -1") + reply.body, Act.CLOSE]


@hostile(1, "HTTP-012")
def unknown_transfer_encoding(reply: Reply, request: Request) -> Script:
    return [head(reply, "Transfer-Encoding: gzip") + reply.body, Act.CLOSE]


@hostile(0)
def continue_before_the_response(reply: Reply, request: Request) -> Script:
    return [b"HTTP/1.1 100 Continue\r\n\r\n", whole(reply)]


@hostile(0)
def early_hints_before_the_response(reply: Reply, request: Request) -> Script:
    return [b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + whole(reply)]


@hostile(3, on="everything", says="interim")
def endless_interim_responses(reply: Reply, request: Request) -> Iterator[Step]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 50


@hostile(3, on="everything")
def switches_protocols_unasked(reply: Reply, request: Request) -> Script:
    return [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", Act.CLOSE]


@hostile(3, on="everything", options=QUICK)
def half_a_head_and_silence(reply: Reply, request: Request) -> Script:
    return [b"HTTP/1.1 200 OK\r\nContent-", Act.HANG]


@hostile(3, on="everything")
def half_a_head_and_the_end(reply: Reply, request: Request) -> Script:
    return [b"HTTP/1.1 200 OK\r\nContent-", Act.CLOSE]


@hostile(3, on="everything", options=QUICK)
def head_in_slow_drops(reply: Reply, request: Request) -> Iterator[Step]:
    for place in range(200):
        yield whole(reply)[place : place + 1]
        yield 0.05
