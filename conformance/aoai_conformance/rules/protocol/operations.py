"""The minimal request of each operation."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.judging.error_responses import ErrorReply
from aoai_conformance.judging.minimal_request import MinimalReply
from aoai_conformance.judging.rejections import quoted, require_about_content
from aoai_conformance.rule import EVERY, Inconclusive, rule
from aoai_model.verdict import Violation


@rule(
    "OPERATION-001",
    must="accept the minimal request of each operation",
    clause="azure-openai@2024-10-21#/paths",
    operations=EVERY,
    note="Where the minimal request fails, nothing else of the operation is sent or judged: every further "
    "violation would have the same cause. A rejection for the key, the address, the load, a quota, the "
    "content filter or the model is inconclusive.",
    decides=True,
)
def accepts_the_minimal_request(reply: MinimalReply) -> Iterator[Violation]:
    """Reports the status, the code and the message."""
    if 200 <= reply.status < 300 or not reply.exchange.is_failed_minimal:
        return
    require_about_content(reply)
    quote = quoted(reply.response, ErrorReply(reply.exchange, reply.operation, reply.response))
    if reply.status < 400:
        raise Inconclusive(f"a {reply.status} neither accepts nor rejects the request")
    reason = "5xx" if reply.status >= 500 else "refused"
    yield Violation("", f"The minimal request fails: {quote.rstrip('.')}.", "2xx", reply.status, reason)
