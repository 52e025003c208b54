"""The comparison as one HTML page that loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from aoai_reports.formats.legible import visible_line
from aoai_reports.spec_changes.words import by_verdict, message, reached, sentence
from aoai_specs.comparison import Changes


def changes_html(changes: Changes) -> str:
    """A table for each verdict; the same changes give the same page."""
    style = files("aoai_reports").joinpath("templates", "changes.css").read_text(encoding="utf-8")
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        changes=changes,
        groups=by_verdict(changes),
        sentence=sentence(changes),
        style=Markup(style),  # noqa: S704 - a packaged file, not data
        policy=f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'",
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
    environment.filters.update(message=message, reached=reached, visible=visible_line)
    return environment.get_template("changes.html")
