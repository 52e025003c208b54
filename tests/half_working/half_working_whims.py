"""Servers that answer anything to anything, as Hypothesis draws it, and runs against them without sockets."""

from __future__ import annotations

import asyncio
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from unittest import mock

import httpx
from half_working_runs import DEPLOYMENTS, KEY
from half_working_wire import Asked, Emulator, Reply, error, events, html_error
from hypothesis import strategies as st

from aoai_conformance.engine.client import Client
from aoai_conformance.rule import rules
from aoai_conformance.run import session as session_module
from aoai_conformance.run.progress import Lines
from aoai_conformance.run.session import Session, conduct
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.targets import Target
from aoai_model.case import Plan
from aoai_reports.record.reader import Record, read_record
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError
from aoai_strategies.planning.planning import plan

ROOT = "http://127.0.0.1:9"
REFUSING = (300, 400, 401, 403, 404, 408, 409, 413, 418, 422, 424, 429, 451, 500, 501, 502, 503, 504, 599)
CODES = (
    None, "content_filter", "insufficient_quota", "quotaExceeded", "unsupported_parameter",
    "unsupported_value", "DeploymentNotFound", "OperationNotSupported", "model_error", "Timeout", "429",
)  # fmt: skip
PARAMS = (None, "max_tokens", "input", "messages", "prompt", "user", "no_such_field")
MESSAGES = (
    "", "No.", "Unsupported parameter: 'input' is not supported with this model.",
    "Unrecognized request argument supplied: max_tokens",
    "The response was filtered due to the prompt triggering our content management policy.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Own:
    """The emulator's own answer."""


@dataclass(frozen=True, slots=True)
class Breaks:
    """No response: what goes wrong on the way."""

    kind: type[httpx.TransportError]


#: What a server does with one request.
Whim: TypeAlias = "Reply | Own | Breaks"

_errors = st.builds(
    error,
    st.sampled_from(REFUSING),
    st.sampled_from(MESSAGES) | st.text(max_size=40),
    code=st.sampled_from(CODES),
    param=st.sampled_from(PARAMS),
)
_bodies = st.sampled_from(
    [b"", b"{}", b"[]", b"null", b"{", b"\xff\xfe", b'{"error": null}', b'{"data": []}']
)
_media = st.sampled_from(["application/json", "text/html", "text/plain", "text/event-stream", ""])
_events = st.lists(
    st.sampled_from(
        ["[DONE]", "{}", '{"error": {"code": "429", "message": "Busy."}}', '{"choices": []}', "x"]
    ),
    max_size=3,
).map(lambda texts: events(*texts))


def _plain(statuses: Sequence[int]) -> st.SearchStrategy[Reply]:
    return st.builds(
        lambda status, body, media: Reply(status, body, {"content-type": media} if media else {}),
        st.sampled_from(statuses), _bodies, _media,
    )  # fmt: skip


_breaks = st.sampled_from([httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError]).map(Breaks)
#: Anything but a success.
failing: st.SearchStrategy[Whim] = st.one_of(
    _errors,
    st.builds(html_error, st.sampled_from(REFUSING), st.just("Trouble")),
    _plain(REFUSING),
    _breaks,
)
#: Anything at all, the right answer more often than anything else.
anything: st.SearchStrategy[Whim] = st.one_of(
    st.just(Own()), st.just(Own()), failing, _plain((200, 201, 204)), _events
)


def remembering(emulator: Emulator) -> Emulator:
    """The emulator, asked once for each request."""
    known: dict[Asked, Reply] = {}

    async def reply(asked: Asked) -> Reply:
        if asked not in known:
            known[asked] = await emulator(asked)
        return known[asked]

    return reply


def few(whims: st.SearchStrategy[Whim]) -> st.SearchStrategy[list[Whim]]:
    return st.lists(whims, min_size=1, max_size=6)


@dataclass(frozen=True)
class Whimsical:
    """A server that answers valid requests by some whims, and all others by other whims.

    Which whim meets a request depends on nothing but the request.
    """

    emulator: Emulator
    valid: Sequence[Whim]
    invalid: Sequence[Whim]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = Asked(
            request.method, request.url.path, request.url.query, tuple(request.headers.raw), request.content
        )
        lowered = tuple((name.lower(), value) for name, value in asked.headers)
        own = await self.emulator(Asked(asked.method, asked.path, asked.query, lowered, asked.body))
        whims = self.valid if own.is_success else self.invalid
        whim = whims[zlib.crc32(asked.path.encode() + asked.query + asked.body) % len(whims)]
        if isinstance(whim, Breaks):
            raise whim.kind("so the test wants it", request=request)
        reply = own if isinstance(whim, Own) else whim
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)


class Trial:
    """What is sent to whimsical servers: the plan of one operation."""

    def __init__(self, document: Document, operation: str) -> None:
        self.document = document
        self.plan: Plan = plan(document, profile="smoke", operations=[operation])

    def against(self, server: Whimsical) -> Record | None:
        """The record of a run; None where the run gives up since the target cannot be tested."""
        session = Session(
            target=Target("url", ROOT, ROOT, DEPLOYMENTS, KeyAuthentication(KEY)),
            documents=(self.document,),
            rules=rules(),
            plans=(self.plan,),
            profile="smoke",
        )

        def client(*arguments: object, **named: object) -> Client:
            return Client(*arguments, **named, transport=httpx.MockTransport(server))  # type: ignore[arg-type]

        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(session_module, "Client", client),
            Path(folder, "progress").open("w") as told,
        ):
            try:
                asyncio.run(conduct(session, Path(folder), Lines(told)))
            except ConformanceError as gives_up:
                if gives_up.exit_code != 3:
                    raise
                return None
            return read_record(Path(folder, "record.ndjson"))
