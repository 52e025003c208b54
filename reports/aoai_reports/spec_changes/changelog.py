"""The change log: per method, the request and the responses as trees, with the changed places marked.

A title with surface, version and day; how many methods are new, updated and removed; then the methods. In
the trees, `+` marks what is new, `-` what is gone and `!` what changed, with what changed beside it; a `?`
after a name marks an optional field.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from aoai_reports.formats.legible import visible_line
from aoai_reports.spec_changes.markdown import cell
from aoai_reports.spec_changes.words import message
from aoai_specs.comparison import Change, Changes, Description
from aoai_specs.comparison.outline import Line, Method, Tree, methods

_TITLES = {"azure-openai": "Azure OpenAI API", "ai-model-inference": "Azure AI Model Inference API"}
_NOTE_WIDTH = 300


def changelog_text(base: Description, revision: Description, changes: Changes) -> str:
    """The change log from one description to another, as Markdown; `changes` are those between them."""
    reaching: dict[str, list[Change]] = {}
    for change in changes.changes:
        for name in dict.fromkeys(each.operation for each in change.operations):
            reaching.setdefault(name, []).append(change)
    listed = methods(base, revision)
    states = {method.operation: _state(method, reaching) for method in listed}
    lines = [f"# {cell(_title(revision))}", "", f"{_day(revision)}{_counts(list(states.values()))}", ""]
    lines += [f"Since {cell(_title(base))}.", ""]
    for method in listed:
        if states[method.operation] != "same":
            lines += _method(method, states[method.operation], reaching.get(method.operation, []))
    return "\n".join(lines)


def _state(method: Method, reaching: dict[str, list[Change]]) -> str:
    if method.state in ("new", "removed"):
        return method.state
    return "updated" if method.operation in reaching else "same"


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
    """The day that a version names, as `2025/01/01 • `; nothing where it names none."""
    try:
        day = date.fromisoformat(description.version.removesuffix("-preview"))
    except ValueError:
        return ""
    return f"{day:%Y/%m/%d} • "


def _counts(states: list[str]) -> str:
    counted = [(states.count(state), state) for state in ("new", "updated", "removed")]
    told = ", ".join(f"{count} {state}" for count, state in counted if count)
    noun = "method" if sum(count for count, _ in counted) == 1 else "methods"
    return f"{told} {noun}" if told else "no method differs"


def _method(method: Method, state: str, changes: list[Change]) -> Iterator[str]:
    yield f"## {cell(method.name)} ({state})"
    yield ""
    verb, _, path = method.called.partition(" ")
    yield f"`{verb}: {visible_line(path).replace('`', '')}`"
    yield ""
    if state == "updated":
        for change in changes:
            ways = {
                each.direction: each.verdict
                for each in change.operations
                if each.operation == method.operation
            }
            told = ", ".join(
                verdict if way == "none" else f"{way} {verdict}" for way, verdict in ways.items()
            )
            yield f"- {told}: `{change.id}` {cell(message(change))}"
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
