"""Restores what records of version 1 lack: the values that a case takes from earlier responses.

Only replay needs it. The plan that the header describes says what each case takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

from aoai_conformance.options import RunChoices
from aoai_conformance.target.selection import choose_operations, choose_plans, sent_plans
from aoai_model.case import Case
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_specs.document import Document
from aoai_strategies.planning.capabilities import Capabilities
from aoai_strategies.planning.planning import DEEP_EXAMPLES


def restore_placeholders(record: Record, documents: Sequence[Document]) -> Record:
    """Return a converted record with `takes` and `until` as planned; any other record as it is."""
    if not record.header.converted_from:
        return record
    planned = {case.id: case for case in _plan_cases(record, documents)}
    return replace(record, exchanges=tuple(_restore(line, planned) for line in record.exchanges))


def _restore(line: ExchangeLine, planned: dict[str, Case]) -> ExchangeLine:
    """Take `takes` and `until` from the case that was planned under the id, or from which it was derived."""
    name = line.case
    while name and name not in planned:
        name = name.rpartition("/")[0]
    if not name:
        return line
    case = planned[name]
    return replace(line, takes=case.takes, until=case.until if name == line.case else None)


def _plan_cases(record: Record, documents: Sequence[Document]) -> Iterable[Case]:
    """Plan what the header describes; generated cases only if the record has some."""
    header = record.header
    options = header.options
    operations = options.get("operations")
    examples = options.get("examples", DEEP_EXAMPLES)
    has_generated = any(line.origin == "generated" for line in record.exchanges)
    choices = RunChoices(
        profile=header.profile,
        operations=tuple(map(str, operations)) if isinstance(operations, list) else (),
        seed=header.seed,
        examples=cast("int", examples) if has_generated else 0,
    )
    idle = set(header.not_configured)
    plans = choose_plans(choices, choose_operations(choices, documents), lambda each: each.id not in idle)
    named = {str(document.name): document for document in documents}
    sent = sent_plans(plans, named, capabilities=Capabilities.from_json(header.capabilities))
    return (case for each in sent for case in each.plan.cases)
