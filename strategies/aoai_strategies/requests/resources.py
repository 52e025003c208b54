"""Resources that an operation needs before it can be called, and the requests that create them.

A file must be uploaded before it can be read. The base case of an operation takes what it needs from the
responses to other base cases, so that a plan needs hardly more requests than there are operations:

    file-upload ──▶ file-get (until processed) ──▶ batch-create ──▶ batch-get ──▶ batch-cancel
         └────────▶ file-content
    upload-create ──▶ upload-part ──▶ upload-complete
    response-create ──▶ response-get, response-input-items
    response-create (in the background) ──▶ response-cancel
    conversation-create ──▶ conversation-item-create ──▶ conversation-item-get
    vector-store-create ──▶ vector-store-file-create ──▶ vector-store-file-get
    model-list ──▶ model-get
    image-submit ──▶ image-status (until it ended) ──▶ image-delete
    ingestion-start ──▶ ingestion-status

Operations that end a resource come last in their chain, or use a separate resource. The other cases of such
an operation share one more resource, so that they never interfere with the base cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from aoai_model.case import Placeholder, PollCondition
from aoai_model.serialization import Json
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.shapes import request_shape
from aoai_specs.surfaces import AI_MODEL_INFERENCE
from aoai_strategies.errors import MissingOperationError

#: The parameters that name a deployment; the sender fills them in.
DEPLOYMENT_PARAMETERS = frozenset({"deployment-id", "deploymentId", "deployment_id"})
#: The kinds of operation that a deployment serves.
OF_DEPLOYMENTS = frozenset(
    {"chat", "completions", "embeddings", "images", "transcription", "translation", "speech"}
    | {"response-create"}
)
#: The name of the case with an operation's smallest valid request.
BASE = "base"
#: The name of the case with a response that can be cancelled.
IN_BACKGROUND = "in-background"
_SAME = "the same"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request takes a value from.

    `place` is where the value goes: `path` for the parameter that names the resource, `path:NAME` for another
    one, or a JSON Pointer into the body. `kind` and `name` identify the case that creates the resource
    (`file-upload`, `base`); `pointer` locates the value in its response.
    """

    place: str
    kind: str
    name: str
    pointer: str = "/id"


