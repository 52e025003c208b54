"""The scoreboard over many runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from aoai_reports.formats.html import html_text
from aoai_reports.formats.site.folder import FILES, run_name, write_site
from aoai_reports.formats.site.scoreboard import row_of, scoreboard_html
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Effect
from aoai_reports.results.summary import summarize
from aoai_specs.errors import OutputError

HOSTILE = (
    "</title><script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>\"'\x1b[2J\u202e::error::"
)


class Page(HTMLParser):
    """The elements and addresses of a page, and the text of each row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.rows: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append(tag)
        self.attributes |= given.keys()
        self.addresses += [given[name] or "" for name in ("href", "src") if name in given]
        if given.get("role") == "row":
            self.rows.append("")

    def handle_data(self, data: str) -> None:
        if self.rows:
            self.rows[-1] += f"{data} "


def written(folder: Path, **records: Record) -> Page:
    runs = [(Path(f"/nowhere/{name}/record.ndjson"), summarize(each), each) for name, each in records.items()]
    return Page(write_site(folder, runs).read_text(encoding="utf-8"))


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_each_run_has_its_report_its_summary_and_its_badges(build: Any, tmp_path: Path) -> None:
    record = build.nonconformant()
    written(tmp_path, one=record, two=build.conformant())
    expected = {"index.html", *(f"runs/{name}/{file}" for name in ("one", "two") for file in FILES.values())}
    assert tree(tmp_path).keys() == expected
    assert (tmp_path / "runs/one/report.html").read_text() == html_text(summarize(record), record)
    assert json.loads((tmp_path / "runs/one/summary.json").read_text())["verdict"] == "nonconformant"


def test_every_link_leads_to_a_file_of_the_site(build: Any, tmp_path: Path) -> None:
    page = written(tmp_path, one=build.nonconformant(), two=build.conformant())
    local = [each for each in page.addresses if not each.startswith("#")]
    assert len(local) == 8
    assert all(not each.startswith("/") and (tmp_path / each).is_file() for each in local)


def test_rows_are_ordered_by_verdict_then_by_the_number_of_causes(build: Any, tmp_path: Path) -> None:
    one = build.run_of(build.broken("c", build.violation()))
    page = written(
        tmp_path,
        a=build.record(build.failed("x")),
        b=build.nonconformant(),
        c=one,
        d=build.run_of(build.exchange(verdicts={"USAGE-001": "pass"})),
    )
    names = [row.split()[0] for row in page.rows[1:]]
    assert names == ["d", "c", "b", "a"]


def test_a_row_has_verdict_causes_points_date_and_version(build: Any, tmp_path: Path) -> None:
    record = build.nonconformant()
    summary = summarize(record)
    row = " ".join(written(tmp_path, mine=record).rows[1].split())
    effects = [sum(cause.effect is effect for cause in summary.causes) for effect in Effect]
    assert row.startswith("mine http://127.0.0.1:8000 azure-openai@2024-10-21")
    assert "Nonconformant" in row
    assert f"{len(summary.causes)} " in row
    assert " ".join(map(str, effects)) in row
    assert f"{summary.shown_points} of {summary.planned_points}" in row
    assert "2025-11-20 aoai-conformance 0.1.0" in row


def test_accepted_causes_are_counted_apart(build: Any) -> None:
    record = build.run_of(build.broken("c", build.violation()))
    row = row_of("a", "a", summarize(record, known=lambda _: "we know"), record)
    assert (row.number_of_causes, row.known, row.cause_counts) == (0, 1, ["1 known"])


def test_hostile_text_stays_text(build: Any, tmp_path: Path) -> None:
    record = replace(
        build.nonconformant(),
        header=build.header(target=HOSTILE, documents=(HOSTILE,), tool=HOSTILE, started=HOSTILE),
    )
    text = scoreboard_html([row_of(HOSTILE, "runs", summarize(record), record)])
    page = Page(text)
    assert not {"script", "img", "iframe", "link"} & set(page.elements)
    assert not any(name.startswith("on") for name in page.attributes)
    assert all(address.startswith(("#", "runs/")) for address in page.addresses)
    assert not any(character in text for character in "\x1b\u202e")
    assert "::error::" not in text


def test_the_page_loads_nothing(build: Any, tmp_path: Path) -> None:
    written(tmp_path, one=build.conformant())
    text = (tmp_path / "index.html").read_text()
    assert "default-src 'none'" in unescape(text)
    assert not re.search(r"https?://(?!127\.0\.0\.1)|url\(|@import|<script|<link", text)
    assert "prefers-color-scheme: dark" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [("../../etc", "etc"), ("Über Server", "ber-server"), ("..", "run"), ("a/b", "b"), ("x" * 300, "x" * 80)],
)
def test_the_folder_of_a_run_has_a_safe_name(build: Any, tmp_path: Path, name: str, expected: str) -> None:
    record = build.conformant()
    write_site(tmp_path / "site", [(tmp_path / "nowhere" / f"{name}.ndjson", summarize(record), record)])
    assert [path.name for path in (tmp_path / "site" / "runs").iterdir()] == [expected]


def test_runs_of_one_name_get_numbers(build: Any, tmp_path: Path) -> None:
    record = build.conformant()
    runs = [(Path(f"/{night}/mine/record.ndjson"), summarize(record), record) for night in "abc"]
    write_site(tmp_path, runs)
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["mine", "mine-2", "mine-3"]


def test_a_run_is_named_after_its_folder(tmp_path: Path) -> None:
    (tmp_path / "litellm").mkdir()
    assert run_name(tmp_path / "litellm") == "litellm"
    assert run_name(tmp_path / "litellm" / "record.ndjson") == "litellm"
    assert run_name(tmp_path / "prism.ndjson") == "prism"


def test_the_time_stamp_of_a_default_folder_is_not_shown(build: Any) -> None:
    record = build.conformant()
    name = "20251120T210000Z-127.0.0.1-4000"
    assert row_of(name, name.lower(), summarize(record), record).name == "127.0.0.1-4000"


def test_writing_again_updates_the_site_and_deletes_nothing(build: Any, tmp_path: Path) -> None:
    (tmp_path / "CNAME").write_text("scores.example\n")
    written(tmp_path, one=build.nonconformant(), two=build.conformant())
    (tmp_path / "runs" / "one" / "notes.txt").write_text("mine")
    before = tree(tmp_path)
    page = written(tmp_path, one=build.conformant())
    after = tree(tmp_path)
    assert after.keys() == before.keys()
    assert after["CNAME"] == before["CNAME"]
    assert after["runs/one/notes.txt"] == b"mine"
    assert b"Nonconformant" not in after["index.html"]
    assert len(page.rows) == 2


def test_the_same_runs_give_the_same_bytes(build: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(tmp_path / name, one=build.nonconformant(), two=build.conformant())
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_a_page_of_another_program_is_not_replaced(build: Any, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>My home page</h1>")
    with pytest.raises(OutputError, match="is not a scoreboard"):
        written(tmp_path, one=build.conformant())
    assert tree(tmp_path) == {"index.html": b"<h1>My home page</h1>"}


def test_a_folder_that_cannot_be_written_is_reported(build: Any, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(OutputError, match="Cannot write"):
        written(tmp_path, one=build.conformant())
