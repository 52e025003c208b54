"""The options of `emulator` for given, recorded and forwarded responses, a group of its help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aoai_conformance.cli.arguments.emulator_control import GroupedOption
from aoai_conformance.cli.output.printing import echo
from aoai_conformance.options import KEY_VARIABLE, RunChoices
from aoai_reports.formats.quantities import quantity
from aoai_specs.errors import ConformanceError

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
    (
        "--record",
        {
            "metavar": "URL",
            "help": "Pass on to this server what no fixture or recording matches, and record it. The key for "
            f"it comes from {KEY_VARIABLE}; without one, the client's is passed on.",
        },
    ),
    (
        "--record-all",
        {"is_flag": True, "help": "Pass on and record every request, whatever matches."},
    ),
    (
        "--record-key-env",
        {"metavar": "NAME", "help": "Take the key for --record from this environment variable instead."},
    ),
    (
        "--record-into",
        {
            "type": _FILE,
            "metavar": "DIR",
            "help": "Write the record and its reports to this new or empty folder. "
            "Default: aoai-runs/<UTC time>-<target>.",
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
        echo(remark, err=True)
    return replace(
        settings,
        fixtures=read_fixtures(given["fixtures"], settings.documents),
        fixtures_only=given["fixtures_only"],
        recorded=recording.exchanges,
    )


def serve_and_record(settings: Settings, given: Mapping[str, Any], serve: Callable[[Settings], None]) -> None:
    """Serve with these settings; with `--record`, record what is passed on, and say where.

    Raises ConformanceError for options that cannot be used.
    """
    from dataclasses import replace

    if given["record"] is None:
        if given["record_all"] or given["record_into"] or given["record_key_env"]:
            raise ConformanceError("--record-all, --record-into and --record-key-env need --record URL.")
        serve(settings)
        return
    from aoai_conformance.run.recording.emulator_recording import record_emulator
    from aoai_conformance.run.recording.traffic_recording import RecordingChoices

    key = _key(given["record_key_env"])
    recorded = record_emulator(
        RecordingChoices(target=given["record"], judging=RunChoices(), out=given["record_into"]),
        lambda forward: serve(replace(settings, forward=forward, forward_all=given["record_all"])),
        key,
    )
    for remark in recorded.remarks:
        echo(remark, err=True)
    echo(f"{quantity(len(recorded.record.exchanges), 'exchange')} recorded in {recorded.folder}.")


def _key(variable: str | None) -> str | None:
    """Return the key for the target; None if the client's is passed on."""
    from aoai_conformance.target.authentication import describe_key_variable, key_from_environment

    key = key_from_environment(variable or KEY_VARIABLE)
    if variable is not None and key is None:
        raise ConformanceError(f"No key for --record: {describe_key_variable(variable)} is not set.")
    return key
