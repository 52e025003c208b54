"""Requests and responses as plain text without control characters, for attachments."""

from __future__ import annotations

import json

from aoai_model.exchange import Headers
from aoai_reports.formats.legible import visible, visible_line
from aoai_reports.formats.pretty import format_body
from aoai_reports.record.evidence import cut_text
from aoai_reports.record.lines import ExchangeLine

#: Longer texts are cut; the record has the rest.
LONGEST = 200_000


def exchange_sentence(line: ExchangeLine) -> str:
    """`POST https://… → 200`, or the kind of failure."""
    result = str(line.response.status) if line.response else line.failure.kind if line.failure else "nothing"
    return visible_line(f"{line.request.method} {line.request.url} → {result}", 500)


def request_text(line: ExchangeLine) -> str:
    """The request line, headers and body."""
    request = line.request
    return _message(f"{request.method} {request.url}", request.headers, request.body)


def response_text(line: ExchangeLine) -> str:
    """The status, headers and body of the response, or the failure."""
    response, failure = line.response, line.failure
    if response is None:
        return visible(f"{failure.kind}: {failure.message}" if failure else "no response", lines=True)
    body = b"" if response.events is not None else response.body
    return _message(f"HTTP {response.status}", response.headers, body)


def chunks_text(line: ExchangeLine) -> str | None:
    """Each event of a stream with its time of arrival; None without a stream."""
    if line.response is None or line.response.events is None:
        return None
    chunks = [
        f"chunk {number} at {event.arrived:.3f} s{'' if event.terminated else ' (cut off)'}\n"
        f"{visible(event.raw.decode('utf-8', 'backslashreplace'), lines=True).rstrip()}"
        for number, event in enumerate(line.response.events)
    ]
    return cut_text("\n\n".join(chunks), LONGEST)


def _message(first: str, headers: Headers, body: bytes) -> str:
    lines = [visible_line(first, 4000), *(visible_line(f"{name}: {value}", 4000) for name, value in headers)]
    return cut_text("\n".join([*lines, "", _body(body)]), LONGEST)


def _body(body: bytes) -> str:
    if not body:
        return ""
    if len(body) <= LONGEST:
        try:
            return visible(json.dumps(json.loads(body), ensure_ascii=False, indent=2), lines=True)
        except (ValueError, RecursionError):
            pass
        try:
            return visible(body.decode(), lines=True)
        except UnicodeDecodeError:
            pass
    layout = format_body(body)
    return "\n".join([f"({layout.kind})", *(row.text for row in layout.rows)])
