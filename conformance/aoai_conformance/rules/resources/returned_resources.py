"""Resources whose ids the server has returned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, text
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.views.flows import Flow
from aoai_model.verdict import Violation

_NOT_FOUND = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5"
#: The pointers of new resources' ids in responses.
_NAMES = ("/id", "/file/id", "/output_file_id", "/error_file_id")


class AnyFlow(Flow):
    """The requests for resources of any kind, in order."""

    kinds = frozenset(
        {"flow.files", "flow.uploads", "flow.batches", "flow.images", "flow.ingestion", "flow.lists"}
    )


@rule(
    "FLOW-003",
    must="return resources whose ids it has returned",
    clause=_NOT_FOUND,
    operations=EVERY,
    note="Until the resource is deleted, for requests that must be accepted.",
)
def returns_named_resources(flow: AnyFlow) -> Iterator[Violation]:
    """Such a resource must not return 404 later in the flow."""
    named: set[str] = set()
    for step in flow.sequence:
        expected = step.exchange.case.expect == "accept"
        if expected and step.resource in named and step.status in (404, 410):
            yield step.violates(
                "",
                "A resource whose id an earlier response returned is not found",
                expected="200",
                actual=step.status,
            )
        if not step.succeeded:
            continue
        if step.kind.endswith("-delete"):
            named.discard(step.resource or "")
        else:
            named |= _named_in(step.json)


def _named_in(reply: dict[str, Any]) -> set[str]:
    return {id_ for pointer in _NAMES if (id_ := text(dig(reply, pointer)))}
