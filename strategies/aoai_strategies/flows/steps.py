"""Flows as data: named steps, each with its operation, its request and what is expected.

A flow reads from top to bottom:

    Flow(
        "life",
        "flow.files",
        "A file exists until it is deleted.",
        (
            Step("upload", "file-upload", form={"file": …, "purpose": "batch"}),
            Step("delete", "file-delete", of("upload")),
            Step("get-deleted", "file-get", of("upload")).expect_rejection(
                "file:deleted", "A deleted file is not found."
            ),
        ),
    )

A step without a body sends that of the operation's base request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from aoai_model.case import Expectation, Placeholder, PollCondition
from aoai_model.serialization import Json
from aoai_model.verdict import Level


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a flow.

    `kind` is the kind of its operation; `resource` goes into the path, and `within` into the parameter of the
    resource around it; `json` or `form` is the body; `query` is added to the api-version. With `until` the
    request is repeated until the condition holds. `point` is the id of the point that the step tests,
    `description` its sentence and `level` its level. An `optional` step, with all steps that take values from
    it, is omitted where the document lacks its operation or parameters.
    """

    name: str
    kind: str
    resource: str = ""
    within: str = ""
    json: Json = None
    form: Mapping[str, Json] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    until: PollCondition | None = None
    expect: Expectation = "accept"
    point: str = ""
    description: str = ""
    level: Level = "must"
    optional: bool = False

    def expect_rejection(self, point: str, description: str, level: Level = "must") -> Step:
        """The step, expecting the server to reject it for what the point names."""
        return replace(self, expect="reject", point=point, description=description, level=level)

    def expect_any(self, point: str = "", description: str = "") -> Step:
        """The step, where neither schema nor prose says whether the server accepts it."""
        return replace(self, expect="any", point=point, description=description, level="may")

    def if_available(self) -> Step:
        """The step, omitted where a document lacks it."""
        return replace(self, optional=True)


@dataclass(frozen=True, slots=True)
class Flow:
    """Steps that are sent in order and judged together.

    `name` is unique among the flows of a kind (`flow.files`); `summary` says what a conformant server does;
    `needs` are further kinds of operation that the flow requires.
    """

    name: str
    kind: str
    summary: str
    steps: tuple[Step, ...]
    needs: frozenset[str] = frozenset()

    @property
    def resource(self) -> str:
        """The prefix of the kinds of operation for the resource of the flow: `file-`, `upload-`."""
        return _RESOURCES[self.kind]


_RESOURCES = {
    "flow.files": "file-",
    "flow.uploads": "upload-",
    "flow.batches": "batch-",
    "flow.images": "image-",
    "flow.ingestion": "ingestion-",
    "flow.lists": "",
    "flow.deployments": "deployment-",
    "flow.responses": "response-",
    "flow.conversations": "conversation-",
    "flow.vector-stores": "vector-store-",
}


def of(step: str, pointer: str = "/id") -> str:
    """The placeholder for a value of the response to an earlier step of the same flow, by default its id."""
    return Placeholder(step, pointer).mark


def absent(kinds: Iterable[str], noun: str, unknown: str, other: str = "") -> tuple[Step, ...]:
    """Steps that name a missing resource, for each of the kinds.

    They name an unknown id, a malformed one and, if `other` is given, the id of the resource of another kind
    that the step `other` creates.
    """
    steps: list[Step] = []
    for kind in kinds:
        verb = kind.partition("-")[2]
        ids = [
            ("unknown", unknown, f"No {noun} has this id."),
            ("malformed", "no such thing", f"No {noun} can have this id."),
        ]
        if other:
            ids.append(("another-kind", of(other), "The id belongs to a resource of another kind."))
        for name, value, description in ids:
            step = Step(f"{verb}-{name}", kind, value).expect_rejection(f"{noun}:{name}", description)
            steps.append(replace(step, optional=name == "another-kind"))
    return tuple(steps)
