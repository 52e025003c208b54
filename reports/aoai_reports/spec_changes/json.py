"""A comparison of two API descriptions as JSON."""

from __future__ import annotations

import json
from typing import Any

from aoai_reports.formats.machine.json_text import inert_json
from aoai_reports.spec_changes.places import base_place, revision_place
from aoai_reports.spec_changes.wording import SpecComparison
from aoai_specs.comparison.review.groups import grouped


def render(comparison: SpecComparison) -> str:
    """The changes as indented JSON."""
    text = json.dumps(published(comparison), indent=2, ensure_ascii=False, default=str)
    return inert_json(text) + "\n"


def published(comparison: SpecComparison) -> dict[str, Any]:
    """The comparison in the published format: every change, and the groups of equal changes."""
    changes = comparison.changes
    content = changes.to_json()
    content["groups"] = [group.to_json() for group in grouped(changes.changes)]
    if comparison.lines:
        for change, held in zip(changes.changes, content["changes"], strict=True):
            held["places"] = {
                "base": base_place(comparison, change).to_json(),
                "revision": revision_place(comparison, change).to_json(),
            }
    return content
