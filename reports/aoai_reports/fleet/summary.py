"""The summary of a fleet: a pure merge of results, the same for any order and any number of workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aoai_model.serialization import Json
from aoai_model.verdict import Tokens
from aoai_reports.fleet.result import INCONCLUSIVE, CauseResult, OperationResult, TaskResult
from aoai_reports.results.findings import LEVELS

FLEET_SCHEMA = "aoai-conformance/fleet/v1"
#: The exit codes from the worst to the best.
WORST_FIRST = (1, 2, INCONCLUSIVE, 0)
_VERDICTS = {0: "conformant", 1: "nonconformant"}


@dataclass(frozen=True, slots=True)
class FleetCause:
    """A cause in a whole fleet; `violations` counts those that are not accepted, by target."""

    id: str
    title: str
    effect: str
    level: str
    violations: Mapping[str, int]
    known: int

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "id": self.id,
            "title": self.title,
            "effect": self.effect,
            "level": self.level,
            "targets": list(self.violations),
            "violations": sum(self.violations.values()),
            "known": self.known,
        }


@dataclass(frozen=True, slots=True)
class FleetOperation:
    """One operation of one document: the targets with it, those that fail, and its points in all of them."""

    document: str
    operation: str
    targets: tuple[str, ...]
    failing: tuple[str, ...]
    planned: int
    shown: int

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "document": self.document,
            "operation": self.operation,
            "targets": len(self.targets),
            "failing": list(self.failing),
            "points": {"planned": self.planned, "shown": self.shown},
        }


@dataclass(frozen=True)
class FleetSummary:
    """The results of a fleet, ordered by target and document; `missing` are planned tasks without one."""

    results: tuple[TaskResult, ...]
    missing: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        """The exit code: the worst of all results, in the order 1, 2, 3, 0; 3 if one is missing."""
        codes = {each.code for each in self.results}
        if self.missing or not self.results:
            codes.add(INCONCLUSIVE)
        return next((code for code in WORST_FIRST if code in codes), INCONCLUSIVE)

    @property
    def verdict(self) -> str:
        """The verdict on the whole fleet."""
        return _VERDICTS.get(self.code, "inconclusive")

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets, sorted."""
        return tuple(sorted({each.target for each in self.results}))

    @property
    def requests(self) -> int:
        """The number of requests that were sent or recorded."""
        return sum(each.requests for each in self.results)

    @property
    def tokens(self) -> Tokens:
        """The tokens that the responses report."""
        return sum((each.tokens for each in self.results), Tokens())

    @property
    def costs(self) -> Mapping[str, float]:
        """What the runs cost, by currency."""
        amounts: dict[str, list[float]] = {}
        for each in self.results:
            if each.cost is not None:
                amounts.setdefault(each.cost.currency, []).append(each.cost.amount)
        return {currency: round(sum(sorted(amounts[currency])), 6) for currency in sorted(amounts)}

    @property
    def verdicts(self) -> Mapping[str, int]:
        """The number of results with each verdict."""
        counts = dict.fromkeys(("conformant", "nonconformant", "inconclusive", "not tested"), 0)
        for each in self.results:
            counts[each.verdict] += 1
        return counts

    @cached_property
    def causes(self) -> tuple[FleetCause, ...]:
        """The causes: the highest level first, then those at most targets."""
        found: dict[str, list[tuple[str, CauseResult]]] = {}
        for result in self.results:
            for cause in result.causes:
                found.setdefault(cause.id, []).append((result.target, cause))
        return tuple(sorted((_cause(seen) for seen in found.values()), key=_rank))

    @cached_property
    def operations(self) -> tuple[FleetOperation, ...]:
        """Every operation of every document, ordered by both."""
        found: dict[tuple[str, str], list[tuple[TaskResult, OperationResult]]] = {}
        for result in self.results:
            for each in result.operations:
                found.setdefault((each.document, each.operation), []).append((result, each))
        return tuple(_operation(key, found[key]) for key in sorted(found))

    def to_json(self) -> dict[str, Json]:
        """The content of fleet.json, as described by schemas/fleet-v1.json."""
        return {
            "schema": FLEET_SCHEMA,
            "verdict": self.verdict,
            "exit_code": self.code,
            "targets": len(self.targets),
            "verdicts": dict(self.verdicts),
            "requests": self.requests,
            "tokens": self.tokens.to_json(),
            "costs": dict(self.costs),
            "missing": list(self.missing),
            "results": [
                {
                    "target": each.target,
                    "document": each.document,
                    "verdict": each.verdict,
                    "exit_code": each.code,
                    "folder": each.folder,
                    "error": each.error,
                    "doubts": list(each.doubts),
                    "requests": each.requests,
                    "causes": [cause.id for cause in each.causes if cause.violations],
                }
                for each in self.results
            ],
            "causes": [each.to_json() for each in self.causes],
            "operations": [each.to_json() for each in self.operations],
        }


def merge(results: Iterable[TaskResult], planned: Iterable[str] = ()) -> FleetSummary:
    """Merge results into the summary of a fleet, in any order; `planned` are the ids of all of its tasks.

    Of several results of one task, all of which a retried task may leave, one counts.
    """
    by_id: dict[str, TaskResult] = {}
    for each in sorted(results, key=lambda each: (each.target, each.document, repr(each))):
        by_id.setdefault(each.id, each)
    missing = tuple(sorted(set(planned) - by_id.keys()))
    return FleetSummary(tuple(by_id.values()), missing)


def _cause(seen: Sequence[tuple[str, CauseResult]]) -> FleetCause:
    """A cause of the fleet from those of its targets.

    The title is the most frequent one: at each target, it names the places that were found there.
    """
    titles = [cause.title for _, cause in seen]
    violations: dict[str, int] = {}
    for target, cause in seen:
        if cause.violations:
            violations[target] = violations.get(target, 0) + cause.violations
    first = seen[0][1]
    return FleetCause(
        id=first.id,
        title=min(set(titles), key=lambda title: (-titles.count(title), title)),
        effect=first.effect,
        level=min((cause.level for _, cause in seen), key=_LEVEL_RANK.__getitem__),
        violations=violations,
        known=sum(cause.known for _, cause in seen),
    )


def _rank(cause: FleetCause) -> tuple[bool, int, int, str]:
    return not cause.violations, _LEVEL_RANK[cause.level], -len(cause.violations), cause.id


def _operation(key: tuple[str, str], seen: Sequence[tuple[TaskResult, OperationResult]]) -> FleetOperation:
    return FleetOperation(
        *key,
        targets=tuple(sorted({result.target for result, _ in seen})),
        failing=tuple(
            sorted({result.target for result, each in seen if each.must or (result.strict and each.should)})
        ),
        planned=sum(each.planned for _, each in seen),
        shown=sum(each.shown for _, each in seen),
    )


_LEVEL_RANK: Mapping[str, int] = {level: place for place, level in enumerate(LEVELS)}
