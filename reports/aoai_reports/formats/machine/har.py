"""The exchanges of a run as a HAR 1.2 file, for browsers, proxies and load tools, and for `judge`."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aoai_model.exchange import Headers, Request, Response, header
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.formats.wording import verdict_sentence
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary

#: The member of the log and of each entry with what HAR cannot express; `judge` restores the record from it.
EXTENSION = "_aoaiConformance"
HAR_SCHEMA = "aoai-conformance/har/v1"
#: The members of a recorded request and response that HAR expresses itself.
IN_HAR_REQUEST = ("method", "url", "headers", "body")
IN_HAR_RESPONSE = ("status", "headers", "body", "events")
_HTTP = "HTTP/1.1"


def har_text(summary: Summary, record: Record) -> str:
    """The exchanges as HAR; secrets are masked as in the record.

    A body that is not text is base64. A stream is the text of its response; the times at which its events
    arrived are in the extension. The record has the start of the run, not of each request: every entry starts
    when the run started.
    """
    name, _, version = record.header.tool.partition(" ")
    footer = record.footer
    log = {
        "version": "1.2",
        "creator": {"name": name or "aoai-conformance", "version": version},
        "comment": visible_line(f"{summary.verdict}: {verdict_sentence(summary, record)}", 1000),
        "entries": [_entry(line, record.header.started) for line in record.exchanges],
        EXTENSION: {
            "schema": HAR_SCHEMA,
            "header": record.header.to_json(),
            "scenarios": [line.to_json() for line in record.scenarios],
            "footer": None if footer is None else footer.to_json(),
        },
    }
    return json_text({"log": log}, indent=1)


def _entry(line: ExchangeLine, started: str) -> dict[str, Any]:
    response = line.response
    wait, ended = (0.0, 0.0) if response is None else (response.started, response.ended)
    return {
        "startedDateTime": started,
        "time": ended * 1000,
        "request": _request(line.request),
        "response": _no_response(line) if response is None else _response(response),
        "cache": {},
        "timings": {"send": 0, "wait": wait * 1000, "receive": max(0.0, ended - wait) * 1000},
        "comment": _comment(line),
        EXTENSION: _extension(line),
    }


def _extension(line: ExchangeLine) -> dict[str, Any]:
    """The line of the record without what the entry has, with the arrival times of the events."""
    rest: dict[str, Any] = dict(line.to_json())
    rest["request"] = {name: value for name, value in rest["request"].items() if name not in IN_HAR_REQUEST}
    if line.response is not None:
        kept = {name: value for name, value in rest["response"].items() if name not in IN_HAR_RESPONSE}
        if line.response.events is not None:
            kept["arrived"] = [event.arrived for event in line.response.events]
        rest["response"] = kept
    return rest


def _request(request: Request) -> dict[str, Any]:
    content_type = header(request.headers, "content-type") or ""
    unknown = request.body_missing and not request.body
    posted: dict[str, Any] = {}
    if request.body:
        # Other recorders write each byte of a multipart body as the character with that code point.
        text = (
            None
            if "multipart/" in content_type.lower() and not request.body.isascii()
            else _text(request.body)
        )
        encoded = {"text": text} if text is not None else {**_base64(request.body), "_encoding": "base64"}
        posted = {"postData": {"mimeType": content_type, **encoded}}
    return {
        "method": request.method,
        "url": request.url,
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _headers(request.headers),
        "queryString": _query(request.url),
        **posted,
        "headersSize": -1,
        "bodySize": -1 if unknown else len(request.body),
    }


def _response(response: Response) -> dict[str, Any]:
    text = _text(response.body)
    return {
        "status": response.status,
        "statusText": _status_text(response.status),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _headers(response.headers),
        "content": {
            "size": len(response.body),
            "mimeType": response.header("content-type") or "",
            **({"text": text} if text is not None else {**_base64(response.body), "encoding": "base64"}),
        },
        "redirectURL": response.header("location") or "",
        "headersSize": -1,
        "bodySize": len(response.body),
    }


def _no_response(line: ExchangeLine) -> dict[str, Any]:
    """What browsers write for a request without a response: the status 0 and the error."""
    failure = line.failure
    return {
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "_error": "no response" if failure is None else f"{failure.kind}: {failure.message}",
    }


def _comment(line: ExchangeLine) -> str:
    """The case and its violations."""
    found = [f"{each.rule}: {each.message}" for each in line.violations]
    return visible_line("; ".join([line.case, *found]), 1000)


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _base64(body: bytes) -> dict[str, str]:
    return {"text": base64.b64encode(body).decode("ascii")}


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _query(url: str) -> list[dict[str, str]]:
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []
    return [{"name": name, "value": value} for name, value in pairs]


def _status_text(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
