"""`diff specs`, `diff changelogs` and their output formats."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from small_descriptions import description

from aoai_conformance.cli import main
from aoai_reports.spec_changes.catalogued import stale_changelogs
from aoai_specs.catalogue import Catalogue
from aoai_specs.comparison.exceptions import verdict_exceptions

ROOT = Path(__file__).resolve().parents[3]
BODY = "#/paths/~1things/post/requestBody/content/application~1json/schema"
PAIR = ("2024-06-01", "2024-10-21")


def diff(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two files: a request that is bounded, and a markup in a name."""
    files = []
    for name, schema in (("base", {"type": "string"}), ("revision", {"type": "string", "maxLength": 3})):
        body = {"type": "object", "properties": {"<b>|`x`": schema}}
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(description(request=body).content, indent=1), encoding="utf-8")
        files.append(file)
    return files[0], files[1]


def test_json_keeps_the_published_contract(pair: tuple[Path, Path]) -> None:
    report = json.loads(diff("specs", *pair, "--format", "json").output)
    assert report["schema"] == "aoai-conformance/spec-diff/v1"
    assert (report["base"], report["revision"]) == tuple(map(str, pair))
    (change,) = report["changes"]
    published = {
        "id": "max-length-set",
        "verdict": "breaking",
        "direction": "request",
        "operation": "POST /things",
        "pointer": f"{BODY}/properties/<b>|`x`/maxLength",
        "message": "the request body (application/json), <b>|`x`: maxLength is set to 3",
        "base": None,
        "revision": 3,
    }
    assert {key: change[key] for key in published} == published
    (operation,) = change["operations"]
    assert {key: operation[key] for key in ("operation", "direction", "verdict")} == {
        "operation": "POST /things", "direction": "request", "verdict": "breaking"
    }  # fmt: skip
    assert {key: report["summary"][key] for key in ("breaking", "warning", "info")} == {
        "breaking": 1, "warning": 0, "info": 0
    }  # fmt: skip


def test_every_entry_of_the_catalogue_has_an_operation_and_a_place() -> None:
    report = json.loads(diff("specs", *PAIR, "--format", "json").output)
    assert report["changes"]
    contents = {name: Catalogue.packaged().load(name) for name in PAIR}
    for change in report["changes"]:
        assert change["operations"]
        places = [contents[name] for name in PAIR]
        found = 0
        for document in places:
            try:
                document.resolve(change["pointer"])
            except Exception:  # noqa: BLE001 - one of the two has it
                continue
            found += 1
        assert found, change["pointer"]


@pytest.mark.parametrize(
    ("options", "code"), [((), 0), (("--fail-on", "breaking"), 1), (("--fail-on", "warning"), 1)]
)
def test_fails_only_on_request(pair: tuple[Path, Path], options: tuple[str, ...], code: int) -> None:
    assert diff("specs", *pair, *options).exit_code == code
    assert diff("specs", pair[0], pair[0], *options).exit_code == 0
    assert diff("specs", pair[1], pair[0], *options).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [("2024-06-01",), ("2024-06-01", "2024-13-01"), ("2024-06-01", "no.yaml")]
)
def test_misuse_is_told_in_a_sentence(arguments: tuple[str, ...]) -> None:
    result = diff("specs", *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def acceptances(tmp_path: Path, **entry: Any) -> Path:
    file = tmp_path / "accepted.yaml"
    file.write_text(yaml.safe_dump({"accepted": [entry]}), encoding="utf-8")
    return file


@pytest.mark.parametrize("by", [{"id": "max-length-set"}, {"pointer": "#/paths/*/maxLength"}])
def test_an_accepted_change_fails_nothing_and_is_listed_with_its_reason(
    pair: tuple[Path, Path], tmp_path: Path, by: dict[str, str]
) -> None:
    file = acceptances(tmp_path, **by, reason="nobody sends more", date="2025-01-20")
    result = diff("specs", *pair, "--fail-on", "warning", "--accept", file)
    assert result.exit_code == 0
    assert "accepted since 2025-01-20" in result.output
    assert "nobody sends more" in result.output
    report = json.loads(diff("specs", *pair, "--accept", file, "--format", "json").output)
    assert report["changes"] == []
    assert report["summary"]["accepted"][0]["reason"] == "nobody sends more"


def test_an_entry_hides_no_other_change_and_is_reported_when_stale(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    file = acceptances(tmp_path, id="min-length-set", reason="nobody sends less", date="2025-01-20")
    result = diff("specs", *pair, "--fail-on", "breaking", "--accept", file)
    assert result.exit_code == 1
    assert "matches no change" in result.output


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "max-length-set", "date": "2025-01-20"},
        {"id": "max-length-set", "reason": "it is so"},
        {"reason": "it is so", "date": "2025-01-20"},
        {"id": "max-length-set", "reason": "it is so", "date": "soon"},
        {"id": "max-length-set", "reason": "it is so", "date": "2025-01-20", "until": "2026-01-20"},
    ],
)
def test_an_entry_needs_what_reviewers_need(
    pair: tuple[Path, Path], tmp_path: Path, entry: dict[str, str]
) -> None:
    assert diff("specs", *pair, "--accept", acceptances(tmp_path, **entry)).exit_code == 2


