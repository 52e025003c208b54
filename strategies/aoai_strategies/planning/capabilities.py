"""What a deployment's model supports, found by probing it or read from a file.

A capability is named after what a request uses: a top-level field (`temperature`), a value of one
(`response_format=json_schema`), or a part of a message (`image_url`). A field counts as unsupported only
where a server rejected it in words that say so; the words are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from aoai_model.serialization import Json
from aoai_specs.errors import ConformanceError

CAPABILITIES_SCHEMA: Final = "aoai-conformance/capabilities/v1"
#: Parts of messages that only some models take.
MESSAGE_PARTS = frozenset({"image_url", "input_audio"})
_LARGEST = 4 * 1024 * 1024
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class DeploymentCapabilities:
    """What one deployment supports.

    `kind` is the kind of operation it serves. `supported` are capabilities that it was seen to take,
    `unsupported` those that it rejected, each with the server's words. `output_tokens` is the least limit on
    an answer that it was seen to take, 0 where any was.
    """

    kind: str
    deployment: str
    supported: tuple[str, ...] = ()
    unsupported: Mapping[str, str] = field(default_factory=dict)
    output_tokens: int = 0

    def to_json(self) -> dict[str, Json]:
        """The deployment as a capabilities file has it."""
        return {
            "deployment": self.deployment,
            "supported": list(self.supported),
            "unsupported": dict(self.unsupported),
            "output_tokens": self.output_tokens,
        }

    @classmethod
    def from_json(cls, kind: str, data: Mapping[str, Any]) -> Self:
        """The deployment that `to_json` gave. Raises ValueError for anything else."""
        supported, unsupported = data.get("supported", []), data.get("unsupported", {})
        tokens = data.get("output_tokens", 0)
        if (
            not _are_texts(supported)
            or not isinstance(unsupported, dict)
            or not _are_texts(unsupported.values())
        ):
            raise ValueError(f"deployments.{kind} needs a list `supported` and an object `unsupported`")
        if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
            raise ValueError(f"deployments.{kind}.output_tokens is not a number of tokens")
        return cls(kind, str(data.get("deployment", "")), tuple(supported), dict(unsupported), tokens)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the deployments of a target support, by the kind of operation that they serve.

    `promised` says that a user's file states it, so that what a deployment no longer supports is a violation.
    """

    deployments: Mapping[str, DeploymentCapabilities] = field(default_factory=dict)
    promised: bool = False

    @property
    def promises(self) -> dict[str, frozenset[str]]:
        """The capabilities that each kind of operation is promised; empty where nothing is."""
        if not self.promised:
            return {}
        return {kind: frozenset(each.supported) for kind, each in self.deployments.items()}

    def of(self, kind: str) -> DeploymentCapabilities | None:
        """What the deployment for a kind of operation supports; None where nothing is known."""
        return self.deployments.get(kind)

    def lost_since(self, earlier: Capabilities) -> Iterator[tuple[DeploymentCapabilities, str]]:
        """The capabilities that a deployment had earlier and lacks now, with the deployment as it is now."""
        for kind, now in self.deployments.items():
            before = earlier.of(kind)
            for name in () if before is None else before.supported:
                if name in now.unsupported:
                    yield now, name

    def to_json(self) -> dict[str, Json]:
        """The capabilities as a file has them; empty where nothing is known."""
        if not self.deployments:
            return {}
        made: dict[str, Json] = {
            "schema": CAPABILITIES_SCHEMA,
            "deployments": {kind: each.to_json() for kind, each in self.deployments.items()},
        }
        return made | {"promised": True} if self.promised else made

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The capabilities that `to_json` gave. Raises ValueError for anything else."""
        if not data:
            return cls()
        if data.get("schema") != CAPABILITIES_SCHEMA:
            raise ValueError(f"its schema is not {CAPABILITIES_SCHEMA}")
        found = data.get("deployments")
        if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
            raise ValueError("`deployments` is not an object of objects")
        deployments = {kind: DeploymentCapabilities.from_json(kind, each) for kind, each in found.items()}
        return cls(deployments, data.get("promised") is True)


def read_capabilities(path: Path) -> Capabilities:
    """The capabilities in a file, or in the record of a run (its folder or record.ndjson).

    Raises ConformanceError for a file that cannot be used.
    """
    source = path / "record.ndjson" if path.is_dir() else path
    advice = "give a capabilities.json or the folder of a run that probed its target"
    try:
        with source.open("rb") as opened:
            text = opened.readline(_LARGEST) if source.suffix == ".ndjson" else opened.read(_LARGEST)
        data = json.loads(text)
    except OSError as error:
        raise ConformanceError(f"{source} cannot be read: {error.strerror or error}; {advice}.") from error
    except (ValueError, RecursionError) as error:
        raise ConformanceError(f"{source} is not JSON: {advice}.") from error
    if isinstance(data, dict) and data.get("type") == "header":
        data = data.get("capabilities") or {}
        if not data:
            raise ConformanceError(f"The run of {source} probed nothing: {advice}.")
    if not isinstance(data, dict) or not data:
        raise ConformanceError(f"{source} holds no capabilities: {advice}.")
    try:
        return Capabilities.from_json(data)
    except ValueError as error:
        raise ConformanceError(f"{source} holds no capabilities ({error}): {advice}.") from error


def uses(value: Json, capability: str) -> bool:
    """Whether a request body uses a capability."""
    if not isinstance(value, dict):
        return False
    name, equals, wanted = capability.partition("=")
    if name in MESSAGE_PARTS:
        return _has_part(value, name, _DEEPEST)
    if name not in value:
        return False
    return not equals or wanted in _words_of(value[name])


def _words_of(value: Json) -> tuple[Json, ...]:
    """What a field may be known by: its value, or the type of an object."""
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
