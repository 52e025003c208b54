"""The commands that send the request of an exchange again: curl, Python, and replay."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

from aoai_reports.formats.legible import visible
from aoai_reports.formats.page.python_code import python_code
from aoai_reports.record.lines import ExchangeLine

#: A longer command is left out, never cut; replay sends the same request.
LONGEST_COMMAND: Final = 60_000


@dataclass(frozen=True, slots=True)
class Commands:
    """Complete commands to copy, without secrets: keys are read from environment variables.

    `curl` and `python` are empty if they are longer than `LONGEST_COMMAND` or cannot send the request.
    `replay` is the case as a shell word, for `aoai-conformance replay RUN CASE`. `too_long` names what was
    left out for its length.
    """

    replay: str
    curl: str = ""
    python: str = ""
    too_long: tuple[str, ...] = ()


def commands_of(line: ExchangeLine) -> Commands:
    """The commands for the request of an exchange."""
    curl = visible(line.curl, lines=True)
    too_long = [] if len(curl) <= LONGEST_COMMAND else ["curl"]
    python = python_code(line) if len(line.request.body) <= LONGEST_COMMAND else ""
    if not python or len(python) > LONGEST_COMMAND:
        python = ""
        too_long.append("Python")
    return Commands(
        replay=visible(shlex.quote(line.case)),
        curl="" if "curl" in too_long else curl,
        python=python,
        too_long=tuple(too_long),
    )
