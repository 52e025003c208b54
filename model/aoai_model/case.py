"""Plans as pure data: points, planned requests, and the cases that carry them.

A case is independent of the target: the sender adds the deployment, the key and the host.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self, TypeAlias

from aoai_model.serialization import Decoder, Json, Serializable
from aoai_model.verdict import Level

Expectation = Literal["accept", "reject", "any"]
#: Which credentials the sender puts on a request. "configured" is the run's own key or token.
Credentials = Literal[
    "configured", "none", "wrong-key", "wrong-bearer", "malformed-bearer", "key-in-wrong-header",
    "key-in-header", "key-as-bearer",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a base request.

    `pointer` is a JSON Pointer into the body (JSON bodies) or `/part-name` (multipart bodies), where a last
    token `-` appends to an array; `query:NAME`, `header:NAME` and `path:NAME` address a parameter instead.
    `value` is set there, creating parents as needed; with `remove` the place is deleted.
    """

    pointer: str
    value: Json = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Point(Serializable):
    """One value to test for one constraint.

    `id` names it within its operation, such as `temperature.maximum:above`; `constraint` is the part before
    the colon; `expect` says what a conformant server does with it; `level` is how strongly the document
    demands that; `clause` is the address in the document, such as `azure-openai@2024-10-21#/components/…`;
    `description` is one sentence; `fields` are the top-level request fields that the point changes, including
    fields that must accompany it. A record keeps neither `constraint` nor `edits`.
    """

    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"description", "fields"})
    unwritten: ClassVar[frozenset[str]] = frozenset({"constraint", "edits"})

    id: str
    constraint: str
    expect: Expectation
    level: Level
    clause: str
    description: str = ""
    edits: tuple[Edit, ...] = ()
    fields: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Create the point that a record describes; its constraint is the part of the id before the colon."""
        constraint = str(data["id"]).partition(":")[0]
        return cls(**{**data, "constraint": constraint, "fields": tuple(data.get("fields", ()))})


@dataclass(frozen=True, slots=True)
class Placeholder(Serializable):
    """A value that a request takes from an earlier response, or from the configuration of the target.

    `case` is the id of an earlier case in the same plan; `pointer` is a JSON Pointer into the body of its
    response (`/id`), or `header:NAME`. `mark` stands for the value in the planned request: in path
    parameters, the query, headers, strings of a JSON body and the content of parts. A JSON string that
    consists of the mark alone is replaced by the value itself, whatever its type. `under` is prepended to the
    id of the case if several plans whose ids would collide are sent together; the mark does not contain it.
    """

    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"under"})

    case: str
    pointer: str
    under: str = ""

    @property
    def source(self) -> str:
        """The id of the case as it is sent."""
        return self.under + self.case

    @classmethod
    def deployment(cls, kind: str) -> Placeholder:
        """Return the placeholder for the name of the deployment that serves a kind of operation."""
        return cls("", f"deployment:{kind}")

    @property
    def deployment_kind(self) -> str | None:
        """The kind of operation whose deployment is named; None if the value comes from a response."""
        return None if self.case else self.pointer.removeprefix("deployment:")

    @property
    def mark(self) -> str:
        """The text that stands for the value in a planned request."""
        return "{{" + f"{self.case}#{self.pointer}" + "}}"


@dataclass(frozen=True, slots=True)
class PollCondition(Serializable):
    """A condition until which a case is repeated, at most `attempts` times.

    It holds when the value at `pointer` (a JSON Pointer into the body of a 2xx response) is one of `values`;
    any other status ends the repetition too. The pause between attempts grows.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"values": tuple}

    pointer: str
    values: tuple[str, ...]
    attempts: int = 12


#: How a case was derived from another: sent again until something ended (`repeated`), an attempt that was
#: rejected with 429 (`throttled`), with half of the points (`half`), with a smaller request (`simplified`),
#: sent to find out whether the server still responds (`trial`).
DerivationKind = Literal["repeated", "throttled", "half", "simplified", "trial"]
_SAME_REQUEST: frozenset[str] = frozenset({"repeated", "throttled"})


