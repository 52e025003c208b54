"""Keeps plans for further runs in the same process: making one takes longer than sending its requests."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import TypeAlias

from aoai_model.case import Plan
from aoai_specs.document import Document
from aoai_strategies.planning.planning import DEEP_EXAMPLES, plan

#: How many plans are kept; those that were used longest ago are forgotten first.
MOST_PLANS = 16

_Key: TypeAlias = tuple[str, str, int, tuple[str, ...], int]


class PlanCache:
    """Plans by everything that they depend on. Several threads may use a cache."""

    def __init__(self, most: int = MOST_PLANS) -> None:
        self._most = most
        self._plans: OrderedDict[_Key, Plan] = OrderedDict()
        self._lock = Lock()

    def plan(
        self,
        document: Document,
        *,
        profile: str,
        seed: int = 0,
        operations: Sequence[str],
        examples: int = DEEP_EXAMPLES,
    ) -> Plan:
        """Return the plan that `planning.plan` makes, without a budget. Raises what that raises."""
        key = (_digest(document), profile, seed, tuple(operations), examples)
        with self._lock:
            found = self._plans.get(key)
            if found is not None:
                self._plans.move_to_end(key)
                return found
        made = plan(document, profile=profile, seed=seed, operations=operations, examples=examples)
        with self._lock:
            self._plans[key] = made
            while len(self._plans) > self._most:
                self._plans.popitem(last=False)
        return made


def _digest(document: Document) -> str:
    """The digest of what a document says: a description that is read again has the same one."""
    said = [str(document.name), document.api_version, document.as_published, [*document.operations]]
    content = json.dumps([*said, document.content], default=repr)
    return hashlib.sha256(content.encode()).hexdigest()
