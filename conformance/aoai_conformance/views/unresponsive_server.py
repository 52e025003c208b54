"""Scenarios of a server that stops responding: what was sent to find out which request does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aoai_conformance.exchange import Exchange
from aoai_conformance.views.scenarios import ScenarioView

#: The kind of the scenario that shows which request makes a server stop responding.
STOPPED_RESPONDING = "operation.stopped-responding"
#: The steps of one trial: the minimal request, the request under suspicion, and the minimal request again
#: while that is unanswered or right after its response.
BEFORE, REQUEST, AFTER = "before", "request", "after"
#: Failures by which a server that has stopped responding is known.
SILENT = frozenset({"timeout", "connect", "protocol"})


def is_silent(exchange: Exchange) -> bool:
    """Whether a request was sent and the server did not respond to it."""
    return exchange.failure is not None and exchange.failure.kind in SILENT and exchange.attempts > 0


def trial_steps(trial: int) -> tuple[str, str, str]:
    """The names of the steps of one trial, counted from 1."""
    return f"{REQUEST}-{trial}", f"{BEFORE}-{trial}", f"{AFTER}-{trial}"


class StoppedResponding(ScenarioView):
    """One request, sent alone to a server that was responding; or those after which a server fell silent."""

    kinds: ClassVar[frozenset[str]] = frozenset({STOPPED_RESPONDING})
    judges_failures: ClassVar[bool] = True

    @property
    def trials(self) -> tuple[Mapping[str, Exchange], ...]:
        """The whole trials: each with the request, and the minimal request before and after it."""
        found: list[Mapping[str, Exchange]] = []
        while all(step in self.steps for step in trial_steps(len(found) + 1)):
            names = trial_steps(len(found) + 1)
            found.append(
                dict(zip((REQUEST, BEFORE, AFTER), (self.steps[name] for name in names), strict=True))
            )
        return tuple(found)

    @property
    def suspects(self) -> tuple[str, ...]:
        """The ids of the requests that were not answered, where none could be sent alone."""
        return tuple(each.case.id for each in self.steps.values() if each.case.origin != "check")
