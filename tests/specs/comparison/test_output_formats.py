"""What the formats of `diff specs` for scripts and CI contain, and options that exclude each other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from small_descriptions import description

from aoai_conformance.cli import main

REFERENCE = "#/components/schemas"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two files: a property that eight schemas gain, and a hostile name that gains a limit."""
    folder = tmp_path_factory.mktemp("pair")
    files = []
    for name, added in (("base", False), ("revision", True)):
        properties: dict[str, Any] = {"usage": {"type": "string"}} if added else {}
        schemas = {f"S{index}": {"type": "object", "properties": properties} for index in range(8)}
        limited = {"type": "string", **({"maxLength": 3} if added else {})}
        parts = {f"p{index}": {"$ref": f"{REFERENCE}/S{index}"} for index in range(8)}
        hostile = "::error::x\n##vso[task.complete]"
        request = {"type": "object", "properties": {**parts, hostile: limited}}
        path = folder / f"{name}.json"
        content = description(request=request, schemas=schemas).content
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        files.append(str(path))
    return files[0], files[1]


def diff(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", "specs", *arguments])


def rendered(pair: tuple[str, str], form: str, *options: str) -> str:
    result = diff(*pair, "--format", form, *options)
    assert result.exit_code == 0, result.output
    return result.output


def line_of(file: str, word: str) -> int:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if word in line)


def test_json_has_every_change_and_each_group_once(pair: tuple[str, str]) -> None:
    report = json.loads(rendered(pair, "json"))
    assert len(report["changes"]) == 9
    assert [(each["id"], each["count"]) for each in report["groups"]] == [
        ("max-length-set", 1), ("property-added", 8)
    ]  # fmt: skip
    known = {each["fingerprint"] for each in report["changes"]}
    assert {mark for each in report["groups"] for mark in each["changes"]} == known
    assert "places" not in report["changes"][0]


def test_lines_are_those_of_both_sides(pair: tuple[str, str]) -> None:
    change = json.loads(rendered(pair, "json", "--lines"))["changes"][0]
    assert change["places"]["revision"] == {
        "file": pair[1], "line": line_of(pair[1], "maxLength"), "pointer": change["pointer"]
    }  # fmt: skip
    assert change["places"]["base"]["line"] == line_of(pair[0], "##vso")
    assert f"{pair[0]}:{line_of(pair[0], '##vso')} → {pair[1]}:" in rendered(pair, "text", "--lines")


def test_yaml_is_the_same_content_as_json(pair: tuple[str, str]) -> None:
    assert yaml.safe_load(rendered(pair, "yaml")) == json.loads(rendered(pair, "json"))


def test_each_change_has_a_line_with_its_place_and_fingerprint(pair: tuple[str, str]) -> None:
    *lines, last = rendered(pair, "single-line").splitlines()
    assert len(lines) == 9
    assert re.fullmatch(
        rf"{re.escape(pair[1])}:\d+: info property-added [0-9a-f]{{16}} schema S0: .* \[POST /things .*\]",
        lines[1],
    )
    assert last == "9 changes: 1 breaking, 8 info."


def test_annotations_name_file_and_line_and_run_no_command(pair: tuple[str, str]) -> None:
    error, notice = rendered(pair, "githubactions").splitlines()
    place = f"file={pair[1]},line={line_of(pair[1], 'maxLength')},title=max-length-set::"
    assert error.startswith(f"::error {place}")
    assert "::error::" not in error
    assert "##vso[" not in error
    assert notice.startswith("::notice ")
    assert "(8 places)" in notice


@pytest.mark.parametrize("form", ["text", "markdown", "changelog", "guide", "single-line"])
def test_a_name_neither_ends_a_line_nor_runs_a_command(pair: tuple[str, str], form: str) -> None:
    text = rendered(pair, form)
    assert not any(line.lstrip().startswith(("::error", "##vso")) for line in text.splitlines())
    assert "##vso[" not in text


def test_places_are_counted_unless_all_are_wanted(pair: tuple[str, str]) -> None:
    for form in ("text", "markdown"):
        assert "and 3 more; --all-places lists them" in rendered(pair, form)
        assert rendered(pair, form).count("/properties/usage") == 5
        assert rendered(pair, form, "--all-places").count("/properties/usage") == 8


def test_sarif_names_the_place_before(pair: tuple[str, str]) -> None:
    (run,) = json.loads(rendered(pair, "sarif"))["runs"]
    before = run["results"][0]["relatedLocations"][0]["physicalLocation"]
    assert before["region"]["startLine"] == line_of(pair[0], "##vso")


def test_the_page_has_a_card_for_each_group_and_filters_in_one_script(pair: tuple[str, str]) -> None:
    page = rendered(pair, "html")
    assert page.count("<article") == 2
    assert len(set(re.findall(r'id="c-([0-9a-f]{16})"', page))) == 2
    assert page.count("<script>") == 1
    assert page.count("/properties/usage") == 8


def test_info_can_fail(pair: tuple[str, str]) -> None:
    assert diff(*pair, "--fail-on", "info", "--level", "info").exit_code == 1
    assert diff(pair[0], pair[0], "--fail-on", "info").exit_code == 0


def test_levels_and_accepted_fingerprints_of_a_file_apply(pair: tuple[str, str], tmp_path: Path) -> None:
    group = json.loads(rendered(pair, "json"))["groups"][1]["fingerprint"]
    file = tmp_path / "decisions.yaml"
    entry = {"fingerprint": group, "reason": "reviewed", "date": "2025-01-20"}
    levels = {"max-*": "info", "enum-added": "info"}
    file.write_text(yaml.safe_dump({"severity": levels, "accepted": [entry]}), encoding="utf-8")
    result = diff(*pair, "--accept", str(file), "--fail-on", "warning")
    assert result.exit_code == 0
    assert "1 change: 1 info; 8 more accepted." in result.output
    assert "The level of enum-added matches no change." in result.output


@pytest.mark.parametrize(
    "severity", [{"max-*": "harmless"}, {"no-such-kind": "info"}, ["max-*"], {"max-length-set": 1}]
)
def test_a_malformed_level_is_refused_with_file_and_line(
    pair: tuple[str, str], tmp_path: Path, severity: Any
) -> None:
    file = tmp_path / "decisions.yaml"
    file.write_text(yaml.safe_dump({"severity": severity}), encoding="utf-8")
    result = diff(*pair, "--accept", str(file))
    assert result.exit_code == 2
    assert "decisions.yaml, line " in result.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--fail-on breaking --level info", "--fail-on breaking cannot fail"),
        ("--all-places --format json", "--all-places is for"),
        ("--lines --format html", "--lines is for"),
        ("--path * --format changelog", "--path is not for the format changelog"),
        ("--as-of 2026-01-01", "--as-of needs --sunset-days"),
        ("--severity max-length-set", "must be KIND=LEVEL"),
        ("--severity none=info", "there is no kind of change 'none'"),
        ("--severity max-*=none", "must be one of breaking, warning, info, ignore"),
        ("--path re:(", "not a regular expression"),
        ("--operation nothing", "no operation of either description matches 'nothing'"),
        ("--strip-prefix-base /v2", "no path starts with the prefix '/v2'"),
    ],
)
def test_options_without_effect_are_wrong_usage(pair: tuple[str, str], options: str, sentence: str) -> None:
    result = diff(*pair, *options.split())
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())
