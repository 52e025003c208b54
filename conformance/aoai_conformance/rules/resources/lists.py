"""Lists: entries and pages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from urllib.parse import urlsplit

from aoai_conformance.json_access import elements, objects, text, whole
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.views.flows import CreatedResource, Flow, Step
from aoai_conformance.views.response_flows import RESPONSE_FLOWS
from aoai_model.verdict import Violation

PAGED = frozenset(
    {"batch-list", "file-list", "response-input-items", "conversation-item-list"}
    | {"vector-store-list", "vector-store-file-list", "vector-store-batch-files"}
)
LISTED = PAGED | frozenset({"model-list", "deployment-list", "ingestion-list"})

_BATCHES = "azure-openai@2025-01-01-preview#/paths/~1batches/get"


class PagedFlow(Flow):
    """Requests for several pages of one list."""

    kinds = frozenset({"flow.lists", "flow.batches", "flow.files", "flow.vector-stores"}) | RESPONSE_FLOWS


def _list_of(step: Step) -> tuple[str, str, str | None]:
    """Return what identifies a list: its operation, its path and its order."""
    return step.kind, urlsplit(step.exchange.request.url).path, step.query.get("order")


def _ids(step: Step) -> list[str]:
    return [id_ for _, each in objects(step.json.get("data")) if (id_ := text(each.get("id"))) is not None]


def _entries(reply: CreatedResource) -> tuple[str, list[object]]:
    name = "value" if "value" in reply.json and "data" not in reply.json else "data"
    return name, elements(reply.json.get(name))


@rule(
    "LISTS-001",
    must="list each entry once",
    clause=f"{_BATCHES}/responses/200",
    operations=LISTED,
)
def lists_each_entry_once(reply: CreatedResource) -> Iterator[Violation]:
    """Each id occurs once in a list."""
    name, _ = _entries(reply)
    seen: set[str] = set()
    for place, each in objects(reply.json.get(name)):
        id_ = text(each.get("id"))
        if id_ is not None and id_ in seen:
            yield reply.violates(f"/{name}/{place}/id", "An entry is listed twice.", actual=id_)
            return
        seen.add(id_ or "")


@rule(
    "LISTS-002",
    must="return no more entries than requested",
    clause=f"{_BATCHES}/parameters",
    operations=LISTED,
)
def returns_at_most_the_limit(reply: CreatedResource) -> Iterator[Violation]:
    """`limit` is the maximum length of a page."""
    limit = reply.query.get("limit", "")
    if not limit.isascii() or not limit.isdigit() or not reply.operation_has("limit"):
        return
    name, entries = _entries(reply)
    if len(entries) > int(limit):
        yield reply.violates(
            f"/{name}", "The list is longer than requested.", expected=int(limit), actual=len(entries)
        )


@rule(
    "LISTS-003",
    must="return the ids of the first and last entry of a page",
    clause=f"{_BATCHES}/responses/200",
    operations=PAGED,
)
def returns_first_and_last_id(reply: CreatedResource) -> Iterator[Violation]:
    """Compares `first_id` and `last_id` with the entries."""
    entries = objects(reply.json.get("data"))
    if not entries:
        return
    for name, (place, entry) in (("first_id", entries[0]), ("last_id", entries[-1])):
        actual, expected = text(reply.json.get(name)), text(entry.get("id"))
        if actual is not None and expected is not None and actual != expected:
            yield reply.violates(
                f"/{name}",
                f"The value is not the id of entry {place}.",
                expected=expected,
                actual=actual,
                reason=name,
            )


@rule(
    "LISTS-004",
    must="start a page after the requested entry",
    clause=f"{_BATCHES}/parameters",
    operations=EVERY,
)
def pages_do_not_overlap(flow: PagedFlow) -> Iterator[Violation]:
    """The page has neither the requested entry nor entries before it."""
    pages: list[tuple[tuple[str, str, str | None], list[str]]] = []
    for step in flow.done(*PAGED):
        after, ids = step.query.get("after"), _ids(step)
        if after:
            before = {after}
            for listed, shown in pages:
                if listed == _list_of(step) and after in shown:
                    before.update(shown[: shown.index(after)])
            for place, id_ in enumerate(ids):
                if id_ in before:
                    yield step.violates(
                        f"/data/{place}/id", "An entry of an earlier page is listed again", actual=id_
                    )
                    break
        pages.append((_list_of(step), ids))


@rule(
    "LISTS-005",
    must="return has_more correctly",
    clause=f"{_BATCHES}/responses/200",
    operations=EVERY,
)
def returns_has_more_correctly(flow: PagedFlow) -> Iterator[Violation]:
    """Compares `has_more` of a page with the pages after its last entry, of any length."""
    pages = list(flow.done(*PAGED))
    for page, following in combinations(pages, 2):
        ids = _ids(page)
        if _list_of(page) != _list_of(following) or not ids or following.query.get("after") != ids[-1]:
            continue
        more, entries = page.json.get("has_more"), elements(following.json.get("data"))
        # another client may have created entries in the meantime
        if more is False and set(_ids(following)) & _known_at(flow, page):
            yield page.violates(
                "/has_more", "`has_more` is false, but more entries follow", expected=True, actual=False
            )
        elif more is True and not entries:
            yield page.violates(
                "/has_more", "`has_more` is true, but no entries follow", expected=False, actual=True
            )


@rule(
    "LISTS-006",
    must="return has_more as true if a longer page had more entries",
    clause=f"{_BATCHES}/responses/200",
    operations=EVERY,
)
def short_page_has_more(flow: PagedFlow) -> Iterator[Violation]:
    """Compares a page of one entry with a longer page of the same list."""
    longest: dict[str, int] = {}
    for step in flow.done("batch-list"):
        limit = whole(_number(step.query.get("limit")))
        shown = len(elements(step.json.get("data")))
        if "after" in step.query:
            continue
        known = longest.get(step.kind, 0)
        if limit is not None and limit < known and shown == limit and step.json.get("has_more") is False:
            yield step.violates(
                "/has_more",
                "`has_more` is false, but a longer page had more entries",
                expected=True,
                actual=False,
            )
        longest[step.kind] = max(known, shown)


@rule(
    "LISTS-007",
    must="list every batch",
    clause=f"{_BATCHES}/responses/200",
    operations=EVERY,
    note="Skipped are pages with has_more or a limit, and pages whose previous pages were not requested.",
)
def lists_every_batch(flow: PagedFlow) -> Iterator[Violation]:
    """Checks complete lists, in one or several pages, for the batches of the flow."""
    made: list[str] = []
    pages: dict[str, tuple[set[str], tuple[str, ...]]] = {}
    for step in flow.sequence:
        if step.kind == "batch-create" and step.succeeded and step.id is not None:
            made.append(step.id)
        if step.kind != "batch-list" or not step.succeeded or not isinstance(step.json.get("data"), list):
            continue
        after = step.query.get("after")
        held, required = pages.get(after, (None, ())) if after else (set[str](), tuple(made))
        if held is None:
            continue
        ids = _ids(step)
        held = held | set(ids)
        if ids:
            pages[ids[-1]] = (held, required)
        if "limit" in step.query or step.json.get("has_more") is True:
            continue
        for id_ in required:
            if id_ not in held:
                yield step.violates("/data", "A created batch is not listed", expected=id_)


def _known_at(flow: PagedFlow, page: Step) -> set[str]:
    known: set[str] = set()
    for step in flow.sequence[: flow.sequence.index(page) + 1]:
        if step.kind in ("batch-create", "file-upload") and step.succeeded and step.id is not None:
            known.add(step.id)
        elif step.kind in PAGED:
            known.update(_ids(step))
    return known


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() else None
