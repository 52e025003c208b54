"""Read the traffic in a HAR 1.2 file as exchanges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
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
    true if some of them were sent to an operation of the documents.
    """

    exchanges: tuple[Exchange, ...]
    entries_aside: Mapping[str, tuple[int, ...]]
    started: str
    addressed: bool = False

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
        partly = sum(exchange.request.body_missing for exchange in self.exchanges)
        if partly:
            aside.append(
                f"{quantity(partly, 'request')} without a recorded body: "
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
    entries: list[object] = log["entries"]
    secrets = _secrets_of(entries, SecretNames.with_headers(secret_headers))
    exchanges: list[Exchange] = []
    aside: dict[str, list[int]] = {}
    addressed = False
    for number, entry in enumerate(entries, 1):
        try:
            exchanges.append(_exchange(number, entry, documents, secrets))
        except NotJudgedError as reason:
            addressed = addressed or reason.addressed
            aside.setdefault(secrets.redactor.text(str(reason)), []).append(number)
        except BrokenBodyError as reason:
            addressed = True
            aside.setdefault(str(reason), []).append(number)
        except UnicodeEncodeError:
            aside.setdefault("it contains a lone surrogate", []).append(number)
    started = next(
        (text for text in (mapping(entry).get("startedDateTime") for entry in entries) if text), ""
    )
    numbers = {reason: tuple(each) for reason, each in aside.items()}
    return Traffic(tuple(exchanges), numbers, str(started), addressed)


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


def _secrets_of(entries: Sequence[object], names: SecretNames) -> Secrets:
    """Collect the secrets of the whole file: one entry may echo what another sends."""
    messages: list[tuple[str, Headers]] = []
    further: list[str] = []
    for entry in map(mapping, entries):
        request, response = mapping(entry.get("request")), mapping(entry.get("response"))
        url = str(request.get("url", ""))
        messages += [(url if _is_url(url) else "", header_pairs(request)), ("", header_pairs(response))]
        further += [value for name, value in pairs(request, "queryString") if is_secret_name(name)]
        further += [value for each in (request, response) for _, value in pairs(each, "cookies")]
    return Secrets.of(messages, names, further)


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
