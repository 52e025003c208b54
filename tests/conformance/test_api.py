"""The Python interface: its examples, its options, and that the command line has no other path."""

from __future__ import annotations

import asyncio
import doctest
import json
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from click.testing import CliRunner

from aoai_conformance import api
from aoai_conformance.cli import main
from aoai_conformance.options import RunChoices, options_of
from aoai_specs.errors import ConformanceError, TargetError

pytestmark = pytest.mark.usefixtures("plan_once")
SMALL: dict[str, Any] = {"profile": "smoke", "operations": ["embeddings_create"]}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AZURE_OPENAI_API_KEY", raising=False)


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with few requests."""
    folder = tmp_path_factory.mktemp("small") / "run"
    api.run(**SMALL, out=folder)
    return folder


def examples() -> list[doctest.DocTest]:
    return [each for each in doctest.DocTestFinder().find(api, "api") if each.examples]


@pytest.mark.parametrize("example", examples(), ids=lambda each: each.name)
def test_an_example_prints_what_its_docstring_says(example: doctest.DocTest) -> None:
    printed: list[str] = []
    results = doctest.DocTestRunner().run(example, out=printed.append)
    assert results.attempted > 1
    assert results.failed == 0, "".join(printed)


def test_it_exports_these_names() -> None:
    assert api.__all__ == [
        "JudgeOptions",
        "JudgeResult",
        "PlanOptions",
        "PlanResult",
        "RunOptions",
        "WholeRun",
        "compare",
        "judge",
        "plan",
        "resume",
        "run",
    ]
    assert all(hasattr(api, name) for name in api.__all__)


@pytest.mark.parametrize(
    ("command", "options"),
    [("plan", api.PlanOptions), ("run", api.RunOptions), ("judge", api.JudgeOptions)],
)
def test_the_options_are_those_of_the_command(command: str, options: Any) -> None:
    assert set(get_type_hints(options)) == {option.field for option in options_of(command)}


def test_the_defaults_are_those_of_the_command() -> None:
    defaults = {each.name: each.default for each in fields(RunChoices)}
    assert api._choices("run", {}) == RunChoices(**defaults)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"profile": "huge"}, "There is no profile 'huge'"),
        ({"surface": "azure"}, "There is no surface 'azure'; did you mean 'azure-openai'"),
        ({"operations": "embeddings_create"}, "operations is a sequence of texts, such as"),
        ({"operations": ["none"]}, "There is no operation 'none'"),
        ({"examples": -1}, "examples must be at least 0, not -1."),
        ({"deployments": ["chat"]}, "--deployment must have the form KIND=NAME"),
        ({"operation": ["embeddings_create"]}, "There is no option 'operation'; did you mean 'operations'?"),
    ],
)
def test_an_invalid_option_raises_one_sentence(options: Any, sentence: str) -> None:
    with pytest.raises(ConformanceError) as raised:
        api.plan(**options)
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize("given", [{"concurrency": 0}, {"timeout": 0.0}, {"min_shown": 101.0}])
def test_a_number_outside_its_limits_is_rejected_before_anything_is_sent(given: Any) -> None:
    (name,) = given
    with pytest.raises(ConformanceError, match=f"{name} must be"):
        api.run(**given)
    assert list(Path().iterdir()) == []


def test_a_target_that_does_not_respond_raises_a_target_error() -> None:
    with pytest.raises((TargetError, ConformanceError), match=r"127\.0\.0\.1:9"):
        api.run(target="http://127.0.0.1:9", deployments=["chat=gpt-4o"], out="run")


def test_a_run_inside_an_event_loop_says_how_to_start_it() -> None:
    async def inside() -> None:
        api.run()

    with pytest.raises(ConformanceError, match=r"await asyncio\.to_thread\(api\.run"):
        asyncio.run(inside())


def test_a_run_works_in_a_thread_of_an_event_loop_and_prints_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def inside() -> Any:
        return await asyncio.to_thread(api.run, **SMALL, out="run")

    result = asyncio.run(inside())
    assert result.summary.verdict == "conformant"
    assert result.folder == Path("run")
    assert json.loads(Path("run/summary.json").read_bytes()) == result.summary.to_json()
    assert capsys.readouterr() == ("", "")


def test_a_run_whose_time_is_up_before_its_plan_says_so() -> None:
    result = api.run(**SMALL, max_time=0.001)
    assert result.summary.verdict == "inconclusive"
    (remark,) = result.record.header.options["remarks"]
    assert remark.startswith("--max-time was used up by the minimal requests and probes")


def test_judging_without_a_folder_leaves_no_file(small_run: Path) -> None:
    judged = api.judge(small_run, rules=["USAGE-001"])
    assert judged.folder is None
    assert set(judged.summary.rules) == {"USAGE-001"}
    assert list(Path().iterdir()) == []


def test_judging_into_a_folder_writes_the_reports(small_run: Path) -> None:
    judged = api.judge(small_run, out="judged")
    assert judged.folder == Path("judged")
    assert {"record.ndjson", "report.html", "summary.json"} <= {
        each.name for each in Path("judged").iterdir()
    }


def test_runs_of_different_surfaces_cannot_be_compared(small_run: Path) -> None:
    other = api.run(surface="ai-model-inference", profile="smoke", operations=["getEmbeddings"], out="other")
    with pytest.raises(ConformanceError, match=r"Cannot compare .* they tested different surfaces"):
        api.compare(small_run, other)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("plan", ["plan", "--profile", "smoke"]),
        ("run", ["run", "--history", "none"]),
        ("judge", ["judge", "record.ndjson"]),
        ("compare", ["diff", "runs", "one", "two"]),
    ],
)
def test_the_command_line_calls_it(monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str]) -> None:
    def stop(*_: object, **__: object) -> None:
        raise ConformanceError(f"called {name}")

    monkeypatch.setattr(api, name, stop)
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.output.splitlines()[-1]) == (2, f"called {name}")
