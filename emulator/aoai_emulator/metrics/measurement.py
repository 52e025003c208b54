"""What is measured of one request, and what takes the measurements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

#: How many different deployments metrics tell apart; names of more are `other`.
MOST_DEPLOYMENTS = 100
#: The upper bounds of the buckets of durations, in seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
OTHER = "other"
_LONGEST_NAME = 100
NONE = "none"
SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One request: its operation, deployment, status and fault, and what it took.

    An operation or deployment that does not exist, a fault that there was not, and the status of a connection
    that failed before it are `none`. `seconds` pass until the last byte of the response is sent. Tokens are
    those that the response reports: 0 for one that reports none.
    """

    operation: str
    deployment: str
    status: str
    fault: str
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0


class Meter(Protocol):
    """Takes measurements."""

    def record(self, measurement: Measurement) -> None:
        """Count a request."""


class DeploymentNames:
    """Bounds the number of different names, which clients choose with `--any-deployment`."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def bounded(self, name: str | None) -> str:
        """Return a name, or `other` once there are MOST_DEPLOYMENTS; without a name, `none`.

        A long name is cut, and what UTF-8 cannot encode is escaped.
        """
        if name is None:
            return NONE
        name = name[:_LONGEST_NAME].encode("utf-8", "backslashreplace").decode()
        if name not in self._names and len(self._names) >= MOST_DEPLOYMENTS:
            return OTHER
        self._names.add(name)
        return name


def fault_label(ids: Iterable[str]) -> str:
    """Return the id of one fault; `none` for none, and `several` for more."""
    found = tuple(ids)
    if not found:
        return NONE
    return found[0] if len(found) == 1 else SEVERAL
