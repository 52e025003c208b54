"""The lines of a batch's files: requests, errors in them, and results.

An input line is an object with custom_id, method, url and body; the body's model is a deployment. The error
codes are those of the service's guide to batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.json_text import JsonObject, JsonTextError, parse, write
from aoai_emulator.http.requests import InnerReply
from aoai_emulator.settings import Settings

MOST_LINES = 1000
LARGEST_INPUT = 16 * 1024 * 1024
_LARGEST_LINE = 1024 * 1024
#: How many errors are collected at most.
MOST_MISTAKES = 50
_LONGEST_ID = 512
#: The maximum number of line breaks: empty lines are ignored, up to this limit.
_MOST_BREAKS = 100 * MOST_LINES

#: The kind of operation for each endpoint of batches.
ENDPOINTS = {
    "/chat/completions": "chat",
    "/completions": "completions",
    "/embeddings": "embeddings",
    "/responses": "response-create",
}


def endpoint_kind(endpoint: str) -> str | None:
    """Return the kind of operation of an endpoint, with or without /v1, or None."""
    return ENDPOINTS.get(endpoint.removeprefix("/v1"))


@dataclass(frozen=True, slots=True)
class Line:
    """One request of a batch: the client's own id, the deployment, and the body as JSON text."""

    custom_id: str
    model: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Mistake:
    """An error in an input file, with its line (from 1) and field if known."""

    code: str
    message: str
    param: str | None = None
    line: int | None = None


_TOO_MANY = Mistake("too_many_tasks", f"The file contains more than {MOST_LINES} requests.")


def read_lines(content: bytes, kind: str, settings: Settings) -> tuple[list[Line], list[Mistake]]:
    """Read an input file: its valid requests, and the errors of the others."""
    if len(content) > LARGEST_INPUT:
        return [], [Mistake("file_too_large", f"The file has more than {LARGEST_INPUT} bytes.")]
    if content.count(b"\n") + content.count(b"\r") > _MOST_BREAKS:
        return [], [_TOO_MANY]
    numbered = [(number, raw) for number, raw in enumerate(content.splitlines(), 1) if raw.strip()]
    if not numbered:
        return [], [Mistake("empty_file", "The file contains no request.")]
    if len(numbered) > MOST_LINES:
        return [], [_TOO_MANY]
    reader = _Reader(kind, settings)
    lines: list[Line] = []
    mistakes: list[Mistake] = []
    for number, raw in numbered:
        found = reader.read(raw, number)
        if isinstance(found, Line):
            lines.append(found)
        else:
            mistakes.append(found)
            if len(mistakes) == MOST_MISTAKES:
                break
    return lines, mistakes


class _Reader:
    """Reads the lines of one file, which must have distinct ids and name one deployment."""

    def __init__(self, kind: str, settings: Settings) -> None:
        self._kind = kind
        self._settings = settings
        self._ids: set[str] = set()
        self._model: str | None = None

    def read(self, raw: bytes, number: int) -> Line | Mistake:
        if len(raw) > _LARGEST_LINE:
            return Mistake("invalid_request", f"The line has more than {_LARGEST_LINE} bytes.", line=number)
        try:
            value = parse(raw)
        except JsonTextError as error:
            return Mistake("invalid_json_line", f"The line is not JSON: {error}.", line=number)
        if not isinstance(value, dict):
            return Mistake("invalid_json_line", "The line is not a JSON object.", line=number)
        wrong = next(self._wrongs(value), None)
        if wrong is not None:
            code, message, param = wrong
            return Mistake(code, message, param, number)
        self._ids.add(value["custom_id"])
        self._model = value["body"]["model"]
        return Line(value["custom_id"], value["body"]["model"], write(value["body"]))

    def _wrongs(self, value: JsonObject) -> Iterator[tuple[str, str, str]]:
        """Yield code, message and field of each error, in the order of the fields."""
        custom_id = value.get("custom_id")
        if not isinstance(custom_id, str) or not 0 < len(custom_id) <= _LONGEST_ID:
            yield "invalid_request", f"It must be a string of 1 to {_LONGEST_ID} characters.", "custom_id"
        elif custom_id in self._ids:
            yield "duplicate_custom_id", "Another line has the same custom_id.", "custom_id"
        if value.get("method") != "POST":
            yield "invalid_request", "The method must be POST.", "method"
        url = value.get("url")
        if not isinstance(url, str) or endpoint_kind(url) != self._kind:
            yield "url_mismatch", "The url must be the endpoint of the batch.", "url"
        body = value.get("body")
        if not isinstance(body, dict):
            yield "invalid_request", "The body must be an object.", "body"
            return
        yield from self._wrong_models(body.get("model"))
        if body.get("stream"):
            yield "invalid_request", "Batches do not support streaming.", "body.stream"

    def _wrong_models(self, model: Any) -> Iterator[tuple[str, str, str]]:
        if not isinstance(model, str):
            yield "invalid_request", "The model must be the name of a deployment.", "body.model"
            return
        deployment = self._settings.deployment(model)
        if deployment is None or not deployment.serves(self._kind):
            yield "model_not_found", "No deployment of that name serves the endpoint.", "body.model"
        elif self._model is not None and model != self._model:
            yield "model_mismatch", "All requests must name the same model.", "body.model"


def response_line(line: Line, reply: InnerReply) -> bytes:
    """Return the result line of a request, successful or rejected."""
    try:
        body = parse(reply.body)
    except JsonTextError:
        body = reply.body.decode("utf-8", "replace")
    return _written(
        line, {"status_code": reply.status, "request_id": reply.request_id, "body": body}, error=None
    )


def unsent_line(line: Line, code: str, message: str) -> bytes:
    """Return the result line of a request that was not sent."""
    return _written(line, None, {"code": code, "message": message})


def _written(line: Line, response: JsonObject | None, error: JsonObject | None) -> bytes:
    result = {
        "id": resource_id("batch_req_"),
        "custom_id": line.custom_id,
        "response": response,
        "error": error,
    }
    return write(result) + b"\n"
