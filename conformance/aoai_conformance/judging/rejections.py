"""Decide whether a rejection is about the content of the request or has another cause.

A server rejects a request because of its content, or for another cause: the key, load, the content filter, a
quota, a limit of the model, a field that the deployment's model does not support. Only a rejection of the
content shows something about a point. rejections.yaml lists how servers state the other causes, with sources.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, get_args

from aoai_conformance.exchange import Exchange
from aoai_conformance.json_access import members, text
from aoai_conformance.judging.error_responses import ErrorReply
from aoai_conformance.judging.request_fields import request_fields, split_path
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.exchange_views import Reply
from aoai_model.exchange import Response
from aoai_specs.errors import ConformanceError
from aoai_specs.plain_yaml import load_yaml
from aoai_strategies.points.prose import BEYOND_CONTEXT

if TYPE_CHECKING:
    from aoai_specs.document import Operation

Cause = Literal[
    "capability", "model limit", "quota", "content filter", "resource", "access", "not found", "throttled",
    "time-out", "gateway",
]  # fmt: skip
#: Causes that show that the deployment cannot do what the request requires: its model does not support it, or
#: it needs a resource (a data source, an image at a URL) that the run does not have.
NOT_APPLICABLE: frozenset[Cause] = frozenset({"capability", "model limit", "resource"})
#: The cause that a status shows by itself, regardless of the body.
_OF_STATUS: Mapping[int, Cause] = {
    401: "access", 403: "access", 404: "not found", 408: "time-out", 425: "throttled", 429: "throttled",
    502: "gateway", 503: "gateway", 504: "gateway",
}  # fmt: skip
_DEPLOYMENT_MISSING = "DeploymentNotFound"
_LONGEST_MESSAGE = 400
_TITLE = re.compile(r"<title>([^<]{1,200})</title>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rejection:
    """The cause of a rejection that is unrelated to the content of the request.

    `subjects` are the fields that the server names, `told` quotes it: status, code and message. `by_status`
    means that the status alone shows the cause.
    """

    cause: Cause
    subjects: tuple[str, ...]
    quote: str
    by_status: bool = False

    @property
    def is_not_applicable(self) -> bool:
        """Whether the deployment cannot do what the request requires."""
        return self.cause in NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Signal:
    """One way to recognize a cause; see rejections.yaml."""

    cause: Cause
    codes: frozenset[str]
    message: re.Pattern[str] | None
    subjects: tuple[str, ...]
    kinds: frozenset[str]
    rejects: bool
    source: str

    def subjects_in(self, error: ErrorReply, *, rejecting: bool) -> tuple[str, ...] | None:
        """Return the fields that the error names if it has the signal, else None."""
        if (rejecting and not self.rejects) or (self.kinds and error.operation.kind not in self.kinds):
            return None
        if self.codes and self.codes.isdisjoint(_codes(error)):
            return None
        found = self.message.search(error.message or "") if self.message is not None else None
        if self.message is not None and found is None:
            return None
        named = found.groupdict().get("subject") if found is not None else None
        if named:
            return (named,)
        return self.subjects or _named_fields(error)


def find_rejection(exchange: Exchange, operation: Operation) -> Rejection | None:
    """Return the cause of a rejection; None if the content was rejected or the status is below 400."""
    response = exchange.response
    if response is None or response.status < 400:
        return None
    error = ErrorReply(exchange, operation, response)
    rejecting = exchange.case.expect == "reject"
    points = {point.id for point in exchange.case.points}
    for signal in signals():
        subjects = signal.subjects_in(error, rejecting=rejecting)
        if subjects is None:
            continue
        if signal.cause == "model limit" and BEYOND_CONTEXT in points:
            continue  # the limit is what the point is about
        if signal.cause == "capability" and subjects and _all_unknown(subjects, operation):
            continue  # an undeclared field is not a capability of the model
        return Rejection(signal.cause, subjects, quoted(response, error))
    cause = _OF_STATUS.get(response.status)
    return (
        None
        if cause is None
        else Rejection(cause, _subjects_of(error), quoted(response, error), by_status=True)
    )


def require_about_content(reply: Reply, *, allowing: Collection[int] = ()) -> None:
    """Raise Inconclusive if a rejection is unrelated to the content of the request.

    `allowing` are statuses that are conclusive here, such as the 401 for a wrong key.
    """
    rejection = find_rejection(reply.exchange, reply.operation)
    if rejection is None or (rejection.by_status and reply.status in allowing):
        return
    raise Inconclusive(f"the rejection is unrelated to the request ({rejection.cause}: {rejection.quote})")


def quoted(response: Response, error: ErrorReply) -> str:
    """Return the status, code and message of a rejection, shortened."""
    words = error.message or _text_of(response)
    code = error.code if error.code != str(response.status) else None
    parts = [str(response.status), code or "", words[:_LONGEST_MESSAGE]]
    return " ".join(part for part in parts if part)


def _text_of(response: Response) -> str:
    """Return the body of an error without a message: a short text unchanged, a page by its kind."""
    body = response.text.strip()
    if body.startswith("<"):
        title = _TITLE.search(body)
        return f"(a page: {title[1].strip()})" if title else "(an HTML or XML page)"
    return body if len(body) < _LONGEST_MESSAGE else ""


def is_out_of_quota(response: Response) -> bool:
    """Whether an error says that a quota is exhausted, so that a retry is useless."""
    error = members(members(response.json).get("error")) if response.is_json else {}
    words = text(error.get("message")) or ""
    return any(
        error.get("code") in signal.codes or (signal.message is not None and signal.message.search(words))
        for signal in signals()
        if signal.cause == "quota"
    )


def error_message(response: Response) -> str:
    """Return the code and the message of an error response, shortened; empty if it has none."""
    error = members(members(response.json).get("error")) if response.is_json else {}
    code, words = text(error.get("code")), text(error.get("message")) or _text_of(response)
    full_message = f"{code} {words}" if code and code != str(response.status) else words
    return full_message[:_LONGEST_MESSAGE].rstrip(".")


def names_another_field(exchange: Exchange, operation: Operation) -> str | None:
    """Return the field that a rejection names if the request's points are about other fields, else None."""
    response = exchange.response
    points = exchange.case.points
    known = request_fields(operation)
    about = {field for point in points for field in point.fields} & known
    if response is None or response.status < 400 or not about:
        return None
    named = _named_fields(ErrorReply(exchange, operation, response))
    ours = about.union(*(split_path(point.id) for point in points))
    if ours.isdisjoint(named):
        return next((name for name in named if name in known or name not in _WHOLE), None)
    return None


