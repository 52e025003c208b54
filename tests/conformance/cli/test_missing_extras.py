"""Without the extras, every command that needs none works, and a sentence names a missing one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from waiting import LONGEST

import forked_processes

AUDIO = ("av", "mutagen")
METRICS = ("opentelemetry", "prometheus_client")
OPTIONAL = (
    *(*AUDIO, *METRICS, "allure", "allure_commons", "allure_pytest", "hypothesis", "pytest", "schemathesis"),
)
PREVIEW = "2025-01-01-preview"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process, and of those that it starts, in which no extra is installed."""
    folder = tmp_path_factory.mktemp("blocked")
    block = f"import sys\nfor name in {OPTIONAL!r}:\n    sys.modules[name] = None\n"
    (folder / "sitecustomize.py").write_text(block, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1"}


def start(arguments: Sequence[object], environment: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "aoai_conformance", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment,
    )


#: Runs commands one after the other, and prints the exit code, the output and the errors of each.
#: Emulators are forked from a process that lacks the extras, too.
IN_TURN = f"""
import json, sys
from click.testing import CliRunner
from aoai_conformance.cli import main
sys.path.insert(0, {str(Path(forked_processes.__file__).parent)!r})
from forked_processes import forked_processes
with forked_processes():
    ended = [CliRunner().invoke(main, arguments) for arguments in json.loads(sys.argv[1])]
print(json.dumps([[each.exit_code, each.stdout, each.stderr] for each in ended]))
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    printed: str
    errors: str


DEEP = ("--profile", "deep", "--operation", "Embeddings_Create")
NEED_NO_EXTRA = (
    ("--help",),
    ("specs", "show", "2024-02-15-preview"),
    ("rules",),
    ("rules", "--coverage", "--api-version", "2024-02-15-preview"),
    ("plan", *DEEP, "--examples", "0"),
    ("explain", "SPEECH-002"),
    ("emulator", "--list-faults"),
)
NEED_EXTRAS = (("plan", *DEEP), ("run", *DEEP), ("selftest", "--fault", "speech-silent"))
#: Runs by the name of their folder.
RUNS = {
    "default": ("--profile", "smoke"),
    "speech": (
        *("--profile", "smoke", "--api-version", PREVIEW),
        *("--operation", "GetEmbeddings", "--operation", "GenerateSpeechFromText"),
    ),
    "audio": (
        *("--profile", "standard", "--api-version", PREVIEW, "--max-requests", "30"),
        *("--operation", "GetChatCompletions", "--rule", "CHAT-AUDIO-002", "--rule", "CHAT-AUDIO-003"),
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the commands run, with the folders of the runs in it."""
    return tmp_path_factory.mktemp("without-extras")


@pytest.fixture(scope="module")
def ended(environment: dict[str, str], folder: Path) -> dict[tuple[str, ...] | str, Ended]:
    """How each command ended in a process without the extras, and each run by its name."""
    runs = {name: ("run", *options, "--history", "none", "--out", name) for name, options in RUNS.items()}
    commands = {command: command for command in (*NEED_NO_EXTRA, *NEED_EXTRAS)} | runs
    done = subprocess.run(
        [sys.executable, "-c", IN_TURN, json.dumps([*commands.values()])],
        capture_output=True, text=True, timeout=LONGEST, env=environment, cwd=folder, check=True,
    )  # fmt: skip
    return {name: Ended(*each) for name, each in zip(commands, json.loads(done.stdout), strict=True)}


def test_commands_that_need_no_extra_work_without_any(ended: dict[Any, Ended]) -> None:
    for command in NEED_NO_EXTRA:
        assert ended[command].code == 0, ended[command]
        assert "extra" not in ended[command].errors


def test_a_run_of_the_default_document_is_conformant_without_any_extra(
    ended: dict[Any, Ended], folder: Path
) -> None:
    assert ended["default"].code == 0, ended["default"]
    summary = json.loads((folder / "default/summary.json").read_bytes())
    assert "missing_extras" not in summary
    assert summary["coverage"]["rules"]["untested_why"]["missing_extra"] == []


def test_the_emulator_does_not_serve_speech_and_the_run_says_why(
    ended: dict[Any, Ended], folder: Path
) -> None:
    done = ended["speech"]
    assert done.code == 0, done
    sentence = "GenerateSpeechFromText is not configured. The speech of the emulator needs the extra audio"
    assert sentence in done.errors
    assert "pip install 'aoai-conformance[audio]'" in done.errors
    assert sentence in (folder / "speech/report.html").read_text(encoding="utf-8")


def test_a_rule_that_cannot_decode_audio_never_passes(ended: dict[Any, Ended], folder: Path) -> None:
    assert ended["audio"].code == 3, ended["audio"]
    summary = json.loads((folder / "audio/summary.json").read_bytes())
    assert summary["verdict"] == "inconclusive"
    assert summary["violations"] == []
    assert summary["missing_extras"] == {"CHAT-AUDIO-002": "audio"}
    assert summary["coverage"]["rules"]["untested_why"]["missing_extra"] == ["CHAT-AUDIO-002"]
    (doubt,) = (each for each in summary["doubts"] if "extra" in each)
    assert doubt == (
        "1 rule could not judge every response without the extra audio (CHAT-AUDIO-002); "
        "run `pip install 'aoai-conformance[audio]'`."
    )
    assert "Decoding audio needs the extra audio" in (folder / "audio/junit.xml").read_text(encoding="utf-8")


def test_commands_name_the_extra_that_they_need(ended: dict[Any, Ended]) -> None:
    *of_deep, selftest = (ended[command] for command in NEED_EXTRAS)
    needs_generation = (
        "Generating requests for the profile deep needs the extra schemathesis, which is not installed; "
        "run `pip install 'aoai-conformance[schemathesis]'`."
    )
    for each in of_deep:
        assert (each.code, each.printed, each.errors.splitlines()[-1]) == (2, "", needs_generation)
    assert selftest.code == 2
    assert selftest.errors.startswith("Testing the faults of audio needs the extra audio")


def test_a_strategy_names_its_extra(environment: dict[str, str]) -> None:
    code = (
        "import aoai_strategies\nfrom aoai_specs.errors import MissingExtraError\n"
        "try: aoai_strategies.chat_requests\nexcept MissingExtraError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        env=environment,
        check=True,
    )
    assert "run `pip install 'aoai-conformance[hypothesis]'`" in done.stdout


@pytest.fixture
def emulator(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The URL of an emulator without the extras, and its process."""
    process = start(["emulator", "--api-version", PREVIEW], environment, tmp_path)
    assert process.stdout is not None
    ready = process.stdout.readline()
    yield ready.split()[-1], process
    process.kill()
    process.communicate(timeout=LONGEST)


def ask(url: str, **fields: object) -> Any:
    import httpx

    return httpx.post(
        f"{url}/openai/deployments/tts-1/audio/speech",
        params={"api-version": PREVIEW},
        headers={"api-key": "any"},
        json={"model": "tts-1", "input": "Hello.", "voice": "alloy", **fields},
        timeout=LONGEST,
    )


def test_the_emulator_starts_and_says_what_it_cannot_speak(
    emulator: tuple[str, subprocess.Popen[str]],
) -> None:
    url, process = emulator
    assert url.startswith("http://127.0.0.1:")
    rejected = ask(url)
    assert rejected.status_code == 400
    error = rejected.json()["error"]
    assert (error["param"], error["code"]) == ("response_format", "unsupported_value")
    assert error["message"].startswith("Unsupported value: 'response_format' does not support 'mp3'")
    assert "pip install 'aoai-conformance[audio]'" in error["message"]
    spoken = ask(url, response_format="wav")
    assert spoken.status_code == 200
    assert spoken.content[:4] == b"RIFF"
    process.terminate()
    _, err = process.communicate(timeout=LONGEST)
    assert err.startswith("The emulator speaks only WAV and PCM. Writing MP3, Opus, AAC and FLAC needs")


def test_alluredir_names_its_extra(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "allure").mkdir()
    block = (
        "import importlib.util as util\n"
        "real = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'allure_pytest' else real(name, *more)\n"
    )
    (tmp_path / "allure/sitecustomize.py").write_text(block, encoding="utf-8")
    only = {
        **environment,
        "PYTHONPATH": str(tmp_path / "allure"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # allure_pytest is installed here
    }
    plugin = ("-p", "aoai_conformance.pytest_plugin")
    arguments = [*plugin, "--alluredir", "results", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, str(tmp_path)],
        capture_output=True, text=True, timeout=LONGEST, env=only, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--alluredir needs the extra allure, which is not installed" in done.stderr


def test_no_module_that_commands_share_imports_an_extra() -> None:
    code = (
        "import sys, aoai_conformance.rules.catalogue, aoai_conformance.run.whole_run, aoai_emulator.server, "
        "aoai_strategies.planning.planning\n"
        f"print([name for name in {OPTIONAL!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=LONGEST, check=True
    )
    assert done.stdout.strip() == "[]"
