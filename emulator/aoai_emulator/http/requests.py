"""A request on its way: as it came in, and as an operation receives it once every check has passed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.settings import Deployment, Settings
from aoai_emulator.storage.memory import Memory
from aoai_specs.document import Document, Operation


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file of a multipart request."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """A request body as read: `fields` is plain JSON (what the schema judges), `uploads` holds the files.

    A file's entry in `fields` is its file name, so that a schema that asks for text is content.
    """

    fields: JsonObject
    uploads: Mapping[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InnerReply:
    """What the emulator answered to a request of its own, such as a line of a batch."""

    status: int
    body: bytes
    request_id: str


#: Asks the emulator itself: path with query, JSON body as bytes, headers as the outer request had them.
Ask = Callable[[str, bytes], Awaitable[InnerReply]]


@dataclass(slots=True)
class IncomingRequest:
    """A request as it came in, filled in step by step while it passes the checks of `acceptance`.

    `headers` has lower-case names. `matches` are the operations of all documents whose path fits, whatever
    their method, `operation` the one that api-version and method chose, `path_values` the values of the
    path's parameters. `memory` and `ask` are the emulator's own.
    """

    id: str
    settings: Settings
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base_url: str
    memory: Memory
    ask: Ask
    raw: bytes = b""
    oversized: bool = False
    matches: tuple[Operation, ...] = ()
    path_values: Mapping[str, str] = field(default_factory=dict)
    operation: Operation | None = None
    deployment: Deployment | None = None
    body: Body | None = None

    @property
    def kind(self) -> str | None:
        """The kind of operation that the path asks for, or None where nothing answers."""
        if self.operation is not None:
            return self.operation.kind
        return self.matches[0].kind if self.matches else None

    @property
    def sent(self) -> JsonObject:
        """The body's fields as sent, or nothing where there was no readable body."""
        return self.body.fields if self.body is not None else {}


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """A request that passed every check: what an operation answers.

    `fields` are the body's fields that the document declares, without those that are null (a lone null means
    absence), `sent` the fields as they came. `path_values` are the values of the path's parameters.
    `base_url` is `http://host:port` as the client sees it. `memory` is what the emulator remembers; `ask`
    sends it a request of its own.
    """

    id: str
    settings: Settings
    operation: Operation
    deployment: Deployment
    fields: JsonObject
    sent: JsonObject
    uploads: Mapping[str, Upload]
    headers: Mapping[str, str]
    base_url: str
    query: Mapping[str, str]
    path_values: Mapping[str, str]
    memory: Memory
    ask: Ask

    @property
    def kind(self) -> str:
        """The kind of operation: chat, completions, embeddings, images, transcription, …."""
        return self.operation.kind

    @property
    def document(self) -> Document:
        """The document that describes the operation."""
        return self.operation.document

    @property
    def is_azure(self) -> bool:
        """Whether the habits of the real service are asked for."""
        return self.settings.flavour == "azure"
