"""The guide as Markdown: what clients must change, may change and will newly receive, by operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from aoai_reports.formats.quantities import quantity
from aoai_reports.spec_changes.guide.advice import Section
from aoai_reports.spec_changes.guide.steps import Step, steps_of
from aoai_reports.spec_changes.markdown import cell
from aoai_reports.spec_changes.wording import SpecComparison, sentence
from aoai_specs.comparison import Description
from aoai_specs.comparison.effects import VERDICTS
from aoai_specs.comparison.endpoints.endpoint import endpoints

_TITLES: Mapping[Section, str] = {
    "must": "You must change",
    "limit": "Limits and defaults that are new or newly documented",
    "may": "You may change",
    "receive": "You will newly receive",
}
_COLUMNS: Mapping[Section, str] = {
    "must": "must change", "limit": "limits", "may": "may change", "receive": "newly receive"
}  # fmt: skip
_ABOUT_LIMITS = (
    "The older description says nothing about the limits and defaults in sections of their own. The service "
    "may have had them before, and then nothing changes for a client that works today."
)
_REMOVED = ("path-removed", "operation-removed")
_ADDED = ("path-added", "operation-added")
_SHARED = "Several operations"
_TEMPLATE = re.compile(r"\{[^/{}]*\}")


def render(comparison: SpecComparison) -> str:
    """The guide: removed operations, what several operations share, each operation, new operations."""
    changes = comparison.changes
    steps = steps_of(comparison)
    lines = [f"# From {cell(changes.base)} to {cell(changes.revision)}", "", sentence(changes), ""]
    lines += (line for note in changes.notes for line in (cell(note), ""))
    lines += _version(comparison.base, comparison.revision)
    groups = _by_operation(steps)
    lines += _overview(comparison, groups)
    if any(each.section == "limit" for each in steps):
        lines += [_ABOUT_LIMITS, ""]
    lines += _operations(comparison, _REMOVED, "Removed operations", "Stop calling these operations.")
    for name, listed in groups.items():
        lines += [f"## {_heading(comparison, name)}", "", *_sections(listed, groups)]
    lines += _operations(comparison, _ADDED, "New operations", "You may call these operations.")
    silent = sum(each.section == "nothing" for each in steps)
    if silent:
        verb = "needs" if silent == 1 else "need"
        lines += [f"{quantity(silent, 'further change')} of the description {verb} no action.", ""]
    return "\n".join(lines)


def _version(base: Description, revision: Description) -> Iterator[str]:
    """The api-version to send, if the descriptions state different ones and requests need it."""
    if not base.version or not revision.version or base.version == revision.version:
        return
    required = any(
        held.under("required") is True
        for endpoint in endpoints(revision.content)
        for (place, name), held in endpoint.parameters.items()
        if (place, name) == ("query", "api-version")
    )
    if required:
        yield f"Send `api-version={cell(revision.version)}` instead of `api-version={cell(base.version)}`."
        yield ""


def _by_operation(steps: Sequence[Step]) -> dict[str, list[Step]]:
    """The steps that need action by operation; those of several operations come first, together."""
    needed = [each for each in steps if each.section != "nothing"]
    found: dict[str, list[Step]] = {}
    shared = [each for each in needed if len(each.operations) > 1]
    if shared:
        found[_SHARED] = shared
    for name in dict.fromkeys(name for each in needed for name in each.operations):
        own = [each for each in needed if each.operations == (name,)]
        if own:
            found[name] = own
    return found


def _overview(comparison: SpecComparison, groups: Mapping[str, Sequence[Step]]) -> Iterator[str]:
    """A table with the number of steps of each section and operation."""
    if not groups:
        return
    yield f"| operation | {' | '.join(_COLUMNS.values())} |"
    yield f"|---|{'---:|' * len(_COLUMNS)}"
    for name, steps in groups.items():
        counts = (sum(each.section == section for each in steps) for section in _COLUMNS)
        yield f"| {_heading(comparison, name)} | {' | '.join(map(str, counts))} |"
    yield ""


def _operations(comparison: SpecComparison, kinds: Sequence[str], title: str, advice: str) -> Iterator[str]:
    names = dict.fromkeys(
        each.operation
        for change in comparison.changes.changes
        if change.id in kinds
        for each in change.operations
    )
    if names:
        yield from (f"## {title}", "", advice, "")
        yield from (f"- {cell(name)}" for name in names)
        yield ""


def _heading(comparison: SpecComparison, name: str) -> str:
    """The name of an operation, with the new one if it moves."""
    names = (each for each in comparison.changes.names.get(name, ()) if " " in each)
    moved = [each for each in names if _TEMPLATE.sub("{}", each) != _TEMPLATE.sub("{}", name)]
    return cell(" → ".join((name, *moved)))


def _sections(steps: Sequence[Step], groups: Mapping[str, Sequence[Step]]) -> Iterator[str]:
    for section, title in _TITLES.items():
        listed = [each for each in steps if each.section == section]
        if not listed:
            continue
        yield from (f"### {title}", "")
        listed.sort(key=lambda each: (VERDICTS.index(each.verdict), each.body))
        for place in dict.fromkeys(_place(each, groups) for each in listed):
            yield from (f"{place}:", "")
            yield from _items([each for each in listed if _place(each, groups) == place])
            yield ""


def _place(step: Step, groups: Mapping[str, Sequence[Step]]) -> str:
    """The operations and the body of a step, as the beginning of a sentence."""
    operations = ""
    if len(step.operations) > 1:
        every = len(step.operations) == len(groups.keys() - {_SHARED})
        operations = "in all these operations" if every else f"in {cell(', '.join(step.operations))}"
    body = f"in {step.body}" if step.body and step.field else ""
    text = ", ".join(filter(None, (operations, body))) or "in the operation"
    return text[:1].upper() + text[1:]


def _items(steps: Sequence[Step]) -> Iterator[str]:
    """An item for each sentence, with all fields that it applies to."""
    fields: dict[tuple[str, str, str], list[str]] = {}
    for step in steps:
        mark = "**breaking** – " if step.verdict == "breaking" and step.section == "receive" else ""
        fields.setdefault((mark, step.text, step.values), []).append(step.field or step.body)
    for (mark, text, values), subjects in fields.items():
        subject = ", ".join(filter(None, dict.fromkeys(subjects)))
        item = f"{subject}: {text}" if subject else text[:1].upper() + text[1:]
        yield f"- {mark}{item}" + (f" ({values})" if values else "")
