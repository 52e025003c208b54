"""Lists of files, compared with the files that earlier and later responses show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import members, objects, text
from aoai_conformance.rule import STORED, rule
from aoai_conformance.views.flows import Flow, Step
from aoai_model.verdict import Violation

_LIST = "azure-openai@2025-01-01-preview#/paths/~1files/get"
_DESCRIBING = frozenset({"file-upload", "file-get"})


def _shown(step: Step) -> dict[str, str | None]:
    """Return the files in a response, with their purposes."""
    if not step.succeeded:
        return {}
    if step.kind in _DESCRIBING:
        entries = [step.json]
    elif step.kind == "file-list":
        entries = [each for _, each in objects(step.json.get("data"))]
    else:
        entries = []
    gone = ("deleting", "deleted")
    named = (each for each in entries if each.get("status") not in gone)
    return {id_: text(each.get("purpose")) for each in named if (id_ := text(each.get("id")))}


def has_entries_with_ids(data: Any) -> bool:
    """Whether `data` is a list of objects with ids, so that a missing entry can be detected."""
    return isinstance(data, list) and all(text(members(each).get("id")) is not None for each in data)


class FileFlow(Flow):
    """A flow with lists of files."""

    kinds = frozenset({"flow.files", "flow.uploads", "flow.lists"})


def _expected_entries(flow: FileFlow) -> tuple[tuple[Step, frozenset[str]], ...]:
    """Return each complete list with its required entries. FILES-007 covers uploads of the flow itself."""
    own = {step.id for step in flow.done("file-upload")}
    own |= {step.resource for step in flow.done("file-delete")}
    found = []
    for place, step in enumerate(flow.sequence):
        if not _is_whole(step):
            continue
        before = {id_: kind for one in flow.sequence[:place] for id_, kind in _shown(one).items()}
        after = {id_ for one in flow.sequence[place + 1 :] for id_ in _shown(one)}
        filter_ = step.query.get("purpose")
        both = {id_ for id_, purpose in before.items() if id_ in after and filter_ in (None, purpose)}
        if both - own:
            found.append((step, frozenset(both) - own))
    return tuple(found)


def _is_whole(step: Step) -> bool:
    listed = step.kind == "file-list" and step.succeeded and has_entries_with_ids(step.json.get("data"))
    return listed and step.json.get("has_more") is not True and not {"limit", "after"} & step.query.keys()


@rule(
    "FILES-013",
    must="list every file that exists before and after the request",
    clause=_LIST,
    operations=STORED,
    evidence=_expected_entries,
    note="Only files that a later response still shows are checked, since another client may delete files at "
    "any time.",
)
def lists_older_files(lists: tuple[tuple[Step, frozenset[str]], ...]) -> Iterator[Violation]:
    """Checks each list for the files that both an earlier and a later response show."""
    for step, required in lists:
        missing = required - _shown(step).keys()
        missing -= {text(each.get("id")) for _, each in objects(step.json.get("data"))}
        if missing:
            yield step.violates(
                "/data",
                "The list omits a file that exists before and after it",
                expected=min(missing),
                reason="older",
            )
