"""Read recorded exchanges for the emulator to replay: from a record, or from a recording of another tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from aoai_conformance.engine.sse import read_events
from aoai_conformance.recording.har_record import record_in
from aoai_conformance.recording.judging_files import is_record
from aoai_conformance.recording.traffic.files import load_log
from aoai_conformance.recording.traffic.har import messages_of
from aoai_emulator.traffic.recorded_exchange import RecordedExchange
from aoai_model.exchange import Request, Response, header
from aoai_reports.formats.quantities import quantity
from aoai_reports.record.reader import Record, read_record
from aoai_specs.errors import ConformanceError

_Messages = Iterator[tuple[str, Request | None, Response | None]]


@dataclass(frozen=True, slots=True)
class Recording:
    """The exchanges that can be replayed; `remarks` say what cannot."""

    exchanges: tuple[RecordedExchange, ...]
    remarks: tuple[str, ...]


def read_recordings(paths: Iterable[Path]) -> Recording:
    """Return the exchanges of some files, in the order of the files and of their entries.

    Raises ConformanceError for a file that is no recording, or without any response.
    """
    exchanges: list[RecordedExchange] = []
    remarks: list[str] = []
    for path in paths:
        found = [_exchange(*each) for each in _messages(path)]
        usable = [each for each in found if each is not None]
        if not usable:
            raise ConformanceError(f"{path} contains no response that can be replayed.")
        if len(usable) < len(found):
            skipped = quantity(len(found) - len(usable), "exchange")
            remarks.append(f"{path}: {skipped} without a complete request and response skipped.")
        exchanges += usable
    return Recording(tuple(exchanges), tuple(remarks))


def _messages(path: Path) -> _Messages:
    """Yield the name, the request and the response of each exchange of a file, None for those incomplete."""
    if is_record(path):
        yield from _of_record(read_record(path))
        return
    log = load_log(path)
    record = record_in(log, path)
    if record is not None:
        yield from _of_record(record)
        return
    for number, entry in enumerate(log["entries"], 1):
        messages = messages_of(entry)
        request, response = (None, None) if messages is None else messages
        yield f"entry {number}", request, response


def _of_record(record: Record) -> _Messages:
    for line in record.exchanges:
        yield line.case, line.request, line.response


def _exchange(name: str, request: Request | None, response: Response | None) -> RecordedExchange | None:
    if request is None or response is None or request.body_missing or response.body_missing:
        return None
    try:
        parts = urlsplit(request.url)
    except ValueError:
        return None
    return RecordedExchange(
        name=name,
        method=request.method,
        path=unquote(parts.path) or "/",
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        content_type=header(request.headers, "content-type") or "",
        body=request.body,
        status=response.status,
        headers=response.headers,
        pieces=_pieces(response),
    )


def _pieces(response: Response) -> tuple[bytes, ...]:
    """Return the events of a stream, or the whole body."""
    if response.media_type != "text/event-stream":
        return (response.body,)
    events = response.events if response.events is not None else read_events(response.body)
    pieces = tuple(event.raw for event in events)
    return pieces if b"".join(pieces) == response.body else (response.body,)
