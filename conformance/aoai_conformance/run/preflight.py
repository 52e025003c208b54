"""Sends the minimal request of each operation first, to determine whether it can be tested."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from aoai_conformance.engine.isolation.isolation import OperationKey
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.unit_sender import Knowledge
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.minimal_request import why_closed
from aoai_conformance.options import Scheme
from aoai_conformance.target.connection_trouble import has_remedy, proxy_needs_credentials
from aoai_model.case import Case
from aoai_specs.errors import TargetError

_UNAUTHORIZED = frozenset({401, 403})
_PROXY_UNAUTHORIZED = 407
#: Time-outs are not retried.
PREFLIGHT_PATIENCE = Patience(slow_attempts=1)


class CaseSender(Protocol):
    """Sends cases, such as `aoai_conformance.engine.client.Client`."""

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send a case and return its exchange, which may have failed."""


async def preflight(sender: CaseSender, cases: Iterable[Case], root: str) -> Knowledge:
    """Send the base case of each operation and return the results.

    An operation is closed if its base case fails, since all other requests would fail for the same reason.
    Raises TargetError if no base case reaches a server or if all are rejected with 401 or 403.
    """
    bases = minimal_cases(cases)
    exchanges = await asyncio.gather(*(sender.send(case, PREFLIGHT_PATIENCE) for case in bases.values()))
    if not exchanges:
        return Knowledge()
    require_responses(exchanges, root)
    closed = {
        key: why_closed(exchange)
        for key, exchange in zip(bases, exchanges, strict=True)
        if exchange.is_failed_minimal
    }
    return Knowledge({exchange.case.id: exchange for exchange in exchanges}, closed)


def minimal_cases(cases: Iterable[Case]) -> dict[OperationKey, Case]:
    """The minimal request of each operation, unless it depends on earlier responses."""
    bases: dict[OperationKey, Case] = {}
    for case in cases:
        # A dependent case is sent in its turn; the name of a deployment is no dependency.
        if case.origin == "base" and not any(taken.case for taken in case.takes):
            bases.setdefault((case.document, case.operation), case)
    return bases


def require_responses(exchanges: Sequence[Exchange], root: str, scheme: Scheme = "key") -> None:
    """Raise TargetError if no minimal request reached a server, or if all were rejected because of the key.

    `scheme` is how the run authenticates. A server that fails all of them in another way is a result, with a
    record and reports.
    """
    failures = [exchange.failure for exchange in exchanges if exchange.failure is not None]
    if len(failures) == len(exchanges) and all(each.kind == "connect" for each in failures):
        message = failures[0].message
        advice = "" if has_remedy(message) else " Check the URL and that the server is running."
        raise TargetError(f"No response from {root}: {message}{advice}")
    statuses = [exchange.response.status for exchange in exchanges if exchange.response is not None]
    if len(statuses) == len(exchanges) and set(statuses) == {_PROXY_UNAUTHORIZED}:
        raise TargetError(proxy_needs_credentials())
    if len(statuses) == len(exchanges) and all(status in _UNAUTHORIZED for status in statuses):
        if scheme == "none":
            raise TargetError(
                f"The target requires credentials: it answered every operation with status {statuses[0]}. "
                "Set a key and leave out --auth none."
            )
        raise TargetError(
            f"The target rejected the key for every operation with status {statuses[0]}. "
            "Check that it is the key of this resource and has access to these deployments."
        )
