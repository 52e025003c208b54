"""Create the lines of a record from judged exchanges and scenarios."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypedDict

from aoai_conformance.cost.reported import reported_usage
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.clauses import find_shared_clause
from aoai_conformance.judging.judged import JudgedExchange, JudgedScenario, StepGroup
from aoai_conformance.judging.scope import concerns
from aoai_conformance.quirks.quirks import QuirkTable, known_quirks
from aoai_conformance.recording.curl import curl_line
from aoai_conformance.rule import Rule
from aoai_model.verdict import Outcome, PointsShown, Tokens, Verdict, Violation
from aoai_reports.record.lines import CASE_FIELDS, ExchangeLine, QuirkFacts, RuleFacts, ScenarioLine
from aoai_specs.document import Document

#: What an exchange shows before it is judged.
UNJUDGED = PointsShown("not_shown", "not judged", message="the run ended first")


def exchange_line(judged: JudgedExchange) -> tuple[ExchangeLine, tuple[str, ...]]:
    """Return the line of an exchange, and the ids of the rules that do not apply to it."""
    exchange, verdicts = judged.exchange, judged.verdicts
    case = exchange.case
    line = ExchangeLine(
        case=case.id,
        **{name: getattr(case, name) for name in CASE_FIELDS},
        request=exchange.request,
        response=exchange.response,
        failure=exchange.failure,
        attempts=exchange.attempts,
        verdicts=_outcomes(verdicts),
        violations=_violations(verdicts),
        notes=_notes(verdicts),
        quirks=tuple(dict.fromkeys(quirk for verdict in verdicts for quirk in verdict.quirks)),
        curl=curl_line(exchange.request),
        tokens=count_tokens(exchange),
        shown=judged.shown,
        further=_further(verdicts),
        missing_extras=_missing_extras(verdicts),
    )
    return line, _not_applicable(verdicts)


def scenario_line(judged: JudgedScenario) -> tuple[ScenarioLine, tuple[str, ...]]:
    """Return the line of a scenario, and the ids of the rules that do not apply to it."""
    cases = [exchange.case for exchange in judged.steps.values()]
    line = ScenarioLine(
        scenario=judged.scenario,
        kind=judged.kind,
        document=cases[0].document,
        operation=cases[0].operation,
        cases=tuple(case.id for case in cases),
        verdicts=_outcomes(judged.verdicts),
        violations=_violations(judged.verdicts),
        notes=_notes(judged.verdicts),
        quirks=tuple(dict.fromkeys(quirk for verdict in judged.verdicts for quirk in verdict.quirks)),
        further=_further(judged.verdicts),
        missing_extras=_missing_extras(judged.verdicts),
    )
    return line, _not_applicable(judged.verdicts)


def pending_exchange_line(exchange: Exchange, place: int) -> ExchangeLine:
    """Return the line of an exchange that is not judged yet."""
    line, _ = exchange_line(JudgedExchange(exchange, (), UNJUDGED))
    return replace(line, unjudged=True, place=place)


def pending_scenario_line(together: StepGroup, place: int) -> ScenarioLine:
    """Return the line of a complete scenario that is not judged yet."""
    line, _ = scenario_line(JudgedScenario(together.scenario, together.kind, together.steps, ()))
    return replace(line, unjudged=True, place=place)


class HeaderFacts(TypedDict):
    """What a header says about the rules, the documents and the quirks by which exchanges are judged."""

    rules: dict[str, RuleFacts]
    quirks: dict[str, QuirkFacts]
    rule_operations: dict[str, tuple[str, ...]]
    links: dict[str, str]


def header_facts(
    rules: Sequence[Rule],
    documents: Sequence[Document],
    quirks: QuirkTable | None = None,
    chosen: Collection[str] | None = None,
) -> HeaderFacts:
    """Describe the rules, the documents and the quirks for the header of a record.

    Rules apply to an operation on request only if it is among the `chosen` ones; None: all are.
    """
    return {
        "rules": rule_facts(rules, documents),
        "quirks": quirk_facts(quirks),
        "rule_operations": rule_operations(rules, documents, chosen),
        "links": {name: url for each in documents for name, url in _links(each)},
    }


def _links(document: Document) -> Iterator[tuple[str, str]]:
    """The URL of a document, and those of its parts from other publications, by their clauses."""
    if document.published_at is not None:
        yield str(document.name), document.published_at
        yield from ((document.clause(part), url) for part, url in document.published_parts.items())


def rule_facts(rules: Iterable[Rule], documents: Iterable[Document]) -> dict[str, RuleFacts]:
    """Describe each rule for the header, with its clause in the first document that has it."""
    operations = [operation for document in documents for operation in document.operations.values()]
    return {
        rule.id: RuleFacts(
            rule.level,
            rule.requirement,
            find_shared_clause(rule, (each for each in operations if concerns(rule, each))),
            rule.topic,
        )
        for rule in rules
    }


def rule_operations(
    rules: Iterable[Rule], documents: Iterable[Document], chosen: Collection[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Map each rule to the operations that it applies to; rules without any are omitted."""
    operations = [
        each
        for document in documents
        for each in document.operations.values()
        if chosen is None or not each.on_request or each.id in chosen
    ]
    found = {
        rule.id: tuple(dict.fromkeys(each.id for each in operations if concerns(rule, each)))
        for rule in rules
    }
    return {rule: ids for rule, ids in found.items() if ids}


def quirk_facts(quirks: QuirkTable | None = None) -> dict[str, QuirkFacts]:
    """Describe each tolerated quirk for the header."""
    table = known_quirks() if quirks is None else quirks
    return {quirk.id: QuirkFacts(quirk.description, quirk.source) for quirk in table}


def count_tokens(exchange: Exchange) -> Tokens:
    """Return the usage that a response reports; the estimate of the plan if a 2xx reports none."""
    usage = reported_usage(exchange.case, exchange.response).usage
    return Tokens(usage.prompt_tokens, usage.completion_tokens)


def _outcomes(verdicts: Iterable[Verdict]) -> dict[str, Outcome]:
    return {each.rule_id: each.outcome for each in verdicts if each.outcome != "not_applicable"}


def _not_applicable(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(verdict.rule_id for verdict in verdicts if verdict.outcome == "not_applicable")


def _violations(verdicts: Iterable[Verdict]) -> tuple[Violation, ...]:
    return tuple(violation for verdict in verdicts for violation in verdict.violations)


def _further(verdicts: Iterable[Verdict]) -> dict[str, int]:
    return {each.rule_id: each.further for each in verdicts if each.further}


def _missing_extras(verdicts: Iterable[Verdict]) -> dict[str, str]:
    return {each.rule_id: each.missing_extra for each in verdicts if each.missing_extra}


def _notes(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(f"{verdict.rule_id}: {verdict.note}" for verdict in verdicts if verdict.note)
