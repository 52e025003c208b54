"""The report of a run as SARIF 2.1.0, for code scanning and other consumers of static analysis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from aoai_model.exchange import Headers, Request, Response
from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible, visible_line
from aoai_reports.formats.machine.sarif_log import accepted, location, sarif_text
from aoai_reports.formats.wording import (
    clause_of,
    place_sentence,
    requirement_sentence,
    rule_facts,
    verdict_sentence,
)
from aoai_reports.record.evidence import shortened, storable
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Cause
from aoai_reports.results.findings import Finding, fingerprint
from aoai_reports.results.summary import Summary, exit_code

_LEVELS: Mapping[Level, str] = {"must": "error", "should": "warning", "may": "note"}
#: The name under which consumers compare fingerprints; a new way to calculate them needs a new version.
FINGERPRINT = "aoaiConformance/v1"
#: Longer bodies are left out: a part of a body would be another body.
LONGEST_BODY = 10_000


def sarif_log(summary: Summary, record: Record) -> str:
    """The report as SARIF: a rule for each rule of the run, a result for each violation.

    Results are ordered by cause, the most harmful first. An accepted violation is a suppressed result. The
    location of a result is the clause that it violates, since a server has no files.
    """
    rules = sorted(record.header.rules.keys() | {finding.rule for finding in summary.findings})
    places = {rule: place for place, rule in enumerate(rules)}
    results = [
        _result(finding, cause, record, places) for cause in summary.causes for finding in cause.findings
    ]
    name, _, version = record.header.tool.partition(" ")
    driver = {
        "name": name or "aoai-conformance",
        **({"version": version} if version else {}),
        "rules": [_rule(rule, record) for rule in rules],
    }
    return sarif_text(
        driver,
        results,
        invocations=[_invocation(summary, record)],
        properties={
            "verdict": summary.verdict,
            "target": summary.target,
            "documents": list(summary.documents),
            "profile": summary.profile,
            "seed": summary.seed,
        },
    )


def _rule(rule: str, record: Record) -> dict[str, Any]:
    facts = rule_facts(record, rule)
    requirement = visible_line(
        f"The server {facts.level.upper()} {facts.requirement or f'pass {rule}'}.", 1000
    )
    clause = visible_line(facts.clause, 1000)
    text = f"{requirement} Clause: {clause}" if clause else requirement
    return {
        "id": rule,
        "shortDescription": {"text": requirement},
        "help": {"text": f"{text}\n`aoai-conformance explain {rule}` gives the reason and examples."},
        "defaultConfiguration": {"level": _LEVELS[facts.level]},
        "properties": {"level": facts.level, "clause": facts.clause, "tags": [facts.topic]},
    }


def _result(finding: Finding, cause: Cause, record: Record, places: Mapping[str, int]) -> dict[str, Any]:
    violation, clause = finding.violation, clause_of(finding, record)
    document, _, pointer = clause.rpartition("#")
    message = (
        f"{finding.operation}: {violation.message} {requirement_sentence(finding, record)} "
        f"Place: {place_sentence(finding)}."
    )
    because = finding.known_because
    return {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": _LEVELS[finding.level],
        "message": {"text": visible_line(message, 2000)},
        "locations": [location(document or finding.document, f"{finding.operation} {pointer}".strip())],
        "partialFingerprints": {FINGERPRINT: fingerprint(finding)},
        "occurrenceCount": finding.count,
        "suppressions": [] if because is None else [accepted(visible_line(because, 1000))],
        **_messages(finding),
        "properties": {
            "cause": {"id": storable(cause.id), "title": storable(cause.title), "effect": cause.effect.value},
            "operation": finding.operation,
            "document": finding.document,
            "clause": clause,
            "place": finding.place,
            "pointer": violation.pointer,
            "expected": shortened(violation.expected),
            "actual": shortened(violation.actual),
            "case": finding.case,
            "others": list(finding.others),
        },
    }


def _messages(finding: Finding) -> dict[str, Any]:
    """The request and response of a finding that one exchange shows."""
    if len(finding.exchanges) != 1:
        return {}
    line = finding.exchanges[0]
    request = {"webRequest": _request(line.request)}
    return request if line.response is None else {**request, "webResponse": _response(line.response)}


def _request(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "target": _uri(request.url),
        "parameters": _parameters(request.url),
        "headers": _headers(request.headers),
        **_body(request.body),
    }


def _response(response: Response) -> dict[str, Any]:
    return {
        "statusCode": response.status,
        "headers": _headers(response.headers),
        **_body(response.body),
    }


def _body(body: bytes) -> dict[str, Any]:
    if not body or len(body) > LONGEST_BODY:
        return {}
    try:
        return {"body": {"text": body.decode()}}
    except UnicodeDecodeError:
        from base64 import b64encode

        return {"body": {"binary": b64encode(body).decode("ascii")}}


def _headers(headers: Headers) -> dict[str, str]:
    """Headers by name; the values of a repeated one are joined."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _uri(url: str) -> str:
    return quote(url, safe="/:@.-_~%?&=#[]!$'()*+,;")


def _parameters(url: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    except ValueError:
        return {}


def _invocation(summary: Summary, record: Record) -> dict[str, Any]:
    footer = record.footer
    doubts = [{"level": "warning", "message": {"text": visible(doubt)}} for doubt in summary.doubts]
    return {
        "executionSuccessful": not record.interrupted,
        "exitCode": exit_code(summary),
        "exitCodeDescription": visible_line(f"{summary.verdict}: {verdict_sentence(summary, record)}", 1000),
        "startTimeUtc": record.header.started,
        **({"endTimeUtc": footer.ended} if footer is not None else {}),
        **({"toolExecutionNotifications": doubts} if doubts else {}),
    }
