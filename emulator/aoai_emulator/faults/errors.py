"""Faults of error replies: their status and the shape of their bodies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.registry import acceptance_fault, reply_fault
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import IncomingRequest

TEXT = frozenset({"chat", "completions"})


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


@reply_fault("error-message-empty")
def empty_error_message(reply: Reply, request: IncomingRequest) -> None:
    """The message of an error has no words."""
    del request
    if reply.status >= 400:
        reply.body = write({"error": {**_error(reply), "message": " "}})


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


@reply_fault("error-as-plain-text")
def mislabel_errors(reply: Reply, request: IncomingRequest) -> None:
    """Errors are JSON, but labelled text/plain."""
    del request
    if reply.status >= 400:
        reply.headers["content-type"] = "text/plain; charset=utf-8"


@reply_fault("error-shows-trace")
def show_trace(reply: Reply, request: IncomingRequest) -> None:
    """The message of an error is the trace of the server's stack."""
    del request
    if reply.status >= 400:
        trace = 'Traceback (most recent call last):\n  File "/srv/app/main.py", line 42, in answer\nKeyError'
        reply.body = write({"error": {**_error(reply), "message": trace}})


@reply_fault("error-names-other-field")
def name_other_field(reply: Reply, request: IncomingRequest) -> None:
    """An error that names a field names one that is not at fault."""
    error = _error(reply) if reply.status >= 400 else {}
    if isinstance(error.get("param"), str):
        named = error["param"]
        others = (name for name in ("user", "n", "prompt", "language") if not named.startswith(name))
        error["param"] = next(others)
        reply.body = write({"error": error})
    del request


@reply_fault("error-401-without-words")
def say_status_alone(reply: Reply, request: IncomingRequest) -> None:
    """Who is not known is told the status alone, in the form without an error object."""
    del request
    if reply.status == 401:
        reply.body = write({"statusCode": 401, "message": None})


@reply_fault("error-status-untrue")
def tell_other_status(reply: Reply, request: IncomingRequest) -> None:
    """The error tells of the status 500, whichever status the reply has."""
    del request
    if reply.status >= 400:
        reply.body = write({"error": {**_error(reply), "status": 500}})


@reply_fault("error-without-code")
def drop_code_and_type(reply: Reply, request: IncomingRequest) -> None:
    """Errors have no type, and null for a code."""
    del request
    if reply.status >= 400:
        error = {name: value for name, value in _error(reply).items() if name != "type"}
        reply.body = write({"error": {**error, "code": None}})


@reply_fault("filter-error-half-told", operations=TEXT)
def tell_half_of_filter(reply: Reply, request: IncomingRequest) -> None:
    """What is refused is said to be filtered, and how grave it is is left out."""
    found: JsonObject = {"violence": {"filtered": True}, "hate": {"filtered": False}}
    _say_filtered(reply, request, found, under="content_filter_results")


@reply_fault("filter-error-of-nothing", operations=TEXT)
def filter_nothing(reply: Reply, request: IncomingRequest) -> None:
    """What is refused is said to be filtered, though no category of harm was."""
    _say_filtered(reply, request, {"hate": {"filtered": False, "severity": "safe"}})


def _say_filtered(
    reply: Reply, request: IncomingRequest, found: JsonObject, *, under: str = "content_filter_result"
) -> None:
    """Make a refusal of the model one of the content filter, with what was found."""
    del request
    if reply.status == 400:
        inner = {"code": "ResponsibleAIPolicyViolation", under: found}
        error = {**_error(reply), "code": "content_filter", "param": "prompt", "innererror": inner}
        reply.body = write({"error": error})


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


@acceptance_fault("wrong-value-not-acceptable", check="schema")
def misname_refusals(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """What is wrong in a body is refused with 406, as if the client could not take the answer."""
    del request
    return (replace(refusal, status=406) for refusal in found)


def _broken(refusal: Refusal) -> Refusal:
    return replace(refusal, status=500, code="InternalServerError", form="gateway")


def _error(reply: Reply) -> dict[str, Any]:
    """Return the error that a reply tells of, whichever of its two forms it has."""
    try:
        body = json.loads(reply.body) if isinstance(reply.body, bytes) else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        return {}
    error = body.get("error", {"code": str(reply.status), "message": body.get("message", "")})
    return error if isinstance(error, dict) else {"message": str(error)}
