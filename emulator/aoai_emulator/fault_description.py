"""The descriptions of faults, and of failures on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["acceptance", "response", "chunks", "frames", "reply"]


@dataclass(frozen=True, slots=True)
class FaultDescription:
    """One fault: its id, the kinds of operation it affects, what it breaks, and where.

    `document` names the document on which the fault shows if others lack what it breaks. `stages` are all
    stages that it changes, `stage` the first of them; `topic` groups faults for the self-test.
    """

    id: str
    kinds: frozenset[str]
    summary: str
    stage: Stage
    document: str | None = None
    stages: frozenset[Stage] = frozenset()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class FailureDescription:
    """One failure on demand: its id, what it does, the kinds of operation (empty for all), its settings.

    Unlike a fault, it breaks no contract that a rule could check.
    """

    id: str
    summary: str
    kinds: frozenset[str] = frozenset()
    settings: tuple[str, ...] = ()
