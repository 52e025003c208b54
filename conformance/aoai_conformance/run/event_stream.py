"""Writes the events of a run while it goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from aoai_model.serialization import Json
from aoai_reports.formats.machine.events import event_text, last_events, line_event, run_event
from aoai_reports.record.lines import ExchangeLine, Header, ScenarioLine
from aoai_reports.results.summary import Summary
from aoai_specs.errors import OutputError

#: The value of `--events` for standard output.
STDOUT = "-"


@dataclass(slots=True)
class EventStream:
    """The events of one run, in the format of `report --format events`, written as they happen.

    `target` is None if nobody reads the events, and after a reader of standard output has gone.
    """

    target: TextIO | None
    name: str = ""

    def begin(self, header: Header) -> None:
        """Write what is tested. Raises OutputError if the file cannot be written."""
        self._write(run_event(header))

    def judged(self, line: ExchangeLine | ScenarioLine) -> None:
        """Write a judged exchange or scenario. Raises OutputError if the file cannot be written."""
        self._write(line_event(line))

    def end(self, summary: Summary) -> None:
        """Write the causes and the verdict. Raises OutputError if the file cannot be written."""
        for event in last_events(summary):
            self._write(event)

    def _write(self, event: dict[str, Json]) -> None:
        if self.target is None:
            return
        try:
            self.target.write(event_text(event))
            self.target.flush()
        except BrokenPipeError:
            self.target = None
        except OSError as error:
            raise OutputError(f"{self.name} cannot be written: {error.strerror or error}.") from error


@contextmanager
def open_events(path: Path | None) -> Iterator[EventStream]:
    """A context with the events of a run; `-` is standard output, None nowhere.

    Raises OutputError if the file cannot be created. A file that exists is replaced.
    """
    if path is None:
        yield EventStream(None)
        return
    if str(path) == STDOUT:
        yield EventStream(sys.stdout, "standard output")
        return
    try:
        opened = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{path} cannot be created: {error.strerror or error}.") from error
    with opened:
        yield EventStream(opened, str(path))
