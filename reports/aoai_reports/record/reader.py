"""Read and validate records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from aoai_reports.record.arrivals import Pile
from aoai_reports.record.evidence import RecordError, cut_text, storable
from aoai_reports.record.lines import LINE_TYPES, ExchangeLine, Footer, Header, Line, ScenarioLine
from aoai_reports.record.record_v1 import RECORD_V1_SCHEMA, convert_line
from aoai_reports.record.schema import RECORD, RECORD_V1, is_valid_line, why_invalid

#: Lines of real runs are much shorter; a file with a longer one is not a record.
LONGEST_LINE = 256 * 1024 * 1024
#: A limit for files that are not records, far above any run.
MOST_LINES = 1_000_000
#: An escape that may be half of a surrogate pair, which UTF-8 cannot encode.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Record:
    """The versioned result of one run.

    `exchanges` and `scenarios` are in plan order. `footer` is None if the run was cut off; its last lines may
    be unjudged.
    """

    header: Header
    exchanges: tuple[ExchangeLine, ...] = ()
    scenarios: tuple[ScenarioLine, ...] = ()
    footer: Footer | None = None

    @property
    def truncated(self) -> bool:
        """Whether the footer is missing."""
        return self.footer is None

    @property
    def interrupted(self) -> bool:
        """Whether the run ended early: its footer says so or is missing."""
        return self.footer is None or self.footer.interrupted

    @property
    def unjudged(self) -> int:
        """How many responses arrived and were not judged."""
        return sum(line.unjudged for line in self.exchanges)


def read_record(path: str | Path, *, longest_line: int = LONGEST_LINE) -> Record:
    """Read a record, validating each line against its schema; version 1 is converted to version 2.

    A last line that was cut off in the middle or a missing footer leaves `Record.truncated` true. Raises
    RecordError, with file and line number, for a file that cannot be read, an invalid line, lines in the
    wrong order, and lines longer than `longest_line` bytes.
    """
    path = Path(path)
    try:
        with path.open("rb") as opened:
            return _assembled(path, _lines(path, opened, longest_line))
    except OSError as error:
        raise RecordError(f"The record {path} cannot be read: {error.strerror or error}.") from error


def read_lines(path: str | Path) -> Iterator[Line]:
    """Read each line of a record in file order, those that later ones replace included.

    A last line that was cut off is dropped. Raises RecordError as `read_record` does.
    """
    path = Path(path)
    try:
        with path.open("rb") as opened:
            yield from (line for _, line in _lines(path, opened, LONGEST_LINE))
    except OSError as error:
        raise RecordError(f"The record {path} cannot be read: {error.strerror or error}.") from error


def _assembled(path: Path, lines: Iterator[tuple[int, Line]]) -> Record:
    header: Header | None = None
    footer: Footer | None = None
    pile = Pile()
    for number, line in lines:
        if header is None and not isinstance(line, Header):
            _reject(path, number, "the header must come first.")
        if footer is not None:
            _reject(path, number, "nothing may follow the footer.")
        match line:
            case Header():
                if header is not None and not header.provisional:
                    _reject(path, number, "a record has one header.")
                header = line
            case ExchangeLine() | ScenarioLine():
                pile.add(line)
            case Footer():
                footer = line
    if header is None:
        raise RecordError(f"{path} is not a record: it has no complete line.")
    exchanges = tuple(line for line in pile if isinstance(line, ExchangeLine))
    scenarios = tuple(line for line in pile if isinstance(line, ScenarioLine))
    return Record(header, exchanges, scenarios, footer)


def _lines(path: Path, opened: BinaryIO, longest: int) -> Iterator[tuple[int, Line]]:
    number, schema = 0, RECORD
    while raw := opened.readline(longest + 1):
        number += 1
        if len(raw) > longest:
            _reject(path, number, f"it is longer than {longest:,} bytes.")
        if number > MOST_LINES:
            _reject(path, number, f"a record has at most {MOST_LINES:,} lines.")
        if not raw.strip():
            _reject(path, number, "it is empty.")
        try:
            data = _load_object(raw)
            if number == 1 and data.get("schema") == RECORD_V1_SCHEMA:
                schema = RECORD_V1
            yield number, decode_line(data, schema)
        except _NotJsonError as error:
            if not raw.endswith(b"\n"):
                return  # the writer was stopped in the middle of its last line
            _reject(path, number, str(error))
        except ValueError as error:
            _reject(path, number, cut_text(str(error), 600))


class _NotJsonError(ValueError):
    """A line is not JSON, as a truncated one."""


def _load_object(raw: bytes) -> dict[str, Any]:
    """Parse the JSON object on a line. Raises ValueError with a sentence that says what is wrong with it."""
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _NotJsonError(f"it is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise _NotJsonError(f"it is not JSON: {error.msg} at column {error.colno}.") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply.") from error
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object.")  # noqa: TRY004 - every reason is a ValueError here
    if _SURROGATE.search(raw):
        data = {name: storable(value) for name, value in data.items()}
    return data


def decode_line(data: dict[str, Any], schema: str = RECORD) -> Line:
    """Validate and decode a line. Raises ValueError with a sentence that says what is wrong with it."""
    if not is_valid_line(data, schema):
        raise ValueError(why_invalid(data, schema))
    if schema == RECORD_V1:
        data = convert_line(data)
    try:
        return LINE_TYPES[data["type"]].from_json(data)
    except ValueError as error:
        raise ValueError(f"a body in it cannot be decoded: {error}.") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"it contains {name}, which is not valid JSON.")


def _reject(path: Path, number: int, why: str) -> NoReturn:
    raise RecordError(f"{path}, line {number}: {why}")
