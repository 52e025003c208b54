"""Numbers with their nouns; it imports nothing, since every command needs it."""

from __future__ import annotations


def quantity(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: `1 rule`, `1,200 rules`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
