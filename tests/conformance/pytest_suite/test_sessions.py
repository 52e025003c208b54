"""A pytest session: one test per rule and operation, from one set of exchanges."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from aoai_conformance.cli.run import command
from aoai_conformance.judging.scope import concerns
from aoai_conformance.options import RunChoices
from aoai_conformance.pytest_plugin import pytest_addoption, pytest_configure
from aoai_conformance.pytest_suite.clause_links import clause_link
from aoai_conformance.pytest_suite.file_lock import locked
from aoai_conformance.pytest_suite.outcomes import InconclusiveError, reason_to_skip
from aoai_conformance.run.whole_run import carry_out
from aoai_conformance.target.selection import choose_rules
from aoai_reports.record.reader import Record, read_record
from aoai_reports.results.rule_results import RuleResult
from aoai_specs.document import Document

BROKEN = "aoai_conformance::azure-openai::embeddings::EMBEDDINGS-013"
PREFIX = "aoai_conformance.azure-openai.embeddings"


def test_the_plugin_is_installed() -> None:
    named = importlib.metadata.entry_points(group="pytest11", name="aoai-conformance")
    assert [each.value for each in named] == ["aoai_conformance.pytest_plugin"], (
        "install the package again: pip install --editable ."
    )


def test_each_rule_of_an_operation_is_a_test(spread: Any, document: Document) -> None:
    finished, _ = spread
    operation = document.operations["embeddings_create"]
    expected = {f"{PREFIX}.{rule.id}" for rule in choose_rules(()) if concerns(rule, operation)}
    assert set(finished.junit()) == expected | {"aoai_conformance.judged-to-its-end"}


def test_workers_send_each_exchange_once(spread: Any) -> None:
    finished, requests = spread
    record = read_record(finished.out / "record.ndjson")
    assert record.footer is not None
    assert requests == record.footer.requests > 5


def test_a_violation_is_a_failure_with_all_details(spread: Any) -> None:
    finished, _ = spread
    assert finished.code == 1
    failure = finished.junit()[f"{PREFIX}.EMBEDDINGS-013"].find("failure")
    assert failure is not None
    lines = (failure.text or "").splitlines()
    begins = [line.partition(":")[0] for line in lines[1:]]
    assert begins == ["requirement", "clause", "expected", "actual", "place", "case", "request"]
    assert "request: curl " in (failure.text or "")
    assert "FAILED " + BROKEN in finished.told


def test_a_rule_without_applicable_exchanges_is_skipped_with_that_reason(spread: Any) -> None:
    finished, _ = spread
    record = read_record(finished.out / "record.ndjson")
    met = {rule for line in (*record.exchanges, *record.scenarios) for rule in line.verdicts}
    skipped = {name: case.find("skipped") for name, case in finished.junit().items()}
    for name, told in skipped.items():
        rule = name.rpartition(".")[2]
        if told is not None:
            assert rule not in met
            assert told.attrib["message"] == "untested: the rule applied to no exchange"
        else:
            assert rule in met or rule == "judged-to-its-end"


def test_the_record_equals_that_of_a_run(spread: Any, faulty: Any, tmp_path: Path) -> None:
    finished, _ = spread
    choices = RunChoices(
        target=faulty.url,
        api_versions=("2024-10-21",),
        profile="smoke",
        operations=("embeddings_create",),
        out=tmp_path / "run",
    )
    ran = carry_out(choices)
    record = read_record(finished.out / "record.ndjson")
    assert said(record) == said(ran.record)
    assert record.header.options == ran.record.header.options
    assert sorted(path.name for path in finished.out.iterdir()) == sorted(
        path.name for path in ran.folder.iterdir()
    )


def said(record: Record) -> list[tuple[str, Any, Any]]:
    return [(line.case, line.verdicts, line.violations) for line in record.exchanges]


def test_a_known_violation_is_expected_to_fail_with_the_words_of_the_baseline(accepted: Any) -> None:
    skipped = accepted.junit()[f"{PREFIX}.EMBEDDINGS-013"].find("skipped")
    assert skipped is not None
    assert skipped.attrib["type"] == "pytest.xfail"
    assert skipped.attrib["message"] == "the gateway counts nothing, ticket 12"


def test_a_stale_entry_of_the_baseline_fails_the_test_of_the_run(accepted: Any) -> None:
    failure = accepted.junit()["aoai_conformance.judged-to-its-end"].find("failure")
    assert failure is not None
    assert "EMBEDDINGS-001" in (failure.text or "")
    assert "mended long ago" in (failure.text or "")
    assert accepted.code == 1


def test_last_failed_sends_requests_for_failed_rules_only(
    spread: Any, faulty: Any, run_pytest: Any, ours: Any
) -> None:
    finished, _ = spread
    more = ("--aoai-operation", "ImageGenerations_Create", "--aoai-out", "again", "--lf")
    written = ("--junitxml", "again.xml")
    again = run_pytest(finished.folder, *ours(faulty.url, *more), *written)
    assert again.code == 1, again.told
    tested = {name: case.find("failure") is not None for name, case in again.junit("again.xml").items()}
    assert tested == {f"{PREFIX}.EMBEDDINGS-013": True}
    record = read_record(finished.folder / "again" / "record.ndjson")
    assert {line.operation for line in record.exchanges} == {"embeddings_create"}


def test_an_unresponsive_target_gives_errors_and_no_violations(
    run_pytest: Any, ours: Any, tmp_path: Path
) -> None:
    options = ours("http://127.0.0.1:9", "--aoai-deployment", "embeddings=e", "-k", "EMBEDDINGS-013")
    finished = run_pytest(tmp_path, *options, "--junitxml", "junit.xml")
    case = finished.junit()[f"{PREFIX}.EMBEDDINGS-013"]
    assert [child.tag for child in case if child.tag != "properties"] == ["error"]
    assert "No response from http://127.0.0.1:9" in finished.told
    assert "Traceback" not in finished.told


def test_an_ordinary_pytest_run_loads_no_module_of_the_suite(
    run_installed_pytest: Any, tmp_path: Path
) -> None:
    (tmp_path / "test_plain.py").write_text(
        "import sys\n\ndef test_plain() -> None:\n"
        "    loaded = {name for name in sys.modules if name.startswith('aoai_')}\n"
        "    names = ('', '.emulator_fixtures', '.options', '.pytest_plugin')\n"
        "    assert loaded == {f'aoai_conformance{name}' for name in names}\n",
        encoding="utf-8",
    )
    options = ("-p", "no:cacheprovider", "--junitxml", "junit.xml")
    finished = run_installed_pytest(tmp_path, *options)
    assert finished.code == 0, finished.told
    assert set(finished.junit()) == {"test_plain.test_plain"}
    assert not (tmp_path / "aoai-runs").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"strict": True}, "--aoai-strict needs --aoai-target"),
        ({"target": "ftp://x"}, "is not an http or https URL"),
        ({"target": "emulator", "deployment": ["chat"]}, "must have the form KIND=NAME"),
        ({"target": "emulator", "baseline": Path("none.yaml")}, "Cannot read the baseline none.yaml"),
        ({"target": "emulator", "timeout": -1.0}, "--aoai-timeout must be at least 0.1"),
    ],
)
def test_invalid_options_are_reported_in_one_sentence(options: dict[str, Any], sentence: str) -> None:
    given = {f"aoai_{name}": value for name, value in options.items()}
    option = SimpleNamespace(verbose=0, aoai_seed=None, **given)
    config: Any = SimpleNamespace(option=option, addinivalue_line=lambda *_: None)
    with pytest.raises(pytest.UsageError, match=re.escape(sentence)):
        pytest_configure(config)


#: Options of pytest itself, and those about a configuration file, the terminal and an earlier run.
NOT_OF_PYTEST = {"--verbose", "--quiet", "--all", "--config", "--resume", "--jobs"}


def test_every_option_of_run_is_a_pytest_option() -> None:
    parser = pytest.Parser(_ispytest=True)
    pytest_addoption(parser)
    ours = {f"--{name.removeprefix('aoai_').replace('_', '-')}" for name in vars(parser.parse_known_args([]))}
    theirs = {name for option in command.params for name in option.opts if name.startswith("--")}
    assert {name for name in ours if name != "--file-or-dir"} == theirs - NOT_OF_PYTEST


def test_an_inconclusive_rule_is_an_error_with_the_reason() -> None:
    result = RuleResult("d", "o", "CHAT-001", verdicts={"inconclusive": 2}, doubt="the model was throttled")
    with pytest.raises(InconclusiveError, match="inconclusive in 2 exchanges: the model was throttled"):
        reason_to_skip(run_without({}), result)


def test_an_operation_without_a_deployment_is_skipped_as_not_configured() -> None:
    result = RuleResult("d", "ImageGenerations_Create", "IMAGES-001")
    told = reason_to_skip(run_without({"ImageGenerations_Create"}), result)
    assert told == "not configured: no --aoai-deployment serves ImageGenerations_Create"


def run_without(operations: Any) -> Any:
    return SimpleNamespace(not_configured=frozenset(operations))


def test_each_clause_has_a_url() -> None:
    for rule in choose_rules(()):
        address = clause_link(rule.clause) or ""
        assert urlsplit(address).scheme == "https", rule.id
        assert " " not in address, rule.id


def test_a_lock_blocks_a_second_process(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from aoai_conformance.pytest_suite.file_lock import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "lock"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"in"
        entered = threading.Event()

        def enter() -> None:
            with locked(path):
                entered.set()

        waiting = threading.Thread(target=enter, daemon=True)
        waiting.start()
        assert not entered.wait(0.2)
        holder.kill()  # whoever dies gives it back
        assert entered.wait(10)
        waiting.join(10)
