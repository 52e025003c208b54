"""Derive the matrix of faults and rules from trials, and the defects of the suite that trials reveal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aoai_conformance.selftest.expectations import Expectations
from aoai_conformance.selftest.trials import FaultToTry, Tripped

#: blamed: an emulator without a fault trips a rule. unnoticed: a fault trips no rule. unrelated: a fault
#: trips a rule that is not expected. untripped: no fault trips a rule. outdated: the expectations are
#: wrong.
Kind = Literal["blamed", "unnoticed", "unrelated", "untripped", "outdated"]
#: How often each fault tripped each rule.
Matrix: TypeAlias = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect of the suite: the fault, rule or emulator concerned, and a sentence that describes it."""

    kind: Kind
    name: str
    sentence: str


def matrix(tripped: Mapping[str, Sequence[Tripped]]) -> dict[str, dict[str, int]]:
    """Return how often each fault tripped each rule, over all documents where it was tried."""
    return {name: dict(sorted(_counted(results).items())) for name, results in tripped.items()}


def tripping(found: Matrix) -> dict[str, list[str]]:
    """Map each rule that was tripped to the faults that trip it."""
    by_rule: dict[str, list[str]] = {}
    for fault, counts in found.items():
        for rule in counts:
            by_rule.setdefault(rule, []).append(fault)
    return dict(sorted(by_rule.items()))


def findings(
    sound: Sequence[Tripped],
    tripped: Mapping[str, Sequence[Tripped]],
    faults: Iterable[FaultToTry],
    expectations: Expectations,
    *,
    rule_ids: Iterable[str] = (),
) -> list[Finding]:
    """Return every defect that the trials reveal.

    `rule_ids` are the rules that a fault must trip; empty if only some faults were tried. A rule that a sound
    emulator trips does not count for faults on the same document. A fault that was not tried, because no
    chosen document has its operations, is not a defect.
    """
    found = [_false_alarm(each) for each in sound if each.rules or each.failure]
    unreliable = {(each.trial.document, rule) for each in sound for rule in each.rules}
    for fault in faults:
        results = tripped[fault.id]
        noticed = {
            rule for each in results for rule in each.rules if (each.trial.document, rule) not in unreliable
        }
        if results and not noticed:
            places = ", ".join(
                each.trial.document + (f" ({each.failure})" if each.failure else "") for each in results
            )
            found.append(Finding("unnoticed", fault.id, f"{fault.id} trips no rule on {places}"))
        unrelated = sorted(noticed - expectations.expected_rules(fault.id, fault.topic))
        if unrelated:
            sentence = f"{fault.id} trips unexpected rules: {', '.join(unrelated)}"
            found.append(Finding("unrelated", fault.id, sentence))
    by_rule = tripping(matrix(tripped))
    for rule in rule_ids:
        reason = expectations.unreachable.get(rule)
        if reason is None and rule not in by_rule:
            found.append(Finding("untripped", rule, f"no fault trips {rule}"))
        elif reason is not None and rule in by_rule:
            sentence = f"{rule} is listed as unreachable, but {by_rule[rule][0]} trips it"
            found.append(Finding("outdated", rule, sentence))
    return found


def unknown_faults(expectations: Expectations, known: Iterable[str]) -> list[Finding]:
    """Return a finding for each unknown fault that the expectations name."""
    return [
        Finding("outdated", name, f"the expectations name the unknown fault {name}")
        for name in sorted(expectations.faults.keys() - set(known))
    ]


def _false_alarm(each: Tripped) -> Finding:
    if each.failure is not None:
        sentence = f"{each.trial.name}: cannot be tried on {each.trial.document}: {each.failure}"
    else:
        rules = ", ".join(f"{rule} ({count})" for rule, count in each.rules.items())
        sentence = f"{each.trial.name}: trips {rules} on {each.trial.document}"
    return Finding("blamed", each.trial.name, sentence)


def _counted(results: Iterable[Tripped]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each in results:
        counts.update(each.rules)
    return counts
