"""Finds defects that come and go although the same request was sent, within one run or between two runs.

Only repetitions of the same case with the same expectation count. A request to another deployment, or with
another api-version or key, is a different request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias
from urllib.parse import urlsplit

from aoai_model.verdict import Violation
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.results.findings import place_of
from aoai_reports.run_comparison.sides import Side

#: Rule, operation, place, reason: identifies a defect, whatever the document.
DefectKey: TypeAlias = tuple[str, str, str, str]
#: Identifies a request and the kind of its response; the verdicts on equal ones should be equal.
Sent: TypeAlias = tuple[str, ...]
_CREDENTIALS = frozenset({"api-key", "authorization", "ocp-apim-subscription-key"})


@dataclass(frozen=True, slots=True)
class Repeats:
    """What the requests of one run showed.

    `shown` holds the requests that showed each defect, `passed` the rules that each request passed; requests
    are stored as digests.
    """

    shown: dict[DefectKey, set[bytes]] = field(default_factory=dict)
    passed: dict[bytes, frozenset[str]] = field(default_factory=dict)
    _sets: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def note(
        self, sent: Sent, line: ExchangeLine | ScenarioLine, names: dict[str, str], *, can_repeat: bool = True
    ) -> None:
        """Add one exchange or scenario."""
        request = blake2b(json.dumps(sent).encode(), digest_size=16).digest()
        for violation in line.violations:
            self.shown.setdefault(defect_key(line, violation, names), set()).add(request)
        if can_repeat:
            rules = frozenset(rule for rule, verdict in line.verdicts.items() if verdict == "pass")
            rules |= self.passed.get(request, frozenset())
            self.passed[request] = self._sets.setdefault(rules, rules)

    def has_passed(self, rule: str, request: bytes) -> bool:
        """Whether a request passed a rule at some time."""
        return rule in self.passed.get(request, frozenset())

    def unsteady(self) -> frozenset[DefectKey]:
        """The defects whose requests all passed at another time."""
        return frozenset(
            key
            for key, requests in self.shown.items()
            if all(self.has_passed(key[0], sent) for sent in requests)
        )

    def differing(self, other: Repeats) -> Iterator[DefectKey]:
        """The defects that only one of two runs shows although both sent the same request."""
        for one, another in ((self, other), (other, self)):
            for key, requests in one.shown.items():
                if key not in another.shown and any(another.has_passed(key[0], sent) for sent in requests):
                    yield key


def defect_key(line: ExchangeLine | ScenarioLine, violation: Violation, names: dict[str, str]) -> DefectKey:
    """Identifies the defect of a violation in any run; `names` maps operations to their common names."""
    operation = names.get(line.operation, line.operation)
    return (violation.rule, operation, place_of(violation), violation.reason)


def repeats_in(side: Side, names: dict[str, str]) -> Repeats:
    """What identical requests within one run show, apart from ids that the run chooses."""
    repeats = Repeats()
    for id_, line in side.cases.items():
        repeats.note((side.hashes[id_], *_exactly(line)), line, names)
    for scenario in side.record.scenarios:
        repeats.note(("scenario", scenario.scenario), scenario, names, can_repeat=False)
    return repeats


def repeats_across(side: Side, names: dict[str, str]) -> Repeats:
    """What each case of one run shows, for comparison with another run of the same target."""
    prefix = f"{side.document}:"
    repeats = Repeats()
    for id_, line in side.cases.items():
        repeats.note((id_, side.hashes[id_], *_expected(line)), line, names)
    for scenario in side.record.scenarios:
        repeats.note(("scenario", scenario.scenario.removeprefix(prefix), scenario.kind), scenario, names)
    return repeats


def _exactly(line: ExchangeLine) -> Iterator[str]:
    """What the hash of a request leaves out because it differs between targets."""
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
    """The expectation and the kind of response: a pass on an error response is no counter-example."""
    yield line.expect
    if line.response is not None:
        yield str(line.response.status // 100)
        yield "plain" if line.response.events is None else "stream"
