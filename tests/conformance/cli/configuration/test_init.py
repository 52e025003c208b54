"""`init` writes a configuration that can be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aoai_conformance.cli import main
from aoai_conformance.configuration.reading import read_configuration
from aoai_conformance.options import RunChoices

FILE = Path("aoai-conformance.toml")


def ask(*answers: str, arguments: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(main, ["init", *arguments], input="".join(f"{each}\n" for each in answers))


def test_writes_a_target_from_options(invoke: Any) -> None:
    result = invoke(
        *("init", "--target", "https://contoso.openai.azure.com/", "--deployment", "chat=gpt-4o"),
        *("--api-version", "2024-10-21"),
    )
    assert result.exit_code == 0, result.output
    assert "`aoai-conformance run contoso` tests it" in result.stdout
    assert read_configuration(FILE).target("contoso").choices() == RunChoices(
        target="https://contoso.openai.azure.com", deployments=("chat=gpt-4o",), api_versions=("2024-10-21",)
    )
    assert 'api-key-env = "AZURE_OPENAI_API_KEY"' in FILE.read_text()


def test_the_written_target_runs(invoke: Any, emulators: Any) -> None:
    invoke("init", "--target", emulators["sound"], "--name", "mine")
    planned = invoke("plan", "mine", "--profile", "smoke", "--operation", "embeddings_create")
    assert planned.exit_code == 0, planned.output


def test_asks_for_what_is_missing() -> None:
    result = ask(
        *(
            "contoso.example",
            "https://contoso.openai.azure.com",
            "",
            "chats=x",
            "chat=gpt-4o, embeddings=small",
        ),
        *("MY_KEY", "prod"),
    )
    assert result.exit_code == 0, result.output
    assert "is not an http or https URL" in result.output
    assert "did you mean 'chat'" in result.output
    assert read_configuration(FILE).target("prod").choices() == RunChoices(
        target="https://contoso.openai.azure.com",
        surface="azure-openai",
        deployments=("chat=gpt-4o", "embeddings=small"),
        api_key_env="MY_KEY",
    )


def test_asks_for_the_layout_of_other_servers() -> None:
    result = ask("http://127.0.0.1:4000", "y", "", "", "", arguments=("--name", "gateway"))
    assert result.exit_code == 0, result.output
    choices = read_configuration(FILE).target("gateway").choices()
    assert choices == RunChoices(target="http://127.0.0.1:4000", target_layout="openai")


def test_a_key_given_as_an_answer_is_not_written() -> None:
    result = ask("https://contoso.openai.azure.com", "", "chat=x", "sk-canary-1", "", "")
    assert result.exit_code == 0, result.output
    assert "This is not the name of a variable" in result.output
    assert "canary" not in FILE.read_text()


def test_never_overwrites_a_file_without_force(invoke: Any) -> None:
    FILE.write_text("# mine\n")
    arguments = ("init", "--target", "http://127.0.0.1:8000")
    result = invoke(*arguments)
    assert (result.exit_code, result.stderr) == (2, "aoai-conformance.toml exists; --force replaces it.\n")
    assert FILE.read_text() == "# mine\n"
    assert invoke(*arguments, "--force").exit_code == 0
    assert "[targets.local]" in FILE.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "`init` needs --target URL and --deployment KIND=NAME"),
        (["--target", "https://x.example"], "There are no deployments"),
        (["--target", "x.example"], "is not an http or https URL"),
        (["--target", "https://x.example", "--deployment", "chat"], "the form KIND=NAME"),
        (["--target", "http://127.0.0.1:1", "--name", "a/b"], "--name must have letters"),
        (["--target", "http://127.0.0.1:1", "--api-version", "2024-10-22"], "did you mean"),
    ],
)
def test_writes_nothing_that_could_not_be_used(invoke: Any, arguments: list[str], message: str) -> None:
    result = invoke("init", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not FILE.exists()
