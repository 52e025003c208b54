"""Send a planned request and return the exchange: bytes and times, or why there is no response."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Self

import httpx

import aoai_conformance
from aoai_conformance.cost.budget import Budget
from aoai_conformance.cost.reported import reported_usage
from aoai_conformance.engine.attempts import Limits, attempt, decoded_headers
from aoai_conformance.engine.content_coding import ACCEPTED
from aoai_conformance.engine.network import watched_transport
from aoai_conformance.engine.pacing import Pacer, Patience, is_busy, is_gateway_trouble
from aoai_conformance.engine.placeholders import resolve_placeholders
from aoai_conformance.engine.slots import Slots, urgency_of
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.rejections import error_message, is_out_of_quota
from aoai_conformance.redaction.secrets import Redactor, redactor_of
from aoai_conformance.target.authentication import credential_headers
from aoai_conformance.target.entra import TokenAuthentication
from aoai_conformance.target.layout import apply_layout
from aoai_conformance.target.request_bytes import encode_body, header_value, url_of
from aoai_conformance.target.targets import Target
from aoai_model.case import Case, Placeholder, PlannedRequest
from aoai_model.exchange import FailureKind, Request, Response, TransportFailure
from aoai_model.serialization import Json
from aoai_specs.errors import ConformanceError
from aoai_strategies.requests.response_limits import asks_for_many_choices

_LONGEST_CONNECT = 10.0
#: Defects that another attempt would repeat.
_BROKEN_BYTES = frozenset({"coding", "head", "framing"})
_OWN_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": ACCEPTED,
    "Connection": "keep-alive",
    "User-Agent": f"aoai-conformance/{aoai_conformance.__version__}",
}
#: How many 429 responses of a run are kept and judged; a busy server sends thousands of equal ones.
MOST_THROTTLED = 20


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request ready to be sent, and the same request without secrets."""

    request: httpx.Request
    kept: Request
    #: The token of the run, if the request contains it.
    token: str = field(default="", repr=False)


@dataclass(slots=True)
class _Attempts:
    """How often a case was sent so far."""

    count: int = 0


