"""An emulator that implements the described APIs with built-in, deterministic content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aoai_emulator.fault_description import FaultDescription

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aoai_emulator.models.deployments import Deployment

__all__ = ["FaultDescription", "fault_catalogue", "parse_deployments"]


def fault_catalogue() -> tuple[FaultDescription, ...]:
    """Return every fault, sorted by id. The server is imported only when this is called."""
    from aoai_emulator.faults.registry import fault_catalogue as catalogue

    return catalogue()


def parse_deployments(pairs: Iterable[str]) -> tuple[Deployment, ...]:
    """Return the deployments of `NAME=MODEL` pairs; without any pair, the emulator's default deployments.

    Raises ConformanceError for a pair of another form, and UnknownNameError for an unknown model.
    """
    from aoai_emulator.models.model_table import parse_deployments as parse
    from aoai_emulator.settings import DEFAULT_DEPLOYMENTS

    return parse(pairs) or DEFAULT_DEPLOYMENTS
