"""`aoai-conformance rules`."""

from __future__ import annotations

import json

import click

from aoai_conformance.cli.table import print_table


@click.command("rules")
@click.option("--topic", metavar="NAME", help="Only the rules of one topic.")
@click.option("--level", type=click.Choice(["must", "should", "may"]), help="Only rules of this level.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(*, topic: str | None, level: str | None, form: str) -> None:
    """List the rules: id, level, topic and requirement."""
    from aoai_conformance.rule import rules
    from aoai_specs.errors import UnknownNameError

    every = rules()
    if topic is not None and topic not in {rule.topic for rule in every}:
        raise UnknownNameError("topic", topic, sorted({rule.topic for rule in every}))
    chosen = [rule for rule in every if topic in {None, rule.topic} and level in {None, rule.level}]
    if form == "json":
        listed = [
            {
                "id": rule.id,
                "level": rule.level,
                "topic": rule.topic,
                "requirement": rule.requirement,
                "clause": rule.clause,
                "operations": sorted(rule.kinds) or ["every"],
                "since": rule.since,
                "until": rule.until,
                "note": rule.note,
            }
            for rule in chosen
        ]
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    rows = [(rule.id, rule.level, rule.topic, rule.requirement) for rule in chosen]
    print_table(("id", "level", "topic", "requirement"), rows)
