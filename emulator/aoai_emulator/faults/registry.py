"""The catalogue of faults, and sets of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module

from aoai_emulator.fault_description import FaultDescription
from aoai_emulator.faults.topics import ALL_KINDS, Check, FaultPart, Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_specs.errors import UnknownNameError

_MODULES = (
    "media.images",
    "media.speech",
    "media.subtitles",
    "media.transcripts",
    "protocol.acceptance",
    "protocol.errors",
    "protocol.http",
    "resources.batch_results",
    "resources.batches",
    "resources.files",
    "resources.ingestion",
    "resources.lists",
    "resources.uploads",
    "responses.conversations",
    "responses.errors",
    "responses.items",
    "responses.objects",
    "responses.storage",
    "responses.streams",
    "responses.vector_stores",
    "text.chat",
    "text.chat_audio",
    "text.completions",
    "text.embeddings",
    "text.framing",
    "text.logprobs",
    "text.model_inference",
    "text.newer_chat",
    "text.on_your_data",
    "text.streams",
    "text.tools",
    "text.usage",
)


def fault_catalogue() -> tuple[FaultDescription, ...]:
    """Return every fault, sorted by id."""
    return tuple(_describe(_faults()[fault_id]) for fault_id in sorted(_faults()))


def fault_kinds(fault_id: str) -> frozenset[str]:
    """Return the kinds of operation that a fault affects, ALL_KINDS for all. Raises UnknownNameError."""
    if fault_id not in _faults():
        raise UnknownNameError("fault", fault_id, sorted(_faults()))
    return _kinds(_faults()[fault_id])


class FaultSet:
    """The faults that apply to a request. Raises UnknownNameError for an unknown id."""

    def __init__(self, fault_ids: Iterable[str]) -> None:
        self._parts: list[FaultPart] = []
        for fault_id in dict.fromkeys(fault_ids):
            if fault_id not in _faults():
                raise UnknownNameError("fault", fault_id, sorted(_faults()))
            self._parts.extend(_faults()[fault_id])

    def __bool__(self) -> bool:
        """Whether there is a fault."""
        return bool(self._parts)

    def edit_rejections(
        self, check: Check, found: Iterable[Rejection], request: IncomingRequest
    ) -> Iterator[Rejection]:
        """Return the rejections of a check as the faults change them.

        With a fault of that check, the check is completed first, since it also fills in the request.
        """
        if not self._parts:
            return iter(found)
        parts = [part for part in self._parts if part.check == check]
        rejections = iter(tuple(found)) if parts else iter(found)
        for part in parts:
            if _concerns(part, request.kind):
                rejections = iter(part.apply(rejections, request))
        return rejections

    def edit_response(self, body: JsonObject, request: AcceptedRequest) -> None:
        """Change the JSON body of a successful response in place."""
        for part in self._at("response", request.kind):
            part.apply(body, request)

    def edit_chunks(self, chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
        """Return the chunks of a stream as the faults change them."""
        for part in self._at("chunks", request.kind):
            chunks = part.apply(chunks, request)
        return chunks

    def edit_frames(self, frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
        """Return the events of a stream as the faults change them."""
        for part in self._at("frames", request.kind):
            frames = part.apply(frames, request)
        return frames

    def edit_reply(self, reply: Reply, request: IncomingRequest) -> None:
        """Change a reply in place."""
        for part in self._at("reply", request.kind):
            part.apply(reply, request)

    def _at(self, stage: str, kind: str | None) -> list[FaultPart]:
        return [part for part in self._parts if part.description.stage == stage and _concerns(part, kind)]


@cache
def _faults() -> Mapping[str, tuple[FaultPart, ...]]:
    """Return the parts of each fault, by id."""
    faults: dict[str, tuple[FaultPart, ...]] = {}
    for name in _MODULES:
        module = import_module(f"aoai_emulator.faults.{name}")
        for topic in vars(module).values():
            for part in topic.parts if isinstance(topic, Topic) else ():
                fault_id = part.description.id
                faults[fault_id] = (*faults.get(fault_id, ()), part)
    return faults


def _describe(parts: tuple[FaultPart, ...]) -> FaultDescription:
    """Return the description of the first part, with the kinds and stages of all."""
    return replace(
        parts[0].description,
        kinds=_kinds(parts),
        stages=frozenset().union(*(part.description.stages for part in parts)),
    )


def _kinds(parts: tuple[FaultPart, ...]) -> frozenset[str]:
    kinds = [part.description.kinds for part in parts]
    return ALL_KINDS if ALL_KINDS in kinds else frozenset().union(*kinds)


def _concerns(part: FaultPart, kind: str | None) -> bool:
    """Return whether a fault concerns a kind; one of all kinds also concerns requests that reach none."""
    kinds = part.description.kinds
    return kinds == ALL_KINDS or kind in kinds
