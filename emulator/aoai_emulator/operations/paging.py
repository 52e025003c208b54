"""Pages of a list: what follows a cursor, up to a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Listed(Protocol):
    """Anything with an id."""

    id: str


Item = TypeVar("Item", bound=Listed)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items in their order, and whether more follow."""

    items: Sequence[Item]
    has_more: bool


def page(items: Sequence[Item], after: str | None, limit: int) -> Page[Item]:
    """Return the items after the one with the id `after`; none for an unknown id."""
    start = 0
    if after is not None:
        start = next((place + 1 for place, item in enumerate(items) if item.id == after), len(items))
    end = start + limit
    return Page(items[start:end], end < len(items))
