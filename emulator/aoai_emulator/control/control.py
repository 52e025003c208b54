"""The control of one emulator: what can be changed while it runs."""

from __future__ import annotations

from aoai_emulator.control.fault_control import FaultControl
from aoai_emulator.settings import Settings


class Control:
    """What can be changed while an emulator runs; it starts as its settings say.

    `faults` are the faults in use. Raises UnknownNameError for an unknown fault of the settings, and another
    ConformanceError for one that cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self.faults = FaultControl(settings.faults, settings.seed)

    def reset(self) -> None:
        """Return to the state in which the emulator was started."""
        self.faults.reset()
