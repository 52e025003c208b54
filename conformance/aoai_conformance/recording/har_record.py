"""Restore the record of a run from the HAR file that `report --format har` wrote.

Other HAR files lack what the requests were for. A file of ours has it in an extension of the format, so that
judging the file gives the same violations as judging the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aoai_conformance.engine.sse import read_events
from aoai_conformance.recording.traffic.har_bodies import (
    BrokenBodyError,
    mapping,
    request_body,
    response_body,
)
from aoai_conformance.recording.traffic.har_headers import header_pairs, pairs
from aoai_model.serialization import Json, bytes_as_json
from aoai_reports.formats.machine.har import EXTENSION, HAR_SCHEMA
from aoai_reports.record.evidence import cut_text, storable
from aoai_reports.record.lines import ExchangeLine, Footer, Header, ScenarioLine
from aoai_reports.record.parsing import decode_line
from aoai_reports.record.reader import Record
from aoai_reports.record.writer import line_bytes
from aoai_specs.errors import ConformanceError, OutputError


def record_in(log: Mapping[str, Any], path: Path) -> Record | None:
    """Return the record that a log contains; None if another tool wrote the log.

    Raises ConformanceError, with the number of the entry, if the extension is incomplete or invalid.
    """
    if EXTENSION not in log:
        return None
    lines = _Lines(log, path)
    return Record(lines.header, tuple(lines.exchanges()), lines.scenarios, lines.footer)


def write_record_in(log: Mapping[str, Any], path: Path, target: Path) -> Path | None:
    """Write the record that a log contains to `target`, line by line, and return `target`.

    Returns None if another tool wrote the log. Raises ConformanceError as `record_in` does, and OutputError
    if the record cannot be written.
    """
    if EXTENSION not in log:
        return None
    lines = _Lines(log, path)
    try:
        with target.open("xb") as file:
            file.write(line_bytes(lines.header))
            file.writelines(map(line_bytes, lines.scenarios))
            file.writelines(map(line_bytes, lines.exchanges()))
            if lines.footer is not None:
                file.write(line_bytes(lines.footer))
    except OSError as error:
        raise OutputError(f"Cannot write {target}: {error.strerror or error}.") from error
    return target


class _Lines:
    """The lines of the record in a log. Exchanges are decoded one at a time, as they are read."""

    def __init__(self, log: Mapping[str, Any], path: Path) -> None:
        extension = mapping(log[EXTENSION])
        if extension.get("schema") != HAR_SCHEMA:
            found = cut_text(str(extension.get("schema")), 60)
            raise ConformanceError(f"{path} has the extension {found}; this version reads {HAR_SCHEMA}.")
        scenarios, footer = extension.get("scenarios"), extension.get("footer")
        self._entries, self._path = log["entries"], path
        self.header: Header = _decoded(Header, mapping(extension.get("header")), f"{path}, header")
        self.scenarios: tuple[ScenarioLine, ...] = tuple(
            _decoded(ScenarioLine, mapping(each), f"{path}, scenario {number}")
            for number, each in enumerate(scenarios if isinstance(scenarios, list) else (), 1)
        )
        self.footer: Footer | None = (
            None if footer is None else _decoded(Footer, mapping(footer), f"{path}, footer")
        )

    def exchanges(self) -> Iterator[ExchangeLine]:
        """Yield the exchanges in the order of the entries."""
        for number, entry in enumerate(self._entries, 1):
            place = f"{self._path}, entry {number}"
            yield _decoded(ExchangeLine, _exchange(entry, place), place)


def _decoded(kind: type[Any], data: Mapping[str, Any], place: str) -> Any:
    """Return the line of this kind. Raises ConformanceError if the data are not one."""
    try:
        line = decode_line({name: storable(value) for name, value in data.items()})
    except (ValueError, OverflowError) as error:
        raise ConformanceError(f"{place}: {cut_text(str(error), 600)}") from error
    if not isinstance(line, kind):
        raise ConformanceError(f"{place}: this is not the line of a record that belongs here.")
    return line


def _exchange(entry: object, place: str) -> dict[str, Any]:
    """Return the line of an entry as JSON: its extension with the messages of the entry."""
    parts = mapping(entry)
    if EXTENSION not in parts:
        raise ConformanceError(
            f"{place}: it lacks {EXTENSION}, so another tool wrote it. "
            f"Remove {EXTENSION} from the log to judge all entries by their requests alone."
        )
    rest = dict(mapping(parts[EXTENSION]))
    request, response = mapping(parts.get("request")), mapping(parts.get("response"))
    try:
        rest["request"] = {
            **mapping(rest.get("request")),
            "method": request.get("method"),
            "url": request.get("url"),
            "headers": _headers(request),
            "body": bytes_as_json(request_body(request, header_pairs(request)).content),
        }
        if rest.get("response") is not None:
            rest["response"] = _response(mapping(rest["response"]), response, place)
    except BrokenBodyError as error:
        raise ConformanceError(f"{place}: {error}.") from error
    return rest


def _response(kept: Mapping[str, Any], response: Mapping[str, Any], place: str) -> dict[str, Any]:
    body = response_body(response, header_pairs(response)).content
    restored = {name: value for name, value in kept.items() if name != "arrived"}
    return {
        **restored,
        "status": response.get("status"),
        "headers": _headers(response),
        "body": bytes_as_json(body),
        "events": _events(body, kept["arrived"], place) if "arrived" in kept else None,
    }


def _events(body: bytes, arrived: object, place: str) -> list[dict[str, Json]]:
    """Return the events of a stream with their recorded times of arrival."""
    events = read_events(body)
    times = arrived if isinstance(arrived, list) else []
    if len(times) != len(events):
        raise ConformanceError(
            f"{place}: its stream has {len(events):,} events, but {len(times):,} times of arrival."
        )
    return [replace(event, arrived=time).to_json() for event, time in zip(events, times, strict=True)]


def _headers(message: Mapping[str, Any]) -> list[list[str]]:
    return [[name, value] for name, value in pairs(message, "headers")]
