"""Faults of errors: their status and the shape of their bodies."""

from __future__ import annotations

from aoai_emulator.faults.edits import map_place, remove, set_to
from aoai_emulator.faults.places import Place
from aoai_emulator.faults.topics import Topic, error_of
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.replies import Reply

ERRORS = Topic("errors")
_TRACE = 'Traceback (most recent call last):\n  File "/srv/app/main.py", line 42, in answer\nKeyError'


def _other_field(place: Place) -> object:
    named = place.value
    if not isinstance(named, str):
        return named
    return next(name for name in ("user", "n", "prompt", "language") if not named.startswith(name))


def _message(reply: Reply) -> object:
    return error_of(reply).get("message", "error")


# fmt: off
ERRORS.edit("error-message-missing", "Errors have no message.", at="any.error /message", edit=remove)
ERRORS.edit("error-message-empty", "The message of an error is blank.", at="any.error /message",
    edit=set_to(" "))
ERRORS.edit("error-status-200", "Errors of the model have status 200.", at="any.reply:400 /status",
    edit=set_to(200))
ERRORS.edit("error-as-plain-text", "Errors are JSON with the media type `text/plain`.",
    at="any.reply:error /headers/content-type", edit=set_to("text/plain; charset=utf-8"))
ERRORS.edit("error-shows-trace", "The message of an error is a stack trace.", at="any.error /message",
    edit=set_to(_TRACE))
ERRORS.edit("error-names-other-field", "`param` of an error names another field.", at="any.error /param",
    edit=map_place(_other_field))
ERRORS.edit("error-status-untrue", "`status` of an error is 500, whatever the status of the response is.",
    at="any.error /status", edit=set_to(500))
ERRORS.edit("error-without-code", "Errors have no type, and null as code.", at="any.error /type", edit=remove)
ERRORS.edit("error-without-code", at="any.error /code", edit=set_to(None))
ERRORS.alter("wrong-type-breaks-server", "A field of the wrong type fails with 500.", at="any.schema :type",
    status=500, code="InternalServerError", form="gateway")
ERRORS.alter("missing-field-breaks-server", "A missing required field fails with 500.",
    at="any.schema :required", status=500, code="InternalServerError", form="gateway")
ERRORS.alter("wrong-value-not-acceptable", "A body that violates the schema is rejected with 406.",
    at="any.schema", status=406)
# fmt: on


@ERRORS.code("error-as-detail", at="any.reply:error")
def send_detail(reply: Reply) -> None:
    """Errors have the form {"detail": …} of a web framework."""
    reply.body = write({"detail": _message(reply)})


@ERRORS.code("error-as-html", at="any.reply:error")
def send_html(reply: Reply) -> None:
    """Errors are HTML pages."""
    reply.headers["content-type"] = "text/html"
    reply.body = f"<html><body><h1>{reply.status}</h1></body></html>".encode()


@ERRORS.code("error-as-text", at="any.reply:error")
def send_text(reply: Reply) -> None:
    """`error` is a string instead of an object."""
    reply.body = write({"error": _message(reply)})


@ERRORS.code("error-empty", at="any.reply:error")
def send_nothing(reply: Reply) -> None:
    """Errors have no body."""
    reply.body = b""
    reply.headers.pop("content-type", None)


@ERRORS.code("error-code-number", at="any.reply:error")
def number_code(reply: Reply) -> None:
    """The code of an error is a number."""
    reply.body = write({"error": {**error_of(reply), "code": reply.status}})


@ERRORS.code("error-401-without-words", at="any.reply:401")
def omit_message(reply: Reply) -> None:
    """A 401 has no message, in the form without an error object."""
    reply.body = write({"statusCode": 401, "message": None})


def _filtered(fault_id: str, summary: str, **results: JsonObject) -> None:
    """Add a fault that calls a rejection filtered, with these filter results in its inner error."""
    inner = {"code": "ResponsibleAIPolicyViolation", **results}
    error = {"code": "content_filter", "param": "prompt", "innererror": inner}

    @ERRORS.code(fault_id, summary, at="text.reply:400")
    def filter_request(reply: Reply) -> None:
        reply.body = write({"error": {**error_of(reply), **error}})


# fmt: off
_filtered("filter-error-half-told", "A filtered request has filter results without severities.",
    content_filter_results={"violence": {"filtered": True}, "hate": {"filtered": False}})
_filtered("filter-error-of-nothing", "A filtered request has filter results in which nothing is filtered.",
    content_filter_result={"hate": {"filtered": False, "severity": "safe"}})
# fmt: on
