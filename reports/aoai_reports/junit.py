"""junit.xml: a test case for each rule and operation, for the tools that read nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from aoai_reports.findings import Finding
from aoai_reports.legible import visible, visible_line, visible_value
from aoai_reports.lines import ExchangeLine, ScenarioLine
from aoai_reports.output import write_text
from aoai_reports.reading import Record
from aoai_reports.summary import Summary
from aoai_reports.tallies import doubts_by_rule, rule_counts
from aoai_reports.wording import (
    clause_of,
    compared,
    counted,
    place_sentence,
    requirement_sentence,
    rule_facts,
)

#: Defects told in full in one test case; further ones are counted.
MOST_IN_FULL = 50
#: Rules that met no exchange belong to no operation.
NO_OPERATION = "untested"


@dataclass(slots=True)
class _Suite:
    """One document and operation kind: what its rules said, its defects, and the time its exchanges took."""

    name: str
    said: dict[str, Counter[str]] = field(default_factory=dict)
    found: dict[str, list[Finding]] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def junit_text(summary: Summary, record: Record) -> str:
    """The results as JUnit XML; the same record gives the same text.

    A test case bears the rule's id as its name and `DOCUMENT.KIND` as its class name. A broken must (with a
    strict summary a should too) is a failure. A rule that could only not be judged is an error, as is a run
    that was not judged to its end. A known defect and a rule that met no exchange are skipped. Warnings and
    notes stand in the system-out of a passing case.
    """
    suites = [_suite_xml(suite, summary, record) for suite in _suites(summary, record)]
    if summary.doubts:
        suites.append(_doubt_xml(summary, record))
    totals = _added(counts for counts, _ in suites)
    attributes = _attributes(name="aoai-conformance", **totals, time=f"{summary.seconds:.3f}")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {attributes}>"]
    lines += [text for _, text in suites]
    return "\n".join([*lines, "</testsuites>", ""])


def write_junit(path: str | Path, summary: Summary, record: Record) -> None:
    """Write junit.xml. Raises OutputError where the file cannot be written."""
    write_text(Path(path), junit_text(summary, record))


def _suites(summary: Summary, record: Record) -> list[_Suite]:
    suites: dict[str, _Suite] = {}
    doubts = doubts_by_rule(record)
    kinds = {(line.document, line.operation): line.kind for line in record.exchanges}

    def suite(document: str, operation: str) -> _Suite:
        kind = kinds.get((document, operation), "other")
        # "other" says nothing of what was called; the operationId does.
        name = f"{document}.{kind if kind != 'other' else operation}"
        return suites.setdefault(name, _Suite(name))

    lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
    for line in lines:
        here = suite(line.document, line.operation)
        here.doubts = doubts
        for rule, outcome in line.verdicts.items():
            here.said.setdefault(rule, Counter())[outcome] += 1
        if isinstance(line, ExchangeLine) and line.response is not None:
            here.seconds += line.response.ended
    for finding in summary.findings:
        suite(finding.document, finding.operation).found.setdefault(finding.rule, []).append(finding)
    met_none = [
        rule for rule, counts in rule_counts(record).items() if not (counts.exercised or counts.inconclusive)
    ]
    if met_none:
        name = f"{record.header.documents[0] if record.header.documents else 'any'}.{NO_OPERATION}"
        suites[name] = _Suite(name, {rule: Counter() for rule in met_none})
    return list(suites.values())


def _doubt_xml(summary: Summary, record: Record) -> tuple[Counter[str], str]:
    """A suite of one error, without which an interrupted run would look like a good one."""
    counts = Counter(tests=1, failures=0, errors=1, skipped=0)
    name = f"{record.header.documents[0] if record.header.documents else 'any'}.run"
    attributes = _attributes(name=name, **counts, time="0.000", timestamp=record.header.started[:19])
    lines = [
        f"  <testsuite {attributes}>",
        f"    <testcase {_attributes(classname=name, name='judged to its end', time='0.000')}>",
        _note("error", " ".join(summary.doubts), kind="inconclusive"),
        "    </testcase>",
        "  </testsuite>",
    ]
    return counts, "\n".join(lines)


def _suite_xml(suite: _Suite, summary: Summary, record: Record) -> tuple[Counter[str], str]:
    counts: Counter[str] = Counter(tests=0, failures=0, errors=0, skipped=0)
    cases: list[str] = []
    for rule in sorted(set(suite.said) | set(suite.found)):
        outcome, inner = _case(rule, suite, summary, record)
        counts["tests"] += 1
        if outcome:
            counts[outcome] += 1
        opening = f"    <testcase {_attributes(classname=suite.name, name=rule, time='0.000')}"
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


def _case(rule: str, suite: _Suite, summary: Summary, record: Record) -> tuple[str, list[str]]:
    """Which of the counts a test case adds to ("" for a pass), and what stands in it."""
    said = suite.said.get(rule, Counter())
    found = suite.found.get(rule, [])
    failing = {"must", "should"} if summary.strict else {"must"}
    failures = [each for each in found if each.level in failing and not each.known]
    known = [each for each in found if each.known]
    remarks = [each for each in found if each.level not in failing and not each.known]
    said_so = _output(known + remarks, record)
    if failures:
        message = failures[0].violation.message
        if len(failures) > 1:
            message += f" (and {len(failures) - 1:,} more)"
        return "failures", [_element("failure", message, failures[0].level, failures, record), *said_so]
    if not said:
        return "skipped", [_note("skipped", "untested: no exchange was one that this rule judges")]
    if said["inconclusive"] and not said["pass"] and not said["violation"]:
        where = counted(said["inconclusive"], "exchange")
        why = f": {suite.doubts[rule]}" if rule in suite.doubts else ""
        return "errors", [_note("error", f"could not be judged in {where}{why}", kind="inconclusive")]
    if known:
        because = known[0].known_because or "accepted"
        return "skipped", [_note("skipped", f"known: {because}"), *said_so]
    return "", said_so


def _element(tag: str, message: str, kind: str, found: list[Finding], record: Record) -> str:
    attributes = _attributes(message=visible_line(message, 500), type=kind)
    return f"      <{tag} {attributes}>{_told(found, record)}</{tag}>"


def _note(tag: str, message: str, kind: str | None = None) -> str:
    attributes = _attributes(message=visible_line(message, 500), **({"type": kind} if kind else {}))
    return f"      <{tag} {attributes}/>"


def _output(found: list[Finding], record: Record) -> list[str]:
    return [f"      <system-out>{_told(found, record)}</system-out>"] if found else []


def _told(found: list[Finding], record: Record) -> str:
    blocks = ["\n".join(_lines(finding, record)) for finding in found[:MOST_IN_FULL]]
    if len(found) > MOST_IN_FULL:
        blocks.append(f"and {len(found) - MOST_IN_FULL:,} more")
    return escape("\n\n".join(blocks))


def _lines(finding: Finding, record: Record) -> Iterator[str]:
    yield visible_line(finding.violation.message, 600)
    yield f"requirement: {visible_line(requirement_sentence(finding, record))}"
    yield f"clause: {visible_line(clause_of(finding, record) or rule_facts(record, finding.rule).clause)}"
    if finding.violation.point:
        yield f"point: {visible_line(finding.violation.point)}"
    for name, value in compared(finding):
        yield f"{name}: {visible_value(value)}"
    yield f"place: {visible_line(place_sentence(finding))}"
    yield f"case: {visible_line(finding.case)}" + (
        f", seen {finding.count:,} times" if finding.count > 1 else ""
    )
    if finding.known_because:
        yield f"known: {visible_line(finding.known_because)}"
    for exchange in finding.exchanges[:3]:
        if exchange.curl:
            yield f"request: {visible_line(exchange.curl, 2000)}"


def _added(counts: Iterator[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter(tests=0, failures=0, errors=0, skipped=0)
    for each in counts:
        total.update(each)
    return total


def _attributes(**values: object) -> str:
    quoted = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
    return " ".join(f'{name}="{escape(visible(str(value)), quoted)}"' for name, value in values.items())
