"""`aoai-conformance init`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from aoai_conformance.cli.options import run_options
from aoai_conformance.cli.output.printing import echo
from aoai_conformance.configuration.finding import FILE_NAME
from aoai_conformance.options import EMULATOR, RunChoices
from aoai_specs.errors import ConformanceError

_HEAD = """\
# The configuration of aoai-conformance: `aoai-conformance run NAME` tests the target [targets.NAME].
# Every option of `run` is a key. `api-key-env` names the variable that holds the key, never the key itself.

"""


@click.command("init")
@run_options("init")
@click.option("--name", metavar="NAME", help="The name of the target. Default: from the host of its URL.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", default=FILE_NAME,
    show_default=True, help="The file to write.",
)  # fmt: skip
def command(*, name: str | None, force: bool, config: Path, **given: Any) -> None:
    """Write a configuration file with one target.

    Without --target, ask for the URL, the deployments and the variable that holds the key.
    """
    from aoai_conformance.cli.init.questions import ask_for_target
    from aoai_conformance.configuration.reading import TARGET_NAME, parse_configuration
    from aoai_conformance.configuration.writing import suggested_name, target_text
    from aoai_conformance.run.checking import find_complaints
    from aoai_conformance.target.targets import checked_root
    from aoai_reports.formats.output import write_text

    if config.exists() and not force:
        raise ConformanceError(f"{config} exists; --force replaces it.")
    choices = RunChoices(**given)
    if choices.target == EMULATOR:
        choices, name = ask_for_target(choices, name)
    choices = replace(choices, target=checked_root(choices.target))
    name = name or suggested_name(choices.target)
    if not TARGET_NAME.fullmatch(name):
        raise ConformanceError("--name must have letters, digits, `.`, `_` and `-` only.")
    complaints = [sentence for _, sentence in find_complaints(choices, sending=False)]
    if complaints:
        raise ConformanceError("\n".join(complaints))
    text = f"{_HEAD}{target_text(name, choices)}"
    parse_configuration(text, config)
    write_text(config, text)
    echo(f"Wrote {config} with the target {name}.")
    if choices.auth == "key":
        echo(f"Set {choices.api_key_env} to the key of the resource, if it is not set.")
    echo(f"Next: `aoai-conformance doctor {name}` checks the target, `aoai-conformance run {name}` tests it.")
