"""Replies: status, headers and bytes, or the frames of a stream, as they are sent."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final, TypeAlias

from starlette.responses import Response, StreamingResponse

from aoai_emulator.http.encoded_headers import EncodedHeaders, HeaderForm, is_sendable
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.requests import IncomingRequest

JSON_TYPE = "application/json"
STREAM_TYPE = "text/event-stream; charset=utf-8"
#: What is before and after the data of a server-sent event.
FRAME_START, FRAME_END = "data: ", "\n\n"
DONE_FRAME = b"data: [DONE]\n\n"
_ERROR_CODE = "x-ms-error-code"
_CLIENT_ID = "x-ms-client-request-id"
#: The headers of the flavour azure whose values differ between replies, with their formats, and the others.
_VARYING: Final = (
    (b"apim-request-id", b"%b"),
    (b"x-request-id", b"%b"),
    (b"x-ms-client-request-id", b"%b"),
    (b"x-ratelimit-remaining-requests", b"%d"),
    (b"x-ratelimit-remaining-tokens", b"%d"),
)
_CONSTANT: Final = (
    (b"x-ms-region", b"Emulator"),
    (b"x-content-type-options", b"nosniff"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload"),
)
#: Headers as a server takes them.
Headers: TypeAlias = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Reply:
    """A reply that is ready to be sent; the faults of stage "reply" change it in place.

    `headers` has lower-case names and includes content-type; `body` is bytes or an iterator of the frames of
    an event stream, which starts after `held_back` seconds and ends `held_open` seconds after its last frame.
    The response starts after `delay` seconds; `pauses` are the seconds before each frame.
    """

    status: int
    headers: dict[str, str]
    body: bytes | Iterator[bytes]
    held_back: float = 0.0
    held_open: float = 0.0
    delay: float = 0.0
    pauses: Iterator[float] | None = None

    @property
    def is_paced(self) -> bool:
        """Whether the frames of a stream wait for the time."""
        return bool(self.held_back or self.held_open) or self.pauses is not None

    def response(self) -> Response:
        """Build the Starlette response, frame by frame if it is a stream."""
        if isinstance(self.body, bytes):
            return Response(self.body, self.status, self.headers)
        return StreamingResponse(_paced(self, self.body), self.status, self.headers)


def json_reply(status: int, body: JsonObject) -> Reply:
    """Build a reply of JSON."""
    return json_text_reply(status, write(body))


def json_text_reply(status: int, text: bytes) -> Reply:
    """Build a reply of JSON that is written already."""
    return Reply(status, {"content-type": JSON_TYPE}, text)


def frame(chunk: JsonObject) -> bytes:
    """Frame one chunk as a server-sent event."""
    return b"data: " + write(chunk) + b"\n\n"


def named_frame(chunk: JsonObject) -> bytes:
    """Frame one chunk as a server-sent event whose name is the type of the chunk."""
    name = str(chunk.get("type", "")).replace("\n", " ")
    return b"event: " + name.encode("utf-8", "replace") + b"\n" + frame(chunk)


def frames(chunks: Iterator[JsonObject], *, terminated: bool = True, named: bool = False) -> Iterator[bytes]:
    """Frame each chunk as a server-sent event; end with `[DONE]` if the stream is `terminated`.

    The events of a `named` stream have the type of their chunks as names.
    """
    for chunk in chunks:
        yield named_frame(chunk) if named else frame(chunk)
    if terminated:
        yield DONE_FRAME


def add_service_headers(reply: Reply, request: IncomingRequest) -> None:
    """Add the headers that accompany every reply.

    `strict` sends only headers that documents declare: apim-request-id, and the error code where the
    operation declares that header. `azure` adds those seen on the real service, with meaningless values.
    """
    headers = reply.headers
    if reply.status >= 400 and _declares_error_code(reply.status, request):
        headers[_ERROR_CODE] = _error_code(reply)
    if request.settings.flavour == "strict":
        headers["apim-request-id"] = request.id
        return
    deployment = request.deployment if reply.status != 404 else None
    for name, value in _of_azure(request, None if deployment is None else deployment.name):
        headers[name.decode()] = value.decode("latin-1")
    if deployment is not None and reply.status in (400, 424):
        headers["ms-azureml-model-error-reason"] = "model_error"
        headers["ms-azureml-model-error-statuscode"] = "400"


def encoded_success(reply: Reply, request: IncomingRequest) -> EncodedHeaders | None:
    """Return the headers of a reply as they are sent, if it is a usual one of the flavour azure.

    That is a success with a body of bytes, sent at once, and of its own headers only a content type. Return
    None for any other, and if a header cannot be sent.
    """
    body, headers = reply.body, reply.headers
    content_type = headers.get("content-type")
    if content_type is None or len(headers) != 1 or reply.status != 200 or reply.delay:
        return None
    if not isinstance(body, bytes) or request.settings.flavour != "azure":
        return None
    deployment = request.deployment
    form = _form_of_success(content_type, None if deployment is None else deployment.name)
    varying = _varying(request)
    if form is None or (_CLIENT_ID in request.headers and not is_sendable(varying[2])):
        return None
    return EncodedHeaders(form, varying, len(body))


@lru_cache(maxsize=256)
def _form_of_success(content_type: str, deployment: str | None) -> HeaderForm | None:
    """Return the form of the headers of usual replies, or None if a value cannot be sent."""
    constant = [*_CONSTANT, *(() if deployment is None else _constant_of(deployment))]
    constant.append((b"content-type", content_type.encode()))
    return HeaderForm(_VARYING, constant) if all(is_sendable(value) for _, value in constant) else None


def _of_azure(request: IncomingRequest, deployment: str | None) -> Headers:
    """Return the headers that the flavour azure adds to a reply, of which a deployment may be the origin."""
    return [
        *((name, mark % value) for (name, mark), value in zip(_VARYING, _varying(request), strict=True)),
        *_CONSTANT,
        *(() if deployment is None else _constant_of(deployment)),
    ]


def _varying(request: IncomingRequest) -> tuple[bytes, bytes, bytes, int, int]:
    """Return the values of the headers `_VARYING`, of which only the client's id comes from the request."""
    request_id = request.id.encode()
    client_id = request.headers.get(_CLIENT_ID)
    sent_id = request_id if client_id is None else client_id.encode("latin-1")
    load = zlib.crc32(request_id) % 1000
    return request_id, request_id, sent_id, 1000 + load, 100_000 + load


