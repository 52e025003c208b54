"""Which defects come and go though the same request was sent: within one run, or between two runs.

Only a repetition of the same case with the same expectation can show that. A request that differs in its
deployment, its api-version or its key is another request, whatever else it has in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from aoai_model.verdict import Violation
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.results.findings import place_of
from aoai_reports.run_comparison.sides import Side

#: Rule, operation, place, reason: what one defect is, whatever the document.
DefectKey: TypeAlias = tuple[str, str, str, str]
#: What was asked and what kind of response came, such that equal ones have to be judged equally.
Sent: TypeAlias = tuple[str, ...]
_CREDENTIALS = frozenset({"api-key", "authorization", "ocp-apim-subscription-key"})


@dataclass(frozen=True, slots=True)
class Repeats:
    """What the requests of one run showed and did not show.

    `shown` holds, for each defect, the requests that showed it; `passed` the (rule, request) pairs in which
    the rule passed.
    """

    shown: dict[DefectKey, set[Sent]] = field(default_factory=dict)
    passed: set[tuple[str, Sent]] = field(default_factory=set)

    def note(
        self, sent: Sent, line: ExchangeLine | ScenarioLine, names: dict[str, str], *, can_repeat: bool = True
    ) -> None:
        """Take one exchange or scenario into account."""
        for violation in line.violations:
            self.shown.setdefault(defect_key(line, violation, names), set()).add(sent)
        if can_repeat:
            self.passed.update((rule, sent) for rule, said in line.verdicts.items() if said == "pass")

    def unsteady(self) -> frozenset[DefectKey]:
        """The defects that no request shows whenever it is sent."""
        return frozenset(
            key
            for key, requests in self.shown.items()
            if all((key[0], sent) in self.passed for sent in requests)
        )

    def differing(self, other: Repeats) -> Iterator[DefectKey]:
        """The defects that one run shows, and the other does not though it sent the same request."""
        for one, another in ((self, other), (other, self)):
            for key, requests in one.shown.items():
                if key not in another.shown and any((key[0], sent) in another.passed for sent in requests):
                    yield key


def defect_key(line: ExchangeLine | ScenarioLine, violation: Violation, names: dict[str, str]) -> DefectKey:
    """What tells the defect of a violation from another, in any run; `names` are those of operations."""
    operation = names.get(line.operation, line.operation)
    return (violation.rule, operation, place_of(violation), violation.reason)


def repeats_in(side: Side, names: dict[str, str]) -> Repeats:
    """What the repetitions within one run show: equal to the letter, but for what a run chooses."""
    repeats = Repeats()
    for id_, line in side.cases.items():
        repeats.note((side.hashes[id_], *_exactly(line)), line, names)
    for scenario in side.record.scenarios:
        repeats.note(("scenario", scenario.scenario), scenario, names, can_repeat=False)
    return repeats


def repeats_across(side: Side, names: dict[str, str]) -> Repeats:
    """What one run shows, to be compared with another run of the same target: case by case."""
    prefix = f"{side.document}:"
    repeats = Repeats()
    for id_, line in side.cases.items():
        repeats.note((id_, side.hashes[id_], *_expected(line)), line, names)
    for scenario in side.record.scenarios:
        repeats.note(("scenario", scenario.scenario.removeprefix(prefix), scenario.kind), scenario, names)
    return repeats


def _exactly(line: ExchangeLine) -> Iterator[str]:
    """What the hash of a request leaves out, since it differs from target to target."""
    url = urlsplit(line.request.url)
    yield url.path
    yield url.query
    yield " ".join(
        sorted(
            f"{name.lower()}={value}" for name, value in line.request.headers if name.lower() in _CREDENTIALS
        )
    )
    yield from sorted(point.id for point in line.points)
    yield from _expected(line)


def _expected(line: ExchangeLine) -> Iterator[str]:
    """What was expected, and what kind of response came: a rule that passes on an error says nothing."""
    yield line.expect
    if line.response is not None:
        yield str(line.response.status // 100)
        yield "plain" if line.response.events is None else "stream"
