"""The deployments that limits and delays name must exist."""

from __future__ import annotations

from collections.abc import Iterable

from aoai_emulator.settings import Settings
from aoai_emulator.traffic.per_deployment import EVERY_DEPLOYMENT, Row
from aoai_specs.errors import UnknownNameError


def require_deployments(rows: Iterable[Row], settings: Settings) -> None:
    """Require that each row names a deployment, or every other one. Raises UnknownNameError."""
    for row in rows:
        if row.deployment != EVERY_DEPLOYMENT and settings.deployment(row.deployment) is None:
            names = [deployment.name for deployment in settings.deployments]
            raise UnknownNameError("deployment", row.deployment, names, list_known=True)
