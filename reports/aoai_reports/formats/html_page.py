"""Self-contained HTML pages: packaged templates, styles and scripts under a content security policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from aoai_reports.formats.legible import visible_line


@dataclass(frozen=True)
class HtmlPage:
    """A page that loads nothing and runs nothing but its own script.

    `template`, `styles` and `scripts` name packaged files. The template gets the styles as `style`, the
    scripts as one `script`, and the content security policy as `policy`. The policy contains hashes instead
    of 'unsafe-inline', so that markup that escaping might miss does not run. The template is compiled once,
    when it is first rendered.
    """

    template: str
    styles: Sequence[str]
    scripts: Sequence[str] = ()
    filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)

    def render(self, **values: Any) -> str:
        """Return the page as text; `values` are the names in the template."""
        return self._compiled.render(**self._parts, **values)

    @cached_property
    def _compiled(self) -> Template:
        environment = Environment(
            loader=PackageLoader("aoai_reports"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"visible": visible_line, **self.filters}
        return environment.get_template(self.template)

    @cached_property
    def _parts(self) -> dict[str, str]:
        style = "".join(map(_packaged, self.styles))
        source = "".join(map(_packaged, self.scripts))
        policy = f"default-src 'none'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
        if source:
            policy = policy.replace("style-src", f"script-src '{_hash(source)}'; style-src")
        return {
            "style": Markup(style),  # noqa: S704 - packaged files, not data
            "script": Markup(source),  # noqa: S704 - as above
            "policy": policy,
        }


def _packaged(name: str) -> str:
    return files("aoai_reports").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
