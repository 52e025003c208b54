"""Topics: the tables of faults. A row describes a fault, its place and its edit; few need code."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar, get_args

from aoai_emulator.fault_description import FaultDescription, Stage
from aoai_emulator.faults.edits import Edit
from aoai_emulator.faults.places import Path
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.replies import JSON_TYPE, Reply
from aoai_emulator.http.requests import IncomingRequest

Check = Literal[
    "authentication",
    "api-version",
    "deployment",
    "method",
    "content-type",
    "size",
    "body",
    "schema",
    "extra-parameters",
    "model",
    "relations",
]

#: Every kind of operation, and requests that match none.
ALL_KINDS: frozenset[str] = frozenset()
_GROUPS = {
    "any": ALL_KINDS,
    "text": frozenset({"chat", "completions"}),
    "audio": frozenset({"transcription", "translation"}),
    "vectors": frozenset({"embeddings", "image-embeddings"}),
}
_STAGES: dict[str, Stage] = {
    "response": "response",
    "chunks": "chunks",
    "frames": "frames",
    "reply": "reply",
    "error": "reply",
}
_Function = TypeVar("_Function", bound=Callable[..., Any])
Condition = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class FaultPart:
    """What a fault does at one stage of a response; for a stage of acceptance, behind which check."""

    description: FaultDescription
    apply: Callable[[Any, Any], Any]
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a fault works: `KINDS.STAGE[:SELECTOR][ DETAIL]`, parsed."""

    kinds: frozenset[str]
    name: str
    selector: str
    detail: str

    @classmethod
    def parse(cls, text: str) -> _Target:
        head, _, detail = text.partition(" ")
        kinds, _, stage = head.rpartition(".")
        name, _, selector = stage.partition(":")
        groups = [_GROUPS.get(kind, frozenset({kind})) for kind in kinds.split("|")]
        if name not in _STAGES and name not in get_args(Check):
            raise ValueError(f"a fault names the stage {name!r}, which does not exist")
        return cls(frozenset().union(*groups), name, selector, detail)

    @property
    def check(self) -> Check | None:
        return next((check for check in get_args(Check) if check == self.name), None)

    @property
    def stage(self) -> Stage:
        return _STAGES.get(self.name, "acceptance")

    def selects(self, reply: Reply) -> bool:
        """Return whether the selector matches a reply: a status, `error`, `json` or `success`."""
        match self.selector:
            case "":
                return True
            case "error":
                return reply.status >= 400
            case "success":
                return reply.status == 200 and isinstance(reply.body, bytes)
            case "json":
                return reply.status == 200 and reply.headers.get("content-type") == "application/json"
        return str(reply.status) in self.selector.split("|")

    def names(self, rejection: Rejection) -> bool:
        """Return whether the detail (`PARAM[:KEYWORD|KEYWORD…]`) names what is refused."""
        param, _, keywords = self.detail.rpartition(":") if ":" in self.detail else (self.detail, "", "")
        named = rejection.param or ""
        fits = (
            named.endswith(param[1:])
            if param.startswith("*")
            else named.startswith(param[:-1])
            if param.endswith("*")
            else named == param or not param
        )
        return fits and (not keywords or rejection.keyword in keywords.split("|"))


