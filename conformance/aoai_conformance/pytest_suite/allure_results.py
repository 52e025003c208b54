"""Add labels, a link, parameters, steps and attachments to the Allure results of the tests.

Imported only with `--alluredir`. The history id excludes all parameters, and the ids of tests contain no
api-version, so a test has one history over runs, targets and api-versions. All data comes from the record,
which contains no secrets; the output of models is attached as plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from aoai_conformance.judging.clauses import find_clause
from aoai_conformance.options import RunChoices
from aoai_conformance.pytest_suite.clause_links import clause_link
from aoai_model.verdict import Level
from aoai_reports.formats.finding_text import findings_text
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.wire_text import chunks_text, exchange_sentence, request_text, response_text
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.results.findings import Finding

if TYPE_CHECKING:
    from aoai_conformance.pytest_suite.collecting import ConformanceTest, RuleTest
    from aoai_conformance.pytest_suite.sharing import SharedRun
    from aoai_reports.results.rule_results import RuleResult

#: allure-pytest has no type annotations.
allure: Any = import_module("allure")

#: How many defects, and exchanges of one defect, a test shows; the record has the rest.
MOST_DEFECTS = 5
MOST_EXCHANGES = 4
#: How many exchanges of a rule that passed are shown in full; more would bloat the results.
MOST_SHOWN = 1

_SEVERITIES: dict[Level, Any] = {
    "must": allure.severity_level.CRITICAL,
    "should": allure.severity_level.NORMAL,
    "may": allure.severity_level.MINOR,
}


class AllureResults:
    """Adds the tests of one session to Allure."""

    def __init__(self, choices: RunChoices) -> None:
        self._choices = choices
        self._exchanges: dict[str, ExchangeLine] | None = None

    def describe_rule(self, item: RuleTest) -> None:
        """Add the labels of a test, by which Allure's own options select, before anything is sent."""
        rule, operation = item.rule, item.operation
        _entitle(item, f"{rule.id}: {rule.level} {rule.requirement}")
        item.add_marker(allure.epic(operation.document.name.surface))
        item.add_marker(allure.feature(operation.id))
        item.add_marker(allure.story(rule.id))
        item.add_marker(allure.severity(_SEVERITIES[rule.level]))
        requirement = f"A server {rule.level} {rule.requirement}."
        clause = find_clause(rule, operation)
        item.add_marker(allure.description(f"{requirement}\n\nClause: {clause}"))
        address = clause_link(clause)
        if address is not None:
            item.add_marker(allure.link(address, name=clause))

    def describe_run(self, item: ConformanceTest) -> None:
        """Add the labels of the test of the whole run."""
        _entitle(item, "the run was judged to its end")
        item.add_marker(allure.epic(self._choices.surface or "azure-openai"))
        item.add_marker(allure.feature("the whole run"))
        item.add_marker(allure.story(item.name))
        item.add_marker(allure.severity(allure.severity_level.BLOCKER))

    def add_parameters(self, item: ConformanceTest) -> None:
        """Add the parameters that may differ between runs."""
        facts = dict(item.user_properties)
        parameters = {
            "document": facts.get("document", ", ".join(self._choices.api_versions)),
            "target": self._choices.target,
            "profile": self._choices.profile,
            "seed": self._choices.seed,
        }
        for name, value in parameters.items():
            allure.dynamic.parameter(name, value, excluded=True)

    def add_evidence(self, run: SharedRun, result: RuleResult) -> None:
        """Add a step for each defect, with its exchanges; or for the exchanges that passed."""
        found = [*result.failures, *result.known, *result.remarks]
        for finding in found[:MOST_DEFECTS]:
            self._add_finding(run, finding, failing=finding in result.failures)
        if len(found) > MOST_DEFECTS:
            with allure.step(f"{len(found) - MOST_DEFECTS:,} more defects are in the record"):
                pass
        if result.kind == "inconclusive":
            self._add_exchanges(_unjudged(run, result))
        elif not found and result.judged:
            with allure.step(f"{quantity(result.judged, 'exchange')} judged, no violation"):
                named = self._judged(run, result)
                self._add_exchanges([line for lines in named for line in lines], shown=MOST_SHOWN)
                if result.judged > len(named):
                    with allure.step(f"{result.judged - len(named):,} more are in the record"):
                        pass

    def _add_finding(self, run: SharedRun, finding: Finding, *, failing: bool) -> None:
        message = visible_line(finding.violation.message, 600)
        step = allure.step(message)
        step.__enter__()
        try:
            _attach("what was found", findings_text([finding], run.record))
            self._add_exchanges(finding.exchanges)
        finally:
            broken = AssertionError(message) if failing else None
            step.__exit__(type(broken) if broken else None, broken, None)

    def _add_exchanges(self, lines: Iterable[ExchangeLine], shown: int = MOST_EXCHANGES) -> None:
        """Add a step for each of the first exchanges, `shown` of them with request and response."""
        for place, line in enumerate(islice(lines, MOST_EXCHANGES)):
            with allure.step(f"{visible_line(line.case)}: {exchange_sentence(line)}"):
                if place < shown:
                    _attach_exchange(line)

    def _judged(self, run: SharedRun, result: RuleResult) -> list[list[ExchangeLine]]:
        """Return the first exchanges that a rule judged, those of a scenario together, up to the limit."""
        exchanges = self._by_case(run)
        scenarios = {line.scenario: line.cases for line in run.record.scenarios}
        found: list[list[ExchangeLine]] = []
        for name in result.cases:
            if sum(map(len, found)) >= MOST_EXCHANGES:
                break
            cases = scenarios.get(name, (name,))
            found.append([exchanges[case] for case in cases if case in exchanges])
        return found

    def _by_case(self, run: SharedRun) -> dict[str, ExchangeLine]:
        if self._exchanges is None:
            self._exchanges = {line.case: line for line in run.record.exchanges}
        return self._exchanges


def _unjudged(run: SharedRun, result: RuleResult) -> Iterator[ExchangeLine]:
    for line in run.record.exchanges:
        here = line.document == result.document and line.operation == result.operation
        if here and line.verdicts.get(result.rule) == "inconclusive":
            yield line


def _attach_exchange(line: ExchangeLine) -> None:
    _attach("request", request_text(line))
    _attach("response", response_text(line))
    chunks = chunks_text(line)
    if chunks is not None:
        _attach("chunks", chunks)
    _attach("curl", line.curl)


def _attach(name: str, text: str) -> None:
    allure.attach(text, name=name, attachment_type=allure.attachment_type.TEXT)


def _entitle(item: Any, title: str) -> None:
    """Set the attributes that allure-pytest reads a title from; it formats them with the test's arguments."""
    item.obj = SimpleNamespace(__allure_display_name__=title.replace("{", "{{").replace("}", "}}"))
    item.funcargs = {}
