"""The published schemas on the command line, and runs that leave and come back as HAR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aoai_reports.formats.machine.schemas import find_schema, published_schemas


def test_the_schemas_are_listed_and_shown(invoke: Any, tmp_path: Path) -> None:
    listed = invoke("schemas", "list").stdout
    assert all(each.id in listed and each.identifier in listed for each in published_schemas().values())
    assert invoke("schemas", "show", "summary").stdout == find_schema("summary-v1").text
    invoke("schemas", "show", "record-v1", "--out", tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["$id"] == "urn:aoai-conformance:record:v1"


def test_an_unknown_schema_is_wrong_usage(invoke: Any) -> None:
    result = invoke("schemas", "show", "causes-v2")
    assert result.exit_code == 2
    assert "did you mean 'causes-v1'" in result.stderr


def test_judging_a_har_export_gives_the_record_of_judging_the_run(
    invoke: Any, faulty_run: Path, tmp_path: Path
) -> None:
    har = tmp_path / "run.har"
    assert invoke("report", faulty_run, "--format", "har", "--out", har).exit_code == 0
    direct = invoke("judge", faulty_run, "--out", tmp_path / "direct")
    exported = invoke("judge", har, "--out", tmp_path / "exported")
    assert direct.exit_code == exported.exit_code == 1
    for name in ("record.ndjson", "summary.json", "junit.xml"):
        assert (tmp_path / "direct" / name).read_bytes() == (tmp_path / "exported" / name).read_bytes()


def test_a_secret_header_of_a_har_export_is_masked(invoke: Any, faulty_run: Path, tmp_path: Path) -> None:
    har = tmp_path / "run.har"
    invoke("report", faulty_run, "--format", "har", "--out", har)
    data = json.loads(har.read_text())
    data["log"]["entries"][0]["request"]["headers"].append({"name": "x-mine", "value": "very-secret-value"})
    har.write_text(json.dumps(data))
    invoke("judge", har, "--secret-header", "x-mine", "--out", tmp_path / "judged")
    assert "very-secret-value" not in (tmp_path / "judged" / "record.ndjson").read_text()


def test_a_har_export_with_foreign_entries_is_reported_in_one_sentence(
    invoke: Any, faulty_run: Path, tmp_path: Path
) -> None:
    har = tmp_path / "run.har"
    invoke("report", faulty_run, "--format", "har", "--out", har)
    data = json.loads(har.read_text())
    data["log"]["entries"].append({"request": {}})
    har.write_text(json.dumps(data))
    result = invoke("judge", har)
    assert result.exit_code == 2
    assert "it lacks _aoaiConformance" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_site_is_written_over_several_runs(invoke: Any, faulty_run: Path, tmp_path: Path) -> None:
    result = invoke("report", "--site", tmp_path / "site", faulty_run, faulty_run / "record.ndjson")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Wrote {tmp_path / 'site' / 'index.html'}\n"
    assert sorted(path.name for path in (tmp_path / "site" / "runs").iterdir()) == ["faulty", "faulty-2"]


def test_a_site_takes_no_format_and_several_runs_need_a_site(
    invoke: Any, faulty_run: Path, tmp_path: Path
) -> None:
    for options in (("--format", "json"), ("--format", "terminal"), ("--out", tmp_path / "x")):
        result = invoke("report", "--site", tmp_path / "site", *options, faulty_run)
        assert (result.exit_code, "takes neither" in result.stderr) == (2, True)
    result = invoke("report", faulty_run, faulty_run)
    assert (result.exit_code, "need --site" in result.stderr) == (2, True)
