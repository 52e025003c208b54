"""The deployments that faults, limits and delays name must exist."""

from __future__ import annotations

from collections.abc import Iterable

from aoai_emulator.settings import Settings
from aoai_emulator.traffic.per_deployment import EVERY_DEPLOYMENT, Row
from aoai_specs.errors import UnknownNameError


def require_deployment(name: str, settings: Settings) -> None:
    """Require that a deployment exists. Raises UnknownNameError."""
    if settings.deployment(name) is None:
        names = [deployment.name for deployment in settings.deployments]
        raise UnknownNameError("deployment", name[:80], names, list_known=True)


def require_deployments(rows: Iterable[Row], settings: Settings) -> None:
    """Require that each row names a deployment, or every other one. Raises UnknownNameError."""
    for row in rows:
        if row.deployment != EVERY_DEPLOYMENT:
            require_deployment(row.deployment, settings)
