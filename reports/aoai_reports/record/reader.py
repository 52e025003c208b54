"""Read and validate records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, NoReturn, Self, TypeVar

from aoai_reports.record.arrivals import LineKey, Pile
from aoai_reports.record.collecting import Collector, Digest, Kind, digest_lines
from aoai_reports.record.evidence import RecordError, cut_text
from aoai_reports.record.lines import ExchangeLine, Footer, Header, Line, ScenarioLine
from aoai_reports.record.parsing import NotJsonError, ParsedLine, parse_line, read_line, validate_line
from aoai_reports.record.record_v1 import RECORD_V1_SCHEMA
from aoai_reports.record.schema import RECORD, RECORD_V1
from aoai_reports.record.stored_lines import RecordFile, StoredLines, next_line

Kept = TypeVar("Kept")

#: Lines of real runs are much shorter; a file with a longer one is not a record.
LONGEST_LINE = 256 * 1024 * 1024
#: The lines of larger files are not held in memory, where they need about eight times the size of the file.
MOST_HELD = 16 * 1024 * 1024
#: A limit for files that are not records, far above any run.
MOST_LINES = 1_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """The versioned result of one run.

    `exchanges` and `scenarios` are in plan order. `footer` is None if the run was cut off; its last lines may
    be unjudged.
    """

    header: Header
    exchanges: Sequence[ExchangeLine] = ()
    scenarios: Sequence[ScenarioLine] = ()
    footer: Footer | None = None
    _digest: Digest = field(default_factory=lambda: Digest(()), init=False, repr=False, compare=False)

    @classmethod
    def with_digest(
        cls,
        header: Header,
        footer: Footer | None,
        digest: Digest,
        exchanges: Sequence[ExchangeLine] = (),
        scenarios: Sequence[ScenarioLine] = (),
    ) -> Self:
        """Return a record whose lines were digested before; summaries and most reports need only that."""
        record = cls(header, exchanges, scenarios, footer)
        record._digest.join(digest)
        return record

    def collect(self, kinds: Iterable[type[Collector]]) -> None:
        """Collect several kinds of results in one pass, those that are not collected yet."""
        missing = [kind for kind in kinds if not self._digest.has(kind)]
        if missing:
            self._digest.join(digest_lines(self.exchanges, self.scenarios, missing))

    def collected(self, kind: type[Kind]) -> Kind:
        """Return what a collector of a kind collects from the lines; they are read once for it."""
        self.collect((kind,))
        return self._digest.of(kind)

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


def read_record(path: str | Path, *, longest_line: int = LONGEST_LINE, most_held: int = MOST_HELD) -> Record:
    """Read a record, validating each line against its schema; version 1 is converted to version 2.

    The lines of a file of more than `most_held` bytes stay in it and are read again when they are used. A
    last line that was cut off in the middle or a missing footer leaves `Record.truncated` true. Raises
    RecordError, with file and line number, for a file that cannot be read, an invalid line, lines in the
    wrong order, and lines longer than `longest_line` bytes.
    """
    path = Path(path)
    if _size_of(path) <= most_held:
        held = scan_record(path, FoundLine.decoded, longest_line=longest_line)
        exchanges = tuple(line for line in held.exchanges if isinstance(line, ExchangeLine))
        scenarios = tuple(line for line in held.scenarios if isinstance(line, ScenarioLine))
        return Record(held.header, exchanges, scenarios, held.footer)
    found = scan_record(path, FoundLine.checked_offset, longest_line=longest_line)
    file = RecordFile(path, found.schema)
    return Record(
        found.header,
        StoredLines(file, ExchangeLine, found.exchanges),
        StoredLines(file, ScenarioLine, found.scenarios),
        found.footer,
    )


def read_lines(path: str | Path) -> Iterator[Line]:
    """Read each line of a record in file order, those that later ones replace included.

    A last line that was cut off is dropped. Raises RecordError as `read_record` does.
    """
    for found in _found_lines(Path(path), LONGEST_LINE):
        yield found.decoded()


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A valid line in the file of a record: its number, offset and size in bytes, and what it contains."""

    path: Path
    number: int
    offset: int
    size: int
    has_base64: bool
    parsed: ParsedLine
    schema: str

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object on the line; a long one may lack the body and the events of its response."""
        return self.parsed.data

    @property
    def key(self) -> LineKey:
        """The key of the line; a line and its replacement have the same key."""
        data = self.data
        name = data["case"] if data["type"] == "exchange" else f"{data['scenario']} {data['kind']}"
        return data["type"], data["document"], name

    def decoded(self) -> Line:
        """Return the line as an object. Raises RecordError for a body that cannot be decoded."""
        try:
            return read_line(self.parsed, self.schema)
        except ValueError as error:
            self.reject(cut_text(str(error), 600))

    def checked_offset(self) -> int:
        """Return the offset. Raises RecordError for a body that cannot be decoded."""
        if self.has_base64:
            self.decoded()
        return self.offset

    def reject(self, why: str) -> NoReturn:
        """Raise RecordError with the place of the line."""
        _reject(self.path, self.number, why)


@dataclass(frozen=True, slots=True)
class ScannedRecord(Generic[Kept]):
    """A record with what was kept of its exchanges and scenarios, in plan order."""

    header: Header
    footer: Footer | None
    exchanges: Sequence[Kept]
    scenarios: Sequence[Kept]
    schema: str


def scan_record(
    path: Path, keep: Callable[[FoundLine], Kept], *, longest_line: int = LONGEST_LINE
) -> ScannedRecord[Kept]:
    """Read a record, keeping of each line what `keep` returns. Raises RecordError as `read_record` does."""
    header: Header | None = None
    footer: Footer | None = None
    schema = RECORD
    exchanges, scenarios = Pile[Kept](), Pile[Kept]()
    for found in _found_lines(path, longest_line):
        kind = found.data["type"]
        if header is None and kind != "header":
            found.reject("the header must come first.")
        if footer is not None:
            found.reject("nothing may follow the footer.")
        if kind in ("exchange", "scenario"):
            pile = exchanges if kind == "exchange" else scenarios
            place = found.data.get("place", 0) if found.data.get("unjudged") else None
            pile.add(found.key, keep(found), place)
            continue
        line = found.decoded()
        if isinstance(line, Footer):
            footer = line
        elif isinstance(line, Header):
            if header is not None and not header.provisional:
                found.reject("a record has one header.")
            header, schema = line, found.schema
    if header is None:
        raise RecordError(f"{path} is not a record: it has no complete line.")
    return ScannedRecord(header, footer, tuple(exchanges), tuple(scenarios), schema)


def _found_lines(path: Path, longest: int) -> Iterator[FoundLine]:
    try:
        with path.open("rb") as opened:
            yield from _lines(path, opened, longest)
    except OSError as error:
        raise RecordError(f"The record {path} cannot be read: {error.strerror or error}.") from error


def _lines(path: Path, opened: BinaryIO, longest: int) -> Iterator[FoundLine]:
    number, offset, schema = 0, 0, RECORD
    while raw := next_line(opened, longest + 1):
        number += 1
        size = len(raw)
        if size > longest:
            _reject(path, number, f"it is longer than {longest:,} bytes.")
        if number > MOST_LINES:
            _reject(path, number, f"a record has at most {MOST_LINES:,} lines.")
        if raw.isspace():  # strip would copy a long line
            _reject(path, number, "it is empty.")
        try:
            parsed = parse_line(raw)
            if number == 1 and parsed.data.get("schema") == RECORD_V1_SCHEMA:
                schema = RECORD_V1
            validate_line(parsed.data, schema)
        except NotJsonError as error:
            if not raw.endswith(b"\n"):
                return  # the writer was stopped in the middle of its last line
            _reject(path, number, str(error))
        except ValueError as error:
            _reject(path, number, cut_text(str(error), 600))
        has_base64 = b'"base64"' in raw
        del raw  # a long line needs three times the memory of its stream
        yield FoundLine(path, number, offset, size, has_base64, parsed, schema)
        offset += size


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise RecordError(f"The record {path} cannot be read: {error.strerror or error}.") from error


def _reject(path: Path, number: int, why: str) -> NoReturn:
    raise RecordError(f"{path}, line {number}: {why}")