@dataclass(slots=True)
class Topic:
    """The faults of one topic, whose name the self-test's expectations use.

    Every fault has an id, a sentence that says what the response does wrong, and the target `at`:

        KINDS.response PATH        the JSON body of a successful response
        KINDS.chunks PATH          each chunk of a stream
        KINDS.frames               the server-sent events of a stream as bytes
        KINDS.reply[:WHICH] PATH   `/status`, `/headers/NAME` and `/body` of any reply, rejections included
        KINDS.error[:STATUS] PATH  the error object of a reply with a status of 400 or above
        KINDS.CHECK PARAM:KEYWORD  what a check of requests rejects

    KINDS are kinds of operation or groups of them, joined by `|`; `any` stands for all, and for requests that
    match no operation. `document` names the document on which a fault shows if others lack what it breaks; an
    empty one overrides that of the topic. Faults of several stages are several rows with one id;
    the first has the sentence. Rows are laid out by hand between `fmt: off` and `fmt: on`, so that a table
    fits on few pages.
    """

    name: str
    document: str | None = None
    parts: list[FaultPart] = field(default_factory=list)

    def edit(
        self,
        fault_id: str,
        summary: str = "",
        *,
        at: str,
        edit: Edit,
        when: Condition = lambda _: True,
        document: str | None = None,
    ) -> None:
        """Add a fault that edits each place that a path matches, for requests that meet a condition."""
        target = _Target.parse(at)
        apply = _EDITORS[target.name](target, Path.parse(target.detail), edit, when)
        self._add(fault_id, summary, target, apply, document)

    def code(
        self, fault_id: str, summary: str = "", *, at: str, document: str | None = None
    ) -> Callable[[_Function], _Function]:
        """Add a fault as a function of the object that its stage handles, of `request`, or of both.

        The function changes a body or a reply in place, and returns other chunks, frames or rejections. Its
        docstring is the summary unless one is given.
        """
        target = _Target.parse(at)

        def register(function: _Function) -> _Function:
            names = list(inspect.signature(function).parameters)

            def apply(subject: Any, request: Any) -> Any:
                if target.stage == "reply" and not target.selects(subject):
                    return None
                return function(*(request if name == "request" else subject for name in names))

            sentence = summary or " ".join((inspect.getdoc(function) or "").split())
            self._add(fault_id, sentence, target, apply, document)
            return function

        return register

    def respond(
        self,
        fault_id: str,
        summary: str = "",
        *,
        at: str,
        status: int,
        body: bytes = b"{}",
        when: Condition = lambda _: True,
    ) -> None:
        """Add a fault that answers with another status and body, by default an empty object."""
        target = _Target.parse(at)

        def apply(reply: Reply, request: IncomingRequest) -> None:
            if target.selects(reply) and when(request):
                reply.status, reply.body = status, body
                reply.headers.setdefault("content-type", JSON_TYPE)
                if not body:
                    del reply.headers["content-type"]

        self._add(fault_id, summary, target, apply, None)

    def accept(
        self,
        fault_id: str,
        summary: str = "",
        *,
        at: str,
        matching: Callable[[Rejection], bool] = lambda _: True,
        when: Condition = lambda _: True,
        drop: str = "",
        document: str | None = None,
    ) -> None:
        """Add a fault that accepts what a check rejects; `drop` is a field to remove from the request."""
        target = _Target.parse(at)

        def apply(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
            for rejection in found:
                if not (when(request) and target.names(rejection) and matching(rejection)):
                    yield rejection
                elif drop:
                    drop_field(request, drop)

        self._add(fault_id, summary, target, apply, document)

    def reject(
        self,
        fault_id: str,
        summary: str = "",
        *,
        at: str,
        when: Condition,
        rejection: Rejection | None = None,
        document: str | None = None,
    ) -> None:
        """Add a fault that rejects valid requests, by default with an error that names the field."""
        target = _Target.parse(at)
        param = target.detail
        added = rejection or invalid_request(f"Invalid '{param}'.", param=param)

        def apply(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
            yield from found
            if when(request):
                yield added

        self._add(fault_id, summary, target, apply, document)

    def alter(
        self,
        fault_id: str,
        summary: str = "",
        *,
        at: str,
        matching: Callable[[Rejection], bool] = lambda _: True,
        when: Condition = lambda _: True,
        document: str | None = None,
        **changes: Any,
    ) -> None:
        """Add a fault that rejects what a check rejects, but with another status, code or form."""
        target = _Target.parse(at)

        def apply(found: Iterable[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
            for rejection in found:
                altered = when(request) and target.names(rejection) and matching(rejection)
                yield replace(rejection, **changes) if altered else rejection

        self._add(fault_id, summary, target, apply, document)

    def _add(
        self,
        fault_id: str,
        summary: str,
        target: _Target,
        apply: Callable[[Any, Any], Any],
        document: str | None,
    ) -> None:
        description = FaultDescription(
            fault_id,
            target.kinds,
            summary,
            target.stage,
            self.document if document is None else document or None,
            frozenset({target.stage}),
            self.name,
        )
        self.parts.append(FaultPart(description, apply, target.check))


def drop_field(request: IncomingRequest, name: str) -> None:
    """Remove a field from the body of a request, as if it had not been sent."""
    if request.body is not None:
        fields = {key: value for key, value in request.sent.items() if key != name}
        request.body = replace(request.body, fields=fields)


def error_of(reply: Reply) -> dict[str, Any]:
    """Return the error object of a reply, in whichever of the two forms it comes."""
    body: Any = {}
    with suppress(ValueError):
        body = json.loads(reply.body) if isinstance(reply.body, bytes) else {}
    if not isinstance(body, dict):
        return {}
    error = body.get("error", {"code": str(reply.status), "message": body.get("message", "")})
    return error if isinstance(error, dict) else {"message": str(error)}


def _edit_body(
    _target: _Target, path: Path, edit: Edit, when: Condition
) -> Callable[[JsonObject, Any], None]:
    def apply(body: JsonObject, request: Any) -> None:
        for place in path.find(body, request) if when(request) else ():
            edit(place)

    return apply


def _edit_chunks(
    _target: _Target, path: Path, edit: Edit, when: Condition
) -> Callable[[Iterator[JsonObject], Any], Iterator[JsonObject]]:
    def apply(chunks: Iterator[JsonObject], request: Any) -> Iterator[JsonObject]:
        for number, chunk in enumerate(chunks):
            for place in path.find(chunk, request, number) if when(request) else ():
                edit(place)
            yield chunk

    return apply


def _edit_reply(target: _Target, path: Path, edit: Edit, when: Condition) -> Callable[[Reply, Any], None]:
    def apply(reply: Reply, request: Any) -> None:
        if target.selects(reply) and when(request):
            parts: dict[str, Any] = {"status": reply.status, "headers": reply.headers, "body": reply.body}
            for place in path.find(parts, request):
                edit(place)
            reply.status, reply.headers, reply.body = parts["status"], parts["headers"], parts["body"]

    return apply


def _edit_error(target: _Target, path: Path, edit: Edit, when: Condition) -> Callable[[Reply, Any], None]:
    def apply(reply: Reply, request: Any) -> None:
        if reply.status >= 400 and target.selects(reply) and when(request):
            error = error_of(reply)
            for place in path.find(error, request):
                edit(place)
            if error != error_of(reply):
                reply.body = write({"error": error})

    return apply


_EDITORS: dict[str, Callable[[_Target, Path, Edit, Condition], Callable[[Any, Any], Any]]] = {
    "response": _edit_body,
    "chunks": _edit_chunks,
    "reply": _edit_reply,
    "error": _edit_error,
}