@dataclass(frozen=True, slots=True)
class Derivation(Serializable):
    """The case from which a case that is not in the plan was derived, and how.

    `case` is the id of a planned case if the derived case sends the same request.
    """

    case: str
    kind: DerivationKind


def planned_case(case_id: str, derived: Derivation | None) -> str:
    """Return the id of the planned case whose request a case sends; its own id if it sends another one."""
    return derived.case if derived is not None and derived.kind in _SAME_REQUEST else case_id


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A body sent as application/json."""

    value: Json


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body; a part with a filename is a file."""

    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class MultipartBody:
    """A body sent as multipart/form-data, with its parts in order."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class RawBody:
    """Bytes sent unchanged with the given content type (None: no Content-Type header)."""

    content: bytes
    content_type: str | None


Body: TypeAlias = JsonBody | MultipartBody | RawBody | None


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request as data.

    `path` is the document's path template, such as `/deployments/{deployment-id}/chat/completions`;
    `path_parameters` overrides the values of the sender (for an unknown deployment); `query` is complete,
    including the api-version if it is to be sent.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    credentials: Credentials = "configured"
    body: Body = None


@dataclass(frozen=True, slots=True)
class ScenarioStep(Serializable):
    """The step that a case is in a scenario: several exchanges that are judged together.

    `id` identifies the scenario in the plan, `kind` is the kind of scenario (`chat.stream-against-plain`),
    `step` the role of this case in it (`plain`, `stream`). The cases of one scenario are sent in plan order,
    one after the other.
    """

    id: str
    kind: str
    step: str

    @property
    def is_flow(self) -> bool:
        """Whether the scenario is a flow: steps that create, use and delete a resource."""
        return self.kind.startswith("flow.")


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the expected response.

    `id` is stable over runs; `kind` is the operation's kind (`chat`, `completions`, …); `operation` its
    operationId; `document` its document (`azure-openai@2024-10-21`); `base` is the request before the edits
    of the points, needed to bisect a rejected packed case; `origin` says where the case comes
    from: `base`, `packed`, `point`, `protocol`, `scenario`, `generated`, `recorded`, and `check` if a run
    only checks that the server responds. `takes` lists the placeholders in the request; no other text is
    replaced. With `until` the case is repeated until the condition is met, and later cases take values from
    the last response. `derived` is set for cases that are not in the plan.
    """

    id: str
    document: str
    operation: str
    kind: str
    request: PlannedRequest
    expect: Expectation
    points: tuple[Point, ...]
    origin: str
    base: PlannedRequest | None = None
    scenario: ScenarioStep | None = None
    takes: tuple[Placeholder, ...] = ()
    until: PollCondition | None = None
    derived: Derivation | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A point of an operation that no request can carry, with a sentence that says why."""

    operation: str
    point: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered, deterministic list of cases for a document, a profile, a budget and a seed.

    `unsendable` are the points that no request can carry.
    """

    document: str
    profile: str
    seed: int
    cases: tuple[Case, ...]
    unsendable: tuple[Unsendable, ...] = ()

    def points(self) -> tuple[tuple[str, Point], ...]:
        """Return each (operationId, point) of the plan once, in plan order."""
        seen: dict[tuple[str, str], tuple[str, Point]] = {}
        for case in self.cases:
            for point in case.points:
                seen.setdefault((case.operation, point.id), (case.operation, point))
        return tuple(seen.values())


def body_as_json(body: Body) -> Json:
    """Return a body as JSON, for printing and hashing a plan; bytes become base64."""
    match body:
        case None:
            return None
        case JsonBody(value):
            return {"json": value}
        case MultipartBody(parts):
            return {
                "multipart": [
                    {
                        "name": part.name,
                        "filename": part.filename,
                        "content_type": part.content_type,
                        "base64": base64.b64encode(part.content).decode("ascii"),
                    }
                    for part in parts
                ]
            }
        case RawBody(content, content_type):
            return {"raw": base64.b64encode(content).decode("ascii"), "content_type": content_type}
