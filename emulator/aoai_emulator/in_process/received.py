"""Assertions on what an emulator received."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from aoai_emulator.control.control import Control


class ReceivedRequests(ABC):
    """An emulator in this process whose received requests can be checked."""

    @property
    @abstractmethod
    def control(self) -> Control:
        """What the emulator received, and what changes while it runs."""

    def assert_received(
        self,
        match: Mapping[str, Any] | None = None,
        *,
        count: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> None:
        """Check how many matching requests the emulator received: by default, at least one.

        `match` has conditions as in a fixtures file, such as `{"operation": "chat"}`; None matches every
        request. Raises AssertionError, whose sentence names the nearest request, and MatchError,
        UnknownNameError or ControlError for what cannot be checked.
        """
        wanted = None if match is None else dict(match)
        found = self.control.verify(wanted, count=count, at_least=at_least, at_most=at_most)
        if found.is_met:
            return
        sentences = [found.message]
        if found.nearest is not None:
            sentences.append(f"The nearest is {found.nearest.summary()}: {'; '.join(found.mismatches)}.")
        raise AssertionError(" ".join(sentences))
