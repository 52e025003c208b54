"""The verdicts of each rule on each operation."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TypeAlias

from aoai_model.verdict import Outcome
from aoai_reports.record.collecting import Collector, Place
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.results.findings import generalise

#: Document, operation, rule.
ResultKey: TypeAlias = tuple[str, str, str]
#: Document, operation, and the outcome of each rule.
_Pattern: TypeAlias = tuple[str, str, tuple[tuple[str, Outcome], ...]]
#: Where a line is, and the place of a verdict in it.
_VerdictPlace: TypeAlias = tuple[Place, int]

#: How many exchanges a result names.
MOST_NAMED = 20
#: So many patterns are kept before they are counted by rule.
_MOST_PATTERNS = 2000


@dataclass(slots=True)
class RuleVerdicts:
    """The verdicts of one rule on one operation.

    `first` is the place of the first verdict, `cases` are the first exchanges and scenarios with a verdict
    other than inconclusive, `doubt` is the first reason for an inconclusive verdict, and `missing_extra` the
    extra that was last missing; each with its place.
    """

    first: _VerdictPlace | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    cases: list[tuple[Place, str]] = field(default_factory=list)
    doubt: tuple[Place, str] | None = None
    missing_extra: tuple[Place, str] | None = None

    def join(self, other: RuleVerdicts) -> None:
        """Add further verdicts."""
        if self.first is None or (other.first is not None and other.first < self.first):
            self.first = other.first or self.first
        self.outcomes.update(other.outcomes)
        self.name(other.cases)
        if other.doubt is not None:
            self.doubt = min((self.doubt or other.doubt, other.doubt), key=_place)
        if other.missing_extra is not None:
            extras = (self.missing_extra or other.missing_extra, other.missing_extra)
            self.missing_extra = max(extras, key=_place)

    def name(self, cases: Iterable[tuple[Place, str]]) -> None:
        """Keep the first of the cases."""
        self.cases = nsmallest(MOST_NAMED, [*self.cases, *cases])


@dataclass(slots=True)
class _Lines:
    """Lines with the same verdicts: how many, and the places and names of the first ones."""

    count: int = 0
    first: list[tuple[Place, str]] = field(default_factory=list)

    def add(self, place: Place, name: str) -> None:
        self.count += 1
        if len(self.first) < MOST_NAMED:
            insort(self.first, (place, name))
        elif place < self.first[-1][0]:
            self.first.pop()
            insort(self.first, (place, name))

    def join(self, other: _Lines) -> None:
        self.count += other.count
        self.first = nsmallest(MOST_NAMED, [*self.first, *other.first])


class VerdictCollector(Collector):
    """Collects the verdicts of each rule on each operation.

    `hidden` has the rules and operations with unlisted violations that may be of a kind that is not listed.
    """

    __slots__ = ("_patterns", "_results", "hidden")

    def __init__(self) -> None:
        self.hidden: set[tuple[str, str]] = set()
        self._patterns: dict[_Pattern, _Lines] = {}
        self._results: dict[ResultKey, RuleVerdicts] = {}

    def add_exchange(self, line: ExchangeLine, place: Place) -> None:
        """Add the verdicts on an exchange."""
        self._add(line, line.case, place)

    def add_scenario(self, line: ScenarioLine, _steps: Sequence[ExchangeLine], place: Place, /) -> None:
        """Add the verdicts on a scenario."""
        self._add(line, line.scenario, place)

    def _add(self, line: ExchangeLine | ScenarioLine, name: str, place: Place) -> None:
        pattern = (line.document, line.operation, tuple(line.verdicts.items()))
        lines = self._patterns.get(pattern)
        if lines is None:
            if len(self._patterns) >= _MOST_PATTERNS:
                self._count_patterns()
            lines = self._patterns[pattern] = _Lines()
        lines.add(place, name)
        for note in line.notes:
            rule, _, reason = note.partition(": ")
            if line.verdicts.get(rule) == "inconclusive":
                self._of(line, rule).join(RuleVerdicts(doubt=(place, reason)))
        for rule, extra in line.missing_extras.items():
            self._of(line, rule).join(RuleVerdicts(missing_extra=(place, extra)))
        for rule in line.further:
            if _hides_kinds(line, rule):
                self.hidden.add((rule, line.operation))

    def _of(self, line: ExchangeLine | ScenarioLine, rule: str) -> RuleVerdicts:
        return self._results.setdefault((line.document, line.operation, rule), RuleVerdicts())

    def _count_patterns(self) -> None:
        """Count the verdicts of the patterns by rule."""
        for (document, operation, outcomes), lines in self._patterns.items():
            first = lines.first[0][0]
            for number, (rule, outcome) in enumerate(outcomes):
                named = lines.first if outcome != "inconclusive" else []
                verdicts = self._results.setdefault((document, operation, rule), RuleVerdicts())
                verdicts.join(RuleVerdicts((first, number), Counter({outcome: lines.count}), named))
        self._patterns.clear()

    def join(self, other: VerdictCollector) -> None:
        """Add the verdicts on other lines."""
        self.hidden |= other.hidden
        for pattern, lines in other._patterns.items():
            mine = self._patterns.get(pattern)
            if mine is None:
                self._patterns[pattern] = lines
            else:
                mine.join(lines)
        for key, verdicts in other._results.items():
            own = self._results.get(key)
            if own is None:
                self._results[key] = verdicts
            else:
                own.join(verdicts)
        if len(self._patterns) >= _MOST_PATTERNS:
            self._count_patterns()

    def results(self) -> dict[ResultKey, RuleVerdicts]:
        """The verdicts by document, operation and rule, in the order of the lines.

        Rules that lacked an extra or gave a reason have an entry, with a verdict or not.
        """
        self._count_patterns()
        return dict(
            sorted(self._results.items(), key=lambda item: (item[1].first is None, item[1].first or ()))
        )


def _place(placed: tuple[Place, str]) -> Place:
    return placed[0]


def _hides_kinds(line: ExchangeLine | ScenarioLine, rule: str) -> bool:
    """Whether the unlisted violations of a rule in a line may include a kind that is not listed.

    A line lists one violation of each kind before a second one, so if it lists any kind twice, it lists all.
    """
    listed = [each for each in line.violations if each.rule == rule]
    return len({(generalise(each.pointer), each.reason, each.point) for each in listed}) == len(listed)
