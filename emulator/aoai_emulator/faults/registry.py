"""The framework of faults: named ways to break the contract, each one function at one stage of answering.

A fault is a function with a one-sentence docstring (its summary), registered under an id by the decorator of
the stage at which it works:

    acceptance_fault(id, check=…)   filters or adds the refusals that one check found
    answer_fault(id)                changes the JSON body of a successful answer in place
    chunks_fault(id)                wraps the iterator of a stream's chunk objects
    frames_fault(id)                wraps the iterator of a stream's SSE frames (bytes, the last is `[DONE]`)
    reply_fault(id)                 changes status, headers or bytes of any reply in place, refusals too

Each takes `operations`, the kinds that the fault concerns (all of them if left out), and `document`, the
document on which the fault shows where it breaks what others do not know. Several faults at once
compose in the order in which they were asked for. A fault that shows in streams as well as in plain answers
is two functions under one id, one for each stage; so is one that stands behind two checks. The first of
them gives the summary.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.fault_description import FaultDescription, Stage
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_specs.errors import UnknownNameError

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

AcceptanceFault = Callable[[Iterator[Refusal], IncomingRequest], Iterable[Refusal]]
AnswerFault = Callable[[JsonObject, AcceptedRequest], None]
ChunksFault = Callable[[Iterator[JsonObject], AcceptedRequest], Iterator[JsonObject]]
FramesFault = Callable[[Iterator[bytes], AcceptedRequest], Iterator[bytes]]
ReplyFault = Callable[[Reply, IncomingRequest], None]

#: Stands for every kind of operation, and for requests that reach none.
ALL_KINDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Acceptance:
    description: FaultDescription
    check: Check
    apply: AcceptanceFault


@dataclass(frozen=True, slots=True)
class _Answer:
    description: FaultDescription
    apply: AnswerFault


@dataclass(frozen=True, slots=True)
class _Chunks:
    description: FaultDescription
    apply: ChunksFault


@dataclass(frozen=True, slots=True)
class _Frames:
    description: FaultDescription
    apply: FramesFault


@dataclass(frozen=True, slots=True)
class _Reply:
    description: FaultDescription
    apply: ReplyFault


_Fault = _Acceptance | _Answer | _Chunks | _Frames | _Reply
_FAULTS: dict[str, list[_Fault]] = {}


def acceptance_fault(
    fault_id: str, *, check: Check, operations: Collection[str] = ALL_KINDS, document: str | None = None
) -> Callable[[AcceptanceFault], AcceptanceFault]:
    """Register a fault of what is accepted: it gets a check's refusals and returns those that stand."""

    def register(function: AcceptanceFault) -> AcceptanceFault:
        _add(_Acceptance(_describe(fault_id, operations, function, "acceptance", document), check, function))
        return function

    return register


def answer_fault(
    fault_id: str, *, operations: Collection[str] = ALL_KINDS, document: str | None = None
) -> Callable[[AnswerFault], AnswerFault]:
    """Register a fault of a JSON answer: it changes the body in place before it is written."""

    def register(function: AnswerFault) -> AnswerFault:
        _add(_Answer(_describe(fault_id, operations, function, "answer", document), function))
        return function

    return register


def chunks_fault(
    fault_id: str, *, operations: Collection[str] = ALL_KINDS, document: str | None = None
) -> Callable[[ChunksFault], ChunksFault]:
    """Register a fault of a stream's chunks: a generator over the chunk objects."""

    def register(function: ChunksFault) -> ChunksFault:
        _add(_Chunks(_describe(fault_id, operations, function, "chunks", document), function))
        return function

    return register


def frames_fault(
    fault_id: str, *, operations: Collection[str] = ALL_KINDS, document: str | None = None
) -> Callable[[FramesFault], FramesFault]:
    """Register a fault of a stream's framing: a generator over the events' bytes, `[DONE]` included."""

    def register(function: FramesFault) -> FramesFault:
        _add(_Frames(_describe(fault_id, operations, function, "frames", document), function))
        return function

    return register


def reply_fault(
    fault_id: str, *, operations: Collection[str] = ALL_KINDS, document: str | None = None
) -> Callable[[ReplyFault], ReplyFault]:
    """Register a fault of any reply: it changes status, headers or bytes in place, after everything else."""

    def register(function: ReplyFault) -> ReplyFault:
        _add(_Reply(_describe(fault_id, operations, function, "reply", document), function))
        return function

    return register


