"""Builds the requests and cases of one operation, starting from its smallest valid request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import cast
from zlib import crc32

from aoai_model.case import Body, Case, Edit, Expectation, JsonBody, Placeholder, PlannedRequest, Point
from aoai_model.serialization import Json
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.shapes import request_media_type, request_shape, shape_at
from aoai_specs.surfaces import AI_MODEL_INFERENCE
from aoai_strategies.requests.costs import token_estimate
from aoai_strategies.requests.editing import apply_edits, to_form
from aoai_strategies.requests.forms import admits, parameter_schema
from aoai_strategies.requests.placeholders import find_placeholders, remaining_placeholders
from aoai_strategies.requests.preferences import upload
from aoai_strategies.requests.resources import (
    BASE,
    DEPLOYMENT_PARAMETERS,
    FURTHER_FIELDS,
    POLLED,
    UNPROMISED,
    UNPROMISED_ALONE,
    Source,
    case_prefix,
    exclusive_sources,
    names_model,
    operation_of_kind,
    placeholder_for,
    resource_parameter,
    sources_of,
)
from aoai_strategies.requests.response_limits import WRITING
from aoai_strategies.requests.samples import Sampler

#: Names a resource (a file, a batch) that no server has.
UNKNOWN_RESOURCE = "unknown-000000000000"

_USER: Json = {"role": "user", "content": "Say hi."}
#: Candidates for the base body of each kind; the first that the description admits is used.
_BODIES: Mapping[str, tuple[Json, ...]] = {
    "chat": ({"messages": [_USER], "max_tokens": 16},),
    "completions": ({"prompt": "Say hi.", "max_tokens": 16}, {"prompt": ["Say hi."], "max_tokens": 16}),
    "embeddings": ({"input": "hi"}, {"input": ["hi"]}),
    "images": ({"prompt": "A red dot."},),
    "image-submit": ({"prompt": "A red dot."},),
    "response-create": ({"input": "Say hi.", "max_output_tokens": 16},),
    "conversation-create": ({"items": [_USER], "metadata": {"purpose": "test"}}, {}),
    "conversation-update": ({"metadata": {"purpose": "test"}},),
    "conversation-item-create": ({"items": [_USER]},),
    "vector-store-create": ({"name": "test"},),
    "vector-store-update": ({"name": "test"},),
    "vector-store-search": ({"query": "rain"},),
    "vector-store-batch-create": ({"file_ids": ["file"]},),
}
#: Which kind of deployment serves a kind of operation, where the body names it and it differs.
_DEPLOYMENT_OF = {"image-embeddings": "embeddings", "response-create": "chat"}
#: The id of a point begins with its field.
_FIELD = re.compile(r"[^.:\[]+")


class RequestBuilder:
    """Builds the requests and cases of one operation; what all of them share is computed once.

    `shape` describes the request body (None: there is none) and `fields` are its top-level fields.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.document = operation.document
        self.kind = operation.kind
        self.shape = request_shape(operation)
        self.fields = frozenset[str]() if self.shape is None else frozenset(self.shape.properties)
        self.sampler = Sampler(operation.kind)
        self._prefix = case_prefix(operation)

    @cached_property
    def base(self) -> PlannedRequest:
        """The request from which all cases but the base case are made."""
        return self.request("")

    def request(self, name: str = BASE, sources: Sequence[Source] | None = None) -> PlannedRequest:
        """The smallest valid request of the operation, api-version included.

        `name` is `base` for the base case, the name of a case that creates a resource for others, or "" for
        other cases, which may take what they need from elsewhere (see `resources`). `sources` replaces what
        the name implies. Where the description contradicts itself so that no known body is valid, the body
        has the required properties.
        """
        request = self._template
        if self.kind == "ingestion-start":  # the client chooses the name of the job
            job = f"aoai-{crc32(name.encode()):08x}"
            request = replace(request, path_parameters=dict.fromkeys(request.path_parameters, job))
        further = FURTHER_FIELDS.get((self.kind, name), {})
        if further:
            request = apply_edits(request, [Edit(f"/{field}", value) for field, value in further.items()])
        found = sources_of(self.operation, name) if sources is None else sources
        if not found:
            return request
        parameter = f"path:{resource_parameter(self.operation)}"
        return apply_edits(
            request,
            [
                Edit(
                    parameter if source.place == "path" else source.place,
                    placeholder_for(self.document, source).mark,
                )
                for source in found
            ],
        )

    def exclusive_request(self, name: str) -> PlannedRequest:
        """The base of a request to be accepted, with its own resource where the operation ends one."""
        return self.request(sources=exclusive_sources(self.operation, name))

    def case(
        self,
        name: str,
        request: PlannedRequest,
        expect: Expectation,
        *,
        origin: str,
        points: tuple[Point, ...] = (),
        base: PlannedRequest | None = None,
        prefix: str = "",
        takes: tuple[Placeholder, ...] | None = None,
    ) -> Case:
        """The case of a request. Its id is `prefix` (by default the operation's) and `name`.

        Its placeholders are those that the request contains, and with `takes` only those of them.
        """
        prompt_tokens, completion_tokens = token_estimate(self.kind, request, expect)
        return Case(
            id=f"{prefix or self._prefix}/{name}",
            document=str(self.document.name),
            operation=self.operation.id,
            kind=self.kind,
            request=request,
            expect=expect,
            points=tuple(map(_with_fields, points)),
            origin=origin,
            base=base,
            takes=find_placeholders(request) if takes is None else remaining_placeholders(takes, request),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )

    def base_case(self, name: str = BASE, *, origin: str = "base") -> Case:
        """The case of the smallest valid request, or of one that creates a resource for others."""
        request = self.request(name)
        promised = (
            self.kind not in UNPROMISED | UNPROMISED_ALONE
            and (self.kind, name) not in FURTHER_FIELDS
            and sources_of(self.operation, BASE) is not None
        )
        case = self.case(name, request, "accept" if promised else "any", origin=origin, base=request)
        return replace(case, until=POLLED.get(self.kind) if name == BASE else None) if case.takes else case

    def admits(self, body: Json) -> bool:
        """Whether the description admits a body."""
        return admits(self.operation, body)

    @cached_property
    def _template(self) -> PlannedRequest:
        return PlannedRequest(
            method=self.operation.method,
            path=self.operation.path,
            query=self._api_version() | self._required("query"),
            headers=self._required("header"),
            path_parameters={
                parameter.name: UNKNOWN_RESOURCE
                for parameter in self.operation.parameters
                if parameter.location == "path" and parameter.name not in DEPLOYMENT_PARAMETERS
            },
            body=self._body(),
        )

    def _api_version(self) -> dict[str, str]:
        return {"api-version": self.document.api_version} if self.document.api_version else {}

    def _required(self, location: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for parameter in self.operation.parameters:
            if parameter.location == location and parameter.required and parameter.name != "api-version":
                shape = shape_at(self.document, parameter_schema(self.document, parameter))
                found[parameter.name] = str(self.sampler.sample(shape, parameter.name))
        return found

    def _body(self) -> Body:
        media_type = request_media_type(self.operation)
        if self.shape is None or media_type is None:
            return None
        if media_type.startswith("multipart/"):
            fields = cast("dict[str, Json]", self.sampler.sample(self.shape, ""))
            if self.kind in ("transcription", "translation"):
                fields = {"file": upload(self.kind)} | (fields if isinstance(fields, dict) else {})
            return to_form(fields | self._model)
        known = (cast("dict[str, Json]", one) | self._model for one in _BODIES.get(self.kind, ()))
        body = cast("Json", next((one for one in known if self.admits(one)), None))
        if body is None:
            body = self.sampler.sample(self.shape, "")
            if self.kind in WRITING and isinstance(body, dict) and "max_tokens" in self.fields:
                body["max_tokens"] = self.sampler.sample(self.shape.properties["max_tokens"], "max_tokens")
        return JsonBody(body | self._model if isinstance(body, dict) else body)

    @property
    def _model(self) -> dict[str, Json]:
        """The field that names the deployment, if nothing else in the request does."""
        if "model" not in self.fields:
            return {}
        if self.document.name.surface != AI_MODEL_INFERENCE and not names_model(self.operation):
            return {}
        return {"model": Placeholder.deployment(_DEPLOYMENT_OF.get(self.kind, self.kind)).mark}


class RequestBuilders:
    """The request builders of a document, one for each operation."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._builders: dict[str, RequestBuilder] = {}

    def of(self, operation: Operation) -> RequestBuilder:
        """The builder of an operation."""
        if operation.id not in self._builders:
            self._builders[operation.id] = RequestBuilder(operation)
        return self._builders[operation.id]

    def of_kind(self, kind: str) -> RequestBuilder | None:
        """The builder of the first operation of a kind; None where the document has none."""
        operation = operation_of_kind(self.document, kind)
        return None if operation is None else self.of(operation)

    def preparation(self, case_id: str) -> Case | None:
        """The case with this id, which creates a resource for others; None for an id of no operation."""
        for operation in self.document.operations.values():
            prefix = f"{case_prefix(operation)}/"
            if case_id.startswith(prefix):
                return self.of(operation).base_case(case_id.removeprefix(prefix), origin="preparation")
        return None


def _with_fields(point: Point) -> Point:
    """The point with the top-level request fields that it changes: its own, and those of its edits."""
    own = _FIELD.match(point.id)
    edited = [edit.pointer.split("/")[1] for edit in point.edits if edit.pointer.startswith("/")]
    fields = dict.fromkeys([*point.fields, *([own[0]] if own else []), *edited])
    return replace(point, fields=tuple(fields))
