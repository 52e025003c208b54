"""Shells complete commands, options and the names of rules, faults, documents, operations, runs and cases."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from aoai_conformance.cli import SUBCOMMANDS, main
from aoai_conformance.cli.completion import PROGRAM, SHELLS, VARIABLE, script
from aoai_conformance.options import PROFILES
from aoai_conformance.rule import rules
from aoai_emulator import failure_catalogue, fault_catalogue
from aoai_reports.report_formats import RUN_REPORTS
from aoai_specs.catalogue import Catalogue


def completed(line: str) -> list[str]:
    """What a shell offers at the end of a line."""
    *arguments, incomplete = line.split(" ")
    shell = ShellComplete(main, {}, PROGRAM, VARIABLE)
    return [each.value for each in shell.get_completions(arguments, incomplete)]


def kinds(line: str) -> set[str]:
    *arguments, incomplete = line.split(" ")
    shell = ShellComplete(main, {}, PROGRAM, VARIABLE)
    return {each.type for each in shell.get_completions(arguments, incomplete)}


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    """Two runs in the default place of the current folder, oldest first, and a folder that is none."""
    names = ["20260101T000000Z-emulator", "20260102T000000Z-host"]
    for name in (*names, "notes"):
        folder = tmp_path / "aoai-runs" / name
        folder.mkdir(parents=True)
        (folder / "record.ndjson").write_text(
            '{"type": "header"}\n{"type": "exchange", "case": "chat/base"}\n'
            '{"type": "exchange", "case": "chat/n.maximum:above"}\n'
            '{"type": "exchange", "case": "$(touch x)"}\n{"type": "scenario", "case": "other"}\n'
        )
    return [f"aoai-runs/{name}" for name in names]


def test_completes_the_names_of_commands() -> None:
    assert completed("") == list(SUBCOMMANDS)
    assert {*completed("specs ")} == {"list", "show", "lint"}
    assert completed("diff r") == ["runs"]


def test_completes_options() -> None:
    assert {"--target", "--verbose", "--deployment"} <= {*completed("run --")}


def test_completes_the_ids_of_all_rules_in_any_letter_case() -> None:
    assert completed("explain ") == [rule.id for rule in rules()]
    assert completed("run --rule boundary-00")[0] == "BOUNDARY-001"
    assert completed("baseline update --rule SSE-10")[0] == "SSE-101"


def test_completes_all_topics() -> None:
    assert completed("rules --topic ") == sorted({rule.topic for rule in rules()})


def test_completes_the_ids_of_all_faults_and_for_the_emulator_of_its_failures() -> None:
    faults = [fault.id for fault in fault_catalogue()]
    assert completed("selftest --fault ") == faults
    assert completed("emulator --fault ") == [*faults, *(each.id for each in failure_catalogue())]


def test_completes_the_api_versions_of_the_surface() -> None:
    names = Catalogue.packaged().names()
    for surface in ("azure-openai", "ai-model-inference"):
        versions = {str(name.version) for name in names if name.surface == surface}
        assert {*completed(f"plan --surface {surface} --api-version ")} == versions
    assert completed("plan --api-version 2024-10") == ["2024-10-21"]


def test_completes_the_names_of_documents() -> None:
    names = [*map(str, Catalogue.packaged().names())]
    assert completed("plan --api-version azure-openai@2024-1") == ["azure-openai@2024-10-21"]
    assert {*names} < {*completed("specs show ")}
    assert completed("diff specs azure-openai@2024-10-21 ai-model") == [
        name for name in names if name.startswith("ai-model")
    ]


@pytest.mark.parametrize("name", [str(name) for name in Catalogue.packaged().names()])
def test_completes_the_operations_of_each_document(name: str) -> None:
    assert completed(f"run --api-version {name} --operation ") == sorted(
        Catalogue.packaged().load(name).operations
    )


def test_completes_operations_in_any_letter_case() -> None:
    assert completed("plan --api-version 2024-10-21 --operation chat") == ["ChatCompletions_Create"]


def test_completes_the_operations_of_an_own_description(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text('{"paths": {"/x": {"post": {"operationId": "Mine_Create"}}}}')
    assert completed(f"run --spec {own} --operation M") == ["Mine_Create"]


def test_completes_the_folders_of_runs_newest_first(runs: list[str]) -> None:
    for line in ("report ", "open ", "judge ", "replay ", "diff runs ", "baseline update "):
        assert completed(line) == runs[::-1]


def test_leaves_other_folders_to_the_shell(runs: list[str]) -> None:
    assert kinds("report elsewhere/") == {"file"}


def test_completes_the_cases_of_a_run(runs: list[str]) -> None:
    assert completed(f"replay {runs[0]} chat/") == ["chat/base", "chat/n.maximum:above"]


def test_offers_no_name_that_a_shell_would_interpret(runs: list[str]) -> None:
    assert not any("touch" in name for name in completed(f"replay {runs[0]} "))


def test_cases_of_a_missing_run_are_not_completed() -> None:
    assert completed("replay nowhere c") == []


def test_completes_profiles_formats_kinds_and_targets() -> None:
    assert completed("run --profile ") == [*PROFILES]
    assert completed("report x --format ") == [*RUN_REPORTS]
    assert completed("run --deployment c") == ["chat=", "completions="]
    assert completed("run --target ") == ["emulator"]
    assert "summary-v1" in completed("schemas show s")
    assert completed("completion ") == [*SHELLS]


def test_an_unknown_command_is_not_completed_further() -> None:
    assert "run" in completed("nonsense ")


# -- scripts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_prints_a_script_for_each_shell(invoke, shell: str) -> None:
    result = invoke("completion", shell)
    assert result.exit_code == 0
    assert result.stdout == script(shell, main)
    assert f"{VARIABLE}={shell}_complete" in result.stdout.replace('"', "")


def test_click_asks_by_the_variable_of_the_scripts() -> None:
    assert f"_{PROGRAM}_COMPLETE".replace("-", "_").upper() == VARIABLE


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("line", "host_names", "expected"),
    [
        ("aoai-conformance pl", True, "plan"),
        ("aoai-conformance replay RUN chat/n.maximum:a", True, "above"),
        ("aoai-conformance plan --api-version azure-openai@2024-10", True, "@2024-10-21"),
        ("aoai-conformance plan --api-version azure-openai@2024-10", False, "2024-10-21"),
        ("aoai-conformance run --deployment cha", True, "chat="),
        ("aoai-conformance run --profile=st", True, "standard"),
    ],
)
def test_bash_completes_words_that_it_splits(
    line: str, host_names: bool, expected: str, runs: list[str], tmp_path: Path
) -> None:
    line = line.replace("RUN", runs[0])
    program = tmp_path / PROGRAM
    run = f"from aoai_conformance.cli import main; main(prog_name='{PROGRAM}')"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{run}" "$@"\n')
    program.chmod(0o755)
    code = (
        f"{script('bash', main)}\ncompopt() {{ :; }}\nshopt -{'s' if host_names else 'u'} hostcomplete\n"
        "COMP_WORDBREAKS=$' \\t\\n\"\\'@><=;|&(:'\n"
        f"COMP_LINE='{line}' COMP_POINT={len(line)}\n_aoai_conformance_completion {program}\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(
        ["bash", "-c", code], capture_output=True, text=True, timeout=300, check=True, cwd=tmp_path
    )
    assert done.stdout.split() == [expected], done.stderr


def test_completing_imports_nothing_heavy() -> None:
    code = (
        "import os, sys\n"
        f"words = '{PROGRAM} run --rule SSE-1'\n"
        f"os.environ.update({VARIABLE}='bash_complete', COMP_WORDS=words, COMP_CWORD='3')\n"
        "from aoai_conformance.cli import main\n"
        f"try: main(prog_name='{PROGRAM}')\nexcept SystemExit: pass\n"
        "slow = {'yaml', 'rich', 'httpx', 'hypothesis', 'aoai_conformance.rule', 'aoai_specs.catalogue'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    *found, heavy = done.stdout.splitlines()
    assert "plain,SSE-101" in found
    assert heavy == "[]"


def test_the_help_says_how_to_install_each_script(invoke) -> None:
    text = invoke("completion", "--help").output
    for shell in SHELLS:
        assert re.search(rf"^ +{shell} .*aoai-conformance completion {shell}", text, re.MULTILINE)


def test_completes_the_targets_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert completed("run ") == []
    (tmp_path / "aoai-conformance.toml").write_text(
        '[targets.prod]\nurl = "emulator"\n[targets.staging]\nurl = "emulator"\n'
    )
    assert completed("run ") == ["prod", "staging"]
    assert completed("run prod st") == ["staging"]
    assert completed("plan p") == ["prod"]
    (tmp_path / "aoai-conformance.toml").write_text("broken")
    assert completed("run ") == []


def test_versions_of_every_surface_that_the_emulator_serves_are_completed():
    assert {"2024-10-21", "2025-04-01"} <= set(completed("emulator --api-version 20"))
    assert completed("emulator --surface ai-model-inference --api-version 20") == [
        "2025-04-01",
        "2024-05-01-preview",
    ]
