"""Every report format: a row here and a module that renders it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple, cast


class Format(NamedTuple):
    """One format.

    `function` renders it, as `MODULE:NAME`; `file` is its name in the folder of a run. With `compares`, the
    function also takes `previous` and `trend`, which describe earlier runs.
    """

    function: str
    file: str | None = None
    compares: bool = False

    @property
    def render(self) -> Callable[..., str]:
        """The function, imported when it is needed."""
        module, _, name = self.function.partition(":")
        return cast("Callable[..., str]", getattr(import_module(module), name))


#: Formats of the report of a run; each function takes the summary and the record.
RUN_REPORTS: Mapping[str, Format] = {
    "terminal": Format("aoai_reports.formats.terminal:terminal_text"),
    "html": Format("aoai_reports.formats.html:html_text", "report.html", compares=True),
    "junit": Format("aoai_reports.formats.junit:junit_text", "junit.xml"),
    "markdown": Format("aoai_reports.formats.markdown:markdown_text", "summary.md"),
    "json": Format("aoai_reports.formats.json:summary_text", "summary.json"),
    "causes": Format("aoai_reports.formats.machine.causes:causes_text"),
    "events": Format("aoai_reports.formats.machine.events:events_text"),
    "har": Format("aoai_reports.formats.machine.har:har_text"),
    "sarif": Format("aoai_reports.formats.machine.sarif:sarif_log"),
    "badge-svg": Format("aoai_reports.formats.machine.badge:badge_svg"),
    "badge-json": Format("aoai_reports.formats.machine.badge:badge_json"),
}

#: Formats of a comparison of two runs; each function takes the comparison.
RUN_COMPARISONS: Mapping[str, Format] = {
    "text": Format("aoai_reports.run_comparison.formats.text:comparison_text"),
    "markdown": Format("aoai_reports.run_comparison.formats.markdown:comparison_markdown", "comparison.md"),
    "html": Format("aoai_reports.run_comparison.formats.html:comparison_html"),
    "json": Format("aoai_reports.run_comparison.formats.json:comparison_json", "comparison.json"),
}

#: Formats of `specs lint`; each function takes a `LintReport`.
LINT_REPORTS: Mapping[str, Format] = {
    "table": Format("aoai_reports.lint_findings.text:render"),
    "json": Format("aoai_reports.lint_findings.json:render"),
    "sarif": Format("aoai_reports.lint_findings.sarif:render"),
    "githubactions": Format("aoai_reports.lint_findings.githubactions:render"),
}

#: Formats of a comparison of two API descriptions; each function takes a `SpecComparison`.
SPEC_COMPARISONS: Mapping[str, Format] = {
    "text": Format("aoai_reports.spec_changes.text:render"),
    "markdown": Format("aoai_reports.spec_changes.markdown:render"),
    "html": Format("aoai_reports.spec_changes.html:render"),
    "json": Format("aoai_reports.spec_changes.json:render"),
    "junit": Format("aoai_reports.spec_changes.junit:render"),
    "yaml": Format("aoai_reports.spec_changes.yaml:render"),
    "single-line": Format("aoai_reports.spec_changes.single_line:render"),
    "githubactions": Format("aoai_reports.spec_changes.githubactions:render"),
    "sarif": Format("aoai_reports.spec_changes.sarif:render"),
    "guide": Format("aoai_reports.spec_changes.guide.page:render"),
    "changelog": Format("aoai_reports.spec_changes.changelog:render"),
}
