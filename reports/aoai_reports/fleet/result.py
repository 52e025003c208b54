"""The result of one task of a fleet: a target and a document, or a part of recorded traffic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal

from aoai_model.serialization import Decoder, Json, Serializable, optional, tuple_of
from aoai_model.verdict import Tokens
from aoai_reports.record.evidence import storable
from aoai_reports.record.lines import MoneySpent
from aoai_reports.results.summary import Summary, Verdict, exit_code
from aoai_specs.errors import ConformanceError

RESULT_SCHEMA = "aoai-conformance/fleet-result/v1"
#: The exit code of a target that could not be tested to the end.
INCONCLUSIVE = 3
#: How many of the sentences about one result are kept.
_MOST_DOUBTS = 5

NOT_TESTED: Final = "not tested"
FleetVerdict = Verdict | Literal["not tested"]


@dataclass(frozen=True, slots=True)
class CauseResult(Serializable):
    """A cause at one target: its title there, its violations, and those that are accepted (`known`)."""

    id: str
    title: str
    effect: str
    level: str
    violations: int
    known: int = 0


@dataclass(frozen=True, slots=True)
class OperationResult(Serializable):
    """One operation of one document at one target: its points, and its violations by level."""

    document: str
    operation: str
    planned: int = 0
    shown: int = 0
    must: int = 0
    should: int = 0
    may: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult(Serializable):
    """What one task found.

    `code` is the exit code of a run with this result. `error` is why there is no verdict, empty if there is
    one. `folder` has the record and the reports, relative to that of the fleet; it is empty without any.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "tokens": Tokens.from_json,
        "cost": optional(MoneySpent.from_json),
        "doubts": tuple,
        "causes": tuple_of(CauseResult.from_json),
        "operations": tuple_of(OperationResult.from_json),
    }

    target: str
    document: str
    verdict: FleetVerdict
    code: int
    folder: str = ""
    error: str = ""
    strict: bool = False
    requests: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    cost: MoneySpent | None = None
    doubts: tuple[str, ...] = ()
    causes: tuple[CauseResult, ...] = ()
    operations: tuple[OperationResult, ...] = ()

    @property
    def id(self) -> str:
        """Identifies the task in its fleet."""
        return f"{self.target}/{self.document}"


def result_of(
    summary: Summary, *, target: str, document: str, folder: str = "", interrupted: bool = False
) -> TaskResult:
    """Return the result of a run with this summary."""
    return TaskResult(
        target=target,
        document=document,
        verdict="inconclusive" if interrupted else summary.verdict,
        code=INCONCLUSIVE if interrupted else exit_code(summary),
        folder=folder,
        strict=summary.strict,
        requests=summary.requests,
        tokens=summary.tokens,
        cost=summary.cost,
        doubts=tuple(str(storable(each)) for each in summary.doubts[:_MOST_DOUBTS]),
        causes=tuple(
            CauseResult(
                str(storable(each.id)),
                str(storable(each.title)),
                str(each.effect),
                each.level,
                len(each.new),
                len(each.findings) - len(each.new),
            )
            for each in summary.causes
        ),
        operations=_operations(summary),
    )


def _operations(summary: Summary) -> tuple[OperationResult, ...]:
    """The operations that were planned or violated, in the order of the summary."""
    points = {(each.document, each.operation): each for each in summary.accounts}
    found: dict[tuple[str, str], Counter[str]] = {key: Counter() for key in points}
    for finding in summary.findings:
        counts = found.setdefault((finding.document, finding.operation), Counter())
        counts["known" if finding.known else finding.level] += 1
    return tuple(
        OperationResult(
            document,
            operation,
            planned=len(points[document, operation].outcomes) if (document, operation) in points else 0,
            shown=points[document, operation].shown if (document, operation) in points else 0,
            must=counts["must"],
            should=counts["should"],
            may=counts["may"],
            known=counts["known"],
        )
        for (document, operation), counts in found.items()
    )


def failed(*, target: str, document: str, error: str, code: int = INCONCLUSIVE) -> TaskResult:
    """Return the result of a task that could not test its target."""
    return TaskResult(
        target=target,
        document=document,
        verdict=NOT_TESTED,
        code=code,
        error=str(storable(error)),
    )


def result_json(result: TaskResult) -> dict[str, Json]:
    """Return the content of a result file."""
    return {"schema": RESULT_SCHEMA, **result.to_json()}


def read_result(data: Any, name: str) -> TaskResult:
    """Return the result in the file `name`. Raises ConformanceError for another content."""
    if not isinstance(data, dict) or data.get("schema") != RESULT_SCHEMA:
        raise ConformanceError(f"{name} is not the result of a fleet's task.")
    try:
        return TaskResult.from_json({key: value for key, value in data.items() if key != "schema"})
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ConformanceError(f"{name} is damaged: {error}.") from error
