"""Operations that the real service is known not to serve at some endpoints.

A row has the operation, the status that shows it, and the source. Such an operation is reported but not
counted: it is not a violation, and does not make the run inconclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aoai_conformance.exchange import Exchange
    from aoai_specs.document import Operation


@dataclass(frozen=True, slots=True)
class UnservedOperation:
    """A kind of operation of a surface that returns `status` if it is not served."""

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
        "/info returns 404 on Foundry endpoints",
        "https://github.com/Azure/azure-sdk-for-python/issues/39310",
    ),
)


def unserved_by_quirk(exchange: Exchange, operation: Operation) -> str | None:
    """Return why an operation need not be served here, with the source, if a quirk says so."""
    response = exchange.response
    for row in UNSERVED:
        if (
            response is not None
            and (operation.document.name.surface, operation.kind) == (row.surface, row.kind)
            and response.status == row.status
        ):
            return f"{row.why} ({row.source})"
    return None
