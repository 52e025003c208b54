"""Faults of error replies: their status and the shape of their bodies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from aoai_emulator.faults.registry import acceptance_fault, reply_fault
from aoai_emulator.json_text import write
from aoai_emulator.refusals import Refusal
from aoai_emulator.replies import Reply
from aoai_emulator.requests import IncomingRequest


@reply_fault("error-as-detail")
def tell_errors_as_detail(reply: Reply, request: IncomingRequest) -> None:
    """Errors are told as {"detail": …}, the habit of a web framework."""
    del request
    if reply.status >= 400:
        reply.body = write({"detail": _error(reply).get("message", "error")})


@reply_fault("error-as-html")
def tell_errors_as_html(reply: Reply, request: IncomingRequest) -> None:
    """Errors are pages of HTML."""
    del request
    if reply.status >= 400:
        reply.headers["content-type"] = "text/html"
        reply.body = f"<html><body><h1>{reply.status}</h1></body></html>".encode()


@reply_fault("error-as-text")
def tell_errors_as_text(reply: Reply, request: IncomingRequest) -> None:
    """The value of `error` is a text instead of an object."""
    del request
    if reply.status >= 400:
        reply.body = write({"error": _error(reply).get("message", "error")})


@reply_fault("error-empty")
def send_empty_errors(reply: Reply, request: IncomingRequest) -> None:
    """Errors have no body at all."""
    del request
    if reply.status >= 400:
        reply.body = b""
        reply.headers.pop("content-type", None)


@reply_fault("error-message-missing")
def drop_error_message(reply: Reply, request: IncomingRequest) -> None:
    """Errors have no message."""
    del request
    if reply.status >= 400:
        error = _error(reply)
        error.pop("message", None)
        reply.body = write({"error": error})


@reply_fault("error-code-number")
def number_error_code(reply: Reply, request: IncomingRequest) -> None:
    """The code of an error is a number."""
    del request
    if reply.status >= 400:
        reply.body = write({"error": {**_error(reply), "code": reply.status}})


@reply_fault("error-status-200")
def tell_errors_with_success(reply: Reply, request: IncomingRequest) -> None:
    """Errors of the model are told with status 200."""
    del request
    if reply.status == 400:
        reply.status = 200


@acceptance_fault("wrong-type-breaks-server", check="schema")
def break_on_wrong_type(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A field of the wrong type is answered with 500."""
    del request
    return (_broken(refusal) if refusal.keyword == "type" else refusal for refusal in found)


@acceptance_fault("missing-field-breaks-server", check="schema")
def break_on_missing_field(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A required field that is missing is answered with 500."""
    del request
    return (_broken(refusal) if refusal.keyword == "required" else refusal for refusal in found)


def _broken(refusal: Refusal) -> Refusal:
    return replace(refusal, status=500, code="InternalServerError", form="gateway")


def _error(reply: Reply) -> dict[str, Any]:
    """Return the error that a reply tells of, whichever of its two forms it has."""
    try:
        body = json.loads(reply.body) if isinstance(reply.body, bytes) else {}
    except ValueError:
        body = {}
    error = body.get("error", body) if isinstance(body, dict) else {}
    return error if isinstance(error, dict) else {"message": str(error)}
