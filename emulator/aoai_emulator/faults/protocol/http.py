"""Faults of HTTP and of the gateway: credentials, api-version, deployment, path, media types, headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from aoai_emulator.faults import edits
from aoai_emulator.faults.edits import map_value, remove, set_to
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.rejections import Rejection, internal_error, too_many_requests
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import IncomingRequest

HTTP = Topic("http")
WIRE = Topic("wire")
#: Its errors have a header with their code.
_WITH_ERROR_HEADER = "ai-model-inference@2025-04-01"
#: Two descriptions of it differ on whether stored resources need an api-version.
_WITH_RESOURCES = "azure-openai@2025-01-01-preview"
#: Longer than a client waits for the end of a response after `[DONE]`.
_LEFT_OPEN = 4.0


def _sends_version(request: IncomingRequest) -> bool:
    return bool(request.matches) and "api-version" in request.query


def _lacks_version(request: IncomingRequest) -> bool:
    return bool(request.matches) and "api-version" not in request.query


# fmt: off
HTTP.accept("wrong-key-accepted", "A wrong api-key is accepted.", at="any.authentication",
    when=lambda request: "api-key" in request.headers)
HTTP.accept("wrong-token-accepted", "An Authorization header without a valid token is accepted.",
    at="any.authentication", when=lambda request: "authorization" in request.headers)
HTTP.accept("no-credential-accepted", "A request without a credential is accepted.", at="any.authentication",
    when=lambda request: not {"api-key", "authorization"} & request.headers.keys())
HTTP.alter("wrong-key-forbidden", "A wrong credential is answered with 403 instead of 401.",
    at="any.authentication", status=403, code="403", form="gateway")
HTTP.accept("unknown-api-version-accepted", "An unknown api-version is accepted.", at="any.api-version",
    when=_sends_version)
HTTP.accept("missing-api-version-accepted", "A request without an api-version is accepted.",
    at="any.api-version", when=_lacks_version)
HTTP.accept("unknown-deployment-answered", "A request to an unknown deployment is answered.",
    at="any.deployment", matching=lambda rejection: rejection.code == "DeploymentNotFound")
HTTP.alter("unknown-deployment-code",
    "An unknown deployment has another error code than `DeploymentNotFound`.", at="any.deployment",
    code="NotFound", message="Not found.")
HTTP.respond("text-body-accepted",
    "A body of an unsupported media type is answered with 200 and an empty object.", at="any.reply:415",
    status=200)
HTTP.alter("malformed-body-breaks-server", "A malformed body fails with 500.", at="any.body", status=500,
    code="InternalServerError")
HTTP.respond("malformed-body-accepted", "A malformed body is answered with 200 and an empty object.",
    at="any.reply:400", status=200,
    when=lambda request: request.operation is not None and request.body is None)
HTTP.respond("unknown-path-found", "An unknown path is answered with 200.", at="any.reply:404", status=200,
    when=lambda request: not request.matches)
HTTP.edit("get-answered", "A GET of an operation that only supports POST is answered with 200.",
    at="any.reply:405 /headers/allow", edit=remove)
HTTP.respond("get-answered", at="any.reply:405", status=200)
HTTP.edit("request-id-missing", "`apim-request-id` is missing.", at="any.reply /headers/apim-request-id",
    edit=remove)
HTTP.edit("error-code-of-another", "`x-ms-error-code` names another error than the body.",
    at="chat|vectors.reply /headers/x-ms-error-code", edit=edits.replace("NoSuchError"),
    document=_WITH_ERROR_HEADER)
HTTP.edit("json-as-html", "The media type of a successful JSON response is `text/html`.",
    at="any.reply:json /headers/content-type", edit=set_to("text/html; charset=utf-8"))
HTTP.edit("json-cut-off", "A successful JSON response lacks its closing brace.", at="any.reply:json /body",
    edit=map_value(lambda body: body[:-1], bytes))
HTTP.edit("allow-missing", "`allow` is missing for a method that is not supported.",
    at="any.reply /headers/allow", edit=remove)
HTTP.edit("success-as-201", "Successful responses have status 201, which no operation declares.",
    at="any.reply:200 /status", edit=set_to(201))
HTTP.edit("undeclared-field", "JSON responses have a field that the document does not declare.",
    at="any.response /served_by", edit=set_to("emulator"))
# fmt: on


@HTTP.code("missing-api-version-breaks-server", at="any.api-version", document=_WITH_RESOURCES)
def fail_without_version(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """A request without an api-version fails with 500."""
    if _lacks_version(request):
        yield internal_error()
    yield from found


@HTTP.code("json-broken-off", at="any.reply:json")
def break_off_json(reply: Reply) -> None:
    """The connection closes before a successful JSON response is complete."""
    reply.headers["content-length"] = str(len(_bytes_of(reply)) + 1)
    reply.headers["connection"] = "close"


@HTTP.code("json-member-twice", at="any.reply:success")
def repeat_member(reply: Reply) -> None:
    """The first member of a successful JSON response is repeated with another value."""
    body = _bytes_of(reply)
    if body.startswith(b'{"'):
        reply.body = body.partition(b'":')[0] + b'":"at first",' + body[1:]


@dataclass(slots=True)
class _Load:
    """How many requests have arrived."""

    requests: int = 0


def _throttle(fault_id: str, summary: str, headers: Mapping[str, str]) -> None:
    """Add a fault that throttles the first request and every 25th after it, with these headers."""

    @HTTP.code(fault_id, summary, at="any.deployment")
    def throttle(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
        load = request.memory.store(_Load)
        load.requests += 1
        if load.requests % 25 == 1:
            yield replace(too_many_requests(1), headers=headers)
        yield from found


# fmt: off
_throttle("busy-without-delay", "A 429 lacks `retry-after`.", {})
_throttle("busy-with-delay-in-words", "`retry-after` of a 429 is neither a number nor a date.",
    {"retry-after": "in a while"})
WIRE.edit("json-called-gzip",
    "A successful JSON response has Content-Encoding `gzip`, but is not compressed.",
    at="any.reply:json /headers/content-encoding", edit=set_to("gzip"))
WIRE.edit("header-with-control-character",
    "A header of a successful JSON response has a terminal escape sequence.",
    at="any.reply:json /headers/x-note", edit=set_to("\x1b[31mred"))
WIRE.edit("content-type-twice", "A successful JSON response has two Content-Types.",
    at="any.reply:json /headers/Content-Type", edit=set_to("text/html"))
# fmt: on


@WIRE.code("stream-left-open", at="text|extension-chat.reply:200")
def leave_stream_open(reply: Reply) -> None:
    """The response stays open for some seconds after `[DONE]`."""
    if not isinstance(reply.body, bytes):
        reply.held_open = _LEFT_OPEN


def _bytes_of(reply: Reply) -> bytes:
    """Return the body of a reply that is not a stream, or nothing."""
    return reply.body if isinstance(reply.body, bytes) else b""