_FILE = Source("path", "file-upload", BASE)
_RESPONSE = Source("path", "response-create", BASE)
_CONVERSATION = Source("path", "conversation-create", BASE)
_OF_CONVERSATION = Source("path:conversation_id", "conversation-create", BASE)
_STORE = Source("path", "vector-store-create", BASE)
_OF_STORE = Source("path:vector_store_id", "vector-store-create", BASE)
#: What the base case of an operation needs.
_OF_BASE_CASES: Mapping[str, tuple[Source, ...]] = {
    "file-get": (_FILE,),
    "file-content": (_FILE,),
    "file-delete": (Source("path", "file-upload", "to-be-deleted"),),
    "batch-create": (Source("/input_file_id", "file-get", BASE),),
    "batch-get": (Source("path", "batch-create", BASE),),
    "batch-cancel": (Source("path", "batch-get", BASE),),
    "upload-part": (Source("path", "upload-create", BASE),),
    "upload-complete": (
        Source("path", "upload-part", BASE, "/upload_id"),
        Source("/part_ids/0", "upload-part", BASE),
    ),
    "upload-cancel": (Source("path", "upload-create", "to-be-cancelled"),),
    "image-status": (Source("path", "image-submit", BASE),),
    "image-delete": (Source("path", "image-status", BASE),),
    "ingestion-status": (Source("path", "ingestion-start", BASE),),
    "model-get": (Source("path", "model-list", BASE, "/data/0/id"),),
    "fine-tuning-create": (Source("/training_file", "file-get", BASE),),
    **{
        kind: (Source("path", "fine-tuning-create", BASE),)
        for kind in ("fine-tuning-get", "fine-tuning-events", "fine-tuning-checkpoints", "fine-tuning-cancel")
    },
    "fine-tuning-delete": (Source("path", "fine-tuning-cancel", BASE),),
    "response-get": (_RESPONSE,),
    "response-input-items": (_RESPONSE,),
    "response-cancel": (Source("path", "response-create", IN_BACKGROUND),),
    "response-delete": (Source("path", "response-create", "to-be-deleted"),),
    **dict.fromkeys(("conversation-get", "conversation-update", "conversation-item-list"), (_CONVERSATION,)),
    "conversation-item-create": (_CONVERSATION,),
    "conversation-delete": (Source("path", "conversation-create", "to-be-deleted"),),
    "conversation-item-get": (
        _OF_CONVERSATION,
        Source("path", "conversation-item-create", BASE, "/data/0/id"),
    ),
    "conversation-item-delete": (
        Source("path:conversation_id", "conversation-create", "to-be-emptied"),
        Source("path", "conversation-item-create", "to-be-emptied", "/data/0/id"),
    ),
    **dict.fromkeys(
        ("vector-store-get", "vector-store-update", "vector-store-search", "vector-store-file-list"),
        (_STORE,),
    ),
    "vector-store-delete": (Source("path", "vector-store-create", "to-be-deleted"),),
    "vector-store-file-create": (_STORE, Source("/file_id", "file-upload", BASE)),
    "vector-store-batch-create": (_STORE, Source("/file_ids/0", "file-upload", BASE)),
    **{
        kind: (_OF_STORE, Source("path", "vector-store-file-create", BASE))
        for kind in ("vector-store-file-get", "vector-store-file-update", "vector-store-file-content")
    },
    "vector-store-file-delete": (
        Source("path:vector_store_id", "vector-store-create", "to-be-emptied"),
        Source("path", "vector-store-file-create", "to-be-emptied"),
    ),
    **{
        kind: (_OF_STORE, Source("path", "vector-store-batch-create", BASE))
        for kind in ("vector-store-batch-get", "vector-store-batch-cancel", "vector-store-batch-files")
    },
}
#: What the other cases of an operation need, where it differs.
_OF_OTHER_CASES: Mapping[str, tuple[Source, ...]] = {
    "file-delete": (Source("path", "file-upload", "for-file-delete"),),
    "batch-cancel": (Source("path", "batch-create", "for-batch-cancel"),),
    "upload-part": (Source("path", "upload-create", "for-upload-part"),),
    "upload-complete": (
        Source("path", "upload-part", "for-upload-complete", "/upload_id"),
        Source("/part_ids/0", "upload-part", "for-upload-complete"),
    ),
    "upload-cancel": (Source("path", "upload-create", "for-upload-cancel"),),
    "image-delete": (Source("path", "image-submit", "for-image-delete"),),
    "response-delete": (Source("path", "response-create", "for-response-delete"),),
    "conversation-delete": (Source("path", "conversation-create", "for-conversation-delete"),),
    "conversation-item-delete": (
        Source("path:conversation_id", "conversation-create", "for-conversation-item-delete"),
        Source("path", "conversation-item-create", "for-conversation-item-delete", "/data/0/id"),
    ),
    "vector-store-delete": (Source("path", "vector-store-create", "for-vector-store-delete"),),
    "vector-store-file-delete": (
        Source("path:vector_store_id", "vector-store-create", "for-vector-store-file-delete"),
        Source("path", "vector-store-file-create", "for-vector-store-file-delete"),
    ),
}
#: What a case needs that only creates a resource for other cases, where it differs.
_OF_PREPARATIONS: Mapping[str, tuple[Source, ...]] = {
    "upload-part": (Source("path", "upload-create", _SAME),),
    "conversation-item-create": (Source("path", "conversation-create", _SAME),),
    "vector-store-file-create": (
        Source("path", "vector-store-create", _SAME),
        Source("/file_id", "file-upload", _SAME),
    ),
}
#: The fields that the request of such a case has besides those of the smallest valid request. No plan can
#: promise that they are accepted.
FURTHER_FIELDS: Mapping[tuple[str, str], Mapping[str, Json]] = {
    ("response-create", IN_BACKGROUND): {"background": True},
}
#: Operations that end their resource, so that each request to be accepted needs a resource of its own.
ENDING = frozenset({"file-delete", "batch-cancel", "upload-complete", "upload-cancel", "image-delete"}) | {
    "response-delete", "conversation-delete", "conversation-item-delete",
    "vector-store-delete", "vector-store-file-delete",
}  # fmt: skip
#: The tools that only some services and models have, and that need more than a plan has.
_HOSTED_TOOLS = (
    "mcp", "file_search", "code_interpreter", "image_generation", "computer_use_preview", "web_search",
    "web_search_preview", "local_shell", "shell", "apply_patch",
)  # fmt: skip
#: The items of input that repeat what a response had, or answer its calls.
_ITEMS = (
    "item_reference", "reasoning", "function_call", "function_call_output", "custom_tool_call",
    "custom_tool_call_output", "file_search_call", "web_search_call", "computer_call", "computer_call_output",
    "image_generation_call", "code_interpreter_call", "local_shell_call", "local_shell_call_output",
    "shell_call", "shell_call_output", "apply_patch_call", "apply_patch_call_output", "mcp_list_tools",
    "mcp_approval_request", "mcp_call", "mcp_approval_response",
)  # fmt: skip
#: Fields that name a resource, by the kind of operation: no plan can promise that the resource exists.
NAMING_FIELDS: Mapping[str, tuple[str, ...]] = {
    "chat": ("tool_choice[custom]",),
    "batch-create": ("input_file_id",),
    "batch-list": ("after", "$filter", "$orderby"),
    "fine-tuning-list": ("after",),
    "fine-tuning-events": ("after",),
    "fine-tuning-checkpoints": ("after",),
    "fine-tuning-create": ("training_file", "validation_file"),
    "upload-complete": ("part_ids",),
    "response-create": (
        "previous_response_id", "conversation", "prompt", "tool_choice", "include", "reasoning",
        "context_management", "background", "stream_options", "input[message].content",
        *(f"tools[{tool}]" for tool in _HOSTED_TOOLS), *(f"input[{item}]" for item in _ITEMS),
    ),
    "response-get": ("stream", "starting_after", "include_obfuscation", "include[]"),
    "response-input-items": ("after", "before"),
    "conversation-create": ("items",),
    "conversation-item-create": ("items", "include"),
    "conversation-item-get": ("include",),
    "conversation-item-list": ("after", "include"),
    "vector-store-create": ("file_ids", "chunking_strategy"),
    "vector-store-list": ("after", "before"),
    "vector-store-file-list": ("after", "before"),
    "vector-store-search": ("filters", "ranking_options"),
}  # fmt: skip
#: Operations whose success no plan can promise outside of their flows: they need a file that the service can
#: index.
UNPROMISED_ALONE = frozenset(
    {"vector-store-file-create", "vector-store-file-get", "vector-store-file-update"}
    | {"vector-store-file-content", "vector-store-file-delete", "vector-store-batch-create"}
    | {"vector-store-batch-get", "vector-store-batch-cancel", "vector-store-batch-files"}
)
#: Operations whose success no plan can promise: they need a search index, a storage account, a file that can
#: be downloaded or more training data than a plan has, or depend on timing, since a small batch may end
#: before it is cancelled.
UNPROMISED = frozenset(
    {"other", "extension-chat", "ingestion-start", "batch-cancel", "file-import", "fine-tuning-create"}
    | {"fine-tuning-get", "fine-tuning-events", "fine-tuning-checkpoints", "fine-tuning-cancel"}
    | {"fine-tuning-delete", "model-delete", "response-cancel"}
)
#: Until when the base case of a kind, and each flow, repeats a request.
FILE_READY = PollCondition("/status", ("processed", "error", "deleted"))
IMAGE_ENDED = PollCondition("/status", ("succeeded", "failed", "canceled", "cancelled", "deleted"))
JOB_ENDED = PollCondition("/status", ("succeeded", "failed"))
BATCH_ENDED = PollCondition("/status", ("completed", "failed", "cancelled", "expired"))
RESPONSE_ENDED = PollCondition("/status", ("completed", "failed", "cancelled", "incomplete"))
INDEXED = PollCondition("/status", ("completed", "failed", "cancelled", "expired"))
#: The condition of each kind of operation whose base case is repeated.
POLLED: Mapping[str, PollCondition] = {"file-get": FILE_READY, "image-status": IMAGE_ENDED}


