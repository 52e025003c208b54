"""The capabilities of a deployment, compared with a capabilities file."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.judging.rejections import find_rejection
from aoai_conformance.observation import cached_property, examined
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.views.exchange_views import Reply
from aoai_model.verdict import Violation
from aoai_strategies.planning.capabilities import uses
from aoai_strategies.requests.editing import body_value


class PromisedReply(Reply):
    """The response to a request that uses what a capabilities file says the deployment supports."""

    def applies(self) -> bool:
        """Whether the request uses a promised capability, and was accepted or rejected for one."""
        if self.case.expect == "reject" or not self.used:
            return False
        return 200 <= self.status < 300 or bool(self.lost)

    @cached_property
    def used(self) -> tuple[str, ...]:
        """Return the promised capabilities that the request uses."""
        value = body_value(self.case.request.body)
        return tuple(name for name in sorted(self.exchange.promised) if uses(value, name))

    @cached_property
    def lost(self) -> tuple[str, ...]:
        """Return those that the rejection reports as unsupported by the model."""
        rejection = find_rejection(self.exchange, self.operation)
        if rejection is None or rejection.cause != "capability":
            return ()
        return tuple(name for name in self.used if {name, name.partition("=")[0]} & {*rejection.subjects})


@rule(
    "CAPABILITY-001",
    must="support every capability that the capabilities file lists",
    clause="https://github.com/BerriAI/litellm/issues/13432",
    operations=EVERY,
    note="Judged only with --capabilities FILE. A field that the deployment supported when the file was "
    "written and rejects now breaks the clients that use it, whatever the document says.",
)
def supports_its_capabilities(reply: PromisedReply) -> Iterator[Violation]:
    """Reports each lost capability once."""
    examined(reply.used)
    for name in reply.lost:
        yield reply.violates(
            "",
            f"{name} is rejected as unsupported, but the capabilities file lists it as supported.",
            expected="2xx",
            actual=reply.status,
            reason=f"lost {name}",
        )
