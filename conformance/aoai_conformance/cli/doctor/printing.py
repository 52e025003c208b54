"""Prints the report of an examination as text."""

from __future__ import annotations

import textwrap

from aoai_conformance.cli.output.printing import echo, print_table
from aoai_conformance.doctor.report import Report, Row
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_strategies.planning.capabilities import DeploymentCapabilities

_WIDTH = 110
_LONGEST_QUOTE = 300


def print_report(report: Report) -> None:
    """Print what responds, what is supported, the problems with their remedies, and the configuration."""
    if report.operations:
        rows = [(each.name, each.deployment or "–", _outcome(each)) for each in report.operations]
        print_table(("operation", "deployment", "response"), rows, width=_WIDTH)
        echo()
    if report.api_versions:
        rows = [(each.api_version, each.name, _outcome(each)) for each in report.api_versions]
        print_table(("api-version", "operation", "response"), rows, width=_WIDTH)
        echo()
    for capabilities in report.capabilities.deployments.values():
        _print_capabilities(capabilities)
    for deployment, headers in report.limits.items():
        stated = ", ".join(f"{_short(name)} {value}" for name, value in headers.items())
        _print_wrapped(f"{deployment} states rate limits: {stated}")
    if report.capabilities.deployments or report.limits:
        echo()
    for number, problem in enumerate(report.problems, 1):
        where = f" ({', '.join(problem.operations)})" if problem.operations else ""
        _print_wrapped(f"{number}. {problem.sentence}{where}", indent="   ")
        _print_wrapped(f"   {problem.remedy}", indent="   ")
        if problem.quote:
            echo(f"   > {visible_line(problem.quote, _LONGEST_QUOTE)}")
    if report.problems:
        echo()
    echo(_verdict(report))
    echo()
    echo("Configuration (aoai-conformance.toml):")
    echo()
    echo(report.configuration, nl=False)


def _verdict(report: Report) -> str:
    sent = f"({quantity(report.requests, 'request')} sent)"
    if not report.usable:
        return f"{report.target} is not usable as configured {sent}."
    return f"{report.target} is usable {sent}{'; see the remarks above' if report.problems else ''}."


def _print_capabilities(capabilities: DeploymentCapabilities) -> None:
    deployment = f"{capabilities.kind}={capabilities.deployment}"
    if capabilities.supported:
        _print_wrapped(f"{deployment} supports {', '.join(capabilities.supported)}")
    for name, message in capabilities.unsupported.items():
        echo(f"{deployment} does not support {name}: {visible_line(message, _LONGEST_QUOTE)}")


def _short(header: str) -> str:
    """`remaining tokens` for `x-ratelimit-remaining-tokens`."""
    return header.removeprefix("x-ratelimit-").replace("-", " ")


def _outcome(row: Row) -> str:
    return f"{row.status} ok" if row.ok else row.quote or "no response"


def _print_wrapped(text: str, indent: str = "  ") -> None:
    for line in textwrap.wrap(text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]:
        echo(line)
