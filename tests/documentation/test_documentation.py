"""The documentation builds, its commands exist, and those that need only loopback work as shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "installed_clients"))
sys.path.insert(0, str(Path(__file__).parents[1] / "real_servers"))

import client_table
import clients_page
import servers_page
from shell_blocks import PAGES, ROOT, ShellBlock, commands, shell_blocks

from aoai_conformance.cli import main
from forked_processes import Forks

BLOCKS = [(page, block) for page in PAGES for block in shell_blocks(page)]
OURS = [
    (page, words)
    for page, block in BLOCKS
    for words in commands(block.text)
    if Path(words[0]).name == "aoai-conformance"
]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_and_option_of_a_page_exists(page: Path) -> None:
    unknown = [" ".join(words) for where, words in OURS if where == page and not exists(words[1:])]
    assert unknown == []


def exists(words: list[str]) -> bool:
    """Whether a command takes these words, as far as names of subcommands and options go."""
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return False
        command, words = found, words[1:]
    options = {name for each in command.get_params(context) for name in (*each.opts, *each.secondary_opts)}
    given = {word.partition("=")[0] for word in words if word.startswith("--") and word != "--"}
    return given <= options


def test_a_command_that_does_not_exist_is_found() -> None:
    assert exists(["specs", "lint", "--checks"])
    assert not exists(["specs", "check"])
    assert not exists(["run", "--targets", "emulator"])


def test_most_pages_have_commands() -> None:
    assert len({page for page, _ in OURS}) >= 12


#: Pages whose commands are also tested elsewhere; only `tox -e selftest` runs them as shown.
TESTED_ELSEWHERE = {
    *("migrating.md", "recordings.md", "gating.md", "reading-a-report.md", "pytest.md", "access.md"),
    *("configuration.md", "costs.md", "formats.md", "nightly.md", "writing-a-rule.md"),
}
RUNNABLE = [
    pytest.param(page, marks=pytest.mark.whole_selftest if page.name in TESTED_ELSEWHERE else ())
    for page in PAGES
    if any(block.expected_exit is not None for block in shell_blocks(page))
]


@pytest.mark.parametrize("page", RUNNABLE, ids=named)
def test_the_commands_of_a_page_work_as_shown(
    page: Path, tmp_path: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    scripts, folder = tmp_path / "scripts", tmp_path / "folder"
    scripts.mkdir()
    folder.mkdir()
    with forks.in_shells(scripts) as options:
        for block in shell_blocks(page):
            if block.expected_exit is not None:
                done = run(block, folder, options)
                assert done.returncode == block.expected_exit, done.stdout
                assert "Traceback" not in done.stdout


def run(block: ShellBlock, folder: Path, options: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-eu", "-c", block.text],
        cwd=folder,
        **options,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert [link for link in broken if link not in {"rules.md", "command-line.md"}] == []


def test_the_page_of_servers_follows_from_their_results() -> None:
    results = servers_page.stored()
    assert len(results) >= 3
    assert servers_page.PAGE.read_text(encoding="utf-8") == servers_page.page(results)
    for each in results:
        assert each["version"] == servers_page.version_of(each["name"])


def test_the_page_of_clients_follows_from_their_results() -> None:
    results = clients_page.stored()
    assert {each["script"] for each in results} == {client.script for client in client_table.CLIENTS}
    assert clients_page.PAGE.read_text(encoding="utf-8") == clients_page.page(results)
    versions = {client.script: client.version for client in client_table.CLIENTS}
    for each in results:
        assert each["version"] == versions[each["script"]]


def test_every_client_does_what_it_has() -> None:
    works = {each["script"]: set(each["works"]) for each in clients_page.stored()}
    for client in client_table.CLIENTS:
        assert set(client_table.TASKS) - client.lacks <= works[client.script], client.name


def test_text_of_a_server_is_text_in_the_page() -> None:
    result = servers_page.stored()[0]
    cause = {"id": "x", "title": "<img src=x>|[a](b)", "effect": "errors", "level": "must", "violations": 1}
    text = servers_page.page([{**result, "causes": [cause]}])
    assert "<img" not in text
    assert "[a](b)" not in text


def _build_site(site: Path, *options: str) -> None:
    """Build the documentation; a warning fails it."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site), *options],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert "--min-shown" in (site / "command-line.html").read_text(encoding="utf-8")
    assert "SSE-101" in (site / "rules.html").read_text(encoding="utf-8")


def test_the_site_builds_without_warnings(tmp_path: Path) -> None:
    _build_site(tmp_path, "--theme", "mkdocs")  # the theme of mkdocs.yml is large; see the next test


@pytest.mark.site
def test_the_site_with_its_theme_builds_without_warnings_and_loads_nothing_from_other_hosts(
    tmp_path: Path,
) -> None:
    _build_site(tmp_path)
    rules = (tmp_path / "rules.html").read_text(encoding="utf-8")
    external = [each for each in ("https://fonts.", "https://cdn", "https://unpkg") if each in rules]
    assert external == []
