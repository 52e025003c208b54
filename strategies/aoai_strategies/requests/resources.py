"""Resources: what an operation needs to be there before it can be asked, and which request makes it.

A file must have been uploaded before it can be read. The base case of an operation takes what it needs from
the base cases of others, so that hardly a request more is sent than there are operations:

    file-upload ──▶ file-get (until processed) ──▶ batch-create ──▶ batch-get ──▶ batch-cancel
         └────────▶ file-content
    upload-create ──▶ upload-part ──▶ upload-complete
    image-submit ──▶ image-status (until it ended) ──▶ image-delete
    ingestion-start ──▶ ingestion-status

What ends a resource stands at the end of its chain, or has one of its own. The other cases of such an
operation share another one, so that nothing that one of them does is in the way of the base cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aoai_model.case import Placeholder, Until
from aoai_specs.document import Document, Operation
from aoai_strategies.requests.naming import case_prefix, operation_of_kind

#: The parameters that name a deployment; whoever sends the request fills them in.
DEPLOYMENT_PARAMETERS = frozenset({"deployment-id", "deploymentId", "deployment_id"})
#: The name of the case of an operation's smallest valid request.
BASE = "base"
_SAME = "the same"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request finds what it needs.

    `place` is `path` for the parameter that names the resource, or a JSON Pointer into the body; `kind` and
    `name` say which case makes it (`file-upload`, `base`); `pointer` is where the value stands in the answer.
    """

    place: str
    kind: str
    name: str
    pointer: str


_FILE = Source("path", "file-upload", BASE, "/id")
#: What the base case of an operation needs.
_FIRST: Mapping[str, tuple[Source, ...]] = {
    "file-get": (_FILE,),
    "file-content": (_FILE,),
    "file-delete": (Source("path", "file-upload", "to-be-deleted", "/id"),),
    "batch-create": (Source("/input_file_id", "file-get", BASE, "/id"),),
    "batch-get": (Source("path", "batch-create", BASE, "/id"),),
    "batch-cancel": (Source("path", "batch-get", BASE, "/id"),),
    "upload-part": (Source("path", "upload-create", BASE, "/id"),),
    "upload-complete": (
        Source("path", "upload-part", BASE, "/upload_id"),
        Source("/part_ids/0", "upload-part", BASE, "/id"),
    ),
    "upload-cancel": (Source("path", "upload-create", "to-be-cancelled", "/id"),),
    "image-status": (Source("path", "image-submit", BASE, "/id"),),
    "image-delete": (Source("path", "image-status", BASE, "/id"),),
    "ingestion-status": (Source("path", "ingestion-start", BASE, "/id"),),
}
#: What its other cases need, where that is something else.
_FURTHER: Mapping[str, tuple[Source, ...]] = {
    "file-delete": (Source("path", "file-upload", "for-file-delete", "/id"),),
    "batch-cancel": (Source("path", "batch-create", "for-batch-cancel", "/id"),),
    "upload-part": (Source("path", "upload-create", "for-upload-part", "/id"),),
    "upload-complete": (
        Source("path", "upload-part", "for-upload-complete", "/upload_id"),
        Source("/part_ids/0", "upload-part", "for-upload-complete", "/id"),
    ),
    "upload-cancel": (Source("path", "upload-create", "for-upload-cancel", "/id"),),
    "image-delete": (Source("path", "image-submit", "for-image-delete", "/id"),),
}
#: What a case needs that only makes something for others, where that is something of its own as well.
_MAKING: Mapping[str, tuple[Source, ...]] = {
    "upload-part": (Source("path", "upload-create", _SAME, "/id"),),
}
#: Operations that leave their resource in another state, so that each accepted request needs its own.
ENDING = frozenset({"file-delete", "batch-cancel", "upload-complete", "upload-cancel", "image-delete"})
#: Fields that name a resource, by the kinds whose requests have them: nobody can promise what stands there.
NAMING_FIELDS: Mapping[str, tuple[str, ...]] = {
    "batch-create": ("input_file_id",),
    "batch-list": ("after", "$filter", "$orderby"),
    "upload-complete": ("part_ids",),
}
#: Operations that need what no request of a run can make, an index to search or a storage account to read, or
#: what may be over by then: a small batch may have ended before anybody can cancel it.
UNPROMISED = frozenset({"other", "extension-chat", "ingestion-start", "batch-cancel"})
#: Until when the base case of a kind, and every flow's, is sent again.
FILE_READY = Until("/status", ("processed", "error", "deleted"))
IMAGE_ENDED = Until("/status", ("succeeded", "failed", "canceled", "cancelled", "deleted"))
JOB_ENDED = Until("/status", ("succeeded", "failed"))
BATCH_ENDED = Until("/status", ("completed", "failed", "cancelled", "expired"))
_UNTIL: Mapping[str, Until] = {"file-get": FILE_READY, "image-status": IMAGE_ENDED}


def until_of(kind: str) -> Until | None:
    """What the base case of a kind waits for; None where its first answer will do."""
    return _UNTIL.get(kind)


def sources_of(operation: Operation, name: str) -> tuple[Source, ...] | None:
    """What the case `name` of an operation needs; () for nothing, None where the document cannot make it.

    `name` is `base`, the name of a case that makes something for others (`for-…`, `to-be-…`), or "" for any
    other case.
    """
    found = _sources(operation.kind, name)
    return found if all(_can_be_made(operation.document, source) for source in found) else None


def own_sources(operation: Operation, name: str) -> tuple[Source, ...] | None:
    """What a case needs that is to be accepted by an operation that ends its resource: one of its own."""
    shared = sources_of(operation, "")
    if shared is None or operation.kind not in ENDING:
        return shared
    return tuple(Source(one.place, one.kind, f"for-{operation.kind}-{name}", one.pointer) for one in shared)


def taken_from(document: Document, source: Source) -> Placeholder:
    """The value that a source gives. Raises LookupError where no operation of the document makes it."""
    maker = operation_of_kind(document, source.kind)
    if maker is None:
        raise LookupError(f"{document.name} has no operation of the kind {source.kind}.")
    return Placeholder(f"{case_prefix(document, maker)}/{source.name}", source.pointer)


def resource_parameter(operation: Operation) -> str | None:
    """The path parameter that names the resource of an operation; None where its path names none."""
    names = [
        parameter.name
        for parameter in operation.parameters
        if parameter.location == "path" and parameter.name not in DEPLOYMENT_PARAMETERS
    ]
    return names[-1] if names else None


def _sources(kind: str, name: str) -> tuple[Source, ...]:
    if name == BASE:
        return _FIRST.get(kind, ())
    if not name:
        return _FURTHER.get(kind, _FIRST.get(kind, ()))
    return tuple(
        Source(one.place, one.kind, name, one.pointer) if one.name == _SAME else one
        for one in _MAKING.get(kind, _FIRST.get(kind, ()))
    )


def _can_be_made(document: Document, source: Source, within: Iterable[str] = ()) -> bool:
    if source.kind in within or operation_of_kind(document, source.kind) is None:
        return False
    needed = _sources(source.kind, source.name)
    return all(_can_be_made(document, one, (*within, source.kind)) for one in needed)
