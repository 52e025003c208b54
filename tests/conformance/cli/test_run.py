"""`run`, `replay`, `selftest` and `emulator`, against emulators and scripted servers."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from waiting import LONGEST, until

from aoai_reports.record.reader import read_record

CHAT = "ChatCompletions_Create"
pytestmark = pytest.mark.usefixtures("plan_once")
FILES = {"record.ndjson", "report.html", "junit.xml", "summary.md", "summary.json", "capabilities.json"}
KEY = "key-that-nobody-may-see"


def summary(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "summary.json").read_text()))


def violated(folder: Path) -> set[tuple[str, str | None]]:
    return {(each["rule"], each["point"]) for each in summary(folder)["violations"]}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_without_options_the_emulator_is_tested_and_conforms(invoke, tmp_path: Path) -> None:
    result = invoke("run", "--profile", "smoke")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("CONFORMANT")
    (folder,) = (tmp_path / "aoai-runs").iterdir()
    assert folder.name.endswith("Z-emulator")
    assert {each.name for each in folder.iterdir()} == FILES
    printed = summary(folder)
    assert printed["verdict"] == "conformant"
    assert printed["target"] == "emulator"
    assert printed["documents"] == ["azure-openai@2024-10-21"]
    assert printed["violations"] == []
    assert 0 < printed["requests"] <= 25
    assert printed["coverage"]["points"]["planned"] == printed["coverage"]["points"]["sent"]


def without_stages(errors: str) -> list[str]:
    """The lines of stderr but those that name the stages of a run."""
    return [line for line in errors.splitlines() if not line.endswith(" …")]


def test_without_a_terminal_progress_is_one_line_per_stage_and_operation(invoke, emulators) -> None:
    result = invoke("run", "--target", emulators["sound"], "--profile", "smoke", "--operation", CHAT)
    stages = [line for line in result.stderr.splitlines() if line.endswith(" …")]
    assert stages == [
        f"Testing {emulators['sound']} against azure-openai@2024-10-21, profile smoke …",
        "Loading the documents and rules …", "Planning …", "Sending the minimal requests and probes …",
        "Writing the reports …",
    ]  # fmt: skip
    (line,) = without_stages(result.stderr)
    assert line.startswith(f"{CHAT}: ")
    assert line.endswith((" request sent", " requests sent"))


def test_a_fault_is_named_with_its_point_and_a_request(faulty_run: Path) -> None:
    (found,) = summary(faulty_run)["violations"]
    assert (found["rule"], found["point"]) == ("BOUNDARY-001", "temperature.maximum:above")
    assert found["level"] == "must"
    assert found["known"] is False
    line = next(
        line for line in read_record(faulty_run / "record.ndjson").exchanges if line.case == found["case"]
    )
    assert line.curl.startswith("curl ")


def test_a_packed_request_is_split_down_to_the_point(invoke, emulators, tmp_path: Path) -> None:
    chosen = ("--operation", CHAT, "--profile", "smoke", "--out", tmp_path / "r")
    result = invoke("run", "--target", emulators["stop-as-text"], *chosen)
    assert result.exit_code == 1, result.output
    assert {rule for rule, _ in violated(tmp_path / "r")} == {"BOUNDARY-003"}
    assert "stop.oneOf:string" in {point for _, point in violated(tmp_path / "r")}


def test_operations_without_a_deployment_are_named(invoke, emulators, tmp_path: Path) -> None:
    result = invoke(
        "run", "--target", emulators["sound"], "--profile", "smoke", "--deployment", "images=dall-e-3",
        "--out", tmp_path / "r",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    header = read_record(tmp_path / "r" / "record.ndjson").header
    assert CHAT in header.not_configured
    assert list(header.planned.points) == ["ImageGenerations_Create"]
    assert f"{CHAT}: not configured" in result.stderr


def test_operations_that_an_emulator_lacks_are_named(invoke, emulators, tmp_path: Path) -> None:
    chosen = ("--operation", "FineTuning_List", "--operation", "embeddings_create")
    result = invoke(
        "run", "--target", emulators["sound"], "--profile", "smoke", *chosen, "--out", tmp_path / "r"
    )
    assert result.exit_code == 0, result.output
    assert "The emulator does not serve FineTuning_List." in result.stderr
    assert "no --deployment serves it" not in result.stderr


def test_a_missing_deployment_does_not_make_a_server_conformant(invoke, emulators, tmp_path: Path) -> None:
    result = invoke(
        "run", "--target", emulators["sound"], "--profile", "smoke", "--deployment", "images=dall-e-3",
        "--deployment", "chat=nowhere", "--out", tmp_path / "r",
    )  # fmt: skip
    assert result.exit_code == 3, result.output
    assert summary(tmp_path / "r")["verdict"] == "inconclusive"
    assert violated(tmp_path / "r") == set()
    failures = {
        (line.operation, line.failure.kind, line.failure.message.partition(" The API")[0])
        for line in read_record(tmp_path / "r" / "record.ndjson").exchanges
        if line.failure
    }
    why = f"Not sent: the minimal request of {CHAT} failed: 404 DeploymentNotFound"
    assert failures == {(CHAT, "closed", why)}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--target", "http://127.0.0.1:{port}"], 3, "No response from http://127.0.0.1:"),
        (["--target", "http://127.0.0.1:{port}", "--deployment", "chat=x"], 3, "No response from"),
        (["--target", "https://x.example"], 2, "set the environment variable AZURE_OPENAI_API_KEY"),
        (["--target", "https://x.example", "--api-key-env", "MINE"], 2, "variable MINE"),
        (["--target", "https://x.example", "--auth", "entra"], 2, "AZURE_OPENAI_AD_TOKEN"),
        (["--target", "x.example"], 2, "is not an http or https URL"),
        (["--api-version", "2024-10-12"], 2, "2024-10-21"),
        (["--rule", "SSE-070"], 2, "did you mean"),
        (["--operation", "Chat"], 2, "There is no operation 'Chat'"),
        (["--baseline", "none.yaml"], 2, "Cannot read the baseline none.yaml"),
        (["--out", "/dev/null/x"], 2, "Cannot write to /dev/null/x"),
    ],
)
def test_wrong_usage_is_one_sentence(
    invoke, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)  # as if it were not installed
    result = invoke("run", *(each.format(port=free_port()) for each in arguments))
    assert result.exit_code == code
    (sentence,) = without_stages(result.stderr)
    assert message in sentence
    assert not Path("aoai-runs").exists()


def test_a_url_without_deployments_names_the_flag(invoke) -> None:
    result = invoke("run", "--target", "https://x.example", env={"AZURE_OPENAI_API_KEY": KEY})
    assert result.exit_code == 2
    assert "--deployment KIND=NAME" in result.stderr


def test_an_unreachable_target_with_a_key_ends_with_three(invoke) -> None:
    target = f"http://127.0.0.1:{free_port()}"
    result = invoke("run", "--target", target, "--deployment", "chat=x", env={"AZURE_OPENAI_API_KEY": KEY})
    assert result.exit_code == 3
    (sentence,) = without_stages(result.stderr)
    assert sentence.startswith(f"No response from {target}")
    assert not Path("aoai-runs").exists()


def test_a_wrong_key_ends_with_three(invoke, emulators) -> None:
    result = invoke("run", "--target", emulators["sound"], env={"AZURE_OPENAI_API_KEY": "wrong"})
    assert result.exit_code == 3
    assert "The target rejected the key for every operation with status 401" in result.stderr


def test_no_file_of_a_run_holds_the_key_though_the_server_echoes_it(
    invoke, serve, reply, tmp_path: Path
) -> None:
    def echo(request: Any) -> list[Any]:
        seen = request.headers.get("api-key") or request.headers.get("x-api-key", "")
        return [reply(400, {"error": {"code": "x", "message": f"bad {seen}"}}, {"X-Echo": seen})]

    server = serve(echo)
    result = invoke(
        "run", "--target", server.url, "--deployment", "chat=x", "--profile", "smoke",
        "--out", tmp_path / "r", env={"AZURE_OPENAI_API_KEY": KEY},
    )  # fmt: skip
    assert any(request.headers.get("api-key") == KEY for request in server.received)
    written = b"".join(each.read_bytes() for each in (tmp_path / "r").iterdir())
    assert KEY.encode() not in written
    assert KEY not in result.output
    assert b"bad ***" in written


def test_never_sends_more_than_the_budget(invoke, serve, reply, tmp_path: Path) -> None:
    server = serve(lambda _: [reply(200, {"id": "x"})])
    invoke(
        "run", "--target", server.url, "--deployment", "chat=x", "--max-requests", 7, "--out", tmp_path / "r",
        env={"AZURE_OPENAI_API_KEY": KEY},
    )  # fmt: skip
    assert len(server.received) == summary(tmp_path / "r")["requests"] == 7


def test_a_baseline_makes_a_violation_known(invoke, emulators, tmp_path: Path) -> None:
    accepted = tmp_path / "b.yaml"
    accepted.write_text("- {rule: BOUNDARY-001, point: 'temperature.maximum:above', reason: clamped}\n")
    arguments = ["--operation", CHAT, "--profile", "smoke", "--baseline", accepted]
    result = invoke("run", "--target", emulators["hot"], *arguments, "--out", tmp_path / "r")
    assert result.exit_code == 0, result.output
    (found,) = summary(tmp_path / "r")["violations"]
    assert found["known"] is True
    stale = invoke("run", "--target", emulators["sound"], *arguments, "--out", tmp_path / "s")
    assert stale.exit_code == 1
    assert "matches no violation: clamped." in stale.stderr


def test_runs_with_a_custom_description(invoke, tmp_path: Path) -> None:
    spec = tmp_path / "own.json"
    spec.write_text(invoke("specs", "show", "2024-10-21", "--as-published", "--format", "json").output)
    chosen = ("--profile", "smoke", "--operation", "embeddings_create")
    result = invoke("run", "--spec", spec, *chosen, "--out", tmp_path / "r")
    assert result.exit_code == 0, result.output


def test_as_published_reports_the_documents_mistakes(invoke, tmp_path: Path) -> None:
    chosen = ("--operation", "embeddings_create", "--profile", "smoke")
    result = invoke("run", "--as-published", *chosen, "--out", tmp_path / "r")
    assert result.exit_code == 1, result.output
    # as published, any text is an encoding format
    assert ("BOUNDARY-003", "encoding_format.type:string") in violated(tmp_path / "r")
    assert read_record(tmp_path / "r" / "record.ndjson").header.options["as_published"] is True


def test_replay_reports_that_a_defect_still_occurs(invoke, faulty_run: Path) -> None:
    result = invoke("replay", faulty_run, "chat/temperature.maximum:above")
    assert result.exit_code == 1, result.output
    assert result.stdout.startswith("still  BOUNDARY-001 (must) at temperature.maximum:above")


def test_replay_reports_that_a_defect_no_longer_occurs(invoke, faulty_run: Path, emulators) -> None:
    result = invoke("replay", faulty_run, "chat/temperature.maximum:above", "--target", emulators["sound"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("gone   BOUNDARY-001")


def test_replay_sends_the_whole_scenario(invoke, faulty_run: Path) -> None:
    scenario = next(iter(read_record(faulty_run / "record.ndjson").scenarios))
    result = invoke("replay", faulty_run, scenario.cases[-1])
    assert result.exit_code == 0, result.output
    assert result.stdout.count("curl ") == len(scenario.cases)


def test_replay_starts_an_emulator_if_the_run_did(invoke, faulty_run: Path) -> None:
    assert invoke("replay", faulty_run, "chat/base", "--target", "emulator").exit_code == 0


def test_replay_suggests_the_closest_case(invoke, faulty_run: Path) -> None:
    result = invoke("replay", faulty_run, "chat/temperature.maximum:abov")
    assert result.exit_code == 2
    assert "did you mean 'chat/temperature.maximum:above'?" in result.stderr


def test_selftest_lists_the_rules_that_a_fault_trips(invoke) -> None:
    result = invoke(
        "selftest", "--fault", "temperature-limit-too-high", "--profile", "smoke", "--format", "json"
    )
    assert result.exit_code == 0, result.output
    trials = {trial["name"]: trial for trial in json.loads(result.output)["trials"]}
    assert trials["no fault, azure"]["rules"] == {}
    assert trials["no fault, strict"]["rules"] == {}
    assert "BOUNDARY-001" in trials["temperature-limit-too-high"]["rules"]


def test_selftest_fails_if_a_fault_goes_unnoticed(invoke) -> None:
    only = ["--profile", "smoke", "--workers", 1, "--api-version", "2024-10-21"]
    result = invoke("selftest", "--fault", "audio-task-wrong", *only)
    assert result.exit_code == 1
    assert "WRONG: audio-task-wrong trips no rule on azure-openai@2024-10-21" in result.output


def test_selftest_names_a_fault_that_no_selected_document_has(invoke) -> None:
    only = ["--profile", "smoke", "--workers", 1, "--surface", "ai-model-inference"]
    result = invoke("selftest", "--fault", "audio-task-wrong", *only)
    assert result.exit_code == 0
    assert "1 fault not applicable to these documents: audio-task-wrong" in result.output


@pytest.mark.parametrize("command", [["selftest"], ["emulator"]])
def test_an_unknown_fault_is_reported_with_the_closest_match(invoke, command: list[str]) -> None:
    result = invoke(*command, "--fault", "temperature-limit-to-high")
    assert result.exit_code == 2
    assert "did you mean 'temperature-limit-too-high'?" in result.stderr


def test_emulator_lists_its_faults(invoke) -> None:
    assert "temperature-limit-too-high" in invoke("emulator", "--list-faults").output


def test_emulator_prints_one_line_when_ready_and_serves_until_interrupted(spawn, invoke, tmp_path) -> None:
    process = spawn("emulator", "--flavour", "strict", "--api-key", "mine")
    line = process.stdout.readline()
    assert line.startswith("aoai-emulator ready at http://127.0.0.1:")
    arguments = ["run", "--target", line.split()[-1], "--profile", "smoke", "--operation", CHAT]
    assert invoke(*arguments).exit_code == 3
    assert invoke(*arguments, env={"AZURE_OPENAI_API_KEY": "mine"}).exit_code == 0
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=LONGEST)
    assert (process.returncode, output) == (0, "")
    assert errors  # the run also asks for what does not exist
    assert [line for line in errors.splitlines() if not line.startswith("404 for ")] == []


def test_a_port_in_use_is_reported_in_one_sentence(invoke) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = invoke("emulator", "--port", port)
    assert result.exit_code == 2
    assert f"Port {port} on 127.0.0.1 is in use" in result.stderr


def test_no_emulator_outlives_a_run_that_is_killed(spawn, tmp_path: Path) -> None:
    process = spawn("run")
    until(lambda: _children(process.pid))
    children = _children(process.pid)
    process.kill()
    process.wait(LONGEST)
    assert children
    until(lambda: not any(map(_is_alive, children)))


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in listed.read_text().split()] if listed.exists() else []


def _is_alive(pid: int) -> bool:
    try:
        return " Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:2]
    except OSError:
        return False


def test_ctrl_c_leaves_a_valid_record_that_says_interrupted(
    spawn, serve, reply, tmp_path: Path, monkeypatch
) -> None:
    answer = reply(200, {"id": "x"})
    server = serve(lambda _: [answer] if len(server.received) < 30 else [60.0])
    monkeypatch.setenv("K", KEY)
    process = spawn(
        "run", "--target", server.url, "--deployment", "chat=x", "--out", tmp_path / "r",
        "--api-key-env", "K", "--rule", "BOUNDARY-003",
    )  # fmt: skip
    until(lambda: len(server.received) >= 34)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 3
    assert "Interrupted; the results so far were written." in errors
    assert "Traceback" not in errors
    record = read_record(tmp_path / "r" / "record.ndjson")
    assert record.footer is not None
    assert record.footer.interrupted
    assert len(record.exchanges) >= 20
    assert {each.name for each in (tmp_path / "r").iterdir()} == FILES
    assert "interrupted" in output


def test_ctrl_c_before_the_first_response_leaves_nothing(spawn, serve, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("K", KEY)
    server = serve(lambda _: [60.0])
    process = spawn(
        "run", "--target", server.url, "--deployment", "chat=x", "--out", tmp_path / "r", "--api-key-env", "K"
    )
    until(lambda: server.received)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 3
    assert without_stages(errors) == ["Interrupted before anything was judged; nothing was written."]
    assert not (tmp_path / "r").exists()


def test_a_full_disk_is_reported_in_one_sentence(spawn, emulators, tmp_path: Path) -> None:
    process = spawn(
        "run", "--target", emulators["sound"], "--operation", CHAT, "--profile", "smoke",
        "--out", tmp_path / "r", largest_file=60_000,
    )  # fmt: skip
    _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 3, errors
    assert "Traceback" not in errors
    assert os.strerror(errno.EFBIG) in errors


def test_a_target_that_is_always_busy_has_no_violations(invoke, serve, reply, tmp_path: Path) -> None:
    server = serve(
        lambda _: [reply(429, {"error": {"code": "429", "message": "m"}}, {"retry-after-ms": "1"})]
    )
    result = invoke(
        "run", "--target", server.url, "--deployment", "chat=x", "--profile", "smoke",
        "--out", tmp_path / "r", env={"AZURE_OPENAI_API_KEY": KEY},
    )  # fmt: skip
    assert result.exit_code == 3
    summary = json.loads((tmp_path / "r" / "summary.json").read_text(encoding="utf-8"))
    assert summary["verdict"] == "inconclusive"
    assert {each["level"] for each in summary["violations"]} <= {"may"}
    assert "Still 429 after" in "".join(summary["doubts"])


def test_the_standard_profile_of_six_operations_sends_every_point_without_violations(
    invoke, tmp_path: Path
) -> None:
    result = invoke("run", "--out", tmp_path / "r")
    assert result.exit_code == 0, result.output
    printed = summary(tmp_path / "r")
    assert printed["violations"] == []
    points = printed["coverage"]["points"]
    assert points["planned"] == points["sent"] == points["shown_correct"] > 900
    record = read_record(tmp_path / "r" / "record.ndjson")
    chat = [line for line in record.exchanges if line.operation == CHAT and line.origin != "probe"]
    assert len(chat) <= 330
    assert sum(line.expect == "accept" for line in chat) <= 50
    assert all(line.failure is None for line in record.exchanges)
    notes = {note for line in record.exchanges for note in line.notes if "The probe raised" in note}
    assert notes == set()


def test_four_faults_at_once_are_four_findings(invoke, emulators, tmp_path: Path) -> None:
    chosen = ("--operation", CHAT, "--profile", "smoke", "--out", tmp_path / "r")
    result = invoke("run", "--target", emulators["four faults"], *chosen)
    assert result.exit_code == 1, result.output
    rules = {rule for rule, _ in violated(tmp_path / "r")}
    assert {"BOUNDARY-001", "USAGE-001", "SSE-007", "SCHEMA-001"} <= rules
