"""Read `expectations.yaml`: the rules that each fault may trip, and the rules that no fault can trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from aoai_conformance.rule import Rule, rules
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_specs.plain_yaml import load_yaml


@dataclass(frozen=True, slots=True)
class Expectations:
    """The rules that faults may trip.

    `topics` maps a topic of faults to topics of rules, and `faults` a fault to the ids of further rules.
    `timed` has the rules that any fault may trip, and `unreachable` those that the emulator cannot violate,
    each with the reason.
    """

    topics: Mapping[str, frozenset[str]]
    faults: Mapping[str, frozenset[str]]
    timed: Mapping[str, str]
    unreachable: Mapping[str, str]

    def expected_rules(self, fault_id: str, topic: str) -> frozenset[str]:
        """Return the ids of the rules that a fault of a topic may trip."""
        related = self.topics.get(topic, frozenset())
        of_topic = frozenset(rule.id for rule in rules() if rule.topic in related)
        return of_topic | self.faults.get(fault_id, frozenset()) | self.timed.keys()


@cache
def packaged_expectations() -> Expectations:
    """Return the packaged expectations. Raises the errors of `read_expectations`."""
    text = files(__package__).joinpath("expectations.yaml").read_text(encoding="utf-8")
    return read_expectations(load_yaml(text), rules())


def read_expectations(content: Mapping[str, Any], known: Sequence[Rule]) -> Expectations:
    """Build expectations from the content of a file: `topics`, `faults`, `timed` and `unreachable`.

    Raises UnknownNameError for an unknown rule or topic of rules, and ConformanceError for a missing reason.
    """
    ids, topics = {rule.id for rule in known}, {rule.topic for rule in known}
    expectations = Expectations(
        {name: frozenset(named) for name, named in content["topics"].items()},
        {name: frozenset(named) for name, named in content["faults"].items()},
        dict(content["timed"]),
        dict(content["unreachable"]),
    )
    explained = frozenset((*expectations.timed, *expectations.unreachable))
    for named in (*expectations.faults.values(), explained):
        for rule_id in named - ids:
            raise UnknownNameError("rule", rule_id, ids)
    for related in expectations.topics.values():
        for topic in related - topics:
            raise UnknownNameError("topic of rules", topic, topics)
    for name, reason in (*expectations.timed.items(), *expectations.unreachable.items()):
        if not isinstance(reason, str) or not reason.strip():
            raise ConformanceError(f"{name} is listed in expectations.yaml without a reason.")
    return expectations
