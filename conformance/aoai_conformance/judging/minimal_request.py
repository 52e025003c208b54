"""The minimal request of an operation: its view, and the consequence of its failure."""

from __future__ import annotations

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.rejections import error_message
from aoai_conformance.views.exchange_views import Reply


class MinimalReply(Reply):
    """The response to the minimal request of an operation.

    If it fails, only the rule about this view judges the exchange.
    """

    def applies(self) -> bool:
        """Whether the request is the minimal one of its operation."""
        return self.case.origin == "base" and (self.case.expect == "accept" or self.status >= 500)


def why_closed(exchange: Exchange) -> str:
    """Return why no further requests are sent if the minimal request failed, quoting the server."""
    if exchange.response is None:
        quote = "" if exchange.failure is None else exchange.failure.message
    else:
        words = error_message(exchange.response)
        quote = f"{exchange.response.status}{f' {words}' if words else ''}"
    return f"Not sent: the minimal request of {exchange.case.operation} failed: {quote.rstrip('.')}."
