"""Limits: requests and tokens per minute, and provisioned throughput."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aoai_emulator.traffic.per_deployment import EVERY_DEPLOYMENT, TrafficError, by_deployment, read_rows
from aoai_specs.json_values import quote

#: The provisioned throughput units of a deployment for which no number is given.
USUAL_UNITS = 15
_MOST = 1_000_000_000
#: The kinds of operation that a model performs: those that limits and delays concern.
INFERENCE_KINDS = frozenset(
    {
        "chat", "extension-chat", "completions", "embeddings", "image-embeddings", "images", "image-submit",
        "transcription", "translation", "speech", "response-create",
    }
)  # fmt: skip
_NAMES = ("requests_per_minute", "tokens_per_minute", "provisioned_units")


@dataclass(frozen=True, slots=True)
class DeploymentLimits:
    """The limits of a deployment (`*` for every other one); None means that those of `*` apply."""

    deployment: str = EVERY_DEPLOYMENT
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    provisioned_units: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the limits as JSON states them."""
        stated = {name: getattr(self, name) for name in _NAMES}
        return {"deployment": self.deployment, **{k: v for k, v in stated.items() if v is not None}}


def parse_limits(
    requests: Iterable[str], tokens: Iterable[str], provisioned: Iterable[str]
) -> tuple[DeploymentLimits, ...]:
    """Read `--rpm`, `--tpm` (`N` or `DEPLOYMENT=N`) and `--ptu` (`DEPLOYMENT[=N]`). Raises TrafficError."""
    rows: dict[str, DeploymentLimits] = {}
    units = [text if "=" in text else f"{text}={USUAL_UNITS}" for text in provisioned]
    options = ("--rpm", "--tpm", "--ptu")
    for name, option, texts in zip(_NAMES, options, (requests, tokens, units), strict=True):
        for deployment, text in by_deployment(texts, "limit"):
            row = rows.get(deployment, DeploymentLimits(deployment))
            if getattr(row, name) is not None:
                raise TrafficError(f"The {name.replace('_', ' ')} of {deployment} are given twice.")
            number = int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else text
            given: dict[str, Any] = {name: _limit(option, number)}
            rows[deployment] = replace(row, **given)
    return tuple(rows.values())


def read_limits(value: Any) -> tuple[DeploymentLimits, ...]:
    """Read limits from JSON: a list of objects with the names of DeploymentLimits. Raises TrafficError."""

    def read(deployment: str, row: Mapping[str, Any]) -> DeploymentLimits:
        numbers = {name: _limit(name, row[name]) for name in _NAMES if row.get(name) is not None}
        return DeploymentLimits(deployment, **numbers)

    return read_rows(value, _NAMES, read)


def _limit(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST:
        raise TrafficError(f"{name} must be a whole number from 1, not {quote(value)}.")
    return value
