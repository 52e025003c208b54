"""Generates the pages of the documentation that follow from the code: one table of all rules."""

from __future__ import annotations

from itertools import groupby

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from aoai_conformance.explanations.reading import why_of
from aoai_conformance.rule import Rule, rules

_RULES = """# Rules

There are {number} rules, by topic. `aoai-conformance explain ID` prints a rule with a passing and a failing
exchange.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those of the folder."""
    files.append(File.generated(config, "rules.md", content=rules_page()))
    return files


def rules_page() -> str:
    """Return the page with every rule: level, requirement, clause, and why clients need it."""
    every = sorted(rules(), key=lambda rule: (rule.topic, rule.id))
    parts = [_RULES.format(number=len(every))]
    for topic, members in groupby(every, key=lambda rule: rule.topic):
        parts.append(f"\n## {topic.replace('_', ' ').capitalize()}\n")
        parts += map(_entry, members)
    return "\n".join(parts)


def _entry(rule: Rule) -> str:
    return (
        f"### {rule.id}\n\nThe server **{rule.level.upper()}** {rule.requirement}.\n\n"
        f"{why_of(rule.id)}\n\nClause: `{rule.clause}`\n"
    )
