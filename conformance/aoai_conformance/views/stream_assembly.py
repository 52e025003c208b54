"""Assemble the chunks of a stream into a body in the shape of an unstreamed response.

Contents are concatenated, tool-call fragments joined by their index, token probabilities appended. Mistyped
values in a chunk are skipped: the rule about the chunks' schema reports them. Each form of chunk is read
once; of the other chunks of a form, only the texts and the log probabilities are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aoai_conformance.chunks import Chunk, Chunks
from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.views.stream_events import ends_choice, is_filter_note, nonempty_reason
from aoai_model.event_slots import Slot
from aoai_specs.pointers import tokens

#: The texts of one chunk, and the positions of their pointers among them.
Texts: TypeAlias = Sequence[str]
Pointers: TypeAlias = dict[str, int]


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


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text in all chunks of one form: `at` is its position among their texts, if it differs."""

    written: str
    at: int | None

    @classmethod
    def of(cls, value: Any, pointer: str, pointers: Pointers) -> _Piece | None:
        written = text(value)
        return None if written is None else cls(written, pointers.get(pointer))

    def read(self, texts: Texts) -> str:
        return self.written if self.at is None else texts[self.at]


class _FunctionPiece:
    """What chunks of one form add to a function."""

    def __init__(self, function: dict[str, Any], pointer: str, pointers: Pointers) -> None:
        self.name = text(function.get("name"))
        self.arguments = _Piece.of(function.get("arguments"), f"{pointer}/arguments", pointers)


class _Fragment:
    """What chunks of one form add to a tool call."""

    def __init__(self, fragment: dict[str, Any], pointer: str, pointers: Pointers) -> None:
        self.index = whole(fragment.get("index"))
        self.has_id = self.index is None and bool(fragment.get("id"))
        self.facts = [(name, text(fragment.get(name))) for name in ("id", "type")]
        function = members(fragment.get("function"))
        self.function = _FunctionPiece(function, f"{pointer}/function", pointers)


class _Delta:
    """What chunks of one form add to a choice."""

    def __init__(self, delta: dict[str, Any], pointer: str, pointers: Pointers) -> None:
        self.role = text(delta.get("role"))
        self.content = _Piece.of(delta.get("content"), f"{pointer}/content", pointers)
        self.refusal = _Piece.of(delta.get("refusal"), f"{pointer}/refusal", pointers)
        self.fragments = [
            _Fragment(fragment, f"{pointer}/tool_calls/{place}", pointers)
            for place, fragment in objects(delta.get("tool_calls"))
        ]
        function = delta.get("function_call")
        self.function: _FunctionPiece | None = None
        if isinstance(function, dict):
            self.function = _FunctionPiece(function, f"{pointer}/function_call", pointers)
        self.context = delta.get("context")


class _Part:
    """One choice in the chunks of one form."""

    def __init__(self, place: int, choice: dict[str, Any], slots: Sequence[Slot], *, chat: bool) -> None:
        texts = (slot.pointer for slot in slots if slot.kind == "text")
        pointers = {pointer: at for at, pointer in enumerate(texts)}
        self.place = place
        self.finish_reason = nonempty_reason(choice.get("finish_reason"))
        filters = choice.get("content_filter_results")
        self.filters = filters if isinstance(filters, dict) else None
        self.logprobs = members(choice.get("logprobs"))
        within = f"/choices/{place}/logprobs/"
        self.varies = any(slot.pointer.startswith(within) for slot in slots)
        self._choice, self._pointers, self._chat = choice, pointers, chat
        self._delta: _Delta | None = None

    @property
    def delta(self) -> _Delta:
        """What the part adds; it is read only if the choice has not ended."""
        if self._delta is None:
            self._delta = self._read()
        return self._delta

    def _read(self) -> _Delta:
        at = f"/choices/{self.place}"
        if self._chat:
            return _Delta(members(self._choice.get("delta")), f"{at}/delta", self._pointers)
        written = self._pointers.get(f"{at}/text")
        pointers = {} if written is None else {"/content": written}
        return _Delta({"content": self._choice.get("text")}, "", pointers)


class _Function:
    """A function that is called, with its name and arguments in the order in which they arrived."""

    def __init__(self) -> None:
        self._members: dict[str, str] = {}
        self._arguments: list[str] = []

    def append(self, piece: _FunctionPiece, texts: Texts) -> None:
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

    def append(self, fragment: _Fragment, texts: Texts) -> None:
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

    def note(self, chunk: int, part: _Part, *, late: bool) -> None:
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

    def append(self, part: _Part, texts: Texts) -> None:
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


@dataclass(frozen=True, slots=True)
class _Form:
    """The choices in the chunks of one form, each with its index."""

    chunk: Chunk
    parts: tuple[tuple[int, _Part], ...]
    texts: tuple[str, ...]
    varies: bool

    def texts_in(self, value: dict[str, Any]) -> Texts:
        """Return the texts of a chunk that was parsed; those of its log probabilities are left empty."""
        found = []
        for pointer in self.texts:
            text: Any = "" if "/logprobs/" in pointer else value
            for token in tokens(pointer) if text else ():
                text = text[int(token) if isinstance(text, list) else token]
            found.append(text)
        return found


def _form(chunks: Chunks, chunk: Chunk, *, chat: bool) -> _Form:
    form = chunks.known.form(chunk.index)
    indices = [(whole(choice.get("index")), place, choice) for place, choice in objects(chunk.choices)]
    parts = [
        (index, _Part(place, choice, form.slots, chat=chat))
        for index, place, choice in indices
        if index is not None
    ]
    return _Form(chunk, tuple(parts), form.texts, any(part.varies for _, part in parts))


def _gather(chunks: Chunks, *, chat: bool) -> dict[int, _Choice]:
    index = chunks.known
    forms = {index.form_number(each.index): _form(chunks, each, chat=chat) for each in chunks.distinct}
    gathered: dict[int, _Choice] = {}
    for at in chunks.places:
        form = forms[index.form_number(at)]
        own = index.unobserved(at) if form.varies else {}
        texts: Texts = form.texts_in(own) if form.varies else index.texts(at) if form.texts else ()
        for number, part in form.parts:
            known = gathered.get(number)
            if known is None:
                known = gathered[number] = _Choice(number, (at, part.place))
            known.note(at, part, late=known.ended and is_filter_note(form.chunk))
            known.add_logprobs(own["choices"][part.place]["logprobs"] if part.varies else part.logprobs)
            known.append(part, texts)
            known.ended = known.ended or ends_choice(part.finish_reason)
    return gathered


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
