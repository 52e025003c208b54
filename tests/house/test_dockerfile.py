"""The Dockerfile of the emulator: what can be checked without Docker."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from aoai_conformance.cli.emulator import command
from aoai_emulator import run_emulator

ROOT = Path(__file__).resolve().parents[2]
#: The instructions in order, with continued lines joined and comments removed.
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    .replace("\\\n", " ")
    .splitlines()
    if line.strip()
]


def arguments(name: str) -> list[str]:
    return [rest for instruction, rest in INSTRUCTIONS if instruction == name]


def test_base_images_have_a_patch_version_and_a_release_of_debian() -> None:
    for image in arguments("FROM"):
        assert re.match(r"python:3\.\d+\.\d+-slim-[a-z]+( AS \w+)?$", image)


def test_the_emulator_does_not_run_as_root() -> None:
    last_stage = INSTRUCTIONS[[name for name, _ in INSTRUCTIONS].index("FROM", 1) :]
    users = [rest for name, rest in last_stage if name == "USER"]
    assert users == ["10001"]
    assert [name for name, _ in last_stage].index("USER") < [name for name, _ in last_stage].index(
        "ENTRYPOINT"
    )


def test_every_package_and_every_file_that_the_build_needs_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {
        path.partition("/")[0] for path in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    }
    sources = [word for each in arguments("COPY") if "--from" not in each for word in each.split()[:-1]]
    assert set(sources) == packages | {
        *("LICENSE", "README.md", "constraints.txt", "hatch_build.py", "pyproject.toml")
    }
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{source}" for source in sources} <= set(kept)
    assert all((ROOT / source).exists() for source in sources)


def test_the_extras_exist() -> None:
    (installed,) = [each for each in arguments("RUN") if "pip install" in each]
    (extras,) = re.findall(r"'\.\[([\w,]+)\]'", installed)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(extras.split(",")) <= project["project"]["optional-dependencies"].keys()


def test_the_entry_point_starts_the_emulator_on_the_port_that_is_exposed() -> None:
    program, name, *options = json.loads(arguments("ENTRYPOINT")[0])
    assert (program, name) == ("aoai-conformance", "emulator")
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert given["--port"] == arguments("EXPOSE")[0]
    assert given.keys() <= {option for parameter in command.params for option in parameter.opts}


def test_the_health_check_succeeds_only_while_the_emulator_runs() -> None:
    _, _, check = arguments("HEALTHCHECK")[0].partition("CMD ")
    program, option, code = json.loads(check)
    assert (program, option) == ("python", "-c")
    with run_emulator(api_versions=["2024-10-21"]) as emulator:
        assert f"http://127.0.0.1:{arguments('EXPOSE')[0]}/" in code
        code = code.replace(f"http://127.0.0.1:{arguments('EXPOSE')[0]}", emulator.url)
        assert run(code) == 0
    assert run(code) != 0


def run(code: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, timeout=60
    ).returncode
