"""The ASGI application: from a request to a reply."""

from __future__ import annotations

import logging
import uuid
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from aoai_emulator.acceptance import accept
from aoai_emulator.answers import Answer, JsonAnswer, RawAnswer
from aoai_emulator.bodies import JSON_LIMIT, limit_of
from aoai_emulator.faults import fault_set
from aoai_emulator.operations import PUBLIC_ROUTES, SERVICES
from aoai_emulator.refusals import Refusal, RefusalError, internal_error
from aoai_emulator.replies import STREAM_TYPE, Reply, add_service_headers, frames, json_reply
from aoai_emulator.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.routing import Router
from aoai_emulator.settings import Settings

_log = logging.getLogger("aoai_emulator")


def create_app(settings: Settings) -> Starlette:
    """Build the emulator for some settings. Raises UnknownNameError for a fault that does not exist."""
    emulator = Emulator(settings)
    routes = [
        Route("/", _identification(settings), methods=["GET"]),
        *PUBLIC_ROUTES,
        Route("/{path:path}", emulator),
    ]
    return Starlette(routes=routes)


class Emulator:
    """Answers every request that no public page answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._router = Router(settings.documents, SERVICES.keys())
        self._faults = fault_set(settings.faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            request = await self._receive(Request(scope, receive))
        except ClientDisconnect:
            return
        reply = await self._reply(request)
        add_service_headers(reply, request)
        self._faults.break_reply(reply, request)
        await reply.response()(scope, receive, send)

    async def _receive(self, request: Request) -> IncomingRequest:
        path = request.scope["path"]
        match = self._router.match(path)
        incoming = IncomingRequest(
            id=str(uuid.uuid4()),
            settings=self._settings,
            method=request.method,
            path=path,
            query=request.query_params,
            headers=dict(request.headers),
            base_url=str(request.base_url).rstrip("/"),
        )
        limit = JSON_LIMIT
        if match is not None:
            incoming.matches = match.operations
            incoming.path_values = match.values
            limit = limit_of(match.operations[-1])
        raw = bytearray()
        async for piece in request.stream():
            raw += piece
            if len(raw) > limit:
                incoming.oversized = True
                break
        incoming.raw = bytes(raw[:limit])
        return incoming

    async def _reply(self, request: IncomingRequest) -> Reply:
        try:
            accepted = accept(request, self._faults)
            answer = await SERVICES[accepted.kind].answer(accepted)
            return self._successful(answer, accepted)
        except RefusalError as error:
            return self._refused(error.refusal)
        except Exception:  # noqa: BLE001 - the one place where a defect of the emulator becomes a 500
            _log.exception("the emulator failed to answer %s %s", request.method, request.path)
            return self._refused(internal_error())

    def _successful(self, answer: Answer, request: AcceptedRequest) -> Reply:
        if isinstance(answer, JsonAnswer):
            self._faults.break_answer(answer.body, request)
            return json_reply(200, answer.body)
        if isinstance(answer, RawAnswer):
            return Reply(200, {"content-type": answer.media_type}, answer.content)
        chunks = self._faults.break_chunks(answer.chunks, request)
        return Reply(
            200,
            {"content-type": STREAM_TYPE, "cache-control": "no-cache, must-revalidate"},
            self._faults.break_frames(frames(chunks), request),
        )

    def _refused(self, refusal: Refusal) -> Reply:
        reply = json_reply(refusal.status, refusal.render(self._settings.flavour))
        reply.headers.update(refusal.headers)
        return reply


def _identification(settings: Settings) -> Any:
    body = {
        "emulator": "aoai-emulator",
        "version": _version(),
        "flavour": settings.flavour,
        "deployments": settings.deployments_by_kind(),
        "documents": [str(document.name) for document in settings.documents],
        "faults": list(settings.faults),
    }

    async def identify(request: Request) -> Response:
        del request
        return JSONResponse(body)

    return identify


def _version() -> str:
    try:
        return version("aoai-conformance")
    except PackageNotFoundError:
        return "unknown"
