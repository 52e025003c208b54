"""Read the traffic in a HAR 1.2 file as exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, overload
from urllib.parse import urlsplit

from aoai_conformance.exchange import Exchange
from aoai_conformance.recording.traffic.files import load_log
from aoai_conformance.recording.traffic.har_bodies import (
    BrokenBodyError,
    mapping,
    request_body,
    response_body,
)
from aoai_conformance.recording.traffic.har_headers import header_pairs, pairs
from aoai_conformance.recording.traffic.observed_traffic import Secrets
from aoai_conformance.recording.traffic.recognition import (
    NotJudgedError,
    find_operation,
    recognised_exchange,
)
from aoai_conformance.recording.traffic.stored_entries import StoredEntries
from aoai_conformance.redaction.secret_names import SecretNames, is_secret_name
from aoai_model.exchange import Headers, Request, Response, header
from aoai_reports.formats.quantities import quantity
from aoai_reports.record.evidence import cut_text
from aoai_specs.document import Document

#: How many entry numbers a sentence lists.
_MOST_NAMED = 5
#: The longest plausible exchange: ten years, in seconds.
_LONGEST = 315_000_000.0
_HIGHEST_STATUS = 999


@dataclass(frozen=True, slots=True)
class Traffic:
    """The exchanges in a HAR file, and the entries that were skipped, by reason.

    `entries_aside` maps each reason to the numbers of the skipped entries, counted from 1. `addressed` is
    true if some of them were sent to an operation of the documents. `without_body` counts the exchanges
    whose request has a body that was not recorded.
    """

    exchanges: Sequence[Exchange]
    entries_aside: Mapping[str, tuple[int, ...]]
    started: str
    addressed: bool = False
    without_body: int = 0

    @property
    def left_aside(self) -> Mapping[str, int]:
        """The number of skipped entries for each reason."""
        return {reason: len(numbers) for reason, numbers in self.entries_aside.items()}

    @property
    def remarks(self) -> tuple[str, ...]:
        """One sentence for each reason why entries were skipped or judged in part."""
        aside = [
            f"{quantity(len(numbers), 'entry', 'entries')} skipped ({_named(numbers)}): {reason}."
            for reason, numbers in self.entries_aside.items()
        ]
        if self.without_body:
            aside.append(
                f"{quantity(self.without_body, 'request')} without a recorded body: "
                "rules that need the request body were skipped."
            )
        return tuple(aside)


def _named(numbers: Sequence[int]) -> str:
    listed = ", ".join(f"{number}" for number in numbers[:_MOST_NAMED])
    further = len(numbers) - _MOST_NAMED
    return f"number {listed}" + (f" and {further:,} more" if further > 0 else "")


def read_har(
    path: str | Path, documents: Sequence[Document], *, secret_headers: Sequence[str] = ()
) -> Traffic:
    """Read the entries of a HAR file that are requests to an operation of one of the documents.

    An entry belongs to the document of its api-version; without an api-version, to the first document that
    has the operation. Secrets in headers, cookies and URLs are replaced by `***` wherever they occur in the
    file; `secret_headers` names further headers with secrets. Raises ConformanceError for any other file.
    """
    return traffic_in(load_log(path), documents, secret_headers=secret_headers)


def traffic_in(
    log: Mapping[str, Any], documents: Sequence[Document], *, secret_headers: Sequence[str] = ()
) -> Traffic:
    """Read the entries of the log of a HAR file, as `read_har` does."""
    entries: list[object] | StoredEntries = log["entries"]
    names = SecretNames.with_headers(secret_headers)
    reader = _Reader(documents, Secrets.of(_messages(entries), names, _further_secrets(entries)))
    exchanges: list[Exchange] = []
    read: list[int] = []
    without_body = 0
    for number, entry in enumerate(entries, 1):
        exchange = reader.read(number, entry)
        if exchange is None:
            continue
        read.append(number)
        without_body += exchange.request.body_missing
        if isinstance(entries, list):
            exchanges.append(exchange)
    started = next(
        (text for text in (mapping(entry).get("startedDateTime") for entry in entries) if text), ""
    )
    numbers = {reason: tuple(each) for reason, each in reader.aside.items()}
    kept = tuple(exchanges) if isinstance(entries, list) else StoredExchanges(entries, reader, tuple(read))
    return Traffic(kept, numbers, str(started), reader.addressed, without_body)


class _Reader:
    """Reads entries as exchanges, and keeps the numbers of those that it skips by reason.

    `addressed` is true if some of these were sent to an operation of the documents.
    """

    def __init__(self, documents: Sequence[Document], secrets: Secrets) -> None:
        self._documents = documents
        self._secrets = secrets
        self.aside: dict[str, list[int]] = {}
        self.addressed = False

    def read(self, number: int, entry: object) -> Exchange | None:
        """Return the exchange of an entry; None if it is skipped."""
        try:
            return _exchange(number, entry, self._documents, self._secrets)
        except NotJudgedError as reason:
            self.addressed = self.addressed or reason.addressed
            self._skip(self._secrets.redactor.text(str(reason)), number)
        except BrokenBodyError as reason:
            self.addressed = True
            self._skip(str(reason), number)
        except UnicodeEncodeError:
            self._skip("it contains a lone surrogate", number)
        return None

    def _skip(self, reason: str, number: int) -> None:
        self.aside.setdefault(reason, []).append(number)


@dataclass(frozen=True, slots=True)
class StoredExchanges(Sequence[Exchange]):
    """The exchanges of a large file, which are read when they are used: those of the entries `numbers`."""

    entries: StoredEntries
    reader: _Reader
    numbers: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Exchange]:
        wanted = iter(self.numbers)
        following = next(wanted, None)
        for number, entry in enumerate(self.entries, 1):
            if number == following:
                exchange = self.reader.read(number, entry)
                if exchange is not None:
                    yield exchange
                following = next(wanted, None)

    @overload
    def __getitem__(self, at: int) -> Exchange: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Exchange, ...]: ...
    def __getitem__(self, at: int | slice) -> Exchange | tuple[Exchange, ...]:
        if isinstance(at, slice):
            return tuple(self)[at]
        return next(islice(self, range(len(self))[at], None))


def messages_of(entry: object) -> tuple[Request, Response] | None:
    """Return the request and the response of an entry, with their secrets; None if one is incomplete."""
    parts = mapping(entry)
    request = mapping(parts.get("request"))
    headers = header_pairs(request)
    try:
        body, response = request_body(request, headers), _response(parts)
    except (BrokenBodyError, NotJudgedError, UnicodeEncodeError):
        return None
    is_missing = body.missing and str(request.get("method", "")).upper() not in ("GET", "DELETE", "HEAD")
    if response is None or is_missing:
        return None
    method, url = str(request.get("method", "")).upper(), str(request.get("url", ""))
    return Request(method, url, headers, body.content), response


def _messages(entries: Iterable[object]) -> Iterator[tuple[str, Headers]]:
    """Yield the URL and the headers of each message: one entry may echo the secrets that another sends."""
    for entry in map(mapping, entries):
        request, response = mapping(entry.get("request")), mapping(entry.get("response"))
        url = str(request.get("url", ""))
        yield (url if _is_url(url) else ""), header_pairs(request)
        yield "", header_pairs(response)


def _further_secrets(entries: Iterable[object]) -> Iterator[str]:
    """Yield the values of cookies, and of the query parameters that are secrets."""
    for entry in map(mapping, entries):
        request, response = mapping(entry.get("request")), mapping(entry.get("response"))
        yield from (value for name, value in pairs(request, "queryString") if is_secret_name(name))
        yield from (value for each in (request, response) for _, value in pairs(each, "cookies"))


def _is_url(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def _exchange(number: int, entry: object, documents: Sequence[Document], secrets: Secrets) -> Exchange:
    if not isinstance(entry, dict):
        raise NotJudgedError("not a JSON object")
    if not isinstance(entry.get("request"), dict):
        raise NotJudgedError("it lacks a request")
    request = mapping(entry.get("request"))
    url, method = str(request.get("url", "")), str(request.get("method", "")).upper()
    operation = find_operation(url, method, documents)
    headers = header_pairs(request)
    body = request_body(request, headers)
    sent = Request(method, url, headers, body.content, body.missing and bool(operation.request_media))
    return recognised_exchange(f"entry-{number}", operation, sent, _response(entry), secrets)


def _response(entry: Mapping[str, Any]) -> Response | None:
    """Return the response of an entry, or None."""
    response = mapping(entry.get("response"))
    status = response.get("status")
    if not isinstance(status, int) or status < 100:
        return None
    if status > _HIGHEST_STATUS:
        raise NotJudgedError(f"its status is not an HTTP status: {cut_text(str(status), 20)}", addressed=True)
    headers = _without_framing(header_pairs(response))
    body = response_body(response, headers)
    if body.missing:
        raise NotJudgedError("the body of its response was not recorded", addressed=True)
    ended = _seconds(entry.get("time"))
    return Response(
        status=status,
        headers=headers,
        body=body.content,
        started=min(ended, _seconds(mapping(entry.get("timings")).get("wait"))),
        ended=ended,
    )


def _without_framing(headers: Headers) -> Headers:
    """Return headers without Transfer-Encoding if there is a Content-Length.

    A server must not send both; recorders that join the chunks of a body add its length.
    """
    if header(headers, "content-length") is None:
        return headers
    return tuple((name, value) for name, value in headers if name.lower() != "transfer-encoding")


def _seconds(milliseconds: object) -> float:
    if isinstance(milliseconds, int | float) and not isinstance(milliseconds, bool) and milliseconds > 0:
        return min(milliseconds / 1000, _LONGEST)
    return 0.0
