"""The files that other tools read from the repository: the GitHub Action, issue forms, pre-commit hooks."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from aoai_conformance.cli import main
from forked_processes import Forks

ROOT = Path(__file__).resolve().parents[2]
FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-issue-forms", ".github/ISSUE_TEMPLATE/bug.yml"),
        ("vendor.github-issue-forms", ".github/ISSUE_TEMPLATE/wrong-result.yml"),
        ("vendor.github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_a_file_for_github_matches_its_published_schema(schema: str, path: str) -> None:
    printed = CliRunner().invoke(check_jsonschema, ["--builtin-schema", schema, str(ROOT / path)])
    assert printed.exit_code == 0, printed.output


def test_the_action_uses_every_input_and_only_as_a_variable() -> None:
    steps = ACTION["runs"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)
    used = {name for step in steps for value in step.get("env", {}).values() for name in _inputs(value)}
    assert used == set(ACTION["inputs"])


def _inputs(value: str) -> list[str]:
    return re.findall(r"inputs\.([\w-]+)", value)


@pytest.mark.parametrize(
    ("inputs", "verdict", "code"),
    [
        ({"TARGET": "emulator", "API_VERSIONS": "2024-10-21"}, "conformant", 0),
        ({"TARGET": "http://127.0.0.1:1", "DEPLOYMENTS": "embeddings=$(touch>injected)"}, None, 3),
    ],
)
def test_the_step_of_the_action_runs_the_suite_and_returns_its_verdict(
    inputs: dict[str, str], verdict: str | None, code: int, tmp_path: Path, forks: Forks
) -> None:
    (script,) = [step["run"] for step in ACTION["runs"]["steps"] if step.get("id") == "run"]
    scripts = tmp_path / "aoai-conformance" / "bin"
    scripts.mkdir(parents=True)
    outputs = tmp_path / "outputs"
    variables = {
        "API_VERSIONS": "", "DEPLOYMENTS": "", "AZURE_OPENAI_API_KEY": "key-for-loopback", "BASELINE": "",
        "ARGUMENTS": "--operation embeddings_create --profile smoke", "OUT": "run",
        "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(outputs),
    }  # fmt: skip
    with forks.in_shells(scripts) as options:
        options["env"] |= variables | inputs
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=tmp_path,
            **options,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == code, done.stdout + done.stderr
    assert (outputs.read_text() if outputs.exists() else "") == (f"verdict={verdict}\n" if verdict else "")
    assert not (tmp_path / "injected").exists()


def test_the_description_of_the_package_has_no_relative_link() -> None:
    description = ProjectMetadata(str(ROOT), PluginManager()).core.readme
    assert re.findall(r"\]\((?!https?://|#)", description) == []
    assert "Installation and extras" in description
    assert "docs/images" not in description


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_command_that_exists(hook: dict[str, str]) -> None:
    name, *words = shlex.split(hook["entry"])
    assert name == "aoai-conformance"
    assert CliRunner().invoke(main, [*words, "--help"]).exit_code == 0


def test_the_lint_hook_takes_every_description_of_a_commit(tmp_path: Path) -> None:
    (hook,) = [each for each in HOOKS if each["id"] == "specs-lint"]
    source = ROOT / "specs" / "aoai_specs" / "documents" / "azure-openai" / "2024-02-15-preview.yaml"
    copies = [tmp_path / name for name in ("openapi.yaml", "openapi-v2.yml")]
    for copy in copies:
        shutil.copy(source, copy)
        assert re.search(hook["files"], str(copy))
    _, *words = shlex.split(hook["entry"])
    printed = CliRunner().invoke(main, [*words, *map(str, copies)])
    assert printed.exit_code in {0, 1}
    assert "2 documents" in printed.output
