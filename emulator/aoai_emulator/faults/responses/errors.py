"""Faults of the errors of v1, and of what its operations accept and reject."""

from __future__ import annotations

from contextlib import suppress

from aoai_emulator.faults.conditions import parse_object
from aoai_emulator.faults.edits import remove, set_to
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import write
from aoai_emulator.http.rejections import no_credential
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import IncomingRequest

ERRORS = Topic("response_errors", document="azure-openai@v1")
_ANY = "response-create|response-get|response-delete|response-cancel|response-input-items"


def _has_bearer(request: IncomingRequest) -> bool:
    return "authorization" in request.headers and "api-key" not in request.headers


# fmt: off
ERRORS.edit("response-error-without-message", "Errors have no `message`.", at=f"{_ANY}.error /message",
    edit=remove)
ERRORS.edit("response-error-without-type", "Errors have no `type`.", at=f"{_ANY}.error /type", edit=remove)
ERRORS.edit("response-error-message-empty", "The `message` of errors is empty.", at=f"{_ANY}.error /message",
    edit=set_to(""))
ERRORS.edit("response-error-code-number", "The `code` of errors is a number.", at=f"{_ANY}.error /code",
    edit=set_to(400))
ERRORS.reject("response-bearer-refused", "A key that comes as bearer token is rejected.",
    at=f"{_ANY}.authentication", when=_has_bearer, rejection=no_credential())
ERRORS.accept("response-model-unknown-accepted", "The name of an unknown deployment is accepted.",
    at="response-create.model")
ERRORS.accept("response-temperature-any-accepted", "A temperature that is not a number is accepted.",
    at="response-create.schema temperature:type|anyOf|oneOf", drop="temperature")
ERRORS.accept("response-truncation-any-accepted", "An unknown `truncation` is accepted.",
    at="response-create.schema truncation", drop="truncation")
ERRORS.accept("response-input-number-accepted", "An `input` that is a number is accepted.",
    at="response-create.schema input")
ERRORS.reject("response-instructions-refused", "`instructions` are rejected.",
    at="response-create.relations instructions", when=lambda request: "instructions" in request.sent)
ERRORS.reject("response-item-list-refused", "An `input` that is a list of items is rejected.",
    at="response-create.relations input", when=lambda request: isinstance(request.sent.get("input"), list))
# fmt: on


@ERRORS.code("response-error-flat", at=f"{_ANY}.reply:error")
def flatten(reply: Reply) -> None:
    """Errors are not in a member `error`."""
    with suppress(AttributeError, TypeError):
        body = parse_object(reply.body.decode()) if isinstance(reply.body, bytes) else {}
        if isinstance(body.get("error"), dict):
            reply.body = write(body["error"])
