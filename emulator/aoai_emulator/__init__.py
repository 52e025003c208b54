"""A server that speaks the described APIs from built-in, deterministic content."""

from __future__ import annotations

from aoai_emulator.faults import fault_catalogue
from aoai_emulator.faults.registry import FaultDescription

__all__ = ["FaultDescription", "fault_catalogue"]
