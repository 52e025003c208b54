"""Generates the pages of the documentation that follow from the code: the rules and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from aoai_conformance.cli import main
from aoai_conformance.configuration.reading import configurable_options
from aoai_conformance.explanations.reading import why_of
from aoai_conformance.options import Duration, Option
from aoai_conformance.rule import Rule, rules

_KEYS_MARK = "<!-- keys -->"
_TYPES = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    Duration: "seconds, or a text such as `15m`",
}
_RULES = """# Rules

There are {number} rules, by topic. `aoai-conformance explain ID` prints a rule with a passing and a failing
exchange.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those of the folder."""
    files.append(File.generated(config, "rules.md", content=rules_page()))
    files.append(File.generated(config, "command-line.md", content=command_line_page()))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the table of keys into the page about the configuration."""
    del config, files
    if page.file.src_uri != "configuration.md":
        return markdown
    return markdown.replace(_KEYS_MARK, keys_table())


def keys_table() -> str:
    """Return the keys of a target with their types and meanings."""
    rows = [
        f"| `{option.key}` | {_type_of(option)} | {_cell(option.help)} |" for option in configurable_options()
    ]
    return "\n".join(["| key | value | meaning |", "|---|---|---|", *rows])


def _type_of(option: Option) -> str:
    if option.table:
        return "table of texts"
    if option.takes_limits:
        return "whole number, or table of them by deployment"
    if option.choices:
        return " or ".join(f"`{each}`" for each in option.choices)
    kind = _TYPES.get(option.type, "path" if option.is_path else "text")
    single = f"{kind}, {option.range}" if option.range else kind
    return f"{single}, or an array" if option.repeatable else single


def _cell(text: str) -> str:
    return (
        text.replace("|", "\\|").replace("<", "&lt;").replace("Repeatable. ", "").replace(" Repeatable.", "")
    )


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


def command_line_page() -> str:
    """Return the page with the help of every command."""
    return "\n".join(["# Command line\n", *_help(main, click.Context(main, info_name="aoai-conformance"))])


def _help(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the help of a command, or of each command of a group."""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _help(found, click.Context(found, info_name=name, parent=context))
    else:
        yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
