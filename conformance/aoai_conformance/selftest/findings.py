"""What is wrong with the suite, by what the faults have tripped; and the matrix of faults and rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aoai_conformance.selftest.expectations import Expectations
from aoai_conformance.selftest.trials import FaultToTry, Tripped

#: blamed: an emulator without a fault trips a rule; unnoticed: a fault trips none; unrelated: a fault trips
#: one that it is not about; untripped: nothing trips a rule; outdated: the expectations are not true.
Kind = Literal["blamed", "unnoticed", "unrelated", "untripped", "outdated"]
#: How often each fault tripped each rule.
Matrix: TypeAlias = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: of a fault, a rule or an emulator without a fault, in a sentence."""

    kind: Kind
    name: str
    sentence: str


def matrix(tripped: Mapping[str, Sequence[Tripped]]) -> dict[str, dict[str, int]]:
    """Faults against rules: how often each fault tripped each rule, on all documents where it was tried."""
    return {name: dict(sorted(_counted(results).items())) for name, results in tripped.items()}


def tripping(found: Matrix) -> dict[str, list[str]]:
    """Rules against faults: the faults that trip each rule that is tripped."""
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
    """All that is wrong. `rule_ids` are the rules that something must trip; none where only a part was tried.

    A rule that blames an emulator without a fault notices nothing on its document. A fault that was not
    tried, because no chosen document has its operations, is nothing wrong.
    """
    found = [_blamed(each) for each in sound if each.rules or each.failure]
    deaf = {(each.trial.document, rule) for each in sound for rule in each.rules}
    for fault in faults:
        results = tripped[fault.id]
        noticed = {rule for each in results for rule in each.rules if (each.trial.document, rule) not in deaf}
        if results and not noticed:
            places = ", ".join(
                each.trial.document + (f" ({each.failure})" if each.failure else "") for each in results
            )
            found.append(Finding("unnoticed", fault.id, f"{fault.id} trips no rule on {places}"))
        unrelated = sorted(noticed - expectations.about(fault.id, fault.topic))
        if unrelated:
            sentence = f"{fault.id} trips what it is not about: {', '.join(unrelated)}"
            found.append(Finding("unrelated", fault.id, sentence))
    by_rule = tripping(matrix(tripped))
    for rule in rule_ids:
        reason = expectations.unreachable.get(rule)
        if reason is None and rule not in by_rule:
            found.append(Finding("untripped", rule, f"{rule} is tripped by no fault"))
        elif reason is not None and rule in by_rule:
            sentence = f"{rule} is said to be out of reach, but {by_rule[rule][0]} trips it"
            found.append(Finding("outdated", rule, sentence))
    return found


def unknown_faults(expectations: Expectations, known: Iterable[str]) -> list[Finding]:
    """The faults that the expectations name and that do not exist."""
    return [
        Finding("outdated", name, f"the expectations name {name}, which is no fault")
        for name in sorted(expectations.faults.keys() - set(known))
    ]


def _blamed(each: Tripped) -> Finding:
    rules = each.failure or ", ".join(f"{rule} ({count})" for rule, count in each.rules.items())
    return Finding(
        "blamed", each.trial.name, f"{each.trial.name} is blamed on {each.trial.document} by {rules}"
    )


def _counted(results: Iterable[Tripped]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each in results:
        counts.update(each.rules)
    return counts
