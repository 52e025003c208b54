"""Which finish_reason ends a choice.

A chunk may carry a value that no document has, such as an empty string in every chunk. The schema rules
report the value; every other rule must not take it for an end, or one defect becomes many.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aoai_conformance.json_access import text

#: The reasons that the documents of both surfaces declare.
_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})


def ends_choice(reason: Any) -> bool:
    """Whether a finish_reason is one that ends a choice, wherever it stands."""
    return isinstance(reason, str) and reason in _REASONS


def said_reason(reason: Any) -> str | None:
    """The finish_reason where it is a text that says something; an empty text is the schema's to report."""
    return text(reason) or None


def ends_of(reasons: Sequence[Any]) -> list[int]:
    """The places of those finish_reasons of one choice, in order, that end it.

    An undeclared value counts only where no declared reason stands anywhere, and then its last place counts.
    """
    declared = [place for place, reason in enumerate(reasons) if ends_choice(reason)]
    undeclared = [place for place, reason in enumerate(reasons) if reason is not None]
    return declared or undeclared[-1:]
