"""A badge with the verdict of a run: as SVG, and as JSON for a badge service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.wording import rule_facts
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary, Verdict

_LABELS = {"azure-openai": "Azure OpenAI", "ai-model-inference": "Azure AI Model Inference"}
#: The background of each verdict, with a contrast above 4.5 to white text, and its name in shields.io.
_COLOURS: Mapping[Verdict, tuple[str, str]] = {
    "conformant": ("#1a7f37", "brightgreen"),
    "nonconformant": ("#b3261e", "red"),
    "inconclusive": ("#8a5300", "yellow"),
}
_HEIGHT, _PADDING, _SIZE = 20, 6, 11
#: Widths of characters in ems, about those of Verdana; `textLength` corrects other fonts.
_NARROW, _WIDE = frozenset("fijlrt.,:;'|!I()[] "), frozenset("mwMW%@–")


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says."""

    label: str
    message: str
    verdict: Verdict


def badge_of(summary: Summary, record: Record) -> Badge:
    """The badge of a run: what was tested, and the verdict with the number that explains it."""
    label = _LABELS.get(record.header.surface, visible_line(record.header.surface, 40) or "API")
    return Badge(f"{label} conformance", _message(summary, record), summary.verdict)


def badge_json(summary: Summary, record: Record) -> str:
    """The badge in the schema of the endpoint badge of shields.io."""
    badge = badge_of(summary, record)
    return json_text(
        {
            "schemaVersion": 1,
            "label": badge.label,
            "message": badge.message,
            "color": _COLOURS[badge.verdict][1],
        }
    )


def badge_svg(summary: Summary, record: Record) -> str:
    """The badge as an accessible SVG image without external fonts."""
    badge = badge_of(summary, record)
    left, right = _width(badge.label), _width(badge.message)
    title = escape(f"{badge.label}: {badge.message}", {'"': "&quot;"})
    colour = _COLOURS[badge.verdict][0]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" '
        f'aria-label="{title}">\n<title>{title}</title>\n'
        f'<clipPath id="r"><rect width="{left + right}" height="{_HEIGHT}" rx="3"/></clipPath>\n'
        f'<g clip-path="url(#r)"><rect width="{left}" height="{_HEIGHT}" fill="#444c56"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{colour}"/></g>\n'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="{_SIZE}">'
        f"{_text(badge.label, 0, left)}{_text(badge.message, left, right)}</g>\n</svg>\n"
    )


def _message(summary: Summary, record: Record) -> str:
    """`conformant, 212 rules passed`; `nonconformant, 35 MUST causes`."""
    if summary.verdict == "inconclusive":
        return "inconclusive"
    if summary.verdict == "conformant":
        passed = sum(
            counts.passed > 0 and not counts.violation and rule_facts(record, rule).level != "may"
            for rule, counts in summary.rules.items()
        )
        return f"conformant, {quantity(passed, 'rule')} passed"
    levels: tuple[Level, ...] = ("must", "should")
    for level in levels:
        number = sum(cause.level == level and not cause.known for cause in summary.causes)
        if number and (level == "must" or summary.strict):
            return f"nonconformant, {quantity(number, f'{level.upper()} cause')}"
    return "nonconformant, baseline out of date"


def _width(text: str) -> int:
    ems = sum(0.38 if each in _NARROW else 0.95 if each in _WIDE else 0.62 for each in text)
    return round(ems * _SIZE) + 2 * _PADDING


def _text(text: str, start: int, width: int) -> str:
    room = width - 2 * _PADDING
    return f'<text x="{start + _PADDING}" y="14" textLength="{room}">{escape(text)}</text>'
