"""What each fault is about: the rules that it may trip, as reviewed data; and the rules that none can trip.

The data lies beside this module, in `expectations.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from aoai_conformance.rule import Rule, rules
from aoai_specs.errors import ConformanceError, UnknownNameError


@dataclass(frozen=True, slots=True)
class Expectations:
    """The rules that faults are about.

    `topics` gives the topics of rules that the faults of a module are about, `faults` the ids of the rules
    that a fault is about besides; `timed` says why a rule may be tripped beside any fault, `unreachable` why
    one cannot be tripped through the emulator.
    """

    topics: Mapping[str, frozenset[str]]
    faults: Mapping[str, frozenset[str]]
    timed: Mapping[str, str]
    unreachable: Mapping[str, str]

    def about(self, fault_id: str, topic: str) -> frozenset[str]:
        """The ids of the rules that a fault of a module is about."""
        related = self.topics.get(topic, frozenset())
        of_topic = frozenset(rule.id for rule in rules() if rule.topic in related)
        return of_topic | self.faults.get(fault_id, frozenset()) | self.timed.keys()


@cache
def packaged_expectations() -> Expectations:
    """The expectations of the package. Raises ConformanceError where they name what does not exist."""
    text = files(__package__).joinpath("expectations.yaml").read_text(encoding="utf-8")
    return read_expectations(yaml.safe_load(text), rules())


def read_expectations(content: Mapping[str, Any], known: Sequence[Rule]) -> Expectations:
    """Expectations from what their file says: `topics`, `faults`, `timed` and `unreachable`.

    Raises UnknownNameError for a rule or a topic of rules that does not exist, and ConformanceError for a
    reason that is missing.
    """
    ids, topics = {rule.id for rule in known}, {rule.topic for rule in known}
    expectations = Expectations(
        {name: frozenset(named) for name, named in content["topics"].items()},
        {name: frozenset(named) for name, named in content["faults"].items()},
        dict(content["timed"]),
        dict(content["unreachable"]),
    )
    lone = frozenset((*expectations.timed, *expectations.unreachable))
    for named in (*expectations.faults.values(), lone):
        for rule_id in named - ids:
            raise UnknownNameError("rule", rule_id, ids)
    for related in expectations.topics.values():
        for topic in related - topics:
            raise UnknownNameError("topic of rules", topic, topics)
    for name, reason in (*expectations.timed.items(), *expectations.unreachable.items()):
        if not isinstance(reason, str) or not reason.strip():
            raise ConformanceError(f"{name} is said to be out of reach, without a reason.")
    return expectations
