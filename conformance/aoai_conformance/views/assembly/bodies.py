"""Assemble the chunks of a stream into a body in the shape of an unstreamed response.

Contents are concatenated, tool-call fragments joined by their index, token probabilities appended. Mistyped
values in a chunk are skipped: the rule about the chunks' schema reports them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aoai_conformance.chunks import Chunks
from aoai_conformance.json_access import elements
from aoai_conformance.views.assembly.parts import Fragment, FunctionPiece, Part, Run, Texts, runs
from aoai_conformance.views.stream_events import ends_choice, is_filter_note


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a streamed choice ended: the chunk's index and the position of the choice in it."""

    chunk: int
    place: int


@dataclass(frozen=True, slots=True)
class Assembled:
    """A body assembled from chunks. `origins` has an entry for each choice of `body`, in its order."""

    body: dict[str, Any]
    origins: tuple[Origin, ...]


class _Function:
    """A function that is called, with its name and arguments in the order in which they arrived."""

    def __init__(self) -> None:
        self._members: dict[str, str] = {}
        self._arguments: list[str] = []

    def append(self, piece: FunctionPiece, texts: Texts) -> None:
        if piece.name and not self._members.get("name"):
            self._members["name"] = piece.name
        if piece.arguments is not None:
            self._members.setdefault("arguments", "")
            self._arguments.append(piece.arguments.read(texts))

    def as_json(self) -> dict[str, str]:
        joined = {"arguments": "".join(self._arguments)}
        return {name: joined.get(name, value) for name, value in self._members.items()}


class _Call:
    """A tool call."""

    def __init__(self) -> None:
        self._facts: dict[str, str] = {}
        self._function = _Function()

    def append(self, fragment: Fragment, texts: Texts) -> None:
        for name, value in fragment.facts:
            if value:
                self._facts.setdefault(name, value)
        self._function.append(fragment.function, texts)

    def as_json(self) -> dict[str, Any]:
        return {"function": self._function.as_json(), **self._facts}


@dataclass(slots=True)
class _Choice:
    index: int
    origin: tuple[int, int]
    role: str | None = None
    content: list[str] | None = None
    refusal: list[str] | None = None
    finish_reason: str | None = None
    ended: bool = False
    calls: dict[int, _Call] = field(default_factory=dict)
    function_call: _Function | None = None
    context: Any = None
    logprobs: dict[str, Any] | None = None
    filters: dict[str, Any] | None = None
    _joined: set[str] = field(default_factory=set)

    def note(self, chunk: int, part: Part, *, late: bool) -> None:
        """Add the members that chat and completion choices share.

        An asynchronous filter may report results after the end without removing content: such a `late` result
        is not part of the choice.
        """
        reason = part.finish_reason
        if reason is not None and (ends_choice(reason) or not self.ended):
            self.finish_reason = reason
        if reason is not None or not self.ended:
            self.origin = chunk, part.place
        if part.filters is not None and not late:
            self.filters = {**(self.filters or {}), **part.filters}

    def add_logprobs(self, logprobs: dict[str, Any]) -> None:
        """Add log probabilities: lists are joined, of anything else the first remains."""
        for name, listed in logprobs.items():
            self._add_logprobs(name, listed)

    def _add_logprobs(self, name: str, listed: Any) -> None:
        if self.logprobs is None:
            self.logprobs = {}
        if not isinstance(listed, list):
            self.logprobs.setdefault(name, listed)
        elif name in self._joined:
            self.logprobs[name].extend(listed)
        else:
            self.logprobs[name] = elements(self.logprobs.get(name)) + listed
            self._joined.add(name)

    def append(self, part: Part, texts: Texts) -> None:
        """Add the delta of a part. Content after the end of a choice is ignored."""
        if self.ended:
            return
        delta = part.delta
        self.role = self.role or delta.role
        if delta.content is not None:
            self.content = self.content or []
            self.content.append(delta.content.read(texts))
        if delta.refusal is not None:
            self.refusal = self.refusal or []
            self.refusal.append(delta.refusal.read(texts))
        for fragment in delta.fragments:
            index = fragment.index
            if index is None:  # the schema rule reports it; an id also marks a new call
                newest = max(self.calls, default=0)
                index = newest + 1 if fragment.has_id and self.calls else newest
            self.calls.setdefault(index, _Call()).append(fragment, texts)
        if delta.function is not None:
            self.function_call = self.function_call or _Function()
            self.function_call.append(delta.function, texts)
        if delta.context is not None:
            self.context = delta.context

    def extend(self, part: Part, run: Run) -> None:
        """Add the part of further chunks of a form, of which one was added, and which add only text."""
        self.origin = run.places[-1], part.place
        for held, piece in ((self.content, part.delta.content), (self.refusal, part.delta.refusal)):
            if held is not None and piece is not None:
                held.extend(run.texts(piece))
        for value in run.values:
            self.add_logprobs(part.logprobs_in(value))

    def as_chat(self) -> dict[str, Any]:
        """Return the choice in the shape of an unstreamed chat response, without absent members."""
        message: dict[str, Any] = {
            "role": self.role,
            "content": _join(self.content),
            "refusal": _join(self.refusal),
        }
        if self.calls:
            message["tool_calls"] = [self.calls[index].as_json() for index in sorted(self.calls)]
        if self.function_call is not None:
            message["function_call"] = self.function_call.as_json()
        if self.context is not None:
            message["context"] = self.context
        return {**self._shared(), "message": message}

    def as_completion(self) -> dict[str, Any]:
        """Return the choice in the shape of an unstreamed completion."""
        return {**self._shared(), "text": _join(self.content) or ""}

    def _shared(self) -> dict[str, Any]:
        shared: dict[str, Any] = {
            "index": self.index,
            "finish_reason": self.finish_reason,
            "logprobs": self.logprobs,
        }
        if self.filters is not None:
            shared["content_filter_results"] = self.filters
        return shared


