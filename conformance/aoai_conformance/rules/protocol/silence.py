"""Requests that make a server stop responding to others."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.observation import examined
from aoai_conformance.rule import EVERY, Inconclusive, rule
from aoai_conformance.views.scenarios import AFTER, BEFORE, REQUEST, StoppedResponding, is_silent
from aoai_model.verdict import Violation

#: How often a request, sent alone, must stop a server from responding before it is reported.
_REPRODUCED = 2


@rule(
    "OPERATION-002",
    must="continue to respond to other requests, regardless of the content of a request",
    clause="azure-openai@2024-10-21#/paths",
    operations=EVERY,
    note="Checked only where a server stops responding during a run. A request is reported if, sent alone to "
    "a server that responds, it stops the server from responding to the minimal request, twice. Where no "
    "request can be named, the rule is inconclusive.",
)
def keeps_responding(silence: StoppedResponding) -> Iterator[Violation]:
    """Reports the request that makes the server stop responding."""
    examined(silence.trials)
    silenced = [trial for trial in silence.trials if trial[BEFORE].response and is_silent(trial[AFTER])]
    if len(silenced) >= _REPRODUCED:
        request, failure = silenced[0][REQUEST], silenced[0][AFTER].failure
        cause = "" if failure is None else f": {failure.message.rstrip('.')}"
        yield Violation(
            "",
            f"The server stopped responding after {request.case.request.method} "
            f"{request.case.operation} was sent alone, {len(silenced)} times; "
            f"the minimal request then had no response{cause}.",
            expected="a response to the minimal request",
            actual="no response",
            reason="silent",
            point=request.case.points[0].id if len(request.case.points) == 1 else None,
        )
    elif silenced:
        name = silenced[0][REQUEST].case.id
        raise Inconclusive(f"the server stopped responding after {name} once, which was not reproduced")
    elif not silence.trials:
        names = ", ".join(silence.suspects)
        raise Inconclusive(f"the server stopped responding; the requests without a response were {names}")
