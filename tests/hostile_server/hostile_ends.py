"""Redirects, cookies, delays, and connections that end early or never."""

from __future__ import annotations

from half_working_wire import Reply, Request, json_reply
from hostile_heads import QUICK
from hostile_rows import hostile
from hostile_wire import Act, Script, whole

BUSY = json_reply(429, {"error": {"code": "429", "message": "Please retry."}})


def redirect(reply: Reply, location: str) -> Script:
    return [whole(reply, f"Location: {location}", status="HTTP/1.1 307 Elsewhere", body=b"")]


def busy(*lines: str) -> Script:
    return [whole(BUSY, *lines)]


@hostile(3, says="307")
def redirect_to_itself(reply: Reply, request: Request) -> Script:
    return redirect(reply, request.path)


@hostile(3, says="307")
def redirect_to_another_scheme(reply: Reply, request: Request) -> Script:
    return redirect(reply, "gopher://127.0.0.1/")


@hostile(3, says="307")
def redirect_to_a_file(reply: Reply, request: Request) -> Script:
    return redirect(reply, "file:///etc/passwd")


@hostile(3, says="307")
def redirect_to_an_invalid_address(reply: Reply, request: Request) -> Script:
    return redirect(reply, "http://[::1/ nowhere")


@hostile(3, says="307")
def redirect_to_an_impossible_port(reply: Reply, request: Request) -> Script:
    return redirect(reply, "https://a:99999999/\xff\x80")


@hostile(3, says="307")
def redirect_with_a_megabyte_of_dots(reply: Reply, request: Request) -> Script:
    return redirect(reply, "/.." * 20_000)


@hostile(3, says="307")
def redirect_without_a_location(reply: Reply, request: Request) -> Script:
    return [whole(reply, status="HTTP/1.1 307 Elsewhere")]


@hostile(0)
def cookies(reply: Reply, request: Request) -> Script:
    return [
        whole(reply, "Set-Cookie: session=1; Path=/", "Set-Cookie: other=2; Max-Age=99999999999999999999")
    ]


@hostile(0)
def malformed_cookies(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Set-Cookie: =;;;=; expires=never; " + "x" * 8000, "Set-Cookie: \xff=\xfe")]


@hostile(3, on="everything", says="429")
def delay_until_the_year_9999(reply: Reply, request: Request) -> Script:
    return busy("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT")


@hostile(3, on="everything", says="429")
def delay_until_no_year_at_all(reply: Reply, request: Request) -> Script:
    return busy("Retry-After: Fri, 31 Dec 99999999999999999999 23:59:59 GMT")


@hostile(3, on="everything", says="429")
def delay_of_four_hundred_digits(reply: Reply, request: Request) -> Script:
    return busy("Retry-After: " + "9" * 400, "retry-after-ms: " + "9" * 400)


@hostile(3, on="everything", says="429")
def delay_beyond_any_double(reply: Reply, request: Request) -> Script:
    return busy("Retry-After: 1e308", "x-ratelimit-reset-tokens: 1e308")


@hostile(3, on="everything", says="429")
def negative_delay(reply: Reply, request: Request) -> Script:
    return busy("Retry-After: -99999999999999999999", "retry-after-ms: -1")


@hostile(3, on="everything", says="503")
def busy_for_ever(reply: Reply, request: Request) -> Script:
    return [whole(BUSY, status="HTTP/1.1 503 Busy")]


@hostile(3, on="everything")
def closed_without_a_word(reply: Reply, request: Request) -> Script:
    return [Act.CLOSE]


@hostile(3, on="everything")
def reset_without_a_word(reply: Reply, request: Request) -> Script:
    return [Act.RESET]


@hostile(3, on="everything", options=QUICK)
def silence(reply: Reply, request: Request) -> Script:
    return [Act.HANG]


@hostile(0)
def closed_after_every_response(reply: Reply, request: Request) -> Script:
    return [whole(reply, "Connection: close"), Act.CLOSE]


@hostile(0)
def closed_after_every_response_without_notice(reply: Reply, request: Request) -> Script:
    return [whole(reply), Act.CLOSE]


@hostile(3, says="401", written=False)
def repeats_the_key_everywhere(reply: Reply, request: Request) -> Script:
    key = dict(request.headers).get(b"api-key", b"").decode("latin-1")
    return [whole(reply, f"X-Key: {key}", status="HTTP/1.1 401 No", body=f'{{"error": "{key}"}}'.encode())]