class Client:
    """Sends cases to one target.

    `base_paths` maps the name of each document to its base path (`/openai`). An exchange never contains the
    key or token of the run: both are replaced by `***` in the recorded request and in the response.
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
        self._keeping_busy = MOST_THROTTLED
        # Waiting for a connection must not use up the time of the attempt itself.
        self._slots = Slots(concurrency)
        connecting = partial(
            watched_transport,
            target.root,
            verify=target.ssl_context,
            concurrency=concurrency,
            proxy=target.connection.proxy,
            # A proxy from the environment cannot reach the loopback interface of this machine.
            use_proxies=not target.is_loopback,
        )
        # Requests go to the transport itself: no redirects, no cookies, no decoding.
        self._transport = transport or connecting()
        # A server may close a connection that it kept alive while the next request is on its way.
        self._on_new_connection = transport or connecting(keep_alive=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
        await self._on_new_connection.aclose()

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send a case, retrying while the server is busy, and return the exchange.

        `patience` replaces that of the pacer for this case. A request has a new connection if its previous
        attempt broke one, or if it may have one attempt only. Transport errors are in the exchange's
        `failure`; the only exception raised is TargetError if no token is available.
        """
        case = resolve_placeholders(case, self._deployment_values(case))
        try:
            prepared = await self._prepare(case)
        except (ConformanceError, ValueError, httpx.InvalidURL) as error:
            if isinstance(error, ConformanceError) and error.exit_code != 2:
                raise
            unsent = Request(case.request.method, case.request.path, (), b"")
            failure = TransportFailure("harness", self._redactor.text(str(error)))
            return Exchange(case, unsent, None, failure, attempts=0)
        patience = patience or self._pacer.patience
        if asks_for_many_choices(case.request):  # a response that was lost may have been billed
            patience = replace(patience, slow_attempts=1, broken_attempts=1)
        return await self._send_in_time(case, prepared, patience)

    async def describe(self, case: Case) -> Request | None:
        """Return the request of a case as it is recorded, without sending it; None if it cannot be built."""
        try:
            prepared = await self._prepare(resolve_placeholders(case, self._deployment_values(case)))
        except (ConformanceError, ValueError, httpx.InvalidURL):
            return None
        return prepared.kept

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """Return the exchange of a case that is not sent, with a sentence that says why."""
        try:
            url = self._url(case)
        except ConformanceError:
            url = case.request.path
        request = Request(case.request.method, url, (), b"")
        return Exchange(case, request, None, TransportFailure(kind, why), attempts=0)

    async def _send_in_time(self, case: Case, prepared: _Prepared, patience: Patience) -> Exchange:
        """Send until the time of the budget is up; a request in flight is then given up."""
        sent = _Attempts()
        try:
            async with asyncio.timeout_at(self.budget.deadline) as time_limit:
                return await self._send_patiently(case, prepared, patience, sent)
        except TimeoutError:
            if not time_limit.expired():
                raise
            over = "Given up: --max-time is used up." if sent.count else "Not sent: --max-time is used up."
            return self._exchange(case, prepared, TransportFailure("budget", over), sent.count)

    async def _send_patiently(
        self, case: Case, prepared: _Prepared, patience: Patience, sent: _Attempts
    ) -> Exchange:
        pacer, tokens = self._pacer, case.prompt_tokens + case.completion_tokens
        lane = self._target.deployment(case.kind) or case.kind
        await pacer.enter(lane)
        if pacer.is_hopeless(lane) and not pacer.why_exhausted(lane):
            silence = "Not sent: too many consecutive requests had no response."
            return self._exchange(case, prepared, TransportFailure("unavailable", silence), 0)
        outcome: Response | TransportFailure
        attempts = 0
        throttled: Response | None = None
        is_renewed = False
        transport = self._on_new_connection if patience.broken_attempts <= 1 else self._transport
        while True:
            urgency = urgency_of(case)
            async with pacer.turn(lane, tokens, urgency), self._slots.taken(urgency):
                exhausted = pacer.why_exhausted(lane)
                if exhausted:
                    words = exhausted if attempts else f"Not sent: {exhausted}"
                    outcome = TransportFailure("throttled", words)
                    break
                limit = self.budget.exceeded_by(case)
                if not self.budget.take(case):
                    if not attempts:
                        outcome = TransportFailure("budget", f"Not sent: {limit} is used up.")
                    break
                attempts += 1
                sent.count = attempts
                sent_at = pacer.time()
                outcome = await attempt(transport, prepared.request, self._limits)
            self.budget.settle(case, outcome if isinstance(outcome, Response) else None)
            if isinstance(outcome, Response):
                pacer.note(lane, outcome.headers, sent_at, busy=is_busy(outcome.status))
            if not is_renewed and await self._has_renewed(prepared, outcome):
                is_renewed = True
                prepared = await self._prepare(case)
                continue
            if isinstance(outcome, Response) and is_busy(outcome.status) and is_out_of_quota(outcome):
                outcome = _busy_failure(outcome, attempts)
                break
            if isinstance(outcome, Response) and is_busy(outcome.status):
                headers = outcome.headers
                if throttled is None and outcome.status == 429 and self._keeping_busy > 0:
                    self._keeping_busy -= 1
                    throttled = outcome
                excessive = pacer.excessive_wait(headers)
                if excessive is not None:
                    words = _too_long(outcome, excessive, pacer.patience.give_up_wait)
                    pacer.exhaust(lane, excessive, words)
                    outcome = TransportFailure(_busy_kind(outcome), words)
                    break
                outcome = _busy_failure(outcome, attempts)
                if attempts >= patience.busy_attempts:
                    break
                pacer.hold(lane, headers, attempts)
            elif attempts < _worthwhile_attempts(outcome, patience):
                transport = self._on_new_connection
                await pacer.pause(attempts)
            else:
                break
        if isinstance(outcome, Response) and _is_working(outcome):
            pacer.succeeded(lane)
            self._correct_tokens(case, lane, outcome)
        elif attempts:
            pacer.failed(lane)
        exchange = self._exchange(case, prepared, outcome, attempts)
        if throttled is None:
            return exchange
        return replace(exchange, throttled=self._redactor.response(throttled))

    def _exchange(
        self, case: Case, prepared: _Prepared, outcome: Response | TransportFailure, attempts: int
    ) -> Exchange:
        if isinstance(outcome, TransportFailure):
            received = self._redactor.bytes(outcome.received)
            failure = replace(outcome, message=self._redactor.text(outcome.message), received=received)
            return Exchange(case, prepared.kept, None, failure, attempts)
        return Exchange(case, prepared.kept, self._redactor.response(outcome), None, attempts)

    def _correct_tokens(self, case: Case, lane: str, response: Response) -> None:
        """Correct what the plan estimated by the usage in a response."""
        estimated = case.prompt_tokens + case.completion_tokens
        usage = reported_usage(case, response).usage
        if 200 <= response.status < 300:
            used = usage.prompt_tokens + usage.completion_tokens
            self._pacer.correct(lane, estimated=estimated, used=used)

    async def _has_renewed(self, prepared: _Prepared, outcome: Response | TransportFailure) -> bool:
        """Whether the server rejected the token of the run, and there is a new one to try."""
        authentication = self._target.authentication
        if not isinstance(authentication, TokenAuthentication) or not prepared.token:
            return False
        rejected = isinstance(outcome, Response) and outcome.status == 401
        return rejected and await authentication.renew(prepared.token)

    @property
    def _redactor(self) -> Redactor:
        """The redactor of all secrets that were used until now."""
        return redactor_of(self._target.secrets)

    async def _prepare(self, case: Case) -> _Prepared:
        planned = self._lay_out(case)
        content, content_type = encode_body(planned.body)
        url = self._url(case)
        authentication = self._target.authentication
        credentials, shown = await credential_headers(planned.credentials, authentication)
        added = [(each.name, each.value) for each in self._target.headers]
        plain = list(planned.headers.items())
        if content_type is not None and header_value(planned.headers, "content-type") is None:
            plain.append(("Content-Type", content_type))
        has_body = planned.body is not None
        # What a case says of a header takes precedence over what the user adds.
        request = self._build_request(
            planned.method, url, (added, [*plain, *credentials]), content if has_body else None
        )
        redactor = self._redactor
        masked = {each.name.lower(): redactor.text(each.template) for each in self._target.headers}
        masked = {
            name: value for name, value in masked.items() if header_value(planned.headers, name) is None
        }
        masked |= {name.lower(): value for name, value in shown}
        kept_headers = tuple(
            (name, masked.get(name.lower(), redactor.text(value)))
            for name, value in decoded_headers(request.headers)
        )
        kept = Request(planned.method, redactor.text(str(request.url)), kept_headers, redactor.bytes(content))
        is_own = planned.credentials == "configured" and authentication.scheme == "entra"
        token = credentials[0][1].removeprefix("Bearer ") if is_own else ""
        return _Prepared(request, kept, token)

    def _build_request(
        self, method: str, url: str, given: Iterable[list[tuple[str, str]]], content: bytes | None
    ) -> httpx.Request:
        """Build the request; each list of headers replaces headers of the same names before it."""
        headers = httpx.Headers(_OWN_HEADERS)
        for each in given:
            headers.update(each)
        seconds = self._limits.seconds
        timeout = httpx.Timeout(seconds, connect=min(_LONGEST_CONNECT, seconds)).as_dict()
        return httpx.Request(method, url, headers=headers, content=content, extensions={"timeout": timeout})

    def _deployment_values(self, case: Case) -> dict[Placeholder, Json]:
        """Return the deployment names that the request contains outside its path; "" if not configured."""
        kinds = {taken: taken.deployment_kind for taken in case.takes}
        return {
            taken: self._target.named_deployment(kind, case.kind) or ""
            for taken, kind in kinds.items()
            if kind is not None
        }

    def _lay_out(self, case: Case) -> PlannedRequest:
        return apply_layout(case.request, self._target.layout, self._target.deployment(case.kind))

    def _url(self, case: Case) -> str:
        return url_of(
            self._lay_out(case),
            root=self._target.root,
            base_path=self._base_paths[case.document],
            deployment=self._target.deployment(case.kind),
        )