def test_junit_fails_if_the_gate_fails(pair: tuple[Path, Path]) -> None:
    suite = ET.fromstring(diff("specs", *pair, "--format", "junit").output).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    back = ET.fromstring(diff("specs", *reversed(pair), "--format", "junit").output).find("testsuite")
    assert back is not None
    assert (back.get("tests"), back.get("failures")) == ("1", "0")


def test_sarif_leads_to_file_and_line(pair: tuple[Path, Path]) -> None:
    report = json.loads(diff("specs", *pair, "--format", "sarif").output)
    assert report["version"] == "2.1.0"
    (result,) = report["runs"][0]["results"]
    assert result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    lines = pair[1].read_text(encoding="utf-8").splitlines()
    assert "maxLength" in lines[place["region"]["startLine"] - 1]
    rules = report["runs"][0]["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_names_are_escaped_in_every_format(pair: tuple[Path, Path]) -> None:
    page = diff("specs", *pair, "--format", "html").output
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert page.count("<script") == 1
    table = [
        line
        for line in diff("specs", *pair, "--format", "markdown").output.splitlines()
        if "max-length" in line
    ]
    assert len(re.findall(r"(?<!\\)\|", table[0])) == 5


def test_as_published_omits_the_overlays() -> None:
    corrected = json.loads(diff("specs", *PAIR, "--format", "json").output)
    published = json.loads(diff("specs", *PAIR, "--as-published", "--format", "json").output)
    assert corrected["changes"] != published["changes"]


def test_the_change_log_counts_and_marks(pair: tuple[Path, Path]) -> None:
    log = diff("specs", *pair, "--format", "changelog").output
    assert "1 updated method\n" in log
    assert re.search(r"^! +.*maxLength is set to 3$", log, re.MULTILINE)
    official = diff("specs", *PAIR, "--format", "changelog").output
    assert official.startswith(
        "# Azure OpenAI API (stable:2024-10-21)\n\n2024/10/21 • 7 updated, 2 removed methods\n"
    )


def test_committed_change_logs_are_current() -> None:
    stale = stale_changelogs(Catalogue.packaged(), ROOT / "reports" / "changes")
    assert stale == [], "run: aoai-conformance diff changelogs --into reports/changes"


@pytest.fixture
def two_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of two small documents, instead of all."""
    packaged = ROOT / "specs" / "aoai_specs"
    for version in ("2023-10-01-preview", "2024-02-15-preview"):
        for file in packaged.glob(f"*/azure-openai/{version}.yaml"):
            copy = tmp_path / "package" / file.relative_to(packaged)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    catalogue = Catalogue(tmp_path / "package")
    monkeypatch.setattr(Catalogue, "packaged", lambda: catalogue)


@pytest.mark.usefixtures("two_documents")
def test_change_logs_are_updated_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "changes"
    old = folder / "azure-openai" / "2020-01-01--2020-02-01.md"
    old.parent.mkdir(parents=True)
    old.write_text("gone", encoding="utf-8")
    assert diff("changelogs", "--into", folder, "--check").exit_code == 1
    assert diff("changelogs", "--into", folder).exit_code == 0
    assert diff("changelogs", "--into", folder, "--check").exit_code == 0
    assert {each.name for each in folder.rglob("*.md")} == {
        "README.md",
        "2023-10-01-preview--2024-02-15-preview.md",
    }


def test_every_exception_has_a_reason_and_names_kinds_derived_differently() -> None:
    listed = verdict_exceptions()
    assert 0 < len(listed) <= 15
    assert all(len(each.reason) > 30 for each in listed)


def test_an_unknown_comparison_lists_the_known_ones() -> None:
    result = diff("spec")
    assert result.exit_code == 2
    assert "specs" in result.output
