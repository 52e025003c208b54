"""The ASGI application: from a request to a reply."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aoai_emulator.acceptance.acceptance import accept
from aoai_emulator.addresses.locating import Addresses
from aoai_emulator.addresses.notices import Notices
from aoai_emulator.asgi.arrivals import base_url_of, body_of, headers_of, query_of, whole_body
from aoai_emulator.asgi.sending import DirectResponse
from aoai_emulator.content.chunk_frames import declared_chunks, declared_frames, whole
from aoai_emulator.content.declared_responses import as_declared, declared_response
from aoai_emulator.content.seeding import new_uuid
from aoai_emulator.content.sound_encoding import is_writable
from aoai_emulator.control.control import Control
from aoai_emulator.control.request_failures import NO_FAILURES, RequestFailures
from aoai_emulator.control_api.routes import control_routes
from aoai_emulator.failures.transport_failures import TransportFailure
from aoai_emulator.fixtures.playing import play
from aoai_emulator.http.bodies import JSON_LIMIT, limit_of
from aoai_emulator.http.cors import CrossOrigin
from aoai_emulator.http.json_text import JsonObject, plain_copy
from aoai_emulator.http.large_requests import LargeRequests, is_large
from aoai_emulator.http.memory import Memory
from aoai_emulator.http.outgoing import Outgoing, in_pieces, lingering
from aoai_emulator.http.rejections import Rejection, RejectionError, fixture_not_found, internal_error
from aoai_emulator.http.replies import (
    STREAM_TYPE,
    Reply,
    add_service_headers,
    encoded_success,
    frames,
    json_reply,
    json_text_reply,
)
from aoai_emulator.http.requests import AcceptedRequest, Address, IncomingRequest, InnerReply
from aoai_emulator.matching.request_facts import facts_of
from aoai_emulator.metrics.measured_app import MeasuredApp, describe
from aoai_emulator.metrics.metrics_route import meters_of, metrics_routes
from aoai_emulator.operations.service import (
    EmptyResponse,
    JsonResponse,
    RawResponse,
    ServiceResponse,
    ShapedResponse,
)
from aoai_emulator.operations.speech import DEFAULT_FORMAT
from aoai_emulator.operations.table import PUBLIC_ROUTES, SERVICES
from aoai_emulator.playback import Playback
from aoai_emulator.settings import DEFAULT_DEPLOYMENTS, Settings
from aoai_emulator.traffic.forwarding import BrokenOffError
from aoai_specs.lazy_documents import LazyDocuments

_log = logging.getLogger("aoai_emulator")
#: The header that announces the document of another api-version than the client names.
SERVED_VERSION = "x-emulator-api-version"
_CREDENTIAL_HEADERS = frozenset({"api-key", "authorization"})


def create_app(
    settings: Settings,
    memory: Memory | None = None,
    outgoing: Outgoing | None = None,
    control: Control | None = None,
) -> Starlette:
    """Build the emulator for some settings.

    Raises UnknownNameError for an unknown fault, and MissingExtraError for metrics whose extra is missing.

    Without `memory`, it starts with an empty one that uses the system clock. `outgoing` counts what clients
    have not read yet; it is that of the server's protocol. `control`, which has its own memory, changes the
    emulator while it runs; without it, `app.state.control` is a new one.
    """
    control = Control(settings, memory) if control is None else control
    emulator = Emulator(settings, control, outgoing)
    meters = meters_of(settings)
    responder: ASGIApp = MeasuredApp(emulator, meters) if meters else emulator
    routes = [
        Route("/", _identification(settings), methods=["GET"]),
        Route("/healthz", _health, methods=["GET"]),
        *PUBLIC_ROUTES,
        *metrics_routes(meters, has_control=settings.has_control),
        *(control_routes(control) if settings.has_control else ()),
        Route("/{path:path}", responder),
    ]
    app = _EmulatorApp(routes, responder)
    app.state.control = control
    return app


class _EmulatorApp(Starlette):
    """Sends requests to the emulator directly unless the path is that of another page."""

    def __init__(self, routes: Sequence[BaseRoute], emulator: ASGIApp) -> None:
        super().__init__(routes=routes, middleware=[Middleware(CrossOrigin)])
        self._emulator = CrossOrigin(emulator)
        paths = [route.path for route in routes[:-1] if isinstance(route, Route)]
        self._pages = frozenset(path for path in paths if "{" not in path)
        self._folders = tuple(path.partition("{")[0] for path in paths if "{" in path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        if scope["type"] == "http" and not scope.get("root_path"):
            path: str = scope["path"]
            if path not in self._pages and not path.startswith(self._folders):
                await self._emulator(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


class Emulator:
    """Responds to every request that no public page handles."""

    def __init__(self, settings: Settings, control: Control, outgoing: Outgoing | None = None) -> None:
        self._settings = settings
        self._control = control
        self._outgoing = Outgoing() if outgoing is None else outgoing
        self._addresses = Addresses((), (), settings.versions)
        self._notices = Notices(())
        self._playback: Playback | None = None
        if control.tape is not None or settings.forward is not None:
            self._playback = Playback(
                control.tape, control.fixtures, settings.forward, forward_all=settings.forward_all
            )
        self._has_read = False
        self._large_requests = LargeRequests()
        if not isinstance(settings.documents, LazyDocuments):
            self._read_documents()

    def _read_documents(self) -> None:
        self._addresses = Addresses(self._settings.documents, SERVICES.keys(), self._settings.versions)
        self._notices = Notices(self._addresses.templates)
        self._has_read = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        if not self._has_read:
            await asyncio.to_thread(self._read_documents)
        headers = headers_of(scope)
        address = partial(base_url_of, scope, headers)
        request = self._incoming(scope["method"], scope["path"], query_of(scope), headers, address)
        message = await receive()
        body = whole_body(message, headers)
        if body is not None:
            request.raw = body
        elif not await self._read_body(request, message, receive):
            return
        failures = self._control.failures_for(request)
        entry = self._control.journal.add(request, failures.ids)
        describe(scope, request, failures.ids)
        transport = failures.transport
        if transport is not None and transport.precedes_response:
            if not await transport.occur(receive, self._outgoing.connection(scope)):
                return
            transport = None
        response: Response | DirectResponse | None = None
        if self._playback is not None and failures.error is None:
            response = await self._playback.respond(request, scope)
        if response is None:
            response = await self._own(request, failures)
        if entry is not None:
            entry.status = response.status_code
        if isinstance(response, DirectResponse):
            await response(scope, receive, send)
            return
        send = in_pieces(send, scope, self._outgoing)
        if transport is not None:
            send = transport.interrupting(send, receive, self._outgoing.connection(scope))
        if request.oversized:
            send = lingering(send, receive)
        try:
            await response(scope, receive, send)
        except BrokenOffError:
            await TransportFailure("transport-cut").occur(receive, self._outgoing.connection(scope))

    async def _own(self, request: IncomingRequest, failures: RequestFailures) -> Response | DirectResponse:
        """Return the emulator's own response to a request, after its delay."""
        if is_large(request):
            reply = await self._large_requests.run(lambda: self._reply(request, failures))
        else:
            reply = await self._reply(request, failures)
        if not self._adds_headers(request, failures):
            encoded = encoded_success(reply, request)
            if encoded is not None:
                return DirectResponse(reply, self._outgoing, encoded)
        add_service_headers(reply, request)
        if request.announced not in (None, request.asked):
            reply.headers[SERVED_VERSION] = request.announced
        self._control.add_limit_headers(reply, request)
        if failures.faults:
            failures.faults.edit_reply(reply, request)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if failures.transport is not None or request.oversized or reply.is_paced:
            return reply.response()
        return DirectResponse(reply, self._outgoing)

    def _adds_headers(self, request: IncomingRequest, failures: RequestFailures) -> bool:
        """Return whether a reply may have headers, or lose some, because of the request."""
        location = request.location
        return not (
            failures is NO_FAILURES
            and not request.oversized
            and (location.announced is None or location.announced == location.asked)
            and self._control.limits.is_none
        )

    def _incoming(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], address: Address
    ) -> IncomingRequest:
        async def ask(target: str, body: bytes) -> InnerReply:
            return await self._ask(target, body, headers, address)

        location = self._addresses.locate(path, query)
        if location.announced is not None:
            query = {**query, "api-version": location.announced}
        return IncomingRequest(
            new_uuid(),
            self._settings,
            method,
            query,
            headers,
            address,
            self._control.memory,
            ask,
            location,
        )

    async def _ask(
        self, target: str, body: bytes, headers: Mapping[str, str], address: Address
    ) -> InnerReply:
        """Respond to a request of the emulator itself: a JSON POST with the outer request's credentials."""
        parts = urlsplit(target)
        credentials = {name: value for name, value in headers.items() if name in _CREDENTIAL_HEADERS}
        incoming = self._incoming(
            "POST",
            parts.path,
            dict(parse_qsl(parts.query)),
            {**credentials, "content-type": "application/json"},
            address,
        )
        incoming.raw = body[:JSON_LIMIT]
        incoming.oversized = len(body) > JSON_LIMIT
        incoming.is_inner = True
        failures = self._control.failures_for(incoming)
        entry = self._control.journal.add(incoming, failures.ids)
        reply = await self._reply(incoming, failures)
        if entry is not None:
            entry.status = reply.status
        content = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
        return InnerReply(reply.status, content, incoming.id)

    async def _read_body(self, request: IncomingRequest, first: Message, receive: Receive) -> bool:
        """Read the body of a request, whose `first` message has arrived; return whether it arrives."""
        limit = max((limit_of(operation) for operation in request.matches), default=JSON_LIMIT)
        try:
            body = await body_of(first, receive, request.headers.get("content-encoding", ""), limit)
        except ClientDisconnect:
            return False
        request.raw, request.oversized = bytes(body.raw), body.oversized
        request.undecodable = body.rejection
        return True

    async def _reply(self, request: IncomingRequest, failures: RequestFailures) -> Reply:
        if failures.error is not None:
            return self._reject(failures.error, request)
        try:
            accepted = accept(request, failures.faults)
            announced = request.location.announced
            if announced is not None:
                self._notices.served(request, announced)
            if not (request.is_inner or self._control.limits.is_none):
                self._control.limits.charge(accepted)
            if self._control.fixtures:
                response = await self._play(accepted, request)
            else:
                response = await SERVICES[accepted.operation.kind].respond(accepted)
            reply = self._successful(response, accepted, failures)
            if not self._control.latency.is_none:
                self._control.pace(reply, accepted, _completion_tokens(response))
        except RejectionError as error:
            self._notices.rejected(request, error.rejection)
            return self._reject(_reworded(error.rejection, request), request)
        except Exception:  # noqa: BLE001 - the one place where a defect of the emulator becomes a 500
            _log.exception("the emulator failed to respond to %s %s", request.method, request.path)
            return self._reject(internal_error(), request)
        return reply

    async def _play(self, accepted: AcceptedRequest, request: IncomingRequest) -> ServiceResponse:
        """Respond with a fixture that matches, or else with built-in content."""
        respond = SERVICES[accepted.kind].respond
        fixtures = self._control.fixtures
        found = fixtures.find(facts_of(request))
        if found is not None:
            return await play(found.next_outcome(), accepted, respond, unchecked=found.fixture.unchecked)
        if fixtures.only:
            raise RejectionError(fixture_not_found())
        return await respond(accepted)

    def _successful(
        self, response: ServiceResponse, request: AcceptedRequest, failures: RequestFailures
    ) -> Reply:
        faults = failures.faults
        if isinstance(response, ShapedResponse):
            declared = declared_response(request.operation)
            if declared is not None and not faults:
                template = declared.template(response.shape, response.build)
                reply = json_text_reply(200, template.write(response.values))
                reply.headers.update(response.headers)
                return reply
            response = response.whole()
        if isinstance(response, JsonResponse):
            body = response.body
            if not response.verbatim:
                body = as_declared(body, declared_response(request.operation, response.status))
            if faults:
                body = plain_copy(body)
                faults.edit_response(body, request)
            reply = json_reply(response.status, body)
            reply.headers.update(response.headers)
            return reply
        if isinstance(response, RawResponse):
            return Reply(200, {"content-type": response.media_type, **response.headers}, response.content)
        if isinstance(response, EmptyResponse):
            return Reply(response.status, dict(response.headers), b"")
        if response.verbatim:
            sent = frames(whole(response.chunks), terminated=response.terminated, named=response.named)
        elif faults:
            chunks = map(plain_copy, declared_chunks(response.chunks, request))
            edited = faults.edit_chunks(chunks, request)
            sent = frames(edited, terminated=response.terminated, named=response.named)
        else:
            sent = declared_frames(
                response.chunks,
                request,
                terminated=response.terminated,
                named=response.named,
                joined=failures.transport is None and not response.waits and self._control.latency.is_none,
            )
        return Reply(
            200,
            {"content-type": STREAM_TYPE, "cache-control": "no-cache, must-revalidate", **response.headers},
            faults.edit_frames(sent, request) if faults else sent,
            pauses=iter(response.waits) if response.waits else None,
        )

    def _reject(self, rejection: Rejection, request: IncomingRequest) -> Reply:
        if rejection.form == "empty":
            return Reply(rejection.status, dict(rejection.headers), b"")
        reply = json_reply(rejection.status, rejection.render(self._settings.flavour, is_v1=request.is_v1))
        reply.headers.update(rejection.headers)
        return reply


