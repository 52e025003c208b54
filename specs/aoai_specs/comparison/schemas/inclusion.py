"""Which of two schemas allows values that the other does not, found by searching for such values."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.schemas.meaning import Node
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.witnesses.cases import Literal
from aoai_specs.comparison.witnesses.forms import IMPLIED, Forms, Key
from aoai_specs.comparison.witnesses.search import Finding, Search

#: The limit of steps of one search, and of all searches of a comparison; beyond, keywords decide alone.
_STEPS = 4_000
_ALL_STEPS = 16_000


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


class Inclusion:
    """The relations of the schemas of two descriptions, each searched once."""

    def __init__(self, base: Meanings, revision: Meanings, unchanged: Callable[[Node, Node], bool]) -> None:
        self._forms = (Forms(base), Forms(revision))
        #: The same where discriminators select branches; None if there are none.
        self._selecting: tuple[Forms, Forms] | None = None
        if base.has_discriminators or revision.has_discriminators:
            self._selecting = (Forms(base, selecting=True), Forms(revision, selecting=True))
        self._unchanged = unchanged
        self._same: dict[tuple[Key, Key], bool] = {}
        self._known: dict[tuple[Node, Node], Relation] = {}
        self._samples: dict[bool, dict[frozenset[Literal], list[object]]] = {}
        self._left = _ALL_STEPS

    def relation(self, base: Node, revision: Node) -> Relation:
        """Return how the values of two nodes differ. Raises DocumentError if a reference does not resolve."""
        key = (base, revision)
        if key not in self._known:
            self._known[key] = Relation(self._search(0, base, revision), self._search(1, revision, base))
        return self._known[key]

    def allow_nothing(self, base: Node, revision: Node) -> bool:
        """Whether neither of two nodes allows any value."""
        found = [
            Search(self._forms, side, self._identical, _STEPS).witness(node, None)
            for side, node in ((0, base), (1, revision))
        ]
        return not any(each.possible for each in found)

    def _search(self, first: int, allowing: Node, refusing: Node) -> Finding:
        """Search for a witness, which counts only if it is one with and without discriminators."""
        found = self._searched(self._forms, first, allowing, refusing)
        if found.found and self._selecting is not None:
            selected = self._searched(self._selecting, first, allowing, refusing)
            return selected if selected.proved else found
        return found

    def _searched(self, forms: tuple[Forms, Forms], first: int, allowing: Node, refusing: Node) -> Finding:
        steps = min(_STEPS, self._left // 4)
        if steps <= 0:
            return Finding(found=False, proved=False)
        samples = self._samples.setdefault(forms is self._selecting, {})
        search = Search(forms, first, self._identical, steps, samples)
        found = search.witness(allowing, refusing)
        self._left -= steps - max(0, search.steps)
        return found

    def _identical(self, base: Key, revision: Key) -> bool:
        pair = (base, revision)
        known = self._same.get(pair)
        if known is not None:
            return known
        if IMPLIED in base[0] or IMPLIED in revision[0]:
            forms = (self._forms, self._selecting) if self._selecting else (self._forms,)
            return any(self._identically_implied(each, base[0], revision[0]) for each in forms)
        known = self._same[pair] = self._unchanged((base,), (revision,))
        return known

    def _identically_implied(self, forms: tuple[Forms, Forms], base: str, revision: str) -> bool:
        one, other = forms[0].implied.get(base), forms[1].implied.get(revision)
        if one is None or other is None:
            return False
        return one[1] == other[1] and (not one[0] or self._identical((one[0], False), (other[0], False)))