def _is_working(response: Response) -> bool:
    """Whether a response shows that its lane works: no gateway error and no timeout."""
    return not is_gateway_trouble(response.status) and response.defect("timeout") is None


def _worthwhile_attempts(outcome: Response | TransportFailure, patience: Patience) -> int:
    """Return how many attempts an outcome is worth; the contract does not cover transient network errors."""
    if isinstance(outcome, TransportFailure):
        if outcome.kind == "timeout":
            return patience.slow_attempts
        return patience.broken_attempts if outcome.kind in {"connect", "protocol"} else 0
    if outcome.defect("timeout") is not None:
        return patience.slow_attempts
    if any(defect.kind in _BROKEN_BYTES for defect in outcome.defects):
        return 0  # transient network errors do not change bytes
    return patience.broken_attempts if not outcome.complete or is_gateway_trouble(outcome.status) else 0


def _busy_kind(response: Response) -> FailureKind:
    return "throttled" if response.status == 429 else "unavailable"


def _too_long(response: Response, seconds: float, longest: float) -> str:
    """Say that the server requests a longer wait than the user allows."""
    words = error_message(response)
    return (
        f"The server requests to wait {seconds:,.0f} s, longer than the {longest:,.0f} s of --max-wait"
        f"{f': {words}' if words else ''}."
    )


def _busy_failure(response: Response, attempts: int) -> TransportFailure:
    tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    words = error_message(response)
    return TransportFailure(
        _busy_kind(response), f"Still {response.status} after {tries}{f': {words}' if words else ''}."
    )
