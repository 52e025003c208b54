"""Properties that the gate checks with few examples and `tox -e selftest` with many."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

Check = Callable[..., None]

_FIRST = inspect.Parameter("examples", inspect.Parameter.POSITIONAL_OR_KEYWORD)


def given_examples(in_gate: int, in_selftest: int) -> Callable[..., Callable[[Check], Check]]:
    """Return a decorator like `given` that makes two tests: of few and of many examples, however slow."""
    numbers = (in_gate, pytest.param(in_selftest, marks=pytest.mark.whole_selftest))

    def given_some(*drawn: Any, **drawn_by_name: Any) -> Callable[[Check], Check]:
        def as_tests(check: Check) -> Check:
            @pytest.mark.parametrize("examples", numbers)
            def test(examples: int, **named: Any) -> None:
                chosen = settings(
                    max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck)
                )
                chosen(given(*drawn, **drawn_by_name)(check))(**named)

            test.__name__, test.__doc__ = check.__name__, check.__doc__
            others = inspect.signature(given(*drawn, **drawn_by_name)(check)).parameters.values()
            test.__signature__ = inspect.Signature([_FIRST, *others])  # type: ignore[attr-defined]
            return test

        return as_tests

    return given_some
