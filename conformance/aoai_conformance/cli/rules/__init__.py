"""`aoai-conformance rules`."""

from __future__ import annotations

import json

import click

from aoai_conformance.cli.output.table import print_table


@click.command("rules")
@click.option("--topic", metavar="NAME", help="Only the rules of one topic.")
@click.option("--level", type=click.Choice(["must", "should", "may"]), help="Only rules of this level.")
@click.option(
    "--coverage", is_flag=True,
    help="Show instead what every keyword and every sentence of the descriptions is covered by.",
)  # fmt: skip
@click.option("--surface", metavar="NAME", help="With --coverage: only documents of one surface.")
@click.option("--api-version", metavar="V", help="With --coverage: only documents of one api-version.")
@click.option("--uncovered", is_flag=True, help="With --coverage: only what nothing covers.")
@click.option(
    "--format", "form", type=click.Choice(["text", "table", "json"]), default="text", show_default=True
)
def command(
    *,
    topic: str | None,
    level: str | None,
    coverage: bool,
    surface: str | None,
    api_version: str | None,
    uncovered: bool,
    form: str,
) -> None:
    """List the rules, or what covers the descriptions.

    Each rule with id, level, topic and requirement. With --coverage each keyword and each normative sentence
    with its clause, its status and what covers it; exit code 1 where something is covered by nothing.
    """
    if coverage:
        if topic is not None or level is not None:
            raise click.UsageError("--coverage is about descriptions; leave --topic and --level out.")
        from aoai_conformance.cli.rules.coverage import show_coverage

        if not show_coverage(surface=surface, api_version=api_version, form=form, uncovered=uncovered):
            raise click.exceptions.Exit(1)
        return
    if surface is not None or api_version is not None or uncovered:
        raise click.UsageError("--surface, --api-version and --uncovered need --coverage.")
    _list_rules(topic, level, form)


def _list_rules(topic: str | None, level: str | None, form: str) -> None:
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
