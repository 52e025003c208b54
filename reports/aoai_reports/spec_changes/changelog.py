"""A change log: the request and the responses of each changed method as trees with marks.

`+` marks additions, `-` removals and `!` changes, each with a note; `?` after a name marks an optional field.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from aoai_reports.formats.legible import visible_line
from aoai_reports.spec_changes.markdown import cell, code
from aoai_reports.spec_changes.wording import SpecComparison, message
from aoai_specs.comparison import Change, Description
from aoai_specs.comparison.outline import Line, Method, Tree, methods

_TITLES = {"azure-openai": "Azure OpenAI API", "ai-model-inference": "Azure AI Model Inference API"}
_NOTE_WIDTH = 300


def render(comparison: SpecComparison) -> str:
    """The change log as Markdown: title, date and counts, then each new, updated or removed method."""
    base, revision = comparison.base, comparison.revision
    affecting: dict[str, list[Change]] = {}
    for change in comparison.changes.changes:
        for name in dict.fromkeys(each.operation for each in change.operations):
            affecting.setdefault(name, []).append(change)
    listed = methods(base, revision)
    states = {method.operation: _state(method, affecting) for method in listed}
    lines = [f"# {cell(_title(revision))}", "", f"{_day(revision)}{_counts(list(states.values()))}", ""]
    lines += [f"Since {cell(_title(base))}.", ""]
    lines += (line for note in comparison.changes.notes for line in (cell(note), ""))
    for method in listed:
        if states[method.operation] != "same":
            lines += _method(method, states[method.operation], affecting.get(method.operation, []))
    return "\n".join(lines)


def _state(method: Method, affecting: dict[str, list[Change]]) -> str:
    if method.state in ("new", "removed"):
        return method.state
    return "updated" if method.operation in affecting else "same"


def _title(description: Description) -> str:
    title = _TITLES.get(description.surface) or description.title or description.name
    version = description.version
    if not version:
        return title
    if description.surface:
        kind = "preview" if version.endswith("-preview") else "stable"
        return f"{title} ({kind}:{version.removesuffix('-preview')})"
    return f"{title} ({version})"


def _day(description: Description) -> str:
    """The date in a version, as `2025/01/01 • `; empty without one."""
    try:
        day = date.fromisoformat(description.version.removesuffix("-preview"))
    except ValueError:
        return ""
    return f"{day:%Y/%m/%d} • "


def _counts(states: list[str]) -> str:
    counts = [(states.count(state), state) for state in ("new", "updated", "removed")]
    parts = ", ".join(f"{count} {state}" for count, state in counts if count)
    noun = "method" if sum(count for count, _ in counts) == 1 else "methods"
    return f"{parts} {noun}" if parts else "no method differs"


def _method(method: Method, state: str, changes: list[Change]) -> Iterator[str]:
    yield f"## {cell(method.name)} ({state})"
    yield ""
    verb, _, path = method.called.partition(" ")
    yield code(f"{verb}: {path}")
    yield ""
    if state == "updated":
        for change in changes:
            verdicts = {
                each.direction: each.verdict
                for each in change.operations
                if each.operation == method.operation
            }
            effect = ", ".join(
                verdict if direction == "none" else f"{direction} {verdict}"
                for direction, verdict in verdicts.items()
            )
            yield f"- {effect}: `{change.id}` {cell(message(change))}"
        yield ""
    for tree in method.trees:
        yield from _tree(tree)


def _tree(tree: Tree) -> Iterator[str]:
    sign = "⚼" if tree.title == "Request" else "⚐"
    mark = {"+": " (new)", "-": " (removed)"}.get(tree.mark, "")
    yield f"### {sign} {tree.title}{mark}"
    yield ""
    if tree.lines:
        yield "```diff"
        for line in tree.lines:
            yield _line(line)
        yield "```"
        yield ""


def _line(line: Line) -> str:
    text = f"{line.mark or ' '} {'  ' * (line.depth - 1)}{visible_line(line.text)}".replace("```", "'''")
    if not line.notes:
        return text.rstrip()
    return f"{text}  # {visible_line('; '.join(line.notes), _NOTE_WIDTH)}".replace("```", "'''")
