"""The commands that send nothing: plan, rules, explain, specs, report, judge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aoai_conformance.cli.explain import page_lines
from aoai_conformance.rule import Rule, rules
from aoai_conformance.target import selection
from aoai_strategies.planning.planning import plan
from claims import holds_for_each

pytestmark = pytest.mark.usefixtures("plan_once")

CHAT = "ChatCompletions_Create"


def test_plan_prints_a_row_for_each_operation_and_the_totals(invoke) -> None:
    result = invoke("plan", "--operation", CHAT, "--operation", "embeddings_create")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "azure-openai@2024-10-21, profile standard, seed 0"
    lines = lines[: lines.index("", 2)]  # what a run costs is below the table
    assert [line.split()[0] for line in lines[2:]] == ["operation", "embeddings_create", CHAT, "total"]
    rows = [[int(cell.replace(",", "")) for cell in line.split()[1:]] for line in lines[3:]]
    assert rows[-1] == [sum(column) for column in zip(*rows[:-1], strict=True)]
    cases, accept, _, _, points, requests, most, *_ = rows[1]
    assert cases == requests <= 330
    assert accept <= 50
    assert points > cases
    assert most > requests
    assert "`at most` counts the requests" in result.stderr


def test_plan_lists_each_case_on_request(invoke) -> None:
    lines = invoke("plan", "--operation", CHAT, "--profile", "smoke", "--cases").stdout.splitlines()
    assert lines[0] == "azure-openai@2024-10-21, profile smoke, seed 0"
    listed = [line for line in lines if line.startswith("chat/")]
    (total,) = (line for line in lines if line.startswith("total "))
    assert total.split()[:2] == ["total", str(len(listed))]
    assert not any(
        line.startswith("chat/")
        for line in invoke("plan", "--operation", CHAT, "--profile", "smoke").stdout.splitlines()
    )


def test_plan_also_reports_that_no_deployment_was_probed(invoke, tmp_path: Path) -> None:
    assert "assumes that the deployments support everything" in invoke("plan", "--operation", CHAT).stderr
    known = tmp_path / "capabilities.json"
    known.write_text(
        json.dumps(
            {
                "schema": "aoai-conformance/capabilities/v1",
                "deployments": {"chat": {"deployment": "o1", "unsupported": {"temperature": "400 no"}}},
            }
        )
    )
    result = invoke("plan", "--operation", CHAT, "--format", "json", "--capabilities", known)
    assert "support everything" not in result.stderr
    points = [each["id"] for case in json.loads(result.stdout)["cases"] for each in case["points"]]
    assert points
    assert not [point for point in points if point.startswith("temperature.")]


def test_plan_is_reproducible_byte_for_byte(invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "plan", plan)  # make a plan each time
    first, second = (invoke("plan", "--format", "json", "--seed", 5).stdout for _ in range(2))
    assert first == second
    assert json.loads(first)["seed"] == 5


def test_plan_keeps_to_a_budget(invoke) -> None:
    result = invoke("plan", "--format", "json", "--max-requests", 10)
    assert len(json.loads(result.stdout)["cases"]) == 10


def test_plan_omits_what_no_deployment_serves(invoke) -> None:
    result = invoke("plan", "--format", "json", "--deployment", "images=dall-e-3", "--profile", "smoke")
    assert {case["kind"] for case in json.loads(result.stdout)["cases"]} == {"images"}


def test_plan_names_each_case_of_two_documents_once(invoke, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    content = json.loads(invoke("specs", "show", "2024-10-21", "--format", "json").output)
    content["info"]["version"] = "2024-12-01-preview"
    other.write_text(json.dumps(content))
    result = invoke(
        "plan", "--format", "json", "--profile", "smoke", "--spec", other, "--api-version", "2024-10-21"
    )
    assert result.exit_code == 0, result.output
    ids = [case["id"] for plan in json.loads(result.stdout) for case in plan["cases"]]
    assert len(set(ids)) == len(ids)
    assert {id_.partition(":")[0] for id_ in ids} == {
        "azure-openai@2024-12-01-preview",
        "azure-openai@2024-10-21",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--api-version", "2024-10-12"], "2024-10-21"),
        (["--operation", "ChatCompletion_Create"], "did you mean 'ChatCompletions_Create'?"),
        (["--deployment", "chat"], "KIND=NAME"),
        (["--spec", "missing.yaml"], "missing.yaml"),
        (["--profile", "standart"], "smoke"),
        (["--api-version", "2024-10-21", "--api-version", "azure-openai@2024-10-21"], "chosen twice"),
    ],
)
def test_plan_rejects_unknown_names(invoke, arguments: list[str], message: str) -> None:
    result = invoke("plan", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_spec_file_is_reported_with_its_line(invoke, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: 3.0.0\ninfo:\n  title: x\n version: [\n")
    result = invoke("plan", "--spec", broken)
    assert result.exit_code == 2
    assert "broken.yaml" in result.stderr
    assert "4" in result.stderr


def test_rules_lists_every_rule(invoke) -> None:
    result = invoke("rules")
    assert result.exit_code == 0
    assert all(rule.id in result.output for rule in rules())


def test_rules_can_be_filtered_and_printed_as_json(invoke) -> None:
    listed = json.loads(
        invoke("rules", "--topic", "boundaries", "--level", "must", "--format", "json").output
    )
    assert "BOUNDARY-001" in {rule["id"] for rule in listed}
    assert {rule["level"] for rule in listed} == {"must"}


def test_an_unknown_topic_is_reported_with_the_closest_match(invoke) -> None:
    result = invoke("rules", "--topic", "boundary")
    assert result.exit_code == 2
    assert "did you mean 'boundaries'?" in result.stderr


def test_explain_prints_the_requirement_and_the_clause_of_each_rule(invoke) -> None:
    def explained(rule: Rule) -> None:
        page = "\n".join(page_lines(rule))
        assert rule.requirement in " ".join(page.split())
        assert rule.clause in page

    holds_for_each(rules(), explained, lambda rule: rule.id)
    for rule in rules()[::50]:
        result = invoke("explain", rule.id.lower())
        assert (result.exit_code, result.output) == (0, "\n".join(page_lines(rule)) + "\n")


def test_explain_suggests_the_closest_rule(invoke) -> None:
    result = invoke("explain", "BOUNDARY-01")
    assert result.exit_code == 2
    assert "did you mean 'BOUNDARY-001'?" in result.stderr


@pytest.mark.parametrize(
    ("form", "beginning"),
    [
        ("html", "<!doctype html"),
        ("junit", "<?xml"),
        ("markdown", "#"),
        ("json", "{"),
        ("terminal", "NONCONFORMANT"),
    ],
)
def test_report_writes_each_format(
    invoke, faulty_run: Path, tmp_path: Path, form: str, beginning: str
) -> None:
    result = invoke("report", faulty_run, "--format", form)
    assert result.exit_code == 0
    assert result.output.lower().startswith(beginning.lower())
    written = tmp_path / "report"
    assert invoke("report", faulty_run / "record.ndjson", "--format", form, "--out", written).exit_code == 0
    assert written.read_text().lower().startswith(beginning.lower())


def test_report_without_a_run_prints_one_sentence(invoke, tmp_path: Path) -> None:
    result = invoke("report", tmp_path / "none")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def violations(folder: Path) -> list[dict[str, object]]:
    return list(json.loads((folder / "summary.json").read_text())["violations"])


def test_judging_a_record_again_reports_the_same(invoke, faulty_run: Path, tmp_path: Path) -> None:
    result = invoke("judge", faulty_run, "--out", tmp_path / "again")
    assert result.exit_code == 1, result.output
    assert violations(tmp_path / "again") == violations(faulty_run)
    first, again = (
        json.loads((folder / "summary.json").read_text()) for folder in (faulty_run, tmp_path / "again")
    )
    # judging looks neither at the history nor at prices
    first = {name: value for name, value in first.items() if name not in {"changes", "cost"}}
    assert again == first


def test_judging_twice_gives_the_same_bytes(invoke, faulty_run: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        invoke("judge", faulty_run, "--out", tmp_path / name)
    for file in ("record.ndjson", "summary.json", "junit.xml", "summary.md"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_judging_by_one_rule_omits_the_others(invoke, faulty_run: Path) -> None:
    result = invoke("judge", faulty_run, "--rule", "SSE-007")
    assert result.exit_code == 0, result.output


def test_a_truncated_record_is_inconclusive(invoke, faulty_run: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.ndjson"
    lines = (faulty_run / "record.ndjson").read_bytes().splitlines(keepends=True)
    cut.write_bytes(b"".join(lines[:3]) + lines[3][:40])
    result = invoke("judge", cut)
    assert result.exit_code == 3
    assert "interrupted" in result.output or "cut off" in result.output


def test_several_files_are_judged_one_by_one(invoke, faulty_run: Path, tmp_path: Path) -> None:
    result = invoke("judge", faulty_run, faulty_run / "record.ndjson", "--out", tmp_path / "both")
    assert result.exit_code == 1
    assert len(list((tmp_path / "both").iterdir())) == 2


def test_judges_a_har_file(invoke, tmp_path: Path) -> None:
    url = "https://x.openai.azure.com/openai/deployments/g/chat/completions?api-version=2024-10-21"
    sent = {"messages": [{"role": "user", "content": "Hi."}]}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0}]}
    har = tmp_path / "t.har"
    har.write_text(
        json.dumps(
            {
                "log": {
                    "entries": [
                        {
                            "startedDateTime": "2026-03-01T12:00:00Z",
                            "request": {
                                "method": "POST",
                                "url": url,
                                "headers": [{"name": "content-type", "value": "application/json"}],
                                "postData": {"text": json.dumps(sent)},
                            },
                            "response": {
                                "status": 200,
                                "headers": [{"name": "Content-Type", "value": "application/json"}],
                                "content": {"text": json.dumps(answer)},
                            },
                        }
                    ]
                }
            }
        )
    )
    result = invoke("judge", har, "--out", tmp_path / "judged")
    assert result.exit_code == 1, result.output
    assert {"SCHEMA-001"} <= {violation["rule"] for violation in violations(tmp_path / "judged")}


@pytest.mark.parametrize("content", ["", "{", '{"log": {"entries": []}}', '{"a": 1}\n'])
def test_a_file_that_is_neither_record_nor_har_is_reported_in_one_sentence(
    invoke, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "x"
    file.write_text(content)
    result = invoke("judge", file)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
