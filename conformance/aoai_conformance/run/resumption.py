"""The folder of an interrupted run: the choices of the user and the exchanges that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import aoai_conformance
from aoai_conformance.options import RunChoices, options_of
from aoai_model.serialization import Json
from aoai_reports.record.lines import ExchangeLine, Footer, Header
from aoai_reports.record.reader import read_lines
from aoai_reports.run_folder import RECORD_NAME, SUMMARY_NAME
from aoai_specs.errors import ConformanceError

#: The key of the header's options that holds the choices of the user.
CHOICES = "choices"
#: The choices that are about one invocation rather than the run.
_OF_INVOCATION = frozenset({"out", "events", "history"})
#: The choices that a resumed run may change.
CHANGEABLE = _OF_INVOCATION | {"concurrency", "rpm", "tpm", "max_wait"}


@dataclass(frozen=True, slots=True)
class InterruptedRun:
    """A run that can be resumed: its header, the user's choices, and its exchanges in file order."""

    header: Header
    choices: RunChoices
    lines: tuple[ExchangeLine, ...]
    is_finished: bool

    def with_changes(self, folder: Path, given: Mapping[str, Any]) -> RunChoices:
        """Return the choices for resuming the run in its folder.

        Raises ConformanceError for an option that contradicts the run.
        """
        options = {option.field: option for option in options_of("run")}
        for name, value in given.items():
            recorded = getattr(self.choices, name)
            if name not in CHANGEABLE and value != recorded:
                raise ConformanceError(
                    f"--{options[name].name} contradicts the run in {folder}, which has "
                    f"{_words(recorded)}; leave it out, or start a new run."
                )
        changed = {name: value for name, value in given.items() if name in CHANGEABLE}
        return RunChoices(**{**_values(self.choices), **changed, "out": folder})


def recorded_choices(choices: RunChoices) -> dict[str, Json]:
    """Return the choices that differ from their defaults, in the form of the record's header."""
    defaults = RunChoices()
    return {
        name: _json(value)
        for name, value in _values(choices).items()
        if name not in _OF_INVOCATION and value != getattr(defaults, name)
    }


def read_interrupted(folder: Path) -> InterruptedRun:
    """Read the folder of a run. A last line that was cut off is dropped.

    Raises ConformanceError, with one sentence, for a folder without a record, a record that cannot be read,
    and one of another version of this tool.
    """
    header: Header | None = None
    lines: list[ExchangeLine] = []
    is_finished = False
    path = folder / RECORD_NAME
    if not path.is_file():
        raise ConformanceError(
            f"{folder} has no {RECORD_NAME}; --resume needs the folder of an interrupted run."
        )
    for line in read_lines(path):
        if isinstance(line, Header):
            header = line
        elif isinstance(line, ExchangeLine):
            lines.append(line)
        elif isinstance(line, Footer):
            is_finished = not line.interrupted and (folder / SUMMARY_NAME).exists()
    if header is None:
        raise ConformanceError(f"{path} is not a record: it has no complete line.")
    recorded = header.options.get(CHOICES)
    if header.tool != f"aoai-conformance {aoai_conformance.__version__}" or not isinstance(recorded, dict):
        raise ConformanceError(
            f"The run in {folder} was written by {header.tool}, whose plan may differ; start a new run."
        )
    return InterruptedRun(header, read_choices(recorded), tuple(lines), is_finished)


def read_choices(recorded: Mapping[str, Any]) -> RunChoices:
    """Return the choices that a header holds; the others have their defaults."""
    values: dict[str, Any] = {}
    for option in options_of("run"):
        if option.field in recorded:
            value = recorded[option.field]
            values[option.field] = tuple(value) if option.repeatable else value
            if option.type is Path and isinstance(value, str):
                values[option.field] = Path(value)
    return RunChoices(**values)


def _values(choices: RunChoices) -> dict[str, Any]:
    return {each.name: getattr(choices, each.name) for each in fields(choices)}


def _json(value: Any) -> Json:
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def _words(value: Any) -> str:
    if value is None or value is False or value == ():
        return "no such option"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
