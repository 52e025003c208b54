"""A chat as a stream of chunks: the choices alternate, each with its role first and its end last."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from aoai_emulator.content.chat.choice import Choice
from aoai_emulator.content.chat.logprobs import chat_logprobs
from aoai_emulator.content.chunk_frames import Chunk, ShapedChunks, whole
from aoai_emulator.content.filters import choice_filter_results, prompt_filter_results
from aoai_emulator.content.templates import JsonShape
from aoai_emulator.content.tokens import grouped
from aoai_emulator.http.json_text import JsonObject

Part = TypeVar("Part")


def taking_turns(choices: Iterable[Iterator[Part]]) -> Iterator[Part]:
    """Yield the first part of every choice, then the second of every choice that has one, and so on."""
    waiting = list(choices)
    while waiting:
        still = []
        for parts in waiting:
            part = next(parts, None)
            if part is not None:
                yield part
                still.append(parts)
        waiting = still


def with_first(chunks: Iterator[Chunk], extra: JsonObject) -> Iterator[Chunk]:
    """Yield the chunks, the first of them with additional fields."""
    for first in chunks:
        one, *others = whole([first])
        yield {**one, **extra}
        yield from others
        break
    yield from chunks


# Beyond this many tokens in all, a chunk has more than one of them.
_MAX_CHUNKS = 4096


@dataclass(frozen=True, slots=True)
class Stream:
    """What a stream sends: the fields that every chunk repeats, the choices, and the usage if requested.

    `top_logprobs` is None if no log probabilities were requested; with `filters_later`, the filter results of
    the text follow it, in chunks of their own. With `thinks_aloud`, reasoning is shown; `recordings` are the
    audio of the choices by index; with `writes_too`, their text follows, which otherwise is only in the
    transcript.
    """

    head: JsonObject
    choices: Sequence[Choice]
    usage: JsonObject | None
    top_logprobs: int | None
    is_azure: bool
    filters_later: bool = False
    thinks_aloud: bool = False
    recordings: Mapping[int, JsonObject] = field(default_factory=dict)
    writes_too: bool = False


def chunks(stream: Stream) -> Iterator[Chunk]:
    """Yield the chunks of a stream.

    The real service sends the filter results of the prompt first, in a chunk without id or choices, a `usage`
    of null in every chunk but the last, and omits `logprobs` unless requested; so does the flavour `azure`,
    which also sends audio in pieces. The flavour `strict` adds the filter results to the first chunk and to
    the last of each choice.
    """
    said = _said(stream)
    if stream.is_azure:
        yield ShapedChunks(_FINDINGS, (), _findings)
        yield from said
    else:
        yield from with_first(said, {"prompt_filter_results": prompt_filter_results()})


def waits(stream: Stream) -> list[float]:
    """Return the seconds before each chunk, as far as a script gives them: those of the first choice."""
    scripted = stream.choices[0].waits if stream.choices else ()
    if not any(scripted):
        return []
    size = 1 + sum(choice.token_count for choice in stream.choices) // _MAX_CHUNKS
    thoughts = len(grouped(stream.choices[0].thought, size)) if stream.thinks_aloud else 0
    lead = int(stream.is_azure) + len(stream.choices) * (1 + thoughts)
    rest = [0.0] * (len(stream.choices) - 1)
    return [*([0.0] * lead), *(each for wait in scripted for each in (wait, *rest))]


def _said(stream: Stream) -> Iterator[Chunk]:
    """Yield the chunks without the filter results of the prompt."""
    head = dict(stream.head)
    if stream.usage is not None or stream.is_azure:
        head["usage"] = None
    size = 1 + sum(choice.token_count for choice in stream.choices) // _MAX_CHUNKS
    for part in taking_turns(_parts(choice, stream, size, head) for choice in stream.choices):
        yield part if isinstance(part, ShapedChunks) else {**head, "choices": [part]}
    if stream.filters_later:
        yield from (_late_findings(choice) for choice in stream.choices)
    if stream.usage is not None:
        yield {**head, "choices": [], "usage": stream.usage}


def _parts(choice: Choice, stream: Stream, size: int, head: JsonObject) -> Iterator[Chunk]:
    """Yield the parts of one choice, one for each chunk; those that are only text as whole chunks."""
    if choice.refusal is not None:
        yield from _refusing(choice, stream, size)
    elif choice.tokens is None:
        yield _part(choice, stream, {"role": "assistant", "content": None})
    else:
        sound = stream.recordings.get(choice.index)
        written = choice.tokens if sound is None or stream.writes_too else None
        opening = {"role": "assistant", "content": None if written is None else "", "refusal": None}
        yield _constant(choice, stream, opening, head)
        for run in grouped(choice.thought, size) if stream.thinks_aloud else ():
            yield _part(choice, stream, {"reasoning_content": "".join(run)})
        for piece in () if sound is None else _spoken(sound, in_pieces=stream.is_azure):
            yield _part(choice, stream, {"audio": piece})
        if written is not None:
            yield from _writing(choice, stream, size, head)
    yield from (_part(choice, stream, delta) for delta in _call_deltas(choice, size))
    yield _constant(choice, stream, {}, head, finish_reason=choice.finish_reason)


def _constant(
    choice: Choice,
    stream: Stream,
    delta: JsonObject,
    head: JsonObject,
    *,
    finish_reason: str | None = None,
) -> ShapedChunks:
    """Return a chunk without text, whose delta is one of a few."""

    def build(text: str) -> JsonObject:
        del text
        return {**head, "choices": [_part(choice, stream, delta, finish_reason=finish_reason)]}

    return ShapedChunks(
        _shape(choice, stream, (*delta.items(), finish_reason)), _values(choice, stream), build
    )


def _writing(choice: Choice, stream: Stream, size: int, head: JsonObject) -> Iterator[Chunk]:
    """Yield the text of a choice."""
    if stream.top_logprobs is None:

        def build(text: str) -> JsonObject:
            return {**head, "choices": [_part(choice, stream, {"content": text}, tokens=(text,))]}

        shape, values, texts = _shape(choice, stream, None), _values(choice, stream), choice.texts(size)
        at_once = 1 if len(stream.choices) > 1 else max(len(texts), 1)
        for several in grouped(texts, at_once):
            yield ShapedChunks(shape, values, build, several)
        return
    start = 0
    for run in choice.runs(size):
        yield _part(choice, stream, {"content": "".join(run)}, tokens=run, start=start)
        start += len(run)


def _refusing(choice: Choice, stream: Stream, size: int) -> Iterator[JsonObject]:
    """Yield the parts of a refusal."""
    yield _part(choice, stream, {"role": "assistant", "content": None, "refusal": ""})
    start = 0
    for run in grouped(choice.refusal or (), size):
        yield _part(choice, stream, {"refusal": "".join(run)}, tokens=run, start=start)
        start += len(run)


def _spoken(sound: JsonObject, *, in_pieces: bool) -> Iterator[JsonObject]:
    """Yield audio whole, or in pieces as the service sends it: transcript, data and its expiry."""
    if not in_pieces:
        yield sound
        return
    for word in re.findall(r"\S+\s*|\s+", sound["transcript"]):
        yield {"id": sound["id"], "transcript": word}
    data, size = sound["data"], 4 * max(len(sound["data"]) // 16, 1)
    for start in range(0, len(data), size):
        yield {"id": sound["id"], "data": data[start : start + size]}
    yield {"expires_at": sound["expires_at"]}


def _call_deltas(choice: Choice, size: int) -> Iterator[JsonObject]:
    """Yield the fragments of the calls: id, type and name once, then the arguments in pieces."""
    for index, call in enumerate(choice.calls):
        opening: JsonObject = {"name": call.name, "arguments": ""}
        if choice.elder:
            yield {"function_call": opening}
        else:
            yield {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": opening}]}
        for run in grouped(call.arguments, size):
            piece = {"arguments": "".join(run)}
            if choice.elder:
                yield {"function_call": piece}
            else:
                yield {"tool_calls": [{"index": index, "function": piece}]}


def _part(
    choice: Choice,
    stream: Stream,
    delta: JsonObject,
    *,
    tokens: Sequence[str] | None = None,
    start: int = 0,
    finish_reason: str | None = None,
) -> JsonObject:
    part: JsonObject = {"index": choice.index, "delta": delta, "finish_reason": finish_reason}
    if tokens is not None and stream.top_logprobs is not None:
        content = chat_logprobs(tokens, stream.top_logprobs, start)
        refuses = choice.refusal is not None
        part["logprobs"] = (
            {"content": None, "refusal": content} if refuses else {"content": content, "refusal": None}
        )
    elif not stream.is_azure or stream.top_logprobs is not None:
        part["logprobs"] = None
    results = choice_filter_results(filtered=choice.is_filtered)
    if stream.is_azure and not stream.filters_later:
        part["content_filter_results"] = results if tokens is not None or choice.is_filtered else {}
    elif finish_reason is not None and not stream.filters_later:
        part["content_filter_results"] = results
    return part


def _shape(choice: Choice, stream: Stream, delta: Hashable) -> JsonShape:
    """Return the shape of chunks with a delta, or of those with text if it is None."""
    key = (
        delta,
        choice.finish_reason,
        stream.is_azure,
        stream.filters_later,
        stream.top_logprobs is None,
        stream.usage is None,
    )
    return JsonShape(key, _VARYING if delta is not None else _VARYING_WITH_TEXT)


def _values(choice: Choice, stream: Stream) -> tuple[str | int, ...]:
    """Return what a chunk has at the places `_VARYING`."""
    head = stream.head
    return head["id"], head["created"], head["model"], head["system_fingerprint"], choice.index


#: The places at which chunks of one shape differ.
_VARYING = (("id",), ("created",), ("model",), ("system_fingerprint",), ("choices", 0, "index"))
_VARYING_WITH_TEXT = (*_VARYING, ("choices", 0, "delta", "content"))


def _findings(text: str) -> JsonObject:
    """Build the chunk with the filter results of the prompt."""
    del text
    return {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": prompt_filter_results(),
    }


_FINDINGS = JsonShape("findings", ())


def _late_findings(choice: Choice) -> JsonObject:
    """Build a chunk with which the asynchronous filter reports on a text: no delta, no id."""
    length = len(choice.text or "")
    part: JsonObject = {
        "index": choice.index,
        "finish_reason": None,
        "content_filter_results": choice_filter_results(filtered=choice.is_filtered),
        "content_filter_offsets": {"check_offset": 0, "start_offset": 0, "end_offset": length},
    }
    return {"id": "", "object": "", "created": 0, "model": "", "choices": [part]}
