"""Judge parts of recordings anywhere, and join the results: the same for any division and any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import aoai_conformance
from aoai_conformance.options import RunChoices
from aoai_conformance.recording.judging_files import Remark, judged_material
from aoai_conformance.recording.parallel.batches import Batch, Totals, in_batches
from aoai_conformance.recording.parallel.setup import JudgeSetup
from aoai_reports.record.collecting import Digest, PartName, join_digests
from aoai_reports.record.lines import Footer, Header, Planned
from aoai_reports.record.reader import Record
from aoai_specs.errors import ConformanceError

#: How many exchanges a batch of a partition has.
_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of a recording that is judged by itself; it can be pickled.

    Of a record it has the places of the lines in the file, which must be readable wherever it is judged; of a
    recording of another tool it has the exchanges. Only the lines of one batch are in memory at a time.
    `part` orders the evidence: no two partitions share one.
    """

    setup: JudgeSetup
    batches: tuple[Batch, ...]
    part: PartName


@dataclass(frozen=True, slots=True)
class Partitions:
    """A recording in partitions of bounded size, and the header of its record."""

    header: Header
    parts: tuple[Partition, ...]
    footer: Footer | None = None


@dataclass(slots=True)
class PartialResult:
    """What is known about some exchanges after judging: its size does not grow with their number."""

    digest: Digest = field(default_factory=lambda: Digest(()))
    totals: Totals = field(default_factory=Totals)


def partitions_of(
    source: Path,
    choices: RunChoices,
    *,
    name: PartName,
    most: int = 2000,
    secret_headers: Sequence[str] = (),
    remark: Remark = lambda _sentence: None,
) -> Partitions:
    """Divide a record or a recording of another tool into partitions of about `most` exchanges.

    The steps of a scenario stay together. The parts are named `name` followed by a number. `remark` receives
    sentences about what is left aside. Raises ConformanceError as `judge` does for the whole file.
    """
    material = judged_material(source, choices, secret_headers, remark)
    parts = tuple(
        Partition(material.setup, batches, (*name, number))
        for number, batches in enumerate(_divided(in_batches(material.units, min(most, _TOGETHER)), most), 1)
    )
    return Partitions(material.header, parts, material.footer)


def _divided(batches: Iterable[Batch], most: int) -> Iterator[tuple[Batch, ...]]:
    """Yield consecutive batches together that have at least `most` exchanges."""
    together: list[Batch] = []
    for batch in batches:
        together.append(batch)
        if sum(len(each.exchanges) + len(each.kept) for each in together) >= most:
            yield tuple(together)
            together = []
    if together:
        yield tuple(together)


def judge_partition(partition: Partition) -> PartialResult:
    """Judge the exchanges of a partition; nothing is written. Raises ConformanceError as `judge` does."""
    judge = partition.setup.batch_judge(part=partition.part)
    result = PartialResult(judge.digest)
    for batch in partition.batches:
        result.totals.add(judge(batch, writes=False).totals)
    return result


def join_results(results: Iterable[PartialResult]) -> PartialResult:
    """Join partial results, which must not be used afterwards; their order does not matter."""
    totals = Totals()
    digests: list[Digest] = []
    for each in results:
        totals.add(each.totals)
        digests.append(each.digest)
    return PartialResult(join_digests(digests), totals)


def record_of(header: Header, result: PartialResult, *, ended: str = "", seconds: float = 0.0) -> Record:
    """Return the record for a joined result: without lines, but `summarize` and most reports take it."""
    footer = Footer(
        ended=ended or header.started,
        seconds=seconds,
        interrupted=False,
        requests=result.totals.requests,
        tokens=result.totals.tokens,
        rules=result.totals.rule_counts(header.rules),
    )
    return Record.with_digest(header, footer, result.digest)


def join_headers(headers: Iterable[Header], target: str) -> Header:
    """Return one header for recordings that are summarized together; their order does not matter.

    It names all documents, rules, operations and planned points. Raises ConformanceError without any header.
    """
    ordered = sorted(headers, key=lambda each: (each.documents, each.started, each.target))
    if not ordered:
        raise ConformanceError("There is nothing to summarize.")
    first = ordered[0]
    operations: dict[str, dict[str, None]] = {}
    points: dict[str, dict[str, tuple[str, ...]]] = {}
    for each in ordered:
        for rule, ids in each.rule_operations.items():
            operations.setdefault(rule, {}).update(dict.fromkeys(ids))
        for document, planned in each.planned.documents.items():
            points.setdefault(document, {}).update(planned)
    profiles = {each.profile for each in ordered}
    return replace(
        first,
        tool=f"aoai-conformance {aoai_conformance.__version__}",
        started=min(each.started for each in ordered),
        target=target,
        documents=tuple(sorted({name for each in ordered for name in each.documents})),
        profile=first.profile if len(profiles) == 1 else "recorded",
        options={},
        rules={id_: facts for each in reversed(ordered) for id_, facts in each.rules.items()},
        planned=Planned(cases=sum(each.planned.cases for each in ordered), documents=points),
        not_configured=_common(each.not_configured for each in ordered),
        quirks={id_: facts for each in reversed(ordered) for id_, facts in each.quirks.items()},
        excluded=_common(each.excluded for each in ordered),
        capabilities={},
        rule_operations={rule: tuple(sorted(ids)) for rule, ids in sorted(operations.items())},
        label="",
        links={name: url for each in reversed(ordered) for name, url in each.links.items()},
    )


def _common(names: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The names that all have."""
    listed = [set(each) for each in names]
    return tuple(sorted(set.intersection(*listed)))
