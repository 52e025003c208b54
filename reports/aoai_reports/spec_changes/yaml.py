"""A comparison of two API descriptions as YAML."""

from __future__ import annotations

import json

from aoai_reports.formats.machine.yaml_text import yaml_text
from aoai_reports.spec_changes.json import published
from aoai_reports.spec_changes.wording import SpecComparison


def render(comparison: SpecComparison) -> str:
    """The same content as in JSON."""
    return yaml_text(json.loads(json.dumps(published(comparison), default=str)))
