"""Capabilities of deployments that only one of two runs found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aoai_model.serialization import Json
from aoai_reports.formats.legible import visible_line
from aoai_reports.record.reader import Record


@dataclass(frozen=True, slots=True)
class CapabilityChange:
    """One capability of a deployment: lost, with the message of the server, or gained."""

    kind: str
    deployment: str
    capability: str
    lost: bool
    message: str = ""

    @property
    def sentence(self) -> str:
        """`chat (gpt-4o) no longer supports temperature: 400 unsupported_value …`."""
        verb = "no longer supports" if self.lost else "now supports"
        message = f": {self.message}" if self.message else ""
        return visible_line(f"{self.kind} ({self.deployment}) {verb} {self.capability}{message}", 400)

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "kind": self.kind,
            "deployment": self.deployment,
            "capability": self.capability,
            "change": "lost" if self.lost else "gained",
            "message": self.message,
        }


def capability_changes(base: Record, revision: Record) -> tuple[CapabilityChange, ...]:
    """What deployments support in one of two runs only, if both runs probed it; losses first."""
    before, after = _deployments(base), _deployments(revision)
    changes = [
        change for kind in before if kind in after for change in _changes(kind, before[kind], after[kind])
    ]
    return tuple(sorted(changes, key=lambda each: (not each.lost, each.kind, each.capability)))


def _changes(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[CapabilityChange]:
    name = str(after.get("deployment", ""))
    unsupported_before, unsupported_after = _unsupported(before), _unsupported(after)
    for capability in before.get("supported", ()):
        if capability in unsupported_after:
            yield CapabilityChange(kind, name, str(capability), True, str(unsupported_after[capability]))
    for capability in after.get("supported", ()):
        if capability in unsupported_before:
            yield CapabilityChange(kind, name, str(capability), False)


def _unsupported(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    found = deployment.get("unsupported")
    return found if isinstance(found, dict) else {}


def _deployments(record: Record) -> dict[str, Mapping[str, Any]]:
    found = record.header.capabilities.get("deployments")
    if not isinstance(found, dict):
        return {}
    return {kind: each for kind, each in found.items() if isinstance(each, dict)}
