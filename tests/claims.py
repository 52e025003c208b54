"""One claim about many things: a test of a group names every thing for which the claim does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

Thing = TypeVar("Thing")


def for_each(
    things: Iterable[Thing], *, group: Callable[[Thing], str], name: Callable[[Thing], str]
) -> Callable[[Callable[[Thing], None]], Callable[..., None]]:
    """Turn a check of one thing into a test of each group of things.

    Hundreds of things would be as many tests, and collecting them takes longer than checking them. Raises
    ValueError if there are none, since such a claim cannot fail.
    """
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        groups.setdefault(group(thing), []).append(thing)
    if not groups:
        raise ValueError("There is nothing to check.")

    def as_test(check: Callable[[Thing], None]) -> Callable[..., None]:
        @pytest.mark.parametrize("group", groups)
        def test(group: str) -> None:
            holds_for_each(groups[group], check, name)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return as_test


def holds_for_each(
    things: Iterable[Thing], check: Callable[[Thing], None], name: Callable[[Thing], str]
) -> None:
    """Check each thing; fail with the names of all that fail the check, and why, or if there are none."""
    wrong: list[str] = []
    things = list(things)
    for thing in things:
        try:
            check(thing)
        # No error hides what follows it; that of `pytest.raises` is not an Exception.
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001
            wrong.append(f"{name(thing)}\n{type(error).__name__}: {error}")
    if wrong:
        pytest.fail("\n\n".join(wrong), pytrace=False)
    if not things:
        pytest.fail("There is nothing to check.", pytrace=False)
