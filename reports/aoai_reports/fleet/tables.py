"""The two tables of a fleet: targets by causes, and api-versions by operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aoai_reports.fleet.result import TaskResult
from aoai_reports.fleet.summary import WORST_FIRST, FleetCause, FleetOperation, FleetSummary

_VERDICTS = {0: "conformant", 1: "nonconformant", 2: "not tested", 3: "inconclusive"}


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Targets with the same verdict and the same causes, with all of their results.

    `violations` counts those of each cause over all of these targets.
    """

    verdict: str
    results: Mapping[str, tuple[TaskResult, ...]]
    violations: Mapping[str, int]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the targets."""
        return tuple(self.results)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why targets were not tested, or too little was shown: each sentence once."""
        sentences = (
            sentence
            for results in self.results.values()
            for each in results
            for sentence in ((each.error,) if each.error else each.doubts)
        )
        return tuple(dict.fromkeys(sentences))


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation, with what was found in each document that has it."""

    operation: str
    cells: tuple[FleetOperation | None, ...]


def open_causes(summary: FleetSummary) -> tuple[FleetCause, ...]:
    """The causes with violations that are not accepted."""
    return tuple(cause for cause in summary.causes if cause.violations)


def target_groups(summary: FleetSummary) -> tuple[TargetGroup, ...]:
    """The targets, grouped: the worst verdict first, then the largest groups."""
    by_target: dict[str, list[TaskResult]] = {}
    for result in summary.results:
        by_target.setdefault(result.target, []).append(result)
    groups: dict[tuple[int, tuple[str, ...]], dict[str, tuple[TaskResult, ...]]] = {}
    for target, results in by_target.items():
        code = next(code for code in WORST_FIRST if any(each.code == code for each in results))
        ids = sorted({cause.id for each in results for cause in each.causes if cause.violations})
        groups.setdefault((code, tuple(ids)), {})[target] = tuple(results)
    ordered = sorted(groups, key=lambda key: (WORST_FIRST.index(key[0]), -len(groups[key]), key[1]))
    return tuple(_group(key, groups[key]) for key in ordered)


def documents_of(summary: FleetSummary) -> tuple[str, ...]:
    """The documents of the fleet, sorted."""
    return tuple(sorted({each.document for each in summary.operations}))


def operation_rows(summary: FleetSummary) -> tuple[OperationRow, ...]:
    """A row for each operation, with a cell for each of `documents_of`."""
    found = {(each.document, each.operation): each for each in summary.operations}
    documents = documents_of(summary)
    return tuple(
        OperationRow(operation, tuple(found.get((document, operation)) for document in documents))
        for operation in sorted({each.operation for each in summary.operations})
    )


def _group(key: tuple[int, Sequence[str]], results: Mapping[str, tuple[TaskResult, ...]]) -> TargetGroup:
    violations = dict.fromkeys(key[1], 0)
    for each in (result for some in results.values() for result in some):
        for cause in each.causes:
            if cause.id in violations:
                violations[cause.id] += cause.violations
    return TargetGroup(_VERDICTS[key[0]], results, violations)
