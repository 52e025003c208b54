"""Flows as data: named steps, each an operation with what it sends, what it takes and what is expected.

A flow is read from top to bottom:

    Flow(
        "life",
        "flow.files",
        "A file is there until it is deleted.",
        (
            Step("upload", "file-upload", form={"file": …, "purpose": "batch"}),
            Step("delete", "file-delete", of("upload")),
            Step("get-deleted", "file-get", of("upload")).refused("file:deleted", "A deleted file is gone."),
        ),
    )

A step without a body of its own sends that of the operation's base request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from aoai_model.case import Expectation, Json, Level, Placeholder, Until


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a flow.

    `kind` is the kind of its operation; `resource` goes into the path; `json` or `form` is the body; `query`
    comes beside the api-version. With `until` it is sent again until it has ended. `point` is the id of what
    the step probes, with the sentence that says so and how strongly that is demanded. An `optional` step is
    left out, with all that takes from it, where the document has not got its operation or its parameters.
    """

    name: str
    kind: str
    resource: str = ""
    json: Json = None
    form: Mapping[str, Json] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    until: Until | None = None
    expect: Expectation = "accept"
    point: str = ""
    says: str = ""
    level: Level = "must"
    optional: bool = False

    def refused(self, point: str, says: str, level: Level = "must") -> Step:
        """The step, which is to be refused for what the point names."""
        return replace(self, expect="reject", point=point, says=says, level=level)

    def unsettled(self, point: str = "", says: str = "") -> Step:
        """The step, of which neither description nor prose says whether it is accepted."""
        return replace(self, expect="any", point=point, says=says, level="may")

    def if_there(self) -> Step:
        """The step, as one that a document may be without."""
        return replace(self, optional=True)


@dataclass(frozen=True, slots=True)
class Flow:
    """Steps that are sent one after the other and judged together.

    `name` is unique among the flows of a kind (`flow.files`); `serves` says what for, in one sentence;
    `needs` are further kinds of operation without which the flow makes no sense.
    """

    name: str
    kind: str
    serves: str
    steps: tuple[Step, ...]
    needs: frozenset[str] = frozenset()

    @property
    def resource(self) -> str:
        """How the kinds of the operations begin that the flow is about: `file-`, `upload-`."""
        return _RESOURCES[self.kind]


_RESOURCES = {
    "flow.files": "file-",
    "flow.uploads": "upload-",
    "flow.batches": "batch-",
    "flow.images": "image-",
    "flow.ingestion": "ingestion-",
    "flow.lists": "",
    "flow.deployments": "deployment-",
}


def of(step: str, pointer: str = "/id") -> str:
    """What an earlier step of the same flow was answered with, at a place: its id, unless told otherwise."""
    return Placeholder(step, pointer).mark


def absent(kinds: Iterable[str], noun: str, unknown: str, stranger: str = "") -> tuple[Step, ...]:
    """Steps that name what is not there, for each of the kinds.

    They name an id that nobody has, one that nobody could have, and that of something else: of what the step
    `stranger` makes, if one is given.
    """
    steps: list[Step] = []
    for kind in kinds:
        verb = kind.partition("-")[2]
        probes = [
            ("unknown", unknown, f"There is no {noun} of this id."),
            ("malformed", "no such thing", f"No {noun} could have this id."),
        ]
        if stranger:
            probes.append(("another-kind", of(stranger), f"What has this id is no {noun}."))
        for name, value, says in probes:
            step = Step(f"{verb}-{name}", kind, value).refused(f"{noun}:{name}", says)
            steps.append(replace(step, optional=name == "another-kind"))
    return tuple(steps)
