"""`open` shows the report of a run in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser opened."""
    addresses: list[str] = []

    def open_(address: str) -> bool:
        addresses.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", open_)
    return addresses


def page_in(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<!doctype html>")
    return folder / "report.html"


def test_opens_the_report_of_a_run_and_prints_its_path(invoke, opened, tmp_path: Path) -> None:
    page = page_in(tmp_path / "my run")
    for run in (page.parent, page, page.with_name("record.ndjson")):
        opened.clear()
        result = invoke("open", run)
        assert (result.exit_code, result.stdout) == (0, f"{page}\n")
        assert opened == [page.as_uri()]


def test_opens_the_newest_run_by_default(invoke, opened) -> None:
    for name in ("20260101T000000Z-emulator", "20260301T000000Z-host", "20260201T000000Z-emulator", "zzz"):
        page_in(Path("aoai-runs", name))
    assert invoke("open").stdout == "aoai-runs/20260301T000000Z-host/report.html\n"
    assert opened[0].endswith("/aoai-runs/20260301T000000Z-host/report.html")


def test_without_a_run_one_sentence_says_how_to_start_one(invoke, opened) -> None:
    result = invoke("open")
    assert result.exit_code == 2
    assert result.stderr == (
        "There is no run in aoai-runs; name the folder of a run, or start one with `aoai-conformance run`.\n"
    )
    assert opened == []


def test_a_run_without_a_report_names_the_command_that_writes_it(invoke, opened, tmp_path: Path) -> None:
    result = invoke("open", tmp_path)
    assert result.exit_code == 2
    assert f"report {tmp_path} --format html --out {tmp_path / 'report.html'}" in result.stderr


def test_without_a_browser_the_path_is_printed(invoke, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    page = page_in(tmp_path / "r")
    result = invoke("open", page.parent)
    assert (result.exit_code, result.stdout) == (2, f"{page}\n")
    assert result.stderr == "No browser was found; open the file above in one.\n"
