"""The ends of lists: a page without entries is the last one, and every entry has an id."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import objects, text
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import Violation, rule
from aoai_conformance.rules.resources.lists import LISTED, PAGED
from aoai_conformance.views.evident import EvidentAnswer

_BATCHES = "azure-openai@2025-01-01-preview#/paths/~1batches/get/responses/200"


#: Where these are asked for, a server may look through a page that then holds nothing of the kind.
_SELECTING = frozenset({"$filter", "purpose"})


class EmptyPage(EvidentAnswer):
    """A page without entries of a list that was asked for as a whole."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """What such a page says of its end."""
        limit = self.query.get("limit", "1")
        if self.json.get("data") != [] or _SELECTING & self.query.keys() or not limit.strip("0"):
            return ()
        return tuple(name for name in ("has_more", "first_id", "last_id") if name in self.json)


@rule(
    "LISTS-008",
    must="end a list with a page that has no entries",
    clause=_BATCHES,
    operations=PAGED,
)
def an_empty_page_is_the_last(answer: EmptyPage) -> Iterator[Violation]:
    """Nothing to go on after: no more pages, no first and no last entry."""
    if answer.json.get("has_more") is True:
        yield answer.violates(
            "/has_more", "A page without entries says that more follow.", expected=False, actual=True
        )
    for name in ("first_id", "last_id"):
        told = text(answer.json.get(name))
        if told:
            yield answer.violates(
                f"/{name}", "A page without entries names one.", expected=None, actual=told, reason=name
            )


class Entries(EvidentAnswer):
    """A list whose entries have ids."""

    @cached_property
    def evidence(self) -> tuple[tuple[str, str], ...]:
        """Each id with its pointer."""
        name = "value" if "value" in self.json else "data"
        entries = objects(self.json.get(name))
        return tuple(
            (f"/{name}/{at}/id", id_) for at, each in entries if (id_ := text(each.get("id"))) is not None
        )


@rule(
    "LISTS-009",
    must="name each entry of a list by an id that is not empty",
    clause=_BATCHES,
    operations=LISTED,
)
def entries_are_named(answer: Entries) -> Iterator[Violation]:
    """Nobody can ask for an entry without a name."""
    for pointer, id_ in answer.evidence:
        if not id_.strip():
            yield answer.violates(pointer, "The id of an entry is empty.", expected="an id", actual=id_)
            return