def registered() -> tuple[FaultDescription, ...]:
    """Return what is registered so far, in the order of the ids."""
    return tuple(_whole([part.description for part in _FAULTS[fault_id]]) for fault_id in sorted(_FAULTS))


class FaultSet:
    """The faults of one emulator, ready to be applied. Raises UnknownNameError for an id that is none."""

    def __init__(self, fault_ids: Iterable[str]) -> None:
        chosen: list[_Fault] = []
        for fault_id in dict.fromkeys(fault_ids):
            if fault_id not in _FAULTS:
                raise UnknownNameError("fault", fault_id, sorted(_FAULTS))
            chosen.extend(_FAULTS[fault_id])
        self._acceptance = [fault for fault in chosen if isinstance(fault, _Acceptance)]
        self._answer = [fault for fault in chosen if isinstance(fault, _Answer)]
        self._chunks = [fault for fault in chosen if isinstance(fault, _Chunks)]
        self._frames = [fault for fault in chosen if isinstance(fault, _Frames)]
        self._reply = [fault for fault in chosen if isinstance(fault, _Reply)]

    def standing(self, check: Check, found: Iterable[Refusal], request: IncomingRequest) -> Iterator[Refusal]:
        """Return the refusals of a check that still stand.

        With a fault of that check the check is made to its end first, since it also fills in the request.
        """
        faults = [fault for fault in self._acceptance if fault.check == check]
        if not faults:
            return iter(found)
        standing = iter(tuple(found))
        for fault in faults:
            if _concerns(fault, request.kind):
                standing = iter(fault.apply(standing, request))
        return standing

    def break_answer(self, body: JsonObject, request: AcceptedRequest) -> None:
        """Break a JSON answer in place."""
        for fault in self._answer:
            if _concerns(fault, request.kind):
                fault.apply(body, request)

    def break_chunks(self, chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
        """Break a stream's chunks."""
        for fault in self._chunks:
            if _concerns(fault, request.kind):
                chunks = fault.apply(chunks, request)
        return chunks

    def break_frames(self, frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
        """Break a stream's framing."""
        for fault in self._frames:
            if _concerns(fault, request.kind):
                frames = fault.apply(frames, request)
        return frames

    def break_reply(self, reply: Reply, request: IncomingRequest) -> None:
        """Break a reply in place."""
        for fault in self._reply:
            if _concerns(fault, request.kind):
                fault.apply(reply, request)


def _describe(
    fault_id: str,
    operations: Collection[str],
    function: Callable[..., object],
    stage: Stage,
    document: str | None,
) -> FaultDescription:
    summary = inspect.getdoc(function) or fault_id.replace("-", " ")
    topic = function.__module__.rpartition(".")[2]
    return FaultDescription(
        fault_id, frozenset(operations), " ".join(summary.split()), stage, document, frozenset({stage}), topic
    )


def _whole(parts: Sequence[FaultDescription]) -> FaultDescription:
    """The description of a fault of several parts: the first one's, with the kinds and stages of all."""
    first = parts[0]
    kinds = [part.kinds for part in parts]
    return replace(
        first,
        kinds=ALL_KINDS if ALL_KINDS in kinds else frozenset().union(*kinds),
        stages=frozenset().union(*(part.stages for part in parts)),
    )


def _add(fault: _Fault) -> None:
    parts = _FAULTS.setdefault(fault.description.id, [])
    if any(_place(part) == _place(fault) for part in parts):
        raise ValueError(f"two faults of one stage bear the id {fault.description.id!r}")
    parts.append(fault)


def _place(fault: _Fault) -> tuple[str, str | None]:
    """Where a fault works: its stage, and in acceptance the check that it stands behind."""
    return fault.description.stage, fault.check if isinstance(fault, _Acceptance) else None


def _concerns(fault: _Fault, kind: str | None) -> bool:
    """Tell whether a fault concerns a kind; one of all kinds also concerns requests that reach none."""
    kinds = fault.description.kinds
    return kinds == ALL_KINDS or kind in kinds