def case_prefix(operation: Operation) -> str:
    """The first segment of the ids of an operation's cases.

    It is the operation's kind, with its operationId where several operations share the kind.
    """
    if operation.kind == "other":
        return operation.id
    alike = [other for other in operation.document.operations.values() if other.kind == operation.kind]
    return operation.kind if len(alike) == 1 else f"{operation.kind}.{operation.id}"


def operation_of_kind(document: Document, kind: str) -> Operation | None:
    """The first operation of a kind; None where the document has none."""
    return next((one for one in document.operations.values() if one.kind == kind), None)


def sources_of(operation: Operation, name: str) -> tuple[Source, ...] | None:
    """What the case `name` of an operation needs; () for nothing, None where the document cannot create it.

    `name` is `base`, the name of a case that creates a resource for others (`for-…`, `to-be-…`), or "" for
    any other case.
    """
    found = _sources(operation.kind, name)
    return found if all(_can_be_created(operation.document, source) for source in found) else None


def exclusive_sources(operation: Operation, name: str) -> tuple[Source, ...] | None:
    """Like `sources_of`, with a separate resource for a case that ends its resource."""
    shared = sources_of(operation, "")
    if shared is None or operation.kind not in ENDING:
        return shared
    return tuple(replace(source, name=f"for-{operation.kind}-{name}") for source in shared)