def _join(pieces: list[str] | None) -> str | None:
    return None if pieces is None else "".join(pieces)


def _gather(chunks: Chunks, *, chat: bool) -> dict[int, _Choice]:
    gathered: dict[int, _Choice] = {}
    for run in runs(chunks, chat=chat):
        for at, value, texts in run.chunks():
            for number, part in run.form.parts:
                known = gathered.get(number)
                if known is None:
                    known = gathered[number] = _Choice(number, (at, part.place))
                known.note(at, part, late=known.ended and is_filter_note(run.form.chunk))
                known.add_logprobs(part.logprobs_in(value))
                known.append(part, texts)
                known.ended = known.ended or ends_choice(part.finish_reason)
            if at == run.places[0] and _extend(gathered, run):
                break
    return gathered


def _extend(gathered: dict[int, _Choice], run: Run) -> bool:
    """Add the chunks of a run after the first one if they only add text; return whether they do."""
    if len(run.places) == 1 or len(run.form.parts) != 1:
        return False
    ((number, part),) = run.form.parts
    known = gathered[number]
    if known.ended or not part.adds_only_text:
        return False
    known.extend(part, run.rest())
    return True


def collect_head(chunks: Chunks) -> dict[str, Any]:
    """Return the members of a whole response: the first value that is not empty, and the last usage."""
    head: dict[str, Any] = {}
    for chunk in chunks.distinct:
        for name in ("id", "object", "created", "model", "system_fingerprint"):
            if name not in head and chunk.json.get(name):
                head[name] = chunk.json[name]
        if isinstance(chunk.json.get("prompt_filter_results"), list):
            head.setdefault("prompt_filter_results", [])
        if chunk.usage is not None:
            head.setdefault("usage", None)
    if "prompt_filter_results" in head:
        for chunk in chunks.where(lambda each: isinstance(each.json.get("prompt_filter_results"), list)):
            head["prompt_filter_results"] += chunk.json["prompt_filter_results"]
    if "usage" in head:
        last = chunks.last_where(lambda each: each.usage is not None)
        head["usage"] = None if last is None else last.usage
    return head


def assemble_chat(chunks: Chunks) -> Assembled:
    """Assemble the chunks into a chat response, choices ordered by index."""
    gathered = _gather(chunks, chat=True)
    ordered = [gathered[index] for index in sorted(gathered)]
    body = {**collect_head(chunks), "choices": [choice.as_chat() for choice in ordered]}
    return Assembled(body, tuple(Origin(*choice.origin) for choice in ordered))


def assemble_completion(chunks: Chunks) -> Assembled:
    """Assemble the chunks into a completion, choices ordered by index."""
    gathered = _gather(chunks, chat=False)
    ordered = [gathered[index] for index in sorted(gathered)]
    body = {**collect_head(chunks), "choices": [choice.as_completion() for choice in ordered]}
    return Assembled(body, tuple(Origin(*choice.origin) for choice in ordered))
