"""Requests: as they arrive, and as operations receive them after every check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.memory import Memory
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.routing import Location
from aoai_emulator.http.scripts import Script
from aoai_emulator.settings import Deployment, Layout, Settings
from aoai_specs.document import Document, Operation


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file of a multipart request."""

    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True)
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
#: Returns the URL of the emulator as the client sees it, `http://host:port`, which few responses contain.
Address = Callable[[], str]


@dataclass(slots=True)
class IncomingRequest:
    """A request as it arrived, completed step by step by the checks of `acceptance`.

    `headers` has lower-case names. `operation` is the one that api-version and method select at its
    `location`. `memory` and `ask` belong to the emulator. `is_inner` marks a request of the emulator itself,
    such as a line of a batch. `query` names the api-version of the document that serves the request, even
    where the client names another or none. `media_type` is that of the body, once it was checked.
    """

    id: str
    settings: Settings
    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    address: Address
    memory: Memory
    ask: Ask
    location: Location
    raw: bytes = b""
    oversized: bool = False
    undecodable: Rejection | None = None
    is_inner: bool = False
    media_type: str = ""
    operation: Operation | None = None
    deployment: Deployment | None = None
    body: Body | None = None

    @property
    def base_url(self) -> str:
        """The URL of the emulator as the client sees it, without a slash at its end."""
        return self.address()

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        return self.location.path

    @property
    def matches(self) -> tuple[Operation, ...]:
        """The operations of all documents whose path matches, whatever their method."""
        return self.location.operations

    @property
    def matches_of_version(self) -> tuple[Operation, ...]:
        """Those of `matches` that the api-version selects; the OpenAI layout has no dated ones."""
        return self.location.of_version

    @property
    def path_values(self) -> Mapping[str, str]:
        """The values of the path's parameters."""
        return self.location.values

    @property
    def layout(self) -> Layout:
        """The layout of addresses that has the path."""
        return self.location.layout

    @property
    def asked(self) -> str | None:
        """The api-version that the client names."""
        return self.location.asked

    @property
    def announced(self) -> str | None:
        """The api-version of the document that serves the request, if the client names another or none."""
        return self.location.announced

    @property
    def kind(self) -> str | None:
        """The kind of operation that the path names, or None if no operation matches."""
        if self.operation is not None:
            return self.operation.kind
        return self.matches[0].kind if self.matches else None

    @property
    def is_v1(self) -> bool:
        """Whether the request arrives at the v1 surface, which has no dated versions."""
        found = self.operation or next(reversed(self.matches), None)
        return found is not None and found.document.base_path.rstrip("/") == "/openai/v1"

    @property
    def sent(self) -> JsonObject:
        """The fields of the body as sent; empty if there is no readable body."""
        return self.body.fields if self.body is not None else {}


@dataclass(slots=True, eq=False)  # not frozen, which would double the cost to create one
class AcceptedRequest:
    """A request that passed every check, as an operation receives it. It does not change.

    `fields` are the body's fields that the document declares, without those that are null (null means
    absence), `sent` the fields as sent. `path_values` are the values of the path's parameters. `memory` is
    the emulator's; `ask` sends it a request of its own. `scripts` say what the choices of the response
    contain, the last of them what all further ones contain; if there are none, the content is built in.
    `read` has what was read from `fields` and is needed more than once.
    """

    id: str
    settings: Settings
    operation: Operation
    deployment: Deployment
    fields: JsonObject
    sent: JsonObject
    uploads: Mapping[str, Upload]
    headers: Mapping[str, str]
    address: Address
    query: Mapping[str, str]
    path_values: Mapping[str, str]
    memory: Memory
    ask: Ask
    scripts: tuple[Script, ...] = ()
    read: dict[str, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def base_url(self) -> str:
        """The URL of the emulator as the client sees it, without a slash at its end."""
        return self.address()

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
