"""`aoai-conformance explain`."""

from __future__ import annotations

import click


@click.command("explain")
@click.argument("rule_id", metavar="ID")
def command(*, rule_id: str) -> None:
    """Tell what a rule wants and where that is written."""
    from aoai_conformance.quirks import QUIRKS
    from aoai_conformance.rule import rule_named

    rule = rule_named(rule_id)
    click.echo(f"{rule.id}: a server {rule.level} {rule.requirement}.")
    rows = [
        ("clause", rule.clause),
        ("topic", rule.topic),
        ("operations", ", ".join(sorted(rule.kinds)) or "every"),
        ("api-versions", _versions(rule.since, rule.until)),
        ("how", (rule.probe.__doc__ or "").strip()),
        ("note", rule.note),
    ]
    for name, value in rows:
        if value:
            click.echo(f"  {name:12}  {value}")
    for quirk in QUIRKS:
        if rule.id in quirk.excuses:
            click.echo(f"  {'lets pass':12}  {quirk.description} ({quirk.source})")


def _versions(since: str | None, until: str | None) -> str:
    if since is None and until is None:
        return "every"
    if until is None:
        return f"since {since}"
    return f"until {until}" if since is None else f"{since} to {until}"
