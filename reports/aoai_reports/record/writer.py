"""Write a record line by line, so that nothing is lost if the run fails."""

from __future__ import annotations

import errno
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from aoai_model.verdict import Outcome, Tokens
from aoai_reports.record.arrivals import Arrivals, drop_spans
from aoai_reports.record.evidence import RecordError, storable
from aoai_reports.record.lines import (
    ExchangeLine,
    Footer,
    Header,
    Line,
    MoneySpent,
    RuleCounts,
    ScenarioLine,
)
from aoai_reports.record.long_lines import long_line
from aoai_reports.record.schema import is_valid_line, why_invalid
from aoai_specs.errors import OutputError


def utc_text(moment: datetime) -> str:
    """Format an aware datetime as the record does: UTC, milliseconds, a Z at the end."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line_bytes(line: Line) -> bytes:
    """Return one line of a record, validated, with its line end.

    Values that JSON cannot represent (a lone surrogate, NaN, unlimited nesting) become descriptive text.
    Raises RecordError if the line violates schemas/record-v2.json.
    """
    long = long_line(line) if isinstance(line, ExchangeLine) else None
    if long is not None:
        return long
    data = line.to_json()
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        data = {name: storable(value) for name, value in data.items()}
        text = json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    if not is_valid_line(data):
        raise RecordError(f"This {line.type} line is invalid: {why_invalid(data)}")
    return text + b"\n"


class RecordWriter:
    """Writes record.ndjson: the header immediately, then each line, the footer last.

    The file must not exist. Raises OutputError if it cannot be created or written; lines written before stay
    complete. As a context manager it writes the footer unless `close` was called; the footer says interrupted
    if an exception (Ctrl-C, a cancelled task) leaves the block.
    """

    def __init__(
        self, path: str | Path, header: Header, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.path = Path(path)
        self._clock = clock
        self._requests = 0
        self._tokens = Tokens()
        self._counts = _counts_of(header)
        self._whole = 0
        self._arrivals = Arrivals()
        self._failure = ""
        self._provisional: tuple[int, int] | None = None
        first = line_bytes(header)
        try:
            self._began = datetime.fromisoformat(header.started)
        except ValueError as error:
            raise RecordError(f"The run cannot have started at {header.started!r}.") from error
        try:
            self._file: FileIO | None = FileIO(self.path, "xb")
        except FileExistsError as error:
            raise OutputError(f"{self.path} exists already; choose a new or empty folder.") from error
        except OSError as error:
            raise OutputError(f"{self.path} cannot be created: {error.strerror or error}.") from error
        self._write(first)
        if header.provisional:
            self._provisional = (0, len(first))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            self.close(interrupted=error is not None)
        except OutputError:
            if error is None:
                raise

    def write_exchange(self, line: ExchangeLine, *, not_applicable: Iterable[str] = ()) -> None:
        """Append an exchange. `not_applicable` are the ids of the rules that do not apply to it."""
        self._write(line_bytes(line))
        self._arrivals.judged(line)
        self._requests += line.attempts
        self._tokens += line.tokens
        self._count(line, not_applicable)

    def write_scenario(self, line: ScenarioLine, *, not_applicable: Iterable[str] = ()) -> None:
        """Append a scenario. `not_applicable` are the ids of the rules that do not apply to it."""
        self._write(line_bytes(line))
        self._arrivals.judged(line)
        self._count(line, not_applicable)

    def write_encoded(self, line: bytes) -> int:
        """Append an exchange or a scenario that `line_bytes` encoded, and return its offset.

        Its verdicts, requests and tokens must be counted with `count`.
        """
        self._write(line)
        return self._whole - len(line)

    def count(self, requests: int, tokens: Tokens, outcomes: Mapping[tuple[str, Outcome], int]) -> None:
        """Count the requests, the tokens and the verdicts of encoded lines."""
        self._requests += requests
        self._tokens += tokens
        for (id_, outcome), count in outcomes.items():
            self._counts[id_][outcome] += count

    def write_arrival(self, line: ExchangeLine | ScenarioLine) -> None:
        """Append an unjudged line; the line with the verdicts replaces it."""
        written = line_bytes(replace(line, unjudged=True))
        self._write(written)
        self._arrivals.arrived(line, (self._whole - len(written), len(written)))

    def move_to(self, path: Path) -> None:
        """Move the file to another path in its folder, atomically; a file there is replaced.

        Raises OutputError if that is not possible.
        """
        try:
            if self._file is not None:
                os.fsync(self._file.fileno())
            self.path.replace(path)
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error
        self.path = path

    def write_header(self, header: Header) -> None:
        """Append the final header, which replaces the provisional one."""
        if self._provisional is None:
            raise RecordError("A record has one header.")
        self._write(line_bytes(header))
        self._arrivals.replaced.append(self._provisional)
        self._provisional = None
        self._counts = _counts_of(header) | self._counts

    def discard(self) -> None:
        """Remove the file, because the run has no result."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self.path.unlink(missing_ok=True)

    def footer(self, *, interrupted: bool = False) -> Footer:
        """Return the footer for the lines written so far."""
        now = self._clock()
        return Footer(
            ended=utc_text(now),
            seconds=round(max(0.0, (now - self._began).total_seconds()), 3),
            interrupted=interrupted,
            requests=self._requests + self._arrivals.requests,
            tokens=self._tokens + self._arrivals.tokens,
            rules={
                id_: RuleCounts(
                    counts["pass"], counts["violation"], counts["inconclusive"], counts["not_applicable"]
                )
                for id_, counts in sorted(self._counts.items())
            },
        )

    def close(
        self, footer: Footer | None = None, *, interrupted: bool = False, cost: MoneySpent | None = None
    ) -> Footer:
        """Write the footer, by default `footer()`, close the file and return the footer.

        Replaced lines are removed, so that a finished record contains each exchange once. Responses that were
        never judged are kept only if the run was interrupted; otherwise they are not part of the plan.
        """
        if not interrupted:
            self._arrivals.forget_waiting()
        footer = footer or replace(self.footer(interrupted=interrupted), cost=cost)
        try:
            self._write(line_bytes(footer))
        finally:
            if self._file is not None:
                self._file.close()
                self._file = None
        drop_spans(self.path, self._arrivals.replaced)
        return footer

    def _count(self, line: ExchangeLine | ScenarioLine, not_applicable: Iterable[str]) -> None:
        for id_, outcome in line.verdicts.items():
            self._counts[id_][outcome] += 1
        for id_ in not_applicable:
            self._counts[id_]["not_applicable"] += 1

    def _write(self, line: bytes) -> None:
        if self._failure:
            raise OutputError(self._failure)
        if self._file is None:
            raise OutputError(f"{self.path} is closed; nothing more can be written to it.")
        try:
            _require_linked(self._file)
            # If the previous line was not written completely (no space, Ctrl-C), replace it.
            if self._file.tell() != self._whole:
                self._file.seek(self._whole)
                self._file.truncate()
            rest = memoryview(line)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._failure = f"{self.path} cannot be written: {error.strerror or error}."
            self._drop_cut_line()
            raise OutputError(self._failure) from error
        self._whole += len(line)

    def _drop_cut_line(self) -> None:
        if self._file is not None:
            try:
                self._file.truncate(self._whole)
            finally:
                self._file.close()
                self._file = None


def _counts_of(header: Header) -> defaultdict[str, Counter[str]]:
    """Return a count of the outcomes of each rule, in which nothing is counted yet."""
    return defaultdict(Counter, {id_: Counter() for id_ in header.rules})


def _require_linked(file: FileIO) -> None:
    """Raise OSError if the file was removed, because anything written to it would be lost."""
    if not os.fstat(file.fileno()).st_nlink:
        raise OSError(errno.ENOENT, "it was removed during the run")
