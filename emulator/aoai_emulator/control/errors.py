"""The errors of what controls an emulator."""

from __future__ import annotations

from aoai_specs.errors import ConformanceError


class ControlError(ConformanceError):
    """A change that cannot be made; the message is one sentence."""


class FaultScheduleError(ControlError):
    """A schedule that cannot be read."""
