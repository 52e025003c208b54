"""Requests: as they arrive, and as operations receive them after every check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.memory import Memory
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.scripts import Script
from aoai_emulator.settings import Deployment, Layout, Settings
from aoai_specs.document import Document, Operation


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file of a multipart request."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: `fields` is plain JSON (what the schema validates), `uploads` has the files.

    The entry of a file in `fields` is its file name, so that a schema that requires a string accepts it.
    """

    fields: JsonObject
    uploads: Mapping[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InnerReply:
    """The reply to a request of the emulator itself, such as a line of a batch."""

    status: int
    body: bytes
    request_id: str


#: Sends the emulator a request of its own: path with query, JSON body, headers as in the outer request.
Ask = Callable[[str, bytes], Awaitable[InnerReply]]


@dataclass(slots=True)
class IncomingRequest:
    """A request as it arrived, completed step by step by the checks of `acceptance`.

    `headers` has lower-case names. `matches` are the operations of all documents whose path matches, whatever
    their method; `operation` is the one that api-version and method select; `path_values` are the values of
    the path's parameters. `memory` and `ask` belong to the emulator. `is_inner` marks a request of the
    emulator itself, such as a line of a batch. `query` names the api-version of the document that serves the
    request; where the client names another or none, which is `asked`, it is `announced`.
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
    undecodable: Rejection | None = None
    is_inner: bool = False
    matches: tuple[Operation, ...] = ()
    path_values: Mapping[str, str] = field(default_factory=dict)
    layout: Layout = "azure"
    announced: str | None = None
    asked: str | None = None
    operation: Operation | None = None
    deployment: Deployment | None = None
    body: Body | None = None

    @property
    def matches_of_version(self) -> tuple[Operation, ...]:
        """Those of `matches` that the api-version selects; the OpenAI layout has no dated ones."""
        if self.layout == "openai" and self.announced is None:
            return ()
        version = self.query.get("api-version")
        return tuple(each for each in self.matches if each.document.api_version == version)

    @property
    def kind(self) -> str | None:
        """The kind of operation that the path names, or None if no operation matches."""
        if self.operation is not None:
            return self.operation.kind
        return self.matches[0].kind if self.matches else None

    @property
    def sent(self) -> JsonObject:
        """The fields of the body as sent; empty if there is no readable body."""
        return self.body.fields if self.body is not None else {}


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """A request that passed every check, as an operation receives it.

    `fields` are the body's fields that the document declares, without those that are null (null means
    absence), `sent` the fields as sent. `path_values` are the values of the path's parameters. `base_url` is
    `http://host:port` as the client sees it. `memory` is the emulator's; `ask` sends it a request of its own.
    `scripts` say what the choices of the response contain, the last of them what all further ones contain; if
    there are none, the content is built in. `counted` has numbers of tokens that are needed more than once.
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
    scripts: tuple[Script, ...] = ()
    counted: dict[str, int] = field(init=False, default_factory=dict, compare=False, repr=False)

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
        """Whether the emulator imitates undocumented behaviour of the real service."""
        return self.settings.flavour == "azure"
