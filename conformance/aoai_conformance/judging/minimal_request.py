"""The minimal request of an operation: as its rule sees it, and what follows where it fails."""

from __future__ import annotations

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.rejections import error_message
from aoai_conformance.views.exchange_views import Reply


class MinimalReply(Reply):
    """The response to the minimal request of an operation.

    Where it fails, only the rule about this view judges the exchange.
    """

    def applies(self) -> bool:
        """Whether the request is the minimal one of its operation."""
        return self.case.origin == "base" and (self.case.expect == "accept" or self.status >= 500)


def why_closed(exchange: Exchange) -> str:
    """Why nothing more is sent to an operation whose minimal request failed, in the server's own words."""
    if exchange.response is None:
        told = "" if exchange.failure is None else exchange.failure.message
    else:
        words = error_message(exchange.response)
        told = f"{exchange.response.status}{f' {words}' if words else ''}"
    return f"Not sent: the minimal request of {exchange.case.operation} failed: {told.rstrip('.')}."
