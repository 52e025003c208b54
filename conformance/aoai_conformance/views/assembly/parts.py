"""What the chunks of a stream add to the choices of the assembled body: each form of chunk is read once.

From the other chunks of a form, only texts and log probabilities are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from aoai_conformance.chunks import Chunk, ChunkIndex, Chunks
from aoai_conformance.json_access import members, objects, text, whole
from aoai_conformance.views.stream_events import nonempty_reason
from aoai_model.event_slots import Slot
from aoai_specs.pointers import tokens

#: The texts of one chunk, and the positions of their pointers among them.
Texts: TypeAlias = Sequence[str]
Pointers: TypeAlias = dict[str, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A text in all chunks of one form: `at` is its position among their texts, if it differs."""

    written: str
    at: int | None

    @classmethod
    def of(cls, value: Any, pointer: str, pointers: Pointers) -> Piece | None:
        """Return the piece at a pointer into the chunk; None if it is no text."""
        written = text(value)
        return None if written is None else cls(written, pointers.get(pointer))

    def read(self, texts: Texts) -> str:
        """Return the text in a chunk."""
        return self.written if self.at is None else texts[self.at]


class FunctionPiece:
    """What chunks of one form add to a function."""

    def __init__(self, function: dict[str, Any], pointer: str, pointers: Pointers) -> None:
        self.name = text(function.get("name"))
        self.arguments = Piece.of(function.get("arguments"), f"{pointer}/arguments", pointers)


class Fragment:
    """What chunks of one form add to a tool call."""

    def __init__(self, fragment: dict[str, Any], pointer: str, pointers: Pointers) -> None:
        self.index = whole(fragment.get("index"))
        self.has_id = self.index is None and bool(fragment.get("id"))
        self.facts = [(name, text(fragment.get(name))) for name in ("id", "type")]
        function = members(fragment.get("function"))
        self.function = FunctionPiece(function, f"{pointer}/function", pointers)


class Delta:
    """What chunks of one form add to a choice."""

    def __init__(self, delta: dict[str, Any], pointer: str, pointers: Pointers) -> None:
        self.role = text(delta.get("role"))
        self.content = Piece.of(delta.get("content"), f"{pointer}/content", pointers)
        self.refusal = Piece.of(delta.get("refusal"), f"{pointer}/refusal", pointers)
        self.fragments = [
            Fragment(fragment, f"{pointer}/tool_calls/{place}", pointers)
            for place, fragment in objects(delta.get("tool_calls"))
        ]
        function = delta.get("function_call")
        self.function: FunctionPiece | None = None
        if isinstance(function, dict):
            self.function = FunctionPiece(function, f"{pointer}/function_call", pointers)
        self.context = delta.get("context")


class Part:
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
        self._delta: Delta | None = None
        self._adds_only_text: bool | None = None

    @property
    def delta(self) -> Delta:
        """What the part adds; it is read only if the choice has not ended."""
        if self._delta is None:
            self._delta = self._read()
        return self._delta

    @property
    def adds_only_text(self) -> bool:
        """Whether repeating the part changes nothing of a choice but its texts and varying probabilities."""
        if self._adds_only_text is None:
            delta = self.delta
            adds_more = delta.fragments or delta.function is not None or self.finish_reason is not None
            has_entries = not self.varies and any(isinstance(each, list) for each in self.logprobs.values())
            self._adds_only_text = not (adds_more or has_entries)
        return self._adds_only_text

    def logprobs_in(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the log probabilities of a chunk, whose value is needed only if they differ."""
        varying: dict[str, Any] = value["choices"][self.place]["logprobs"] if self.varies else self.logprobs
        return varying

    def _read(self) -> Delta:
        at = f"/choices/{self.place}"
        if self._chat:
            return Delta(members(self._choice.get("delta")), f"{at}/delta", self._pointers)
        written = self._pointers.get(f"{at}/text")
        pointers = {} if written is None else {"/content": written}
        return Delta({"content": self._choice.get("text")}, "", pointers)


@dataclass(frozen=True, slots=True)
class Form:
    """The choices in the chunks of one form, each with its index.

    If the log probabilities of the chunks differ, each chunk is parsed: `paths` has the way to each of its
    texts, None for a text in its log probabilities.
    """

    chunk: Chunk
    parts: tuple[tuple[int, Part], ...]
    varies: bool
    paths: tuple[tuple[str | int, ...] | None, ...]

    @classmethod
    def of(cls, chunks: Chunks, chunk: Chunk, *, chat: bool) -> Form:
        """Read the first chunk of a form."""
        form = chunks.known.form(chunk.index)
        indices = [(whole(choice.get("index")), place, choice) for place, choice in objects(chunk.choices)]
        parts = tuple(
            (index, Part(place, choice, form.slots, chat=chat))
            for index, place, choice in indices
            if index is not None
        )
        paths = tuple(_path(form.value, pointer) for pointer in form.texts)
        return cls(chunk, parts, any(part.varies for _, part in parts), paths)


def _path(value: Any, pointer: str) -> tuple[str | int, ...] | None:
    if "/logprobs/" in pointer:
        return None
    path: list[str | int] = []
    for token in tokens(pointer):
        if isinstance(value, list):
            path.append(int(token))
            value = value[int(token)]
        else:
            path.append(token)
            value = dict.__getitem__(value, token)  # finding the way is no reading
    return tuple(path)


def _follow(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


@dataclass(frozen=True, slots=True)
class Run:
    """Successive chunks of one form; `values` has each of them parsed if their log probabilities differ."""

    form: Form
    index: ChunkIndex
    places: list[int]
    values: list[Any]

    @classmethod
    def of(cls, form: Form, index: ChunkIndex, places: list[int]) -> Run:
        """Parse the chunks of a form as far as necessary."""
        return cls(form, index, places, index.unobserved(places) if form.varies else [])

    def rest(self) -> Run:
        """Return the chunks after the first one."""
        return Run(self.form, self.index, self.places[1:], self.values[1:])

    def texts(self, piece: Piece) -> list[str]:
        """Return a text of each chunk."""
        if piece.at is None:
            return [piece.written] * len(self.places)
        path = self.form.paths[piece.at]
        if path and self.form.varies:
            return [_follow(value, path) for value in self.values]
        slot = self.index.form(self.places[0]).text_places[piece.at]
        return self.index.slot_values(self.places, slot)

    def chunks(self) -> Iterator[tuple[int, dict[str, Any], Texts]]:
        """Yield each chunk: its place, its value if it is parsed, and its texts."""
        if self.form.varies:
            for at, value in zip(self.places, self.values, strict=True):
                yield at, value, [_follow(value, path) if path else "" for path in self.form.paths]
        else:
            yield from ((at, {}, self.index.texts(at)) for at in self.places)


def runs(chunks: Chunks, *, chat: bool) -> Iterator[Run]:
    """Yield the chunks, each with its neighbours of the same form, as far as these are read together."""
    index = chunks.known
    forms = {index.form_number(each.index): Form.of(chunks, each, chat=chat) for each in chunks.distinct}
    for block in chunks.blocks():
        for number, places in groupby(block, index.form_number):
            yield Run.of(forms[number], index, list(places))
