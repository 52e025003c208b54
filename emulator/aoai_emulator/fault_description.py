"""What a user is told of a fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["acceptance", "answer", "chunks", "frames", "reply"]


@dataclass(frozen=True, slots=True)
class FaultDescription:
    """One fault: its id, the kinds of operation it concerns, what is broken, and the stage at which it is.

    `document` names the document on which it shows, where it breaks something that others do not know.
    `stages` are all stages at which it works, `stage` the first of them; `topic` is its module.
    """

    id: str
    kinds: frozenset[str]
    summary: str
    stage: Stage
    document: str | None = None
    stages: frozenset[Stage] = frozenset()
    topic: str = ""
