"""Self-contained HTML pages: packaged templates, styles and scripts under a content security policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from aoai_reports.formats.legible import visible_line


def html_page(
    template: str,
    styles: Sequence[str],
    script: str | None = None,
    filters: dict[str, Callable[..., object]] | None = None,
    **values: Any,
) -> str:
    """Render a packaged template to a page that loads nothing and runs nothing but its own script.

    `styles` and `script` name packaged files; the template gets their text as `style` and `script`, and the
    content security policy as `policy`. Hashes instead of 'unsafe-inline' keep markup that escaping might
    miss from running.
    """
    style = "".join(map(_packaged, styles))
    source = _packaged(script) if script else ""
    policy = f"style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    if script:
        policy = f"script-src '{_hash(source)}'; {policy}"
    environment = Environment(
        loader=PackageLoader("aoai_reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible_line, **(filters or {})}
    return environment.get_template(template).render(
        style=Markup(style),  # noqa: S704 - packaged files, not data
        script=Markup(source),  # noqa: S704 - as above
        policy=f"default-src 'none'; {policy}",
        **values,
    )


def _packaged(name: str) -> str:
    return files("aoai_reports").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
