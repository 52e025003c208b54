"""The routes of the control API: from a request to an endpoint, and its answer or an error as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from aoai_emulator.control.control import Control
from aoai_emulator.control_api import faults, fixtures, journal, state, traffic
from aoai_emulator.control_api.endpoint import PREFIX, Answer, Call, Endpoint, NotFoundError
from aoai_emulator.control_api.openapi import describe
from aoai_emulator.http.json_text import JsonObject, JsonTextError, parse
from aoai_specs.errors import ConformanceError

#: The largest body of a call, in bytes.
LARGEST_BODY = 1024 * 1024
_MOST_PARAMETERS = 100


def _overview(control: Control, call: Call) -> Answer:
    del control, call
    rows = [
        {"method": each.method, "path": PREFIX + each.path, "summary": each.summary} for each in ENDPOINTS
    ]
    return Answer(200, {"endpoints": rows})


def _openapi(control: Control, call: Call) -> Answer:
    del control, call
    return Answer(200, describe(ENDPOINTS))


#: Every endpoint; of those that match a path, the first counts.
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "", "getOverview", "List the endpoints.", _overview, {200: "Overview"}),
    Endpoint("GET", "/openapi.json", "getDocument", "Return this document.", _openapi, {200: "Document"}),
    *faults.ENDPOINTS,
    *fixtures.ENDPOINTS,
    *traffic.ENDPOINTS,
    *state.ENDPOINTS,
    *journal.ENDPOINTS,
)


def control_routes(control: Control) -> tuple[Route, ...]:
    """Return the routes of the control API of one emulator."""
    api = ControlApi(control, ENDPOINTS)
    return (Route(PREFIX, api), Route(f"{PREFIX}/{{path:path}}", api))


class ControlApi:
    """Responds to every request below PREFIX."""

    def __init__(self, control: Control, endpoints: Iterable[Endpoint]) -> None:
        self._control = control
        self._patterns = [(re.compile(_expression(each.path)), each) for each in endpoints]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        try:
            response = await self._respond(Request(scope, receive))
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if _is_foreign(request):
            return _error(403, "Forbidden", "A web page of another origin cannot use the control API.")
        path = request.scope["path"].rstrip("/")
        found = [(each, match) for each, match in self._matching(path) if match is not None]
        fitting = [(each, match) for each, match in found if each.method == request.method]
        if not found:
            return _error(404, "NotFound", f"The control API has no {path[:200]}; see {PREFIX}/openapi.json.")
        if not fitting:
            allowed = ", ".join(sorted({each.method for each, _ in found}))
            response = _error(405, "MethodNotAllowed", f"{path[:200]} takes {allowed}.")
            response.headers["allow"] = allowed
            return response
        endpoint, match = fitting[0]
        body = await _read(request, endpoint)
        if isinstance(body, Response):
            return body
        query = tuple(request.query_params.multi_items()[:_MOST_PARAMETERS])
        try:
            answer = endpoint.handle(self._control, Call(match.groupdict(), query, body))
        except NotFoundError as error:
            return _error(404, "NotFound", str(error))
        except ConformanceError as error:
            return _error(400, "InvalidRequest", str(error))
        if answer.body is None:
            return Response(status_code=answer.status)
        return JSONResponse(answer.body, answer.status)

    def _matching(self, path: str) -> Iterable[tuple[Endpoint, re.Match[str] | None]]:
        return ((endpoint, pattern.fullmatch(path)) for pattern, endpoint in self._patterns)


def _is_foreign(request: Request) -> bool:
    """Return whether a browser sends the request for a page of another origin."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


async def _read(request: Request, endpoint: Endpoint) -> JsonObject | Response:
    """Return the JSON object in the body, empty for none, or the error that says what is wrong."""
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > LARGEST_BODY:
            return _error(413, "BodyTooLarge", f"The body is larger than {LARGEST_BODY} bytes.", close=True)
    if not raw:
        if endpoint.body is not None and endpoint.is_body_required:
            return _error(400, "InvalidRequest", f"{endpoint.path} needs a JSON object.")
        return {}
    # What a page in a browser can send without permission has another media type.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _error(415, "UnsupportedMediaType", "Send application/json.")
    try:
        value = parse(bytes(raw))
    except JsonTextError as error:
        return _error(400, "InvalidRequest", f"The body is not valid JSON: {error}.")
    if not isinstance(value, dict):
        return _error(400, "InvalidRequest", "The body must be a JSON object.")
    return value


def _error(status: int, code: str, message: str, *, close: bool = False) -> Response:
    headers = {"connection": "close"} if close else {}
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def _expression(path: str) -> str:
    return re.escape(PREFIX) + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
