"""Sends a planned request and keeps what comes back: bytes, times, or why nothing came."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import httpx

import aoai_conformance
from aoai_conformance.authentication import credential_headers
from aoai_conformance.certificates import certificates
from aoai_conformance.exchange import (
    Event,
    Exchange,
    FailureKind,
    Headers,
    Response,
    SentRequest,
    TransportFailure,
)
from aoai_conformance.filling import filled
from aoai_conformance.pacing import Pacer, Patience, is_busy, is_gateway_trouble
from aoai_conformance.redaction import Redactor, redactor_of
from aoai_conformance.rejections import error_message, is_out_of_quota
from aoai_conformance.sse import EventReader
from aoai_conformance.target_layout import laid_out
from aoai_conformance.targets import Target
from aoai_conformance.wire import encode_body, header_value, url_of
from aoai_specs.errors import ConformanceError
from aoai_strategies.case import Case, Json, PlannedRequest, Taken

_LONGEST_CONNECT = 10.0
#: How many answers with 429 are kept in a run, to be judged: a busy night says the same thousands of times.
MOST_TURNED_AWAY = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one attempt may take: seconds until its last byte is here, and bytes of a body."""

    seconds: float = 120.0
    body_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request that is ready to go: as it is sent, and as it may be kept."""

    request: httpx.Request
    kept: SentRequest


class Budget:
    """How many requests a run may still send, retries and requests that take a packed case apart included."""

    def __init__(self, requests: int | None = None) -> None:
        self._left = requests
        self.sent = 0

    @property
    def is_spent(self) -> bool:
        """Whether no further request may be sent."""
        return self._left is not None and self._left <= 0

    def take(self) -> bool:
        """Count one request; false where none is left."""
        if self.is_spent:
            return False
        if self._left is not None:
            self._left -= 1
        self.sent += 1
        return True


class Client:
    """Sends cases to one target.

    `base_paths` gives the base path (`/openai`) of each document by its name. An exchange never holds the
    run's key or token: it is replaced by `***` in the request that is kept and in all that came back.
    """

    def __init__(
        self,
        target: Target,
        base_paths: Mapping[str, str],
        *,
        pacer: Pacer | None = None,
        limits: Limits | None = None,
        budget: Budget | None = None,
        concurrency: int = 8,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._target = target
        self._base_paths = base_paths
        self._pacer = Pacer() if pacer is None else pacer
        self._limits = Limits() if limits is None else limits
        self.budget = Budget() if budget is None else budget
        self._keeping_busy = MOST_TURNED_AWAY
        # Whoever waits for a connection must not use up the time that its own attempt has.
        self._slots = asyncio.Semaphore(concurrency)
        self._http = httpx.AsyncClient(
            transport=transport,
            verify=certificates(),
            # A proxy that the environment names is for what is far away; it would not reach this machine's
            # loopback.
            trust_env=not target.is_loopback,
            follow_redirects=False,
            timeout=httpx.Timeout(self._limits.seconds, connect=min(_LONGEST_CONNECT, self._limits.seconds)),
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
            headers={"User-Agent": f"aoai-conformance/{aoai_conformance.__version__}"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send a case, waiting out a busy server, and give the exchange.

        `patience` takes the place of the pacer's own for this case.
        Whatever goes wrong on the way is in the exchange's `failure`; nothing is raised for it, except
        TargetError where no token can be had.
        """
        case = filled(case, self._deployments_taken(case))
        try:
            prepared = await self._prepare(case)
        except (ConformanceError, ValueError, httpx.InvalidURL) as error:
            if isinstance(error, ConformanceError) and error.exit_code != 2:
                raise
            unsent = SentRequest(case.request.method, case.request.path, (), b"")
            failure = TransportFailure("harness", self._redactor.text(str(error)))
            return Exchange(case, unsent, None, failure, attempts=0)
        return await self._send_patiently(case, prepared, patience or self._pacer.patience)

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """The exchange of a case that is not sent, with the sentence that says why."""
        try:
            url = self._url(case)
        except ConformanceError:
            url = case.request.path
        request = SentRequest(case.request.method, url, (), b"")
        return Exchange(case, request, None, TransportFailure(kind, why), attempts=0)

    async def _send_patiently(self, case: Case, prepared: _Prepared, patience: Patience) -> Exchange:
        pacer, lane = self._pacer, case.kind
        await pacer.enter(lane)
        if pacer.is_hopeless(lane):
            silence = "Not sent: too many requests before it, one after the other, had no answer."
            return self._exchange(case, prepared, TransportFailure("unavailable", silence), 0)
        outcome: Response | TransportFailure
        outcome = TransportFailure("budget", "Not sent: --max-requests is used up.")
        attempts = 0
        turned_away: Response | None = None
        while self.budget.take():
            attempts += 1
            async with self._slots:
                outcome = await self._attempt(prepared.request)
            if isinstance(outcome, Response) and is_busy(outcome.status) and is_out_of_quota(outcome):
                outcome = _busy_failure(outcome, attempts)
                break
            if isinstance(outcome, Response) and is_busy(outcome.status):
                headers = outcome.headers
                if turned_away is None and outcome.status == 429 and self._keeping_busy > 0:
                    self._keeping_busy -= 1
                    turned_away = outcome
                outcome = _busy_failure(outcome, attempts)
                if attempts >= patience.busy_attempts:
                    break
                pacer.hold(lane, headers, attempts)
                await pacer.enter(lane)
            elif attempts < _worthwhile_attempts(outcome, patience):
                await pacer.pause(attempts)
            else:
                break
        if isinstance(outcome, Response) and not is_gateway_trouble(outcome.status):
            pacer.succeeded(lane)
        elif attempts:
            pacer.failed(lane)
        exchange = self._exchange(case, prepared, outcome, attempts)
        if turned_away is None:
            return exchange
        return replace(exchange, turned_away=self._redactor.response(turned_away))

    def _exchange(
        self, case: Case, prepared: _Prepared, outcome: Response | TransportFailure, attempts: int
    ) -> Exchange:
        if isinstance(outcome, TransportFailure):
            failure = replace(outcome, message=self._redactor.text(outcome.message))
            return Exchange(case, prepared.kept, None, failure, attempts)
        return Exchange(case, prepared.kept, self._redactor.response(outcome), None, attempts)

    @property
    def _redactor(self) -> Redactor:
        """What removes the secrets that were used until now."""
        return redactor_of(self._target.authentication.secrets)

    async def _prepare(self, case: Case) -> _Prepared:
        planned = self._laid_out(case)
        content, content_type = encode_body(planned.body)
        url = self._url(case)
        secret, shown = await credential_headers(planned.credentials, self._target.authentication)
        plain: list[tuple[str, str]] = list(planned.headers.items())
        if content_type is not None and header_value(planned.headers, "content-type") is None:
            plain.append(("Content-Type", content_type))
        has_body = planned.body is not None
        request = self._http.build_request(
            planned.method, url, headers=[*plain, *secret], content=content if has_body else None
        )
        masked = {name.lower(): value for name, value in shown}
        redactor = self._redactor
        kept_headers = tuple(
            (name, masked.get(name.lower(), redactor.text(value)))
            for name, value in _decoded(request.headers)
        )
        kept = SentRequest(
            planned.method, redactor.text(str(request.url)), kept_headers, redactor.bytes(content)
        )
        return _Prepared(request, kept)

    def _deployments_taken(self, case: Case) -> dict[Taken, Json]:
        """The deployments that the request names elsewhere than in its path; "" for one that is not there."""
        kinds = {taken: taken.deployment_kind for taken in case.takes}
        return {
            taken: self._target.deployment(kind) or "" for taken, kind in kinds.items() if kind is not None
        }

    def _laid_out(self, case: Case) -> PlannedRequest:
        return laid_out(case.request, self._target.layout, self._target.deployment(case.kind))

    def _url(self, case: Case) -> str:
        return url_of(
            self._laid_out(case),
            root=self._target.root,
            base_path=self._base_paths[case.document],
            deployment=self._target.deployment(case.kind),
        )

    async def _attempt(self, request: httpx.Request) -> Response | TransportFailure:
        seconds = self._limits.seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange_bytes(request)
        except (TimeoutError, httpx.TimeoutException) as error:
            if isinstance(error, httpx.ConnectTimeout):
                return TransportFailure(
                    "connect", f"No connection to {_host(request)} within the time allowed."
                )
            return TransportFailure("timeout", f"No whole response within {seconds:g} s.")
        except httpx.ConnectError as error:
            return TransportFailure("connect", f"No connection to {_host(request)}: {error}.")
        except httpx.HTTPError as error:
            if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol | httpx.ProxyError):
                return TransportFailure("harness", f"{type(error).__name__}: {error}")
            return TransportFailure("protocol", f"{type(error).__name__}: {error}")

    async def _exchange_bytes(self, request: httpx.Request) -> Response | TransportFailure:
        clock = asyncio.get_running_loop().time
        sent = clock()
        response = await self._http.send(request, stream=True)
        started = clock() - sent
        headers = _decoded(response.headers)
        reader = EventReader() if _is_event_stream(headers) else None
        body = bytearray()
        events: list[Event] = []
        complete = True
        try:
            async for piece in response.aiter_bytes():
                body += piece
                if reader is not None:
                    events += reader.feed(piece, clock() - sent)
                if len(body) > self._limits.body_bytes:
                    return TransportFailure(
                        "harness",
                        f"The body is longer than {self._limits.body_bytes} bytes: not read to its end.",
                    )
        except (httpx.RemoteProtocolError, httpx.ReadError):
            complete = False
        finally:
            await response.aclose()
        ended = clock() - sent
        if reader is not None:
            events += reader.close(ended)
        return Response(
            status=response.status_code,
            headers=headers,
            body=bytes(body),
            events=None if reader is None else tuple(events),
            started=started,
            ended=ended,
            complete=complete,
        )


def _worthwhile_attempts(outcome: Response | TransportFailure, patience: Patience) -> int:
    """How many attempts may tell more than this outcome: a network's passing trouble is nobody's contract."""
    if isinstance(outcome, TransportFailure):
        if outcome.kind == "timeout":
            return patience.slow_attempts
        return patience.broken_attempts if outcome.kind in {"connect", "protocol"} else 0
    return patience.broken_attempts if not outcome.complete or is_gateway_trouble(outcome.status) else 0


def _busy_failure(response: Response, attempts: int) -> TransportFailure:
    kind: FailureKind = "throttled" if response.status == 429 else "unavailable"
    tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    words = error_message(response)
    return TransportFailure(kind, f"Still {response.status} after {tries}{f': {words}' if words else ''}.")


def _decoded(headers: httpx.Headers) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _is_event_stream(headers: Headers) -> bool:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    return kind.partition(";")[0].strip().lower() == "text/event-stream"


def _host(request: httpx.Request) -> str:
    return request.url.netloc.decode("ascii")
