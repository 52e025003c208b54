"""A comparison of two runs as one self-contained page, in the dress of report.html."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from aoai_reports.formats.legible import visible_line
from aoai_reports.run_comparison.changes import DEFECT_CLASSES, NEWLY_BROKEN, RunComparison
from aoai_reports.run_comparison.words import (
    TITLES,
    change_place,
    change_words,
    counts_by_operation,
    counts_sentence,
    defect_words,
    documented_words,
    matched_sentences,
    named,
    side_sentence,
    spread_words,
    tested_sentence,
    verdict_sentence,
)


def comparison_html(comparison: RunComparison) -> str:
    """The comparison as HTML that loads nothing and runs nothing but its own script."""
    style = _packaged("report.css") + _packaged("run_comparison.css")
    script = _packaged("report.js")
    return _template().render(
        comparison=comparison,
        sentence=verdict_sentence(comparison),
        state="nonconformant" if comparison.fails else "inconclusive" if comparison.differs else "conformant",
        classes=DEFECT_CLASSES,
        newly_broken=NEWLY_BROKEN,
        titles=TITLES,
        policy=f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 - packaged files, not data
        script=Markup(script),  # noqa: S704
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("aoai_reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "visible": visible_line,
        "defect": defect_words,
        "place": change_place,
        "documented": documented_words,
        "change": change_words,
        "side": side_sentence,
        "matched": matched_sentences,
        "named": named,
        "points": counts_sentence,
        "points_of": counts_by_operation,
        "spread": spread_words,
        "tested": tested_sentence,
    }
    return environment.get_template("run_comparison.html")


def _packaged(name: str) -> str:
    return files("aoai_reports").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