@lru_cache(maxsize=256)
def _constant_of(deployment: str) -> Sequence[tuple[bytes, bytes]]:
    """Return the headers that are the same for all replies of a deployment."""
    return (
        (b"x-ms-deployment-name", deployment.encode("latin-1")),
        (b"azureml-model-session", b"emulator"),
        (b"x-ms-rai-invoked", b"true"),
        (b"access-control-allow-origin", b"*"),
    )


def _declares_error_code(status: int, request: IncomingRequest) -> bool:
    """Return whether the operation declares the header; without an operation, path and version decide."""
    operation = request.operation or next(iter(request.matches_of_version), None)
    described = operation.response_for(status) if operation is not None else None
    return described is not None and _ERROR_CODE in described.headers


def _error_code(reply: Reply) -> str:
    """Return the code of the error in the body, or the phrase of the status."""
    body: object = None
    if isinstance(reply.body, bytes):
        with suppress(ValueError):
            body = json.loads(reply.body)
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code else HTTPStatus(reply.status).phrase.replace(" ", "")


async def _paced(reply: Reply, body: Iterator[bytes]) -> AsyncIterator[bytes]:
    if reply.held_back:
        await asyncio.sleep(reply.held_back)
        yield b"".join(body)  # at once, however busy the machine is
        return
    pauses = reply.pauses
    for piece in body:
        if pauses is not None:
            await asyncio.sleep(next(pauses, 0))
        yield piece
        await asyncio.sleep(0)
    if reply.held_open:
        await asyncio.sleep(reply.held_open)