@cache
def signals() -> tuple[Signal, ...]:
    """Return the signals of rejections.yaml, in order."""
    data = load_yaml((resources.files(__package__) / "rejections.yaml").read_bytes())
    return tuple(map(_signal, data["signals"]))


def _signal(row: Mapping[str, Any]) -> Signal:
    unknown = row.keys() - {"cause", "code", "message", "subjects", "kinds", "rejects", "source"}
    if unknown or row["cause"] not in get_args(Cause) or not (row.get("code") or row.get("message")):
        raise ConformanceError(f"rejections.yaml has an invalid signal: {row}.")
    message = row.get("message")
    return Signal(
        cause=row["cause"],
        codes=frozenset(row.get("code", ())),
        message=None if message is None else re.compile(message, re.IGNORECASE | re.DOTALL),
        subjects=tuple(row.get("subjects", ())),
        kinds=frozenset(row.get("kinds", ())),
        rejects=row.get("rejects", True),
        source=row["source"],
    )


def _codes(error: ErrorReply) -> Collection[str]:
    inner = error.inner[1].get("code") if error.inner else None
    return {code for code in (error.code, inner) if isinstance(code, str)}


def _named_fields(error: ErrorReply) -> tuple[str, ...]:
    return split_path(error.param or "")


def _subjects_of(error: ErrorReply) -> tuple[str, ...]:
    """Return the subject of a rejection by status, so that two missing resources are distinguished."""
    return (_DEPLOYMENT_MISSING,) if error.code == _DEPLOYMENT_MISSING else ()


def _all_unknown(subjects: Collection[str], operation: Operation) -> bool:
    known = request_fields(operation)
    return bool(known) and known.isdisjoint(subjects) and _IN_MESSAGES.isdisjoint(subjects)


#: Names that some servers use for the whole request.
_WHOLE = frozenset({"body", "request", "root", "json", "data", "payload", "None"})
#: Features that a model may not support, as servers name them, that are not top-level fields of the request.
_IN_MESSAGES = frozenset({"image_url", "input_audio", "role", "content", "file", "model"})
