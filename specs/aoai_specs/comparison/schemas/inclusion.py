"""Which of two schemas allows values that the other does not, found by searching for such values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.schemas.meaning import Node
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.witnesses.forms import Forms
from aoai_specs.comparison.witnesses.same_forms import SameForms
from aoai_specs.comparison.witnesses.search import Finding, Search

#: The limit of steps of one search, and of all searches of a comparison; beyond, keywords decide alone.
_STEPS = 2_000
_ALL_STEPS = 200_000


class Relation(NamedTuple):
    """The values that a change loses and gains."""

    lost: Finding
    gained: Finding

    @property
    def equal(self) -> bool:
        """Whether both schemas are known to allow the same values."""
        return not self.lost.possible and not self.gained.possible

    @property
    def found(self) -> frozenset[Effect]:
        """The effects for which there is a value that shows them."""
        return _effects(narrows=self.lost.found, widens=self.gained.found)

    @property
    def possible(self) -> frozenset[Effect]:
        """The effects that are not excluded."""
        return _effects(narrows=self.lost.possible, widens=self.gained.possible)


def _effects(*, narrows: bool, widens: bool) -> frozenset[Effect]:
    found = {Effect.NARROWS} if narrows else set()
    return frozenset(found | ({Effect.WIDENS} if widens else set()))


class _Variant(NamedTuple):
    """The forms of two descriptions, and which of them are the same."""

    forms: tuple[Forms, Forms]
    same: SameForms


class Inclusion:
    """The relations of the schemas of two descriptions, each searched once."""

    def __init__(self, base: Meanings, revision: Meanings, unchanged: Callable[[Node, Node], bool]) -> None:
        def variant(*, selecting: bool) -> _Variant:
            forms = (Forms(base, selecting=selecting), Forms(revision, selecting=selecting))
            return _Variant(forms, SameForms(forms, lambda one, other: unchanged((one,), (other,))))

        self._plain = variant(selecting=False)
        #: The same where discriminators select branches; None if there are none.
        self._selecting: _Variant | None = None
        if base.has_discriminators or revision.has_discriminators:
            self._selecting = variant(selecting=True)
        self._known: dict[tuple[Node, Node], Relation] = {}
        self._left = _ALL_STEPS

    @property
    def exhausted(self) -> bool:
        """Whether the limit of all searches is reached, so that the order of searching matters."""
        return self._left <= 0

    @property
    def spent(self) -> int:
        """The number of steps of all searches so far."""
        return _ALL_STEPS - self._left

    def adopt(self, relations: Mapping[tuple[Node, Node], Relation], steps: int) -> None:
        """Take over relations that were found elsewhere with a number of steps."""
        self._known |= relations
        self._left -= steps

    def relation(self, base: Node, revision: Node) -> Relation:
        """Return how the values of two nodes differ. Raises DocumentError if a reference does not resolve."""
        key = (base, revision)
        if key not in self._known:
            self._known[key] = Relation(self._search(0, base, revision), self._search(1, revision, base))
        return self._known[key]

    def allow_nothing(self, base: Node, revision: Node) -> bool:
        """Whether neither of two nodes allows any value."""
        found = [
            Search(self._plain.forms, side, self._plain.same, _STEPS).witness(node, None)
            for side, node in ((0, base), (1, revision))
        ]
        return not any(each.possible for each in found)

    def _search(self, first: int, allowing: Node, refusing: Node) -> Finding:
        """Search for a witness, which counts only if it is one with and without discriminators."""
        found = self._searched(self._plain, first, allowing, refusing)
        if found.found and self._selecting is not None:
            selected = self._searched(self._selecting, first, allowing, refusing)
            return selected if selected.proved else found
        return found

    def _searched(self, variant: _Variant, first: int, allowing: Node, refusing: Node) -> Finding:
        steps = min(_STEPS, self._left)
        if steps <= 0:
            return Finding(found=False, proved=False)
        search = Search(variant.forms, first, variant.same, steps)
        found = search.witness(allowing, refusing)
        self._left -= steps - max(0, search.steps)
        return found
