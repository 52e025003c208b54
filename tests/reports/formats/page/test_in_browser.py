"""The pages in headless Chromium: accessible, offline, and with views that a link reproduces.

`tox -e report-page` installs puppeteer-core and axe-core from npm; it needs Node.js and Chromium.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.reports.history.conftest import make

from aoai_conformance.cli import main
from aoai_reports.formats.html import html_text
from aoai_reports.history.page import history_html
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import fingerprint
from aoai_reports.results.previous import PreviousRun
from aoai_reports.results.summary import summarize
from aoai_reports.run_comparison.comparing import compare_runs
from aoai_reports.run_comparison.formats.html import comparison_html

pytestmark = pytest.mark.report_page
SCRIPT = Path(__file__).parent / "browser" / "inspect.mjs"
NEWER = "azure-openai@2025-01-01"
#: A fragment that is no part of an address, because its escape is incomplete.
MALFORMED = "#%"


def inspect(path: Path, *fragments: str) -> Any:
    modules = os.environ["AOAI_REPORT_PAGE"]
    chromium = os.environ.get("AOAI_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    node = shutil.which("node")
    assert chromium is not None
    assert node is not None
    finished = subprocess.run(
        [node, SCRIPT, modules, chromium, path, *fragments],
        check=False,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def written(folder: Path, record: Record, name: str = "report", **options: Any) -> Path:
    path = folder / f"{name}.html"
    path.write_text(html_text(summarize(record), record, **options), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def record(build: Any) -> Record:
    """Violations of every kind, among them hostile text, in two api-versions."""
    known = build.nonconformant()
    newer = [
        replace(line, case=f"newer-{line.case}", document=NEWER, violations=())
        for line in known.exchanges
        if line.scenario is None
    ]
    header = replace(known.header, documents=(build.document, NEWER))
    found: Record = replace(known, header=header, exchanges=(*known.exchanges, *newer))
    return found


@pytest.fixture(scope="module")
def prints(record: Record) -> dict[str, str]:
    """The fingerprint of the first violation of each rule."""
    return {each.rule: fingerprint(each) for each in reversed(summarize(record).findings)}


@pytest.fixture(scope="module")
def seen(record: Record, prints: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    summary = summarize(record)
    trend = {cause.id: [1, 3, 2] for cause in summary.causes}
    path = written(tmp_path_factory.mktemp("page"), record, previous=PreviousRun.of(summary), trend=trend)
    fragments = [
        f"#v-{prints['CHAT-SSE-003']}", f"#v-{prints['CHAT-011']}", "#v-0000000000000000",
        "#?topic=streams", "#?q=total_tokens", "#?status=passed", "#matrix", "#limits", "#points", "#rules",
        "#clauses", "#v-%", MALFORMED,
    ]  # fmt: skip
    return inspect(path, *fragments)


def test_the_report_has_no_problem_at_any_width_or_scheme(seen: Any) -> None:
    assert seen["problems"] == []


def test_a_permalink_opens_its_violation(seen: Any, prints: dict[str, str]) -> None:
    view = seen["views"][f"#v-{prints['CHAT-SSE-003']}"]
    assert view["open"] == [f"v-{prints['CHAT-SSE-003']}"]
    assert view["streams"] == 1


def test_a_permalink_to_another_run_says_that_it_is_not_here(seen: Any) -> None:
    view = seen["views"]["#v-0000000000000000"]
    assert view["missing"]
    assert view["open"] == []


def test_a_card_has_complete_commands(seen: Any, record: Record, prints: dict[str, str]) -> None:
    replay, curl, python = seen["views"][f"#v-{prints['CHAT-SSE-003']}"]["commands"]
    line = next(line for line in record.exchanges if line.case == "stream-1")
    assert curl == line.curl
    assert python.startswith("import os")
    assert replay.startswith("aoai-conformance replay /")
    assert replay.endswith(" stream-1")


def test_hostile_text_stays_text(seen: Any) -> None:
    assert all(view["markup"] == 0 for view in seen["views"].values())


def test_a_link_reproduces_a_view(seen: Any, prints: dict[str, str]) -> None:
    assert seen["views"]["#?topic=streams"]["listed"] == [f"v-{prints['CHAT-SSE-003']}"]
    searched = seen["views"]["#?q=total_tokens"]
    assert searched["search"] == "total_tokens"
    assert f"v-{prints['USAGE-001']}" in searched["listed"]
    assert seen["views"]["#?status=passed"]["found"].startswith("0 violations of ")


def test_a_search_and_a_facet_are_kept_in_the_address(seen: Any) -> None:
    assert seen["typed"] == "#?level=must&q=streams"


def test_printing_opens_every_cause(seen: Any) -> None:
    assert seen["folded"] == 0


def test_the_essentials_need_no_script(seen: Any, record: Record) -> None:
    summary = summarize(record)
    assert seen["withoutScript"]["entries"] == len(summary.findings)
    for cause in summary.causes:
        assert cause.title in seen["withoutScript"]["text"]


@pytest.mark.parametrize("name", ["conformant", "interrupted"])
def test_reports_with_other_verdicts_have_no_problem(build: Any, name: str, tmp_path: Path) -> None:
    assert inspect(written(tmp_path, getattr(build, name)(), name))["problems"] == []


def test_the_pages_of_comparisons_have_no_problem(build: Any, tmp_path: Path) -> None:
    runs, specs = tmp_path / "runs.html", tmp_path / "specs.html"
    runs.write_text(comparison_html(compare_runs(build.conformant(), build.nonconformant())))
    arguments = ["diff", "specs", "2024-06-01", "2024-10-21", "--format", "html", "--out", str(specs)]
    CliRunner().invoke(main, arguments)
    for page in (runs, specs):
        assert inspect(page, MALFORMED)["problems"] == []


def test_the_page_of_changes_has_permalinks_and_keeps_filters_in_its_address(tmp_path: Path) -> None:
    page = tmp_path / "changes.html"
    CliRunner().invoke(
        main, ["diff", "specs", "2024-06-01", "2024-10-21", "--format", "html", "--out", str(page)]
    )
    known = re.search(r'id="(c-[0-9a-f]{16})"', page.read_text(encoding="utf-8"))
    assert known is not None
    filtered, absent = "#?level=breaking&q=enum", "#c-0000000000000000"
    seen = inspect(page, filtered, f"#{known[1]}", absent)
    assert seen["problems"] == []
    assert re.fullmatch(r"\d+ of \d+ shown", seen["views"][filtered]["found"])
    assert not seen["views"][f"#{known[1]}"]["missing"]
    assert seen["views"][absent]["missing"]
    assert "breaking" in seen["withoutScript"]["text"]


def test_the_page_of_a_history_has_no_problem(tmp_path: Path) -> None:
    nights = [
        make(day, broken=day in {2, 4, 7, 8}, fields=("/a", "/b")[: day % 3], label="gateway")
        for day in range(1, 9)
    ]
    path = tmp_path / "history.html"
    path.write_text(history_html(nights, "gateway"), encoding="utf-8")
    assert inspect(path, "#changes", "#runs")["problems"] == []
