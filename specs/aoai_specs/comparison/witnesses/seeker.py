"""What the builders of arrays and objects ask for: values of their parts."""

from __future__ import annotations

from typing import Protocol

from aoai_specs.comparison.witnesses.cases import Case, Literal
from aoai_specs.comparison.witnesses.form import Key


class Seeker(Protocol):
    """Finds values for parts of a value. `first` is the side whose values are asked for."""

    first: int

    def answers(self, goals: frozenset[Literal], wanted: int = 1) -> list[object]:
        """Return values that satisfy all literals, as many as wanted if there are enough."""

    def names(self, goals: frozenset[Literal], wanted: int) -> list[str]:
        """Return strings that satisfy all literals."""

    def allows(self, side: int, key: Key, value: object) -> bool:
        """Whether a schema of a side allows a value."""

    def is_mentioned(self, name: str, case: Case) -> bool:
        """Whether a schema of either side mentions a property of this name."""

    def cut(self) -> None:
        """Note that something was left out, so that failure proves nothing."""
