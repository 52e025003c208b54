"""The chunks of a stream as frames: reduced to what the document declares, and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aoai_emulator.content.declared_responses import Declared, as_declared, declared_chunk
from aoai_emulator.content.templates import JsonShape, Template
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.replies import DONE_FRAME, FRAME_END, FRAME_START, frame, frames
from aoai_emulator.http.requests import AcceptedRequest


@dataclass(slots=True)
class TextChunks:
    """Chunks that follow each other and differ only in their texts, at /choices/0/delta/content.

    Those of a stream with the same `key` have the rest in common, too; `build` returns the chunk with a text.
    """

    texts: Sequence[str]
    key: int
    build: Callable[[str], JsonObject]


Chunk: TypeAlias = JsonObject | TextChunks


def whole(chunks: Iterable[Chunk]) -> Iterator[JsonObject]:
    """Yield each chunk as an object."""
    for chunk in chunks:
        if isinstance(chunk, TextChunks):
            yield from map(chunk.build, chunk.texts)
        else:
            yield chunk


def declared_chunks(chunks: Iterable[Chunk], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Yield the chunks as the document declares them; undeclared chunks of the real service stay."""
    declared, nulls = declared_chunk(request.operation), _nulls(request)
    for chunk in whole(chunks):
        yield _declared(chunk, declared, nulls, is_azure=request.is_azure)


def declared_frames(
    chunks: Iterable[Chunk], request: AcceptedRequest, *, terminated: bool, named: bool = False
) -> Iterator[bytes]:
    """Yield the frames of the same chunks; end with `[DONE]` if the stream is `terminated`.

    The frames of a `named` stream have the type of their chunks as names.
    """
    if named:
        yield from frames(declared_chunks(chunks, request), terminated=terminated, named=True)
        return
    declared, nulls = declared_chunk(request.operation), _nulls(request)
    templates: dict[int, Template] = {}
    for chunk in chunks:
        if not isinstance(chunk, TextChunks):
            yield frame(_declared(chunk, declared, nulls, is_azure=request.is_azure))
            continue
        template = templates.get(chunk.key)
        if template is None:
            template = templates[chunk.key] = Template(
                JsonShape(chunk.key, (("choices", 0, "delta", "content"),)),
                chunk.build(""),
                lambda each: as_declared(each, declared, nulls=nulls),
            )
        yield from template.write_each(chunk.texts, FRAME_START, FRAME_END)
    if terminated:
        yield DONE_FRAME


def _nulls(request: AcceptedRequest) -> frozenset[str]:
    return frozenset({"usage"}) if request.is_azure else frozenset[str]()


def _declared(
    chunk: JsonObject, declared: Declared | None, nulls: frozenset[str], *, is_azure: bool
) -> JsonObject:
    if not is_azure or chunk.get("id", True):
        reduced: JsonObject = as_declared(chunk, declared, nulls=nulls)
        return reduced
    found = chunk.get("prompt_filter_results")
    known = None if declared is None else declared.fields.get("prompt_filter_results")
    return chunk if found is None else {**chunk, "prompt_filter_results": as_declared(found, known)}