def placeholder_for(document: Document, source: Source) -> Placeholder:
    """The placeholder for the value of a source. Raises MissingOperationError if nothing creates it."""
    creator = operation_of_kind(document, source.kind)
    if creator is None:
        raise MissingOperationError(f"{document.name} has no operation of the kind {source.kind}.")
    return Placeholder(f"{case_prefix(creator)}/{source.name}", source.pointer)


def names_model(operation: Operation) -> bool:
    """Whether a request names its deployment as the model of its body, because its path names none.

    A request to AI Model Inference may leave it out: its endpoint may serve a single model.
    """
    if operation.kind not in OF_DEPLOYMENTS or operation.document.name.surface == AI_MODEL_INFERENCE:
        return False
    shape = request_shape(operation)
    in_path = any(parameter.name in DEPLOYMENT_PARAMETERS for parameter in operation.parameters)
    return not in_path and shape is not None and "model" in shape.properties


def resource_parameter(operation: Operation) -> str | None:
    """The path parameter that names the resource of an operation; None where the path names none."""
    names = [
        parameter.name
        for parameter in operation.parameters
        if parameter.location == "path" and parameter.name not in DEPLOYMENT_PARAMETERS
    ]
    return names[-1] if names else None


def _sources(kind: str, name: str) -> tuple[Source, ...]:
    of_base = _OF_BASE_CASES.get(kind, ())
    if name == BASE:
        return of_base
    if not name:
        return _OF_OTHER_CASES.get(kind, of_base)
    return tuple(
        replace(source, name=name) if source.name == _SAME else source
        for source in _OF_PREPARATIONS.get(kind, of_base)
    )


def _can_be_created(document: Document, source: Source, within: Iterable[str] = ()) -> bool:
    if source.kind in within or operation_of_kind(document, source.kind) is None:
        return False
    needed = _sources(source.kind, source.name)
    return all(_can_be_created(document, one, (*within, source.kind)) for one in needed)
