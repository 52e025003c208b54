"""`aoai-conformance explain`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from aoai_conformance.cli.completion.names import complete_rules
from aoai_conformance.cli.options import format_option
from aoai_conformance.cli.output.printing import echo_json

if TYPE_CHECKING:
    from aoai_conformance.explanations.reading import Step
    from aoai_conformance.rule import Rule

_WIDTH = 80
_NAMES = 14


@click.command("explain")
@click.argument("rule_id", metavar="ID", shell_complete=complete_rules)
@format_option("text", "json")
def command(*, rule_id: str, form: str) -> None:
    """Explain a rule: its requirement, source and reason, with a passing and a failing exchange."""
    from aoai_conformance.rule import rule_named

    rule = rule_named(rule_id)
    if form == "json":
        echo_json(page_of(rule))
        return
    for line in page_lines(rule):
        click.echo(line)


def page_of(rule: Rule) -> dict[str, Any]:
    """The explanation of a rule as data."""
    from aoai_conformance.explanations.reading import example_of, why_of

    example = example_of(rule.id)
    return {
        "id": rule.id,
        "level": rule.level,
        "requirement": rule.requirement,
        "clause": rule.clause,
        "topic": rule.topic,
        "operations": sorted(rule.kinds) or ["every"],
        "since": rule.since,
        "until": rule.until,
        "why": why_of(rule.id),
        "how": " ".join((rule.probe.__doc__ or "").split()),
        "note": rule.note,
        "lets pass": [{"id": name, "what": what, "source": source} for name, what, source in _quirks(rule)],
        "example": None
        if example is None
        else {"claim": example.claim, "passes": example.passes, "fails": example.fails},
    }


def page_lines(rule: Rule) -> Iterator[str]:
    """The explanation of a rule as lines of 80 columns, unless a word is longer."""
    from aoai_conformance.cli.output.text_layout import paragraph
    from aoai_conformance.explanations.reading import example_of, why_of

    yield f"{rule.id} ({rule.level})"
    yield from paragraph(f"The server {rule.level.upper()} {rule.requirement}.", _WIDTH)
    yield ""
    rows = [
        ("why", why_of(rule.id)),
        ("clause", rule.clause),
        ("topic", rule.topic),
        ("operations", ", ".join(sorted(rule.kinds)) or "every"),
        ("api-versions", _versions(rule.since, rule.until)),
        ("how", " ".join((rule.probe.__doc__ or "").split())),
        ("note", rule.note),
        *(("quirk", f"{what} ({source})") for _, what, source in _quirks(rule)),
    ]
    for name, value in rows:
        for index, line in enumerate(paragraph(value, _WIDTH, _NAMES)):
            yield name.ljust(_NAMES) + line[_NAMES:] if index == 0 else line
    example = example_of(rule.id)
    if example is not None:
        yield from _steps(f"passes: {example.claim}", example.passes)
        yield from _steps("fails", example.fails)


def _steps(title: str, steps: Sequence[Step]) -> Iterator[str]:
    from aoai_conformance.cli.output.text_layout import json_lines, paragraph

    yield ""
    yield title
    for step in steps:
        name = f" [{step['step']}]" if "step" in step else ""
        yield from paragraph(f"{step['request']}{name}", _WIDTH, 2)
        if "carries" in step:
            yield from paragraph(f"carries {', '.join(step['carries'])}", _WIDTH, 4)
        if "sent" in step:
            yield from json_lines(step["sent"], _WIDTH, 4, "sent ")
        status = str(step["status"]) if "status" in step else "no response"
        yield f"  {status}{'' if step.get('complete', True) else ', incomplete'}"
        for defect in step.get("defects", ()):
            yield from paragraph(f"({defect})", _WIDTH, 4)
        for header, value in step.get("headers", {}).items():
            yield from paragraph(f"{header}: {value}", _WIDTH, 4)
        yield from _body(step)
        if "blamed" in step:
            yield from _blamed(step["blamed"])


def _body(step: Step) -> Iterator[str]:
    from aoai_conformance.cli.output.text_layout import json_lines, long_text

    if "events" in step:
        for event in step["events"]:
            if isinstance(event, str):
                yield f"    {event}" if event.startswith("…") else f"    data: {event}"
            else:
                yield from json_lines(event, _WIDTH, 4, "data: ")
    elif isinstance(step.get("answer"), str):
        for line in step["answer"].splitlines():
            yield from long_text(line, _WIDTH, 4)
    elif "answer" in step:
        yield from json_lines(step["answer"], _WIDTH, 4)


def _blamed(blamed: Step) -> Iterator[str]:
    from aoai_conformance.cli.output.text_layout import json_lines, paragraph

    yield from paragraph(f"=> {blamed['says']}", _WIDTH, 2)
    chunk = f", chunk {blamed['chunk']}" if "chunk" in blamed else ""
    yield from paragraph(f"at: {blamed['at']}{chunk}", _WIDTH, 5)
    for name in ("expected", "actual"):
        if name in blamed:
            yield from json_lines(blamed[name], _WIDTH, 5, f"{name}: ")


def _quirks(rule: Rule) -> Iterator[tuple[str, str, str]]:
    from aoai_conformance.quirks.quirks import known_quirks

    for quirk in known_quirks():
        if rule.id in quirk.excuses:
            yield quirk.id, quirk.description, quirk.source


def _versions(since: str | None, until: str | None) -> str:
    if since is None and until is None:
        return "every"
    if until is None:
        return f"since {since}"
    return f"until {until}" if since is None else f"{since} to {until}"
