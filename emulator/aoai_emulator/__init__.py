"""A server that speaks the described APIs from built-in, deterministic content."""

from __future__ import annotations

from aoai_emulator.fault_description import FaultDescription

__all__ = ["FaultDescription", "fault_catalogue"]


def fault_catalogue() -> tuple[FaultDescription, ...]:
    """Return every fault that exists, sorted by id. The server is only imported when this is called."""
    from aoai_emulator.faults import fault_catalogue as catalogue

    return catalogue()