def _completion_tokens(response: ServiceResponse) -> int:
    """Return the tokens of a completion that is sent at once; 0 for any other response."""
    if isinstance(response, ShapedResponse):
        response = response.whole()
    usage = response.body.get("usage") if isinstance(response, JsonResponse) else None
    tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) else 0


def _reworded(rejection: Rejection, request: IncomingRequest) -> Rejection:
    """Adapt a rejection to the requested operation."""
    return rejection if request.kind is None else SERVICES[request.kind].reworded(rejection)


def _identification(settings: Settings) -> Any:
    deployments = settings.deployments_by_kind()
    speaks = is_writable(DEFAULT_FORMAT)
    if not speaks:
        deployments.pop("speech", None)
    names = [str(name) for name in settings.document_names]
    body: JsonObject = {
        "emulator": "aoai-emulator",
        "version": _version(),
        "flavour": settings.flavour,
        "deployments": deployments,
        "documents": names,
        "kinds": sorted(SERVICES),
        "faults": list(settings.faults),
    }

    if not speaks:
        body["missing_extras"] = ["audio"]
    if settings.any_deployment:
        body["any_deployment"] = True
    if settings.deployments != DEFAULT_DEPLOYMENTS:
        body["models"] = {deployment.name: deployment.model for deployment in settings.deployments}

    async def identify(request: Request) -> Response:
        del request
        return JSONResponse(body)

    return identify


async def _health(request: Request) -> Response:
    del request
    return JSONResponse({"status": "ok"})


@cache
def _version() -> str:
    try:
        return version("aoai-conformance")
    except PackageNotFoundError:
        return "unknown"
