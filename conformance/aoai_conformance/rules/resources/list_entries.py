"""Pages without entries, and the ids of entries."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import objects, text
from aoai_conformance.rule import rule
from aoai_conformance.rules.resources.lists import LISTED, PAGED
from aoai_conformance.views.flows import CreatedResource
from aoai_model.verdict import Violation

_BATCHES = "azure-openai@2025-01-01-preview#/paths/~1batches/get/responses/200"


#: Filters in the query that may leave a page without entries although more pages follow.
_SELECTING = frozenset({"$filter", "purpose"})


def _end_members(reply: CreatedResource) -> tuple[str, ...]:
    """Return the members of an empty page that state whether the list continues."""
    limit = reply.query.get("limit", "1")
    if reply.json.get("data") != [] or _SELECTING & reply.query.keys() or not limit.strip("0"):
        return ()
    return tuple(name for name in ("has_more", "first_id", "last_id") if name in reply.json)


@rule(
    "LISTS-008",
    must="return no further pages after a page without entries",
    clause=_BATCHES,
    operations=PAGED,
    evidence=_end_members,
)
def empty_page_is_the_last(reply: CreatedResource, end: tuple[str, ...]) -> Iterator[Violation]:
    """There are no further pages, no first and no last entry."""
    for name in end:
        value = reply.json.get(name)
        if name == "has_more" and value is True:
            message = "A page without entries says that more entries follow."
            yield reply.violates("/has_more", message, expected=False, actual=True)
        elif name != "has_more" and text(value):
            message = f"A page without entries has a {name}."
            yield reply.violates(f"/{name}", message, actual=value, reason=name)


def _entry_ids(reply: CreatedResource) -> tuple[tuple[str, str], ...]:
    """Return each id with its pointer."""
    name = "value" if "value" in reply.json else "data"
    entries = objects(reply.json.get(name))
    return tuple(
        (f"/{name}/{at}/id", id_) for at, each in entries if (id_ := text(each.get("id"))) is not None
    )


@rule(
    "LISTS-009",
    must="give each entry of a list a non-empty id",
    clause=_BATCHES,
    operations=LISTED,
    evidence=_entry_ids,
)
def entries_have_ids(reply: CreatedResource, ids: tuple[tuple[str, str], ...]) -> Iterator[Violation]:
    """An entry without an id cannot be requested."""
    for pointer, id_ in ids:
        if not id_.strip():
            yield reply.violates(pointer, "The id of an entry is empty.", expected="an id", actual=id_)
            return
