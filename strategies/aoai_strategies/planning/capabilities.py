"""The capabilities of deployments, found by probes or read from a file.

A capability is a top-level field of a request (`temperature`), a value of a field
(`response_format=json_schema`) or a part of a message (`image_url`). A capability counts as unsupported only
if the error message of a server says so; the message is part of the result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from aoai_model.serialization import Json
from aoai_strategies.errors import CapabilitiesError

CAPABILITIES_SCHEMA: Final = "aoai-conformance/capabilities/v1"
#: Parts of messages that only some models accept.
MESSAGE_PARTS = frozenset({"image_url", "input_audio"})
_LARGEST = 4 * 1024 * 1024
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class DeploymentCapabilities:
    """The capabilities of one deployment.

    `kind` is the kind of operation that it serves. `supported` are the capabilities that it accepted,
    `unsupported` those that it rejected, each with the error message. `output_tokens` is the smallest limit
    on the response that it accepted, 0 if it accepts every limit.
    """

    kind: str
    deployment: str
    supported: tuple[str, ...] = ()
    unsupported: Mapping[str, str] = field(default_factory=dict)
    output_tokens: int = 0

    def to_json(self) -> dict[str, Json]:
        """The JSON form of the deployment in a capabilities file."""
        return {
            "deployment": self.deployment,
            "supported": list(self.supported),
            "unsupported": dict(self.unsupported),
            "output_tokens": self.output_tokens,
        }

    @classmethod
    def from_json(cls, kind: str, data: Mapping[str, Any]) -> Self:
        """Parse the result of `to_json`. Raises CapabilitiesError for anything else."""
        supported, unsupported = data.get("supported", []), data.get("unsupported", {})
        tokens = data.get("output_tokens", 0)
        if (
            not _are_texts(supported)
            or not isinstance(unsupported, dict)
            or not _are_texts(unsupported.values())
        ):
            raise CapabilitiesError(
                f"deployments.{kind} needs a list `supported` and an object `unsupported`"
            )
        if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
            raise CapabilitiesError(f"deployments.{kind}.output_tokens is not a number of tokens")
        return cls(kind, str(data.get("deployment", "")), tuple(supported), dict(unsupported), tokens)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The capabilities of the deployments of a target, by the kind of operation that they serve.

    `promised` is True for a file of the user: a capability that a deployment no longer supports is then a
    violation.
    """

    deployments: Mapping[str, DeploymentCapabilities] = field(default_factory=dict)
    promised: bool = False

    @property
    def promises(self) -> dict[str, frozenset[str]]:
        """The promised capabilities of each kind of operation; empty without a promise."""
        if not self.promised:
            return {}
        return {kind: frozenset(each.supported) for kind, each in self.deployments.items()}

    def of(self, kind: str) -> DeploymentCapabilities | None:
        """The capabilities of the deployment for a kind of operation; None where they are unknown."""
        return self.deployments.get(kind)

    def lost_since(self, earlier: Capabilities) -> Iterator[tuple[DeploymentCapabilities, str]]:
        """The capabilities that a deployment supported earlier and rejects now, with the deployment."""
        for kind, now in self.deployments.items():
            before = earlier.of(kind)
            for name in () if before is None else before.supported:
                if name in now.unsupported:
                    yield now, name

    def to_json(self) -> dict[str, Json]:
        """The JSON form of a capabilities file; empty where nothing is known."""
        if not self.deployments:
            return {}
        made: dict[str, Json] = {
            "schema": CAPABILITIES_SCHEMA,
            "deployments": {kind: each.to_json() for kind, each in self.deployments.items()},
        }
        return made | {"promised": True} if self.promised else made

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Parse the result of `to_json`. Raises CapabilitiesError for anything else."""
        if not data:
            return cls()
        if data.get("schema") != CAPABILITIES_SCHEMA:
            raise CapabilitiesError(f"its schema is not {CAPABILITIES_SCHEMA}")
        found = data.get("deployments")
        if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
            raise CapabilitiesError("`deployments` is not an object of objects")
        deployments = {kind: DeploymentCapabilities.from_json(kind, each) for kind, each in found.items()}
        return cls(deployments, data.get("promised") is True)


def read_capabilities(path: Path) -> Capabilities:
    """Read capabilities from a file or from the record of a run (its folder or record.ndjson).

    Raises CapabilitiesError for a file that cannot be used.
    """
    source = path / "record.ndjson" if path.is_dir() else path
    advice = "give a capabilities.json or the folder of a run that probed its target"
    try:
        with source.open("rb") as opened:
            text = opened.readline(_LARGEST) if source.suffix == ".ndjson" else opened.read(_LARGEST)
        data = json.loads(text)
    except OSError as error:
        raise CapabilitiesError(f"Cannot read {source}: {error.strerror or error}; {advice}.") from error
    except (ValueError, RecursionError) as error:
        raise CapabilitiesError(f"{source} is not JSON: {advice}.") from error
    if isinstance(data, dict) and data.get("type") == "header":
        data = data.get("capabilities") or {}
        if not data:
            raise CapabilitiesError(f"The run of {source} did not probe its target: {advice}.")
    if not isinstance(data, dict) or not data:
        raise CapabilitiesError(f"{source} contains no capabilities: {advice}.")
    try:
        return Capabilities.from_json(data)
    except CapabilitiesError as error:
        raise CapabilitiesError(f"{source} contains no capabilities ({error}): {advice}.") from error


def uses(value: Json, capability: str) -> bool:
    """Whether a request body uses a capability."""
    if not isinstance(value, dict):
        return False
    name, equals, expected = capability.partition("=")
    if name in MESSAGE_PARTS:
        return _has_part(value, name, _DEEPEST)
    if name not in value:
        return False
    return not equals or expected in _words_of(value[name])


def _words_of(value: Json) -> tuple[Json, ...]:
    """The values that may name a capability of a field: its value, or the type of an object."""
    if isinstance(value, list):
        return tuple(value)
    return (value.get("type"),) if isinstance(value, dict) else (value,)


def _has_part(value: Json, kind: str, deepest: int) -> bool:
    if deepest == 0:
        return False
    if isinstance(value, dict):
        return value.get("type") == kind or any(_has_part(each, kind, deepest - 1) for each in value.values())
    return isinstance(value, list) and any(_has_part(each, kind, deepest - 1) for each in value)


def _are_texts(values: Any) -> bool:
    try:
        return not isinstance(values, str) and all(isinstance(each, str) for each in values)
    except TypeError:
        return False
