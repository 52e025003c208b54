"""Assertions of tests about what an emulator received."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aoai_emulator.control.control import Control


def assert_received(control: Control, match: Mapping[str, Any] | None, **numbers: int | None) -> None:
    """Raise AssertionError with a sentence unless the emulator received as many requests as expected.

    `match` are conditions as in a fixtures file, None for every request; `numbers` are `count`, `at_least` (1
    by default) and `at_most`. Raises MatchError, UnknownNameError or ControlError for what cannot be checked.
    """
    found = control.verify(None if match is None else dict(match), **numbers)
    if found.is_met:
        return
    sentences = [found.message]
    if found.nearest is not None:
        sentences.append(f"The nearest is {found.nearest.summary()}: {'; '.join(found.mismatches)}.")
    raise AssertionError(" ".join(sentences))
