"""The options of `emulator` for given, recorded and forwarded responses, a group of its help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aoai_conformance.cli.arguments.emulator_control import GroupedOption

if TYPE_CHECKING:
    from aoai_emulator.settings import Settings

Function = TypeVar("Function", bound=Callable[..., Any])

RESPONSES = "Responses"
_FILE = click.Path(path_type=Path)

#: The options: the parameter, and what click takes.
_OPTIONS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    (
        "--fixtures",
        {
            "multiple": True,
            "type": _FILE,
            "metavar": "FILE",
            "help": "Respond to matching requests as this YAML or JSON file says. Repeatable.",
        },
    ),
    (
        "--fixtures-only",
        {"is_flag": True, "help": "Reject requests that no fixture matches, with a 404."},
    ),
    (
        "--replay",
        {
            "multiple": True,
            "type": _FILE,
            "metavar": "FILE",
            "help": "Respond as recorded in this record, HAR file or cassette, and with a 404 to any other "
            "request. Repeatable.",
        },
    ),
)


def response_options(function: Function) -> Function:
    """Add the options for given, recorded and forwarded responses to a command."""
    for name, attributes in reversed(_OPTIONS):
        function = click.option(name, cls=GroupedOption, group=RESPONSES, **attributes)(function)
    return function


def response_settings(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """Return settings with what the options say. Raises ConformanceError for a file that cannot be used."""
    from dataclasses import replace

    from aoai_conformance.recording.tape import read_recordings
    from aoai_emulator import read_fixtures

    recording = read_recordings(given["replay"])
    for remark in recording.remarks:
        click.echo(remark, err=True)
    return replace(
        settings,
        fixtures=read_fixtures(given["fixtures"], settings.documents),
        fixtures_only=given["fixtures_only"],
        recorded=recording.exchanges,
    )
