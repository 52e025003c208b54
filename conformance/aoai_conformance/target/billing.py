"""Operations that cost money beyond the tokens of their requests: they are sent only with --allow-billed.

Jobs run for hours, sessions and containers are billed while they exist, and threads are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aoai_conformance.options import EMULATOR
from aoai_conformance.target.targets import Target, emulator_introduction
from aoai_model.case import Case
from aoai_specs.document import Document, Operation
from aoai_specs.errors import TargetError
from aoai_strategies.planning.selecting import units_of

#: Segments of the paths of these operations.
BILLED = frozenset({"batches", "containers", "evals", "fine-tunes", "fine_tuning", "realtime", "threads"})


def is_billed(path: str) -> bool:
    """Whether the operations at a path of a document are sent only with --allow-billed."""
    return not BILLED.isdisjoint(path.split("/"))


def any_billed(chosen: Iterable[tuple[Document, Sequence[Operation]]]) -> bool:
    """Whether any of the chosen operations is sent only with --allow-billed."""
    return any(is_billed(operation.path) for _, operations in chosen for operation in operations)


def without_billed(cases: Sequence[Case], documents: Mapping[str, Document]) -> list[Case]:
    """The cases that need no --allow-billed, nor a value from a case that does.

    A scenario is left out if one of its steps is, and a preparation if only such cases need it.
    """
    left_out: set[str] = set()
    remaining: list[Case] = []
    for unit in units_of(cases):
        if any(_is_billed_case(case, documents) or not left_out.isdisjoint(_sources(case)) for case in unit):
            left_out.update(case.id for case in unit)
        else:
            remaining += unit
    return _without_idle_preparations(remaining)


def _without_idle_preparations(cases: Sequence[Case]) -> list[Case]:
    """The cases without preparations from which no other case takes a value."""
    needed: set[str] = set()
    kept: list[Case] = []
    for case in reversed(cases):
        if case.origin != "preparation" or case.id in needed:
            needed.update(_sources(case))
            kept.append(case)
    return kept[::-1]


def is_emulator(target: Target) -> bool:
    """Whether a target is the emulator of this project, wherever it runs. Sends a request to find out."""
    if target.kind == EMULATOR:
        return True
    try:
        return emulator_introduction(target.root) is not None
    except TargetError:
        return False  # a run reports that it does not respond


def _is_billed_case(case: Case, documents: Mapping[str, Document]) -> bool:
    return is_billed(documents[case.document].operation(case.operation).path)


def _sources(case: Case) -> Iterable[str]:
    return (each.source for each in case.takes if each.case)
