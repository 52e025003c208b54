"""Batches of recorded exchanges that are judged together, and the results of judging one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, JudgedExchange, JudgedScenario
from aoai_conformance.recording.record_lines import exchange_line, scenario_line
from aoai_conformance.recording.recorded import exchange_of
from aoai_conformance.recording.steps import group_steps, link_scenarios
from aoai_model.verdict import Outcome, Tokens
from aoai_reports.record.collecting import Digest, PartName, steps_of
from aoai_reports.record.lines import ExchangeLine, RuleCounts, ScenarioLine
from aoai_reports.record.writer import line_bytes
from aoai_reports.results.summary import SUMMARY_COLLECTORS

#: A line of a record: its offset in the file, or the line or the exchange itself.
Source: TypeAlias = int | ExchangeLine | ScenarioLine | Exchange
#: A source with the number of its line in the new record, exchanges and scenarios counted separately.
Numbered: TypeAlias = tuple[int, Source]

#: Hardly any body of a response is larger, and hardly any line of a record.
_USUAL_BODY, _USUAL_LINE = 64 * 1024, 256 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Some lines to judge. All exchanges of a scenario are in the same batch.

    Exchanges in `kept` keep the verdicts that they have. `size` is the number of bytes of all lines that are
    in a file.
    """

    exchanges: tuple[Numbered, ...]
    scenarios: tuple[Numbered, ...] = ()
    kept: tuple[Numbered, ...] = ()
    size: int = 0


@dataclass(slots=True)
class Totals:
    """What the footer of a record counts: requests, tokens, and the outcomes of each rule."""

    requests: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)

    def count(self, line: ExchangeLine | ScenarioLine, not_applicable: Iterable[str] = ()) -> None:
        """Count a line, and the rules that do not apply to it."""
        if isinstance(line, ExchangeLine):
            self.requests += line.attempts
            self.tokens += line.tokens
        self.outcomes.update(line.verdicts.items())
        self.outcomes.update([(id_, "not_applicable") for id_ in not_applicable])

    def add(self, other: Totals) -> None:
        """Add what another part of the record counts."""
        self.requests += other.requests
        self.tokens += other.tokens
        self.outcomes.update(other.outcomes)

    def rule_counts(self, named: Iterable[str] = ()) -> dict[str, RuleCounts]:
        """The outcomes of each rule by id, sorted; with those of `named`, which may have none."""
        return {
            id_: RuleCounts(*(self.outcomes[id_, outcome] for outcome in _OUTCOMES))
            for id_ in sorted({*named, *(id_ for id_, _ in self.outcomes)})
        }


_OUTCOMES: tuple[Outcome, ...] = ("pass", "violation", "inconclusive", "not_applicable")


@dataclass(slots=True)
class JudgedBatch:
    """The lines of a judged batch as they are written, each with its number, and what the footer counts."""

    exchanges: list[tuple[int, bytes]] = field(default_factory=list)
    scenarios: list[tuple[int, bytes]] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)


@dataclass(slots=True)
class BatchJudge:
    """Judges batches and digests all of them.

    `line_at` reads the line at an offset, `mask` removes the secrets in a line. With `part`, the
    digest is that of a part of a larger whole.
    """

    judge: Judge
    line_at: Callable[[int], ExchangeLine | ScenarioLine] | None = None
    mask: Callable[[ExchangeLine | ScenarioLine], ExchangeLine | ScenarioLine] | None = None
    part: PartName = ()
    digest: Digest = field(init=False)

    def __post_init__(self) -> None:
        self.digest = Digest(SUMMARY_COLLECTORS, self.part)

    def __call__(self, batch: Batch, *, writes: bool = True) -> JudgedBatch:
        """Judge a batch; its lines are returned unless `writes` is false.

        Raises RecordError if the file of the record was changed, or a line cannot be stored.
        """
        result = JudgedBatch()
        for number, source in batch.kept:
            line = self._line(source)
            if isinstance(line, ExchangeLine):
                self._finish_exchange(number, line, (), result, writes=writes)
        exchanges = [(number, self._exchange(source)) for number, source in batch.exchanges]
        linked = link_scenarios({each.case.id: each for _, each in exchanges})
        lines: dict[str, ExchangeLine] = {}
        for number, each in exchanges:
            judged = self.judge(linked[each.case.id])
            assert isinstance(judged, JudgedExchange)  # noqa: S101 - the type follows from that of the part
            line, idle = exchange_line(judged)
            if batch.scenarios:
                lines[line.case] = line
            self._finish_exchange(number, line, idle, result, writes=writes)
        for number, source in batch.scenarios:
            scenario = self._line(source)
            group = group_steps(scenario, linked) if isinstance(scenario, ScenarioLine) else None
            if group is None:
                continue
            together = self.judge(group)
            assert isinstance(together, JudgedScenario)  # noqa: S101 - the type follows from that of the part
            self._finish_scenario(number, together, lines, result, writes=writes)
        return result

    def _line(self, source: Source) -> ExchangeLine | ScenarioLine:
        if isinstance(source, Exchange):
            raise TypeError("an exchange is not a line")
        if not isinstance(source, int):
            line = source
        elif self.line_at is None:
            raise TypeError("there is no file to read lines from")
        else:
            line = self.line_at(source)
        return line if self.mask is None else self.mask(line)

    def _exchange(self, source: Source) -> Exchange:
        if isinstance(source, Exchange):
            return source
        line = self._line(source)
        if isinstance(line, ScenarioLine):
            raise TypeError("a scenario is not an exchange")
        return exchange_of(line)

    def _finish_exchange(
        self, number: int, line: ExchangeLine, idle: Iterable[str], result: JudgedBatch, *, writes: bool
    ) -> None:
        result.totals.count(line, idle)
        self.digest.add_exchange(line, number)
        if writes:
            result.exchanges.append((number, line_bytes(line)))

    def _finish_scenario(
        self,
        number: int,
        judged: JudgedScenario,
        lines: dict[str, ExchangeLine],
        result: JudgedBatch,
        *,
        writes: bool,
    ) -> None:
        line, idle = scenario_line(judged)
        result.totals.count(line, idle)
        self.digest.add_scenario(line, steps_of(line, lines), number)
        if writes:
            result.scenarios.append((number, line_bytes(line)))


def in_batches(units: Iterable[Batch], most: int) -> Iterator[Batch]:
    """Join consecutive batches until they have at least `most` exchanges; a large one counts as several."""
    together: list[Batch] = []
    size = 0
    for unit in units:
        together.append(unit)
        size += unit.size // _USUAL_LINE
        size += sum(_weight(source) for _, source in (*unit.exchanges, *unit.kept))
        if size >= most:
            yield _joined(together)
            together, size = [], 0
    if together:
        yield _joined(together)


def _weight(source: Source) -> int:
    """Return as how many exchanges of usual size a source counts."""
    response = source.response if isinstance(source, Exchange | ExchangeLine) else None
    return 1 if response is None else 1 + len(response.body) // _USUAL_BODY


def _joined(batches: Sequence[Batch]) -> Batch:
    return Batch(
        tuple(each for batch in batches for each in batch.exchanges),
        tuple(each for batch in batches for each in batch.scenarios),
        tuple(each for batch in batches for each in batch.kept),
        sum(batch.size for batch in batches),
    )
