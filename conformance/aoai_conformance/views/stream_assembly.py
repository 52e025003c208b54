"""Assemble the chunks of a stream into a body in the shape of an unstreamed response.

Contents are concatenated, tool-call fragments joined by their index, token probabilities appended. Mistyped
values in a chunk are skipped: the rule about the chunks' schema reports them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.views.stream_events import ends_choice, is_filter_note, nonempty_reason

if TYPE_CHECKING:
    from aoai_conformance.views.exchange_views import Chunk


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


@dataclass(slots=True)
class _Choice:
    index: int
    origin: Origin
    role: str | None = None
    content: str | None = None
    refusal: str | None = None
    finish_reason: str | None = None
    ended: bool = False
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    function_call: dict[str, str] | None = None
    context: Any = None
    logprobs: dict[str, Any] | None = None
    filters: dict[str, Any] | None = None

    def note(self, chunk: int, place: int, choice: dict[str, Any], *, late: bool) -> None:
        """Add the members that chat and completion choices share.

        An asynchronous filter may report results after the end without removing content: such a `late` result
        is not part of the choice.
        """
        finish_reason = nonempty_reason(choice.get("finish_reason"))
        if finish_reason is not None and (ends_choice(finish_reason) or not self.ended):
            self.finish_reason = finish_reason
        if finish_reason is not None or not self.ended:
            self.origin = Origin(chunk, place)
        filters = choice.get("content_filter_results")
        if isinstance(filters, dict) and not late:
            self.filters = {**(self.filters or {}), **filters}
        for name, listed in members(choice.get("logprobs")).items():
            self.logprobs = self.logprobs or {}
            if isinstance(listed, list):
                self.logprobs[name] = elements(self.logprobs.get(name)) + listed
            else:
                self.logprobs.setdefault(name, listed)

    def append(self, delta: dict[str, Any]) -> None:
        """Add a delta of a chat choice. Content after its end is ignored."""
        if self.ended:
            return
        self.role = self.role or text(delta.get("role"))
        for name in ("content", "refusal"):
            piece = text(delta.get(name))
            if piece is not None:
                setattr(self, name, (getattr(self, name) or "") + piece)
        for _, fragment in objects(delta.get("tool_calls")):
            index = whole(fragment.get("index"))
            if index is None:  # the schema rule reports it; an id also marks a new call
                newest = max(self.calls, default=0)
                index = newest + 1 if fragment.get("id") and self.calls else newest
            self._append_call(self.calls.setdefault(index, {"function": {}}), fragment)
        function_call = delta.get("function_call")
        if isinstance(function_call, dict):
            self.function_call = self.function_call or {}
            _append_function(self.function_call, function_call)
        if delta.get("context") is not None:
            self.context = delta["context"]

    @staticmethod
    def _append_call(call: dict[str, Any], fragment: dict[str, Any]) -> None:
        for name in ("id", "type"):
            value = text(fragment.get(name))
            if value and name not in call:
                call[name] = value
        _append_function(call["function"], members(fragment.get("function")))

    def as_chat(self) -> dict[str, Any]:
        """Return the choice in the shape of an unstreamed chat response, without absent members."""
        message: dict[str, Any] = {"role": self.role, "content": self.content, "refusal": self.refusal}
        if self.calls:
            message["tool_calls"] = [self.calls[index] for index in sorted(self.calls)]
        if self.function_call is not None:
            message["function_call"] = self.function_call
        if self.context is not None:
            message["context"] = self.context
        return {**self._shared(), "message": message}

    def as_completion(self) -> dict[str, Any]:
        """Return the choice in the shape of an unstreamed completion."""
        return {**self._shared(), "text": self.content or ""}

    def _shared(self) -> dict[str, Any]:
        shared: dict[str, Any] = {
            "index": self.index,
            "finish_reason": self.finish_reason,
            "logprobs": self.logprobs,
        }
        if self.filters is not None:
            shared["content_filter_results"] = self.filters
        return shared


def _append_function(function: dict[str, str], fragment: dict[str, Any]) -> None:
    name = text(fragment.get("name"))
    if name and not function.get("name"):
        function["name"] = name
    arguments = text(fragment.get("arguments"))
    if arguments is not None:
        function["arguments"] = function.get("arguments", "") + arguments


def _gather(chunks: Iterable[Chunk], *, chat: bool) -> dict[int, _Choice]:
    gathered: dict[int, _Choice] = {}
    for chunk in chunks:
        for place, choice in objects(chunk.choices):
            index = whole(choice.get("index"))
            if index is None:
                continue
            known = gathered.setdefault(index, _Choice(index, Origin(chunk.index, place)))
            known.note(chunk.index, place, choice, late=known.ended and is_filter_note(chunk))
            known.append(members(choice.get("delta")) if chat else {"content": choice.get("text")})
            known.ended = known.ended or ends_choice(choice.get("finish_reason"))
    return gathered


def collect_head(chunks: tuple[Chunk, ...]) -> dict[str, Any]:
    """Return the members of a whole response: the first value that is not empty, and the last usage."""
    head: dict[str, Any] = {}
    for chunk in chunks:
        for name in ("id", "object", "created", "model", "system_fingerprint"):
            if name not in head and chunk.json.get(name):
                head[name] = chunk.json[name]
        prompts = chunk.json.get("prompt_filter_results")
        if isinstance(prompts, list):
            head["prompt_filter_results"] = [*elements(head.get("prompt_filter_results")), *prompts]
        if chunk.usage is not None:
            head["usage"] = chunk.usage
    return head


def assemble_chat(chunks: tuple[Chunk, ...]) -> Assembled:
    """Assemble the chunks into a chat response, choices ordered by index."""
    gathered = _gather(chunks, chat=True)
    ordered = [gathered[index] for index in sorted(gathered)]
    body = {**collect_head(chunks), "choices": [choice.as_chat() for choice in ordered]}
    return Assembled(body, tuple(choice.origin for choice in ordered))


def assemble_completion(chunks: tuple[Chunk, ...]) -> Assembled:
    """Assemble the chunks into a completion, choices ordered by index."""
    gathered = _gather(chunks, chat=False)
    ordered = [gathered[index] for index in sorted(gathered)]
    body = {**collect_head(chunks), "choices": [choice.as_completion() for choice in ordered]}
    return Assembled(body, tuple(choice.origin for choice in ordered))
