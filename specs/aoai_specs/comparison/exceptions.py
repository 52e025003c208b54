"""Exceptions to derived verdicts, as data with reasons."""

from __future__ import annotations

from functools import cache
from pkgutil import get_data
from typing import NamedTuple

from aoai_specs.comparison.effects import VERDICTS, Verdict, Way
from aoai_specs.loading.files import load

_DIRECTIONS = ("request", "response", "any")


class VerdictException(NamedTuple):
    """The verdict for some kinds of change in a direction, if the change has all these traits.

    With `floor`, it is the mildest one: a more severe derived verdict stays.
    """

    ids: tuple[str, ...]
    direction: str
    traits: frozenset[str]
    verdict: Verdict
    reason: str
    floor: bool = False

    def applied(self, derived: Verdict) -> Verdict:
        """Return the verdict that replaces the derived one."""
        return min(self.verdict, derived, key=VERDICTS.index) if self.floor else self.verdict


@cache
def verdict_exceptions() -> tuple[VerdictException, ...]:
    """Return the exceptions of the package. Raises DocumentError with file and line if they are malformed."""
    loaded = load(get_data(__package__, "exceptions.json") or b"", "comparison/exceptions.json")
    listed = []
    for index, held in enumerate(loaded.content.get("exceptions", ())):
        fits = (
            held.get("verdict") in VERDICTS
            and held.get("direction") in _DIRECTIONS
            and isinstance(held.get("ids"), list)
            and str(held.get("reason", "")).strip()
        )
        if not fits:
            raise loaded.error(
                "an exception needs ids, a direction, a verdict and a reason.", f"#/exceptions/{index}"
            )
        traits = frozenset(held.get("traits", ()))
        reason = str(held["reason"]).strip()
        listed.append(
            VerdictException(
                tuple(held["ids"]),
                held["direction"],
                traits,
                held["verdict"],
                reason,
                held.get("floor") is True,
            )
        )
    return tuple(listed)


def excepted(id: str, direction: Way, traits: frozenset[str]) -> VerdictException | None:  # noqa: A002
    """Return the exception that applies to a change with these traits, or None."""
    for each in _by_id().get(id, ()):
        if each.direction in ("any", direction) and each.traits <= traits:
            return each
    return None


@cache
def _by_id() -> dict[str, tuple[VerdictException, ...]]:
    found: dict[str, tuple[VerdictException, ...]] = {}
    for each in verdict_exceptions():
        for name in each.ids:
            found[name] = (*found.get(name, ()), each)
    return found
