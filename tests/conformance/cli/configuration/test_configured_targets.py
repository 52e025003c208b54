"""Commands with named targets of a configuration file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.cli import run as run_module
from aoai_conformance.cli.arguments.targets import NamedChoices
from aoai_conformance.cli.run import _Result
from aoai_specs.errors import TargetError

pytestmark = pytest.mark.usefixtures("plan_once")

EMBEDDINGS = 'operation = "embeddings_create"'


@pytest.fixture(autouse=True)
def repository(tmp_path: Path) -> None:
    """Keep the search for a configuration file within the folder of the test."""
    (tmp_path / ".git").mkdir()


def write(text: str) -> None:
    Path("aoai-conformance.toml").write_text(text)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[NamedChoices]:
    """The runs that `run` starts: they send nothing and exit with `seed`, with a TargetError for 3."""
    found: list[NamedChoices] = []

    def end(chosen: NamedChoices, *_: object, **__: object) -> _Result:
        found.append(chosen)
        if chosen.choices.seed == 3:
            raise TargetError("No response.")
        return _Result(chosen.name, chosen.choices.seed, error="x")

    monkeypatch.setattr(run_module, "_run", end)
    return found


def test_several_targets_are_tested_into_their_own_folders(
    invoke: Any, emulators: Any, tmp_path: Path
) -> None:
    write(f"""
        [defaults]
        profile = "smoke"
        history = "none"
        {EMBEDDINGS}
        [targets.sound]
        url = "{emulators["sound"]}"
        [targets.down]
        url = "http://127.0.0.1:9"
        deployments = {{ embeddings = "x" }}
    """)
    result = invoke("run", "--all", "--out", "night", "--seed", 5)
    assert result.exit_code == 3, result.output
    summary = json.loads((tmp_path / "night" / "sound" / "summary.json").read_text())
    assert (summary["verdict"], summary["profile"], summary["seed"]) == ("conformant", "smoke", 5)
    head, sound, down = result.stdout.splitlines()[-3:]
    assert head.split() == ["target", "verdict", "requests", "folder"]
    assert sound.split() == ["sound", "conformant", str(summary["requests"]), "night/sound"]
    assert down.split()[:5] == ["down", "not", "tested", "No", "response"]


@pytest.mark.parametrize(
    ("codes", "expected"), [((0, 0), 0), ((0, 3), 3), ((3, 1), 1), ((1, 0), 1), ((3, 2, 0), 2)]
)
def test_the_exit_code_is_the_worst(invoke: Any, started: Any, codes: tuple[int, ...], expected: int) -> None:
    write("".join(f'[targets.t{i}]\nurl = "emulator"\nseed = {code}\n' for i, code in enumerate(codes)))
    assert invoke("run", "--all").exit_code == expected
    assert len(started) == len(codes)


def test_options_of_the_command_line_override_the_file(invoke: Any, started: list[NamedChoices]) -> None:
    write(
        '[targets.t]\nurl = "emulator"\nseed = 1\nstrict = true\nprofile = "smoke"\nrequire-complete = true'
    )
    invoke(
        "run", "t", "--no-strict", "--seed", "0", "--target", "http://127.0.0.1:9", "--deployment", "chat=x"
    )
    (chosen,) = started
    assert (chosen.name, chosen.choices.target) == ("t", "http://127.0.0.1:9")
    assert (chosen.choices.seed, chosen.choices.strict, chosen.choices.profile) == (0, False, "smoke")
    assert chosen.choices.require_complete


def test_several_targets_do_not_write_to_the_same_files(invoke: Any, started: list[NamedChoices]) -> None:
    write('[targets.a]\nurl = "emulator"\n[targets.b]\nurl = "emulator"\n')
    invoke("run", "--all", "--out", "night", "--events", "night.ndjson")
    assert [(each.choices.out, each.choices.events) for each in started] == [
        (Path("night/a"), Path("night-a.ndjson")),
        (Path("night/b"), Path("night-b.ndjson")),
    ]
    write('[defaults]\nevents = "e.ndjson"\n[targets.a]\nurl = "emulator"\n[targets.b]\nurl = "emulator"\n')
    result = invoke("run", "--all")
    assert result.exit_code == 2
    assert "targets.b: e.ndjson is also written for targets.a; name another." in result.stderr
    assert invoke("run", "--all", "--events", "-").exit_code == 0


def test_the_name_of_a_target_is_its_label_in_the_history(invoke: Any, started: list[NamedChoices]) -> None:
    write('[targets.a]\nurl = "emulator"\n[targets.b]\nurl = "emulator"\nlabel = "other"')
    invoke("run", "--all")
    invoke("run", "a", "--label", "mine")
    assert [each.choices.label for each in started] == ["a", "other", "mine"]


def test_without_names_the_default_targets_are_run(invoke: Any, started: list[NamedChoices]) -> None:
    write('default-targets = ["b"]\n[targets.a]\nurl = "emulator"\n[targets.b]\nurl = "emulator"\nseed = 1')
    assert invoke("run").exit_code == 1
    assert [each.name for each in started] == ["b"]


@pytest.mark.parametrize("arguments", [[], ["--target", "emulator"]])
def test_without_names_and_default_targets_the_file_changes_nothing(
    invoke: Any, started: list[NamedChoices], arguments: list[str]
) -> None:
    write('[defaults]\nseed = 1\n[targets.a]\nurl = "emulator"')
    assert invoke("run", *arguments).exit_code == 0
    assert [(each.name, each.choices.target, each.choices.seed) for each in started] == [("", "emulator", 0)]


def test_a_mistake_in_one_target_prevents_all_runs(
    invoke: Any, started: list[NamedChoices], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    write(
        '[targets.good]\nurl = "emulator"\n'
        '[targets.bad]\nurl = "https://x.example"\napi-key-env = "MINE"\noperation = "embeddings_creat"\n'
        'baseline = "missing.yaml"\n[targets.worse]\nurl = "ftp://x"\nauth = "entra"\nseed = 1\n'
    )
    result = invoke("run", "--all")
    assert (result.exit_code, started) == (2, [])
    where = "aoai-conformance.toml:{}: targets.{}: {}".format
    expected = (
        where(3, "bad", "There are no deployments"),
        where(5, "bad", "There is no key: set the environment variable MINE."),
        where(6, "bad", "There is no operation 'embeddings_creat'; did you mean 'embeddings_create'?"),
        where(7, "bad", "Cannot read the baseline missing.yaml"),
        where(8, "worse", "There are no deployments"),
        where(9, "worse", "`url` 'ftp://x' is not an http or https URL"),
        where(10, "worse", "--auth entra without AZURE_OPENAI_AD_TOKEN needs the extra entra"),
    )
    first, *lines = result.stderr.splitlines()
    assert first == "Testing good, bad, worse …"
    assert [line for line, start in zip(lines, expected, strict=True) if not line.startswith(start)] == []


def test_limits_prices_and_the_history_are_checked_before_the_run(invoke: Any, started: Any) -> None:
    write(
        '[targets.t]\nurl = "http://127.0.0.1:9"\ndeployments.chat = "x"\nrpm = { caht = 6 }\n'
        'prices = "no.toml"\nhistory = "mysql://db.example/x"\n'
    )
    result = invoke("run", "t")
    assert (result.exit_code, started) == (2, [])
    first, *lines = result.stderr.splitlines()
    assert first.startswith("Testing http://127.0.0.1:9 ")
    assert [line.split(": ")[0] for line in lines] == [
        f"aoai-conformance.toml:{number}" for number in (4, 5, 6)
    ]
    assert "did you mean 'chat'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "prodd"], "There is no target 'prodd'; did you mean 'prod'?"),
        (["run", "--all", "prod"], "Give names of targets or --all, not both."),
        (["run", "--config", "other.toml", "prod"], "Cannot read other.toml: No such file or directory."),
        (
            ["run", "--config", "aoai-conformance.toml"],
            "has no `default-targets`: name targets or use --all.",
        ),
        (
            ["run", "--config", "aoai-conformance.toml", "--target", "emulator"],
            "--config is for named targets",
        ),
        (["run", "prod", "more", "--target", "emulator"], "--target replaces the address of one target"),
        (["plan", "more"], "There is no operation 'nothing'"),
    ],
)
def test_wrong_usage_is_one_sentence(invoke: Any, arguments: list[str], message: str) -> None:
    write('[targets.prod]\nurl = "emulator"\n[targets.more]\nurl = "emulator"\noperation = "nothing"')
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_without_a_file_a_name_is_explained(invoke: Any) -> None:
    result = invoke("run", "prod")
    assert result.exit_code == 2
    assert "There is no configuration file. `aoai-conformance init` writes" in result.stderr


def test_plan_takes_a_target_without_its_key(invoke: Any) -> None:
    write(
        f'[targets.prod]\nurl = "https://x.example"\n{EMBEDDINGS}\nprofile = "smoke"\n'
        'deployments = { embeddings = "e" }'
    )
    named = invoke("plan", "prod", "--format", "json")
    assert named.exit_code == 0, named.output
    plain = invoke(
        *("plan", "--operation", "embeddings_create", "--profile", "smoke", "--format", "json"),
        *("--deployment", "embeddings=e"),
    )
    assert named.stdout == plain.stdout


def test_replay_sends_to_a_named_target(invoke: Any, faulty_run: Path, emulators: Any) -> None:
    write(f'[targets.sound]\nurl = "{emulators["sound"]}"\ndeployments = {{ chat = "gpt-4o" }}')
    case = "chat/temperature.maximum:above"
    assert invoke("replay", faulty_run, case).exit_code == 1
    result = invoke("replay", faulty_run, case, "sound")
    assert result.exit_code == 0, result.output
    assert "gone" in result.stdout


def test_a_hostile_file_cannot_affect_the_terminal(invoke: Any) -> None:
    write('[targets.prod]\nurl = "emulator"\n"\\u001b[31m\\n::error::x" = 1')
    result = invoke("run", "prod")
    assert result.exit_code == 2
    assert "\x1b" not in result.output
    assert "\n::error::" not in result.output
