"""The report of a run as JUnit XML (junit.xml): a test case for each rule and operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from aoai_reports.formats.finding_text import UNTESTED_SENTENCE, findings_text, inconclusive_sentence
from aoai_reports.formats.legible import visible, visible_line
from aoai_reports.formats.wording import points_sentence, undecided_sentence
from aoai_reports.record.reader import Record
from aoai_reports.results.baseline import BaselineState
from aoai_reports.results.causes import Cause
from aoai_reports.results.collected.operation_totals import TotalsCollector
from aoai_reports.results.findings import Finding
from aoai_reports.results.rule_results import RuleResult, rule_results
from aoai_reports.results.summary import Summary

#: The suite of rules that were tested on no operation.
NO_OPERATION = "untested"


@dataclass(slots=True)
class _Suite:
    """One operation of one document: the results of its rules and the time of its exchanges."""

    name: str
    results: list[RuleResult] = field(default_factory=list)
    seconds: float = 0.0


def junit_text(summary: Summary, record: Record) -> str:
    """The report as JUnit XML; the same record gives the same text.

    A test case is named after the rule; its class name is `DOCUMENT.OPERATION`. MUST violations, and with a
    strict summary SHOULD violations, are failures. An inconclusive rule or run is an error. Known violations
    and untested rules are skipped. Warnings and notes are in the system-out of a passing test case.
    """
    suites = [_suite_xml(suite, summary, record) for suite in _suites(summary, record)]
    if summary.doubts:
        suites.append(_doubt_xml(summary, record))
    if summary.baseline is not None:
        suites.append(_baseline_xml(summary.baseline, record))
    totals = _added(counts for counts, _ in suites)
    attributes = _attributes(name="aoai-conformance", **totals, time=f"{summary.seconds:.3f}")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {attributes}>"]
    lines += [text for _, text in suites]
    return "\n".join([*lines, "</testsuites>", ""])


def _suites(summary: Summary, record: Record) -> list[_Suite]:
    suites: dict[str, _Suite] = {}

    def suite(document: str, operation: str) -> _Suite:
        name = f"{document}.{operation}"
        return suites.setdefault(name, _Suite(name))

    totals = record.collected(TotalsCollector).by_operation()
    responded = ((each.first_response, key) for key, each in totals.items() if each.first_response)
    for _, key in sorted(responded):
        suite(*key).seconds = totals[key].seconds
    for result in rule_results(summary, record).values():
        suite(result.document, result.operation).results.append(result)
    untested = [
        rule for rule, counts in summary.rules.items() if not (counts.exercised or counts.inconclusive)
    ]
    if untested:
        document = record.header.documents[0] if record.header.documents else "any"
        suite(document, NO_OPERATION).results += [
            RuleResult(document, NO_OPERATION, rule) for rule in untested
        ]
    return list(suites.values())


def _doubt_xml(summary: Summary, record: Record) -> tuple[Counter[str], str]:
    """A suite with one error, without which an interrupted run would look like a passing one."""
    counts = Counter(tests=1, failures=0, errors=1, skipped=0)
    name = f"{record.header.documents[0] if record.header.documents else 'any'}.run"
    attributes = _attributes(name=name, **counts, time="0.000", timestamp=record.header.started[:19])
    undecided = "\n".join(undecided_sentence(each) for each in summary.undecided)
    lines = [
        f"  <testsuite {attributes}>",
        f"    <testcase {_attributes(classname=name, name='judged to its end', time='0.000')}>",
        _note("error", " ".join(summary.doubts), kind="inconclusive"),
        *([f"      <system-out>{escape(visible(undecided, lines=True))}</system-out>"] if undecided else []),
        "    </testcase>",
        "  </testsuite>",
    ]
    return counts, "\n".join(lines)


def _baseline_xml(state: BaselineState, record: Record) -> tuple[Counter[str], str]:
    """A suite with one test case, which fails if baseline entries are out of date."""
    complaints = [visible_line(sentence, 1000) for sentence in state.complaints()]
    counts = Counter(tests=1, failures=int(bool(complaints)), errors=0, skipped=0)
    name = f"{record.header.documents[0] if record.header.documents else 'any'}.baseline"
    attributes = _attributes(name=name, **counts, time="0.000", timestamp=record.header.started[:19])
    case = _attributes(classname=name, name="every entry is up to date", time="0.000")
    lines = [f"  <testsuite {attributes}>", f"    <testcase {case}>"]
    if complaints:
        text = escape("\n".join(complaints))
        failure = _attributes(message=complaints[0], type="baseline")
        lines.append(f"      <failure {failure}>{text}</failure>")
    return counts, "\n".join([*lines, "    </testcase>", "  </testsuite>"])


def _suite_xml(suite: _Suite, summary: Summary, record: Record) -> tuple[Counter[str], str]:
    counts: Counter[str] = Counter(tests=0, failures=0, errors=0, skipped=0)
    cases: list[str] = []
    causes = {cause.id: cause for cause in summary.causes}
    for result in sorted(suite.results, key=lambda each: each.rule):
        outcome, inner = _case(result, record, causes)
        counts["tests"] += 1
        if outcome:
            counts[outcome] += 1
        opening = f"    <testcase {_attributes(classname=suite.name, name=result.rule, time='0.000')}"
        cases += [f"{opening}>", *inner, "    </testcase>"] if inner else [f"{opening}/>"]
    header = record.header
    properties = {
        "target": summary.target,
        "documents": ", ".join(summary.documents),
        "surface": header.surface,
        "profile": summary.profile,
        "seed": str(summary.seed),
        "tool": header.tool,
        "verdict": summary.verdict,
        "points": points_sentence(summary),
    }
    attributes = _attributes(
        name=suite.name, **counts, time=f"{suite.seconds:.3f}", timestamp=header.started[:19]
    )
    lines = [
        f"  <testsuite {attributes}>",
        "    <properties>",
        *(f"      <property {_attributes(name=name, value=value)}/>" for name, value in properties.items()),
        "    </properties>",
        *cases,
        "  </testsuite>",
    ]
    return counts, "\n".join(lines)


def _case(result: RuleResult, record: Record, causes: Mapping[str, Cause]) -> tuple[str, list[str]]:
    """The count that a test case adds to ("" for a pass), and its child elements."""
    output = _output(result.known + result.remarks, record, causes)
    match result.kind:
        case "failed":
            return "failures", [_failure(result.failures, record, causes), *output]
        case "untested":
            return "skipped", [_note("skipped", UNTESTED_SENTENCE)]
        case "inconclusive":
            return "errors", [_note("error", inconclusive_sentence(result), kind="inconclusive")]
        case "known":
            because = result.known[0].known_because or "accepted"
            return "skipped", [_note("skipped", f"known: {because}"), *output]
        case "passed":
            return "", output


def _failure(findings: tuple[Finding, ...], record: Record, causes: Mapping[str, Cause]) -> str:
    message = findings[0].violation.message
    if len(findings) > 1:
        message += f" (and {len(findings) - 1:,} more)"
    attributes = _attributes(message=visible_line(message, 500), type=findings[0].level)
    return f"      <failure {attributes}>{escape(findings_text(findings, record, causes))}</failure>"


def _note(tag: str, message: str, kind: str | None = None) -> str:
    attributes = _attributes(message=visible_line(message, 500), **({"type": kind} if kind else {}))
    return f"      <{tag} {attributes}/>"


def _output(findings: tuple[Finding, ...], record: Record, causes: Mapping[str, Cause]) -> list[str]:
    if not findings:
        return []
    return [f"      <system-out>{escape(findings_text(findings, record, causes))}</system-out>"]


def _added(counts: Iterator[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter(tests=0, failures=0, errors=0, skipped=0)
    for each in counts:
        total.update(each)
    return total


def _attributes(**values: object) -> str:
    return " ".join(f'{name}="{_quoted(str(value))}"' for name, value in values.items())


def _quoted(text: str) -> str:
    """A text as it stands between the quotes of an attribute."""
    return escape(visible(text), {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
