"""The chunks of a stream as frames: reduced to what the document declares, and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aoai_emulator.content.declared_responses import Declared, as_declared, declared_chunk
from aoai_emulator.content.templates import JsonShape
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.replies import DONE_FRAME, FRAME_END, FRAME_START, frame, frames
from aoai_emulator.http.requests import AcceptedRequest


@dataclass(slots=True)
class ShapedChunks:
    """Chunks of one shape that follow each other: one for each of the texts at the last place of the shape.

    `first` are the values at its other places. Without `texts`, it is one chunk, with all of its values in
    `first`. `build` returns the chunk with a text.
    """

    shape: JsonShape
    first: tuple[str | int, ...]
    build: Callable[[str], JsonObject]
    texts: Sequence[str] | None = None


Chunk: TypeAlias = JsonObject | ShapedChunks
#: How many chunks are written at once.
_WRITTEN_AT_ONCE = 8


def whole(chunks: Iterable[Chunk]) -> Iterator[JsonObject]:
    """Yield each chunk as an object."""
    for chunk in chunks:
        if not isinstance(chunk, ShapedChunks):
            yield chunk
        else:
            yield from map(chunk.build, ("",) if chunk.texts is None else chunk.texts)


def declared_chunks(chunks: Iterable[Chunk], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Yield the chunks as the document declares them; undeclared chunks of the real service stay."""
    declared, nulls = declared_chunk(request.operation), _nulls(request)
    for chunk in whole(chunks):
        yield _declared(chunk, declared, nulls, is_azure=request.is_azure)


def declared_frames(
    chunks: Iterable[Chunk], request: AcceptedRequest, *, terminated: bool, named: bool, joined: bool
) -> Iterator[bytes]:
    """Yield the frames of the same chunks; end with `[DONE]` if the stream is `terminated`.

    The frames of a `named` stream have the type of their chunks as names. Frames of one shape are `joined`
    if nothing counts them or waits between them.
    """
    if named:
        yield from frames(declared_chunks(chunks, request), terminated=terminated, named=True)
        return
    declared, nulls, is_azure = declared_chunk(request.operation), _nulls(request), request.is_azure

    def reduce(chunk: JsonObject) -> JsonObject:
        return _declared(chunk, declared, nulls, is_azure=is_azure)

    for chunk in chunks:
        if isinstance(chunk, ShapedChunks) and declared is not None:
            yield from _shaped_frames(chunk, declared, reduce, joined=joined)
        else:
            yield from map(frame, map(reduce, whole((chunk,))))
    if terminated:
        yield DONE_FRAME


def _shaped_frames(
    chunks: ShapedChunks, declared: Declared, reduce: Callable[[JsonObject], JsonObject], *, joined: bool
) -> Iterator[bytes]:
    template = declared.template(chunks.shape, lambda: chunks.build(""), reduce)
    first, texts = chunks.first, chunks.texts
    if texts is None:
        yield b"data: " + template.write(first) + b"\n\n"
    else:
        yield from template.write_several(
            first, texts, before=FRAME_START, after=FRAME_END, at_once=_WRITTEN_AT_ONCE if joined else 1
        )


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
