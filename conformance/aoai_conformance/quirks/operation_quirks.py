"""Operations that the real service is known not to serve at some kinds of endpoint.

A row says which operation, which status tells so, and who saw it. Such an operation is reported and not
counted: it is neither a violation nor a reason to doubt the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aoai_conformance.exchange import Exchange
    from aoai_specs.document import Operation


@dataclass(frozen=True, slots=True)
class UnservedOperation:
    """An operation kind of a surface that answers with `status` where it is not served."""

    surface: str
    kind: str
    status: int
    why: str
    source: str


UNSERVED: tuple[UnservedOperation, ...] = (
    UnservedOperation(
        "ai-model-inference",
        "info",
        404,
        "/info answers 404 on Foundry endpoints",
        "https://github.com/Azure/azure-sdk-for-python/issues/39310",
    ),
)


def unserved_by_quirk(exchange: Exchange, operation: Operation) -> str | None:
    """Why an operation need not be served here, with the source; None where no quirk says so."""
    response = exchange.response
    for row in UNSERVED:
        if (
            response is not None
            and (operation.document.name.surface, operation.kind) == (row.surface, row.kind)
            and response.status == row.status
        ):
            return f"{row.why} ({row.source})"
    return None
