"""Sends the minimal request of each operation first, and says whether there is anything to test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from aoai_conformance.engine.isolation import OperationKey
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.runner import Knowledge
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.minimal_request import why_closed
from aoai_model.case import Case
from aoai_specs.errors import TargetError

_NO_ENTRY = frozenset({401, 403})
#: A target that does not answer at all is not waited for twice.
PREFLIGHT_PATIENCE = Patience(slow_attempts=1)


class CaseSender(Protocol):
    """What sends a case; `aoai_conformance.engine.client.Client` is one."""

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send the case and give the exchange, a failed one included."""


async def preflight(sender: CaseSender, cases: Iterable[Case], root: str) -> Knowledge:
    """Send the base case of each operation, and give what that tells.

    An operation is closed where its base case fails: whatever else is asked of it would fail for the same
    reason. Raises TargetError where no base case reaches a server, or where each is refused with
    401 or 403.
    """
    bases = minimal_cases(cases)
    exchanges = await asyncio.gather(*(sender.send(case, PREFLIGHT_PATIENCE) for case in bases.values()))
    if not exchanges:
        return Knowledge()
    require_answers(exchanges, root)
    closed = {
        key: why_closed(exchange)
        for key, exchange in zip(bases, exchanges, strict=True)
        if exchange.is_failed_minimal
    }
    return Knowledge({exchange.case.id: exchange for exchange in exchanges}, closed)


def minimal_cases(cases: Iterable[Case]) -> dict[OperationKey, Case]:
    """The minimal request of each operation that takes nothing from earlier answers."""
    bases: dict[OperationKey, Case] = {}
    for case in cases:
        # what takes from earlier answers comes in its turn; a deployment's name is there from the start
        if case.origin == "base" and not any(taken.case for taken in case.takes):
            bases.setdefault((case.document, case.operation), case)
    return bases


def require_answers(exchanges: Sequence[Exchange], root: str) -> None:
    """Raise TargetError where no minimal request reached a server, or all were refused for the key.

    A server that is there but answers none of them as it should is a result, with a record and reports.
    """
    failures = [exchange.failure for exchange in exchanges if exchange.failure is not None]
    if len(failures) == len(exchanges) and all(each.kind == "connect" for each in failures):
        raise TargetError(
            f"Nothing answers at {root}: {failures[0].message} Is the URL right, is the server up?"
        )
    statuses = [exchange.response.status for exchange in exchanges if exchange.response is not None]
    if len(statuses) == len(exchanges) and all(status in _NO_ENTRY for status in statuses):
        raise TargetError(
            f"The target refused the key for every operation, with status {statuses[0]}: "
            "is it the key of this resource, and may it use these deployments?"
        )
