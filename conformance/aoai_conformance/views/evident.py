"""Views that exist only where there is something to check.

A rule whose view has no evidence is not applicable: it neither passes nor fails an empty body, a bare list
or a response without the fields that it reads. Where there is evidence, finding nothing wrong is a pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

from aoai_conformance.exchange import Exchange
from aoai_conformance.views.flows import CreatedResource, Flow

if TYPE_CHECKING:
    from aoai_specs.document import Operation

__all__ = ["EvidentAnswer", "EvidentFlow"]


class EvidentAnswer(CreatedResource):
    """A successful JSON response that holds what the rule checks."""

    def applies(self) -> bool:
        """Whether there is evidence."""
        return super().applies() and bool(self.evidence)

    @property
    def evidence(self) -> Sequence[object]:
        """What the rule checks; empty where the response holds none of it."""
        raise NotImplementedError


class EvidentFlow(Flow):
    """A flow whose responses hold what the rule checks."""

    @classmethod
    def of_scenario(cls, kind: str, steps: Mapping[str, Exchange], operation: Operation) -> Self | None:
        """Show a scenario; None where it is of another kind, or holds no evidence."""
        view = super().of_scenario(kind, steps, operation)
        return view if view is not None and view.evidence else None

    @property
    def evidence(self) -> Sequence[object]:
        """What the rule checks; empty where the flow holds none of it."""
        raise NotImplementedError
