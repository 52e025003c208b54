"""Streams as a whole: consistent metadata, complete choices, and usage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aoai_conformance.json_access import dig, members, objects, text, whole
from aoai_conformance.observation import examined
from aoai_conformance.rule import CHAT, COMPLETIONS, rule
from aoai_conformance.views.exchange_views import Chunk, Stream
from aoai_conformance.views.stream_events import end_places, ends_choice, is_filter_note, is_service_chunk
from aoai_model.verdict import Level, Violation
from aoai_specs.surfaces import AI_MODEL_INFERENCE

#: How the names of models of OpenAI begin. Deployments have any name, but responses name the model.
_OF_OPENAI = re.compile(r"(?:gpt|chatgpt|o\d|codex|computer-use|davinci|babbage|text-)")
_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_CHUNK = f"{_SCHEMAS}/createChatCompletionStreamResponse/properties"
_DELTA = f"{_SCHEMAS}/chatCompletionStreamResponseDelta/properties"


#: The most values of a field that are reported at each level; a known deviation may excuse some of them.
_MOST_VALUES = 100


def _changes(
    stream: Stream,
    name: str,
    *,
    optional: bool = False,
    level_of: Callable[[Any, Any], Level | None] | None = None,
) -> Iterator[Violation]:
    """Yield a violation for each value of `name` that differs from the first, at its first chunk.

    The schema rules report absent and null values. If the field is optional, it may also be empty. `level_of`
    returns the level of a violation by the value and the first one; without it, it is that of the rule.
    """
    chunks = stream.response_chunks
    values = [chunk.json.get(name) for chunk in chunks.distinct if not is_service_chunk(chunk)]
    known = next(filter(None, values), None)
    added = {chunk.index for chunk in chunks.distinct if is_service_chunk(chunk)}

    def differs(chunk: Chunk, value: Any) -> bool:
        is_other = value is not None and value != known and bool(value or not optional)
        return is_other and chunk.index not in added

    message = f"`{name}` changes within the stream."
    reported: dict[Level | None, set[str]] = {}
    for place, value in chunks.where_value(f"/{name}", differs) if known is not None else ():
        level = None if level_of is None else level_of(value, known)
        others = reported.setdefault(level, set())
        if len(others) < _MOST_VALUES and (written := repr(value)) not in others:
            others.add(written)
            yield place.violates(
                f"/{name}", message, expected=known, actual=value, reason="changes", level=level
            )


@rule(
    "SSE-101",
    must="repeat the same id in every chunk of a stream",
    clause=f"{_CHUNK}/id",
    operations=CHAT | COMPLETIONS,
)
def one_id(stream: Stream) -> Iterator[Violation]:
    """Clients group chunks by id."""
    yield from _changes(stream, "id")


@rule(
    "SSE-102",
    must="repeat the same `created` in every chunk of a stream",
    clause=f"{_CHUNK}/created",
    operations=CHAT | COMPLETIONS,
    note="For models of other providers a SHOULD: their servers have been recorded to send the time of each "
    "chunk.",
)
def one_created(stream: Stream) -> Iterator[Violation]:
    """It is the time of the response, not of the chunk."""
    if_later: Level | None = "should" if _is_of_another_provider(stream) else None

    def level_of(value: Any, known: Any) -> Level | None:
        return if_later if (whole(value) or 0) > (whole(known) or 0) else None

    yield from _changes(stream, "created", level_of=level_of)


def _is_of_another_provider(stream: Stream) -> bool:
    """Whether a stream names a model that OpenAI does not provide."""
    named = (text(chunk.json.get("model")) for chunk in stream.response_chunks.distinct)
    model = next(filter(None, named), "")
    return bool(model) and _OF_OPENAI.match(model) is None


@rule(
    "SSE-103",
    should="name the same model in every chunk of a stream",
    clause=f"{_CHUNK}/model",
    operations=CHAT | COMPLETIONS,
    note="The document states this only for id and created.",
)
def one_model(stream: Stream) -> Iterator[Violation]:
    """A single model generates a response."""
    yield from _changes(stream, "model")


@rule(
    "SSE-104",
    should="repeat the same system_fingerprint in every chunk that has one",
    clause=f"{_CHUNK}/system_fingerprint",
    operations=CHAT | COMPLETIONS,
    note="The document states this only for id and created.",
)
def one_fingerprint(stream: Stream) -> Iterator[Violation]:
    """A single backend generates a response."""
    yield from _changes(stream, "system_fingerprint", optional=True)


Part = tuple[Chunk, str, dict[str, Any]]


def _parts(chunks: Iterable[Chunk]) -> dict[int, list[Part]]:
    """Return the parts of each choice in some chunks, by index, in order, each with its chunk and pointer."""
    parts: dict[int, list[Part]] = {}
    for chunk in chunks:
        for place, choice in objects(chunk.choices):
            index = whole(choice.get("index"))
            if index is not None:
                parts.setdefault(index, []).append((chunk, f"/choices/{place}", choice))
    return parts


def _adds(choice: dict[str, Any]) -> bool:
    """Whether this part adds content to the choice."""
    delta = members(choice.get("delta"))
    contents = (
        choice.get("text"),
        *(delta.get(name) for name in ("content", "refusal", "tool_calls", "function_call")),
    )
    return any(bool(each) for each in contents)


@rule(
    "SSE-105",
    should="set the role of a choice no later than its first content, and must set it at all",
    clause=f"{_DELTA}/role",
    operations=CHAT,
    note="No field of a delta is required, but the assembled message requires a role.",
)
def role_comes_first(stream: Stream) -> Iterator[Violation]:
    """The same delta may have both; later deltas may repeat the role."""
    for parts in _parts(stream.response_chunks.distinct).values():
        roles = [bool(members(choice.get("delta")).get("role")) for _, _, choice in parts]
        words = [_adds(choice) for _, _, choice in parts]
        if any(words) and not any(roles[: words.index(True) + 1]):
            chunk, place, _ = parts[words.index(True)]
            yield chunk.violates(
                f"{place}/delta/role",
                "The choice has content before its role." if any(roles) else "The choice has no role.",
                expected="assistant",
                reason="late" if any(roles) else "missing",
                level=None if any(roles) else "must",
            )


def _has_another_role(chunk: Chunk) -> bool:
    roles = [text(members(choice.get("delta")).get("role")) for _, choice in objects(chunk.choices)]
    return any(role and role != "assistant" for role in roles)


@rule(
    "SSE-106",
    must="set role to `assistant` wherever a delta has a role",
    clause=f"{_DELTA}/role",
    operations=CHAT,
)
def role_is_assistant(stream: Stream) -> Iterator[Violation]:
    """The schema also declares the roles of requests, but a response is from the assistant."""
    for chunk in stream.response_chunks.where(_has_another_role):
        for place, choice in objects(chunk.choices):
            role = text(members(choice.get("delta")).get("role"))
            if role and role != "assistant":
                message = "The role of the delta is not `assistant`."
                yield chunk.violates(
                    f"/choices/{place}/delta/role",
                    message,
                    expected="assistant",
                    actual=role,
                    reason="other role",
                )


def _repeats_a_choice(chunk: Chunk) -> bool:
    indices = [whole(choice.get("index")) for _, choice in objects(chunk.choices)]
    known = [index for index in indices if index is not None]
    return len(known) > len(set(known))


@rule(
    "SSE-107",
    should="have at most one entry for each choice in a chunk",
    clause=f"{_CHUNK}/choices",
    operations=CHAT | COMPLETIONS,
    note="A list of choices has one entry for each choice, and one delta can contain everything that it "
    "adds.",
)
def one_entry_for_a_choice(stream: Stream) -> Iterator[Violation]:
    """A chunk may omit choices."""
    for chunk in stream.response_chunks.where(_repeats_a_choice):
        named: set[int] = set()
        for place, choice in objects(chunk.choices):
            index = whole(choice.get("index"))
            if index in named:
                message = "The chunk has two entries for the same choice."
                yield chunk.violates(f"/choices/{place}/index", message, actual=index, reason="twice")
            named |= {index} if index is not None else set()


def _has_reason(chunk: Chunk) -> bool:
    parts = [part for listed in _parts([chunk]).values() for part in listed]
    return any(choice.get("finish_reason") is not None for _, _, choice in parts)


@rule(
    "SSE-201",
    must="end each choice with exactly one finish_reason",
    clause=f"{_CHUNK}/choices/items/properties/finish_reason",
    operations=CHAT | COMPLETIONS,
    note="A chunk of the asynchronous filter may end a choice again.",
)
def each_choice_ends_once(stream: Stream) -> Iterator[Violation]:
    """All other chunks have null, or none."""
    stream.require_whole()
    chunks = stream.response_chunks
    known, ending = _parts(chunks.distinct), _parts(chunks.where(_has_reason))
    lasts = {} if ending.keys() >= known.keys() else _parts(chunks.last_of_each_form())
    for index in known:
        parts = ending.get(index, [])
        ends = [parts[place] for place in end_places([part[2].get("finish_reason") for part in parts])]
        own = [part for part in ends if not is_filter_note(part[0])]
        if not ends:
            chunk, place, _ = lasts[index][-1]
            message = f"Choice {index} has no finish_reason."
            yield chunk.violates(f"{place}/finish_reason", message, expected="a reason", reason="missing")
        elif len(own) > 1:
            chunk, place, choice = own[1]
            yield chunk.violates(
                f"{place}/finish_reason",
                f"Choice {index} has a second finish_reason.",
                actual=choice.get("finish_reason"),
                reason="twice",
            )


def _ends(chunk: Chunk, choice: dict[str, Any]) -> bool:
    return ends_choice(choice.get("finish_reason")) and not is_filter_note(chunk)


@rule(
    "SSE-202",
    must="add nothing to a choice after its finish_reason",
    clause=f"{_CHUNK}/choices/items/properties/finish_reason",
    operations=CHAT | COMPLETIONS,
)
def adds_nothing_after_the_end(stream: Stream) -> Iterator[Violation]:
    """The chunk that ends a choice may have content; later ones must not."""
    chunks = stream.response_chunks
    parts = {chunk.index: _parts([chunk]) for chunk in chunks.distinct}
    ending = {
        chunk.index
        for chunk in chunks.distinct
        if any(_ends(chunk, part[2]) for listed in parts[chunk.index].values() for part in listed)
    }
    ended: set[int] = set()
    late: dict[int, list[tuple[int, str]]] = {index: [] for each in parts.values() for index in each}
    for at, form in chunks.with_forms() if ending else ():
        for index, listed in parts[form.index].items() if ended or form.index in ending else ():
            for _, place, choice in listed:
                if index in ended and _adds(choice):
                    late[index].append((at, place))
                elif index not in ended and _ends(form, choice):
                    ended.add(index)
    for index, places in late.items():
        for at, place in places:
            chunk = chunks.at(at)
            message = f"Choice {index} has content after its finish_reason."
            yield chunk.violates(place, message, actual=dig(chunk.json, place), reason="after the end")


@rule(
    "SSE-301",
    must="report the usage in a chunk without choices if include_usage is true",
    clause=f"{_SCHEMAS}/chatCompletionStreamOptions/properties/include_usage",
    operations=CHAT | COMPLETIONS,
    note="The real service has reported it in the chunk that ends the last choice, which is a known quirk.",
)
def reports_usage_if_requested(stream: Stream) -> Iterator[Violation]:
    """The list of choices is empty."""
    if stream.asked.get("include_usage") is not True or stream.case.expect == "reject":
        return
    stream.require_whole()
    report = stream.response_chunks.last_where(_reports_usage)
    if report is None:
        message = "The request asks for the usage, but no chunk reports it."
        yield stream.violates("/usage", message, expected="an object", reason="missing")
    elif report.choices and not _ends_last_choice(stream, report):
        message = "The chunk that reports the usage has choices."
        yield report.violates("/choices", message, expected=[], reason="choices")


def _reports_usage(chunk: Chunk) -> bool:
    return chunk.usage is not None


def _ends_last_choice(stream: Stream, chunk: Chunk) -> bool:
    """Whether the chunk ends a choice, and all other choices have already ended."""
    ends: dict[int | None, int] = {}
    for each in stream.response_chunks.distinct:
        for _, choice in objects(each.choices):
            if ends_choice(choice.get("finish_reason")):
                ends.setdefault(whole(choice.get("index")), each.index)
    return bool(ends) and chunk.index == max(ends.values())


@rule(
    "SSE-302",
    must="report no usage in a stream unless include_usage is true",
    clause=f"{_SCHEMAS}/chatCompletionStreamOptions/properties/include_usage",
    operations=CHAT | COMPLETIONS,
    note="The real service has reported it without being asked in the chunk that ends the last choice, "
    "which is a known quirk. A chunk without choices breaks clients that read the first choice of every "
    "chunk. Azure AI Model Inference has no such field, and its chunks may report the usage.",
)
def reports_usage_only_if_requested(stream: Stream) -> Iterator[Violation]:
    """Null is allowed."""
    if stream.asked.get("include_usage") is True or stream.case.expect == "reject":
        return
    if stream.operation.document.name.surface == AI_MODEL_INFERENCE:
        return
    for chunk in stream.response_chunks.distinct:
        examined(chunk.json)
    for chunk in stream.response_chunks.where(_reports_usage):
        if not _ends_last_choice(stream, chunk):
            message = "The chunk reports the usage, but the request does not ask for it."
            yield chunk.violates("/usage", message, expected=None, actual=chunk.usage, reason="unasked")


def _continues(chunk: Chunk) -> bool:
    return not is_service_chunk(chunk) and bool(chunk.choices)


@rule(
    "SSE-303",
    must="report the usage once, after all choices",
    clause=f"{_SCHEMAS}/chatCompletionStreamOptions/properties/include_usage",
    operations=CHAT | COMPLETIONS,
    note="Chunks of the content filter may follow.",
)
def reports_usage_once_and_last(stream: Stream) -> Iterator[Violation]:
    """The usage covers the whole request."""
    if stream.asked.get("include_usage") is not True:
        return
    reports = stream.response_chunks.where(_reports_usage)
    first, again = next(reports, None), next(reports, None)
    if again is not None:
        message = "The usage is reported a second time; all other chunks must have null."
        yield again.violates("/usage", message, expected=None, actual=again.usage, reason="again")
    if first is None or again is not None:
        return
    for chunk in stream.response_chunks.where(_continues, since=first.index + 1):
        message = "The chunk has choices after the chunk that reports the usage."
        yield chunk.violates("/choices", message, expected="the end", reason="not last")
        return


@rule(
    "SSE-304",
    may="return a null usage in every other chunk if include_usage is true",
    clause=f"{_SCHEMAS}/chatCompletionStreamOptions/properties/include_usage",
    operations=CHAT | COMPLETIONS,
    note="Clients treat an absent usage like null, so this is only a MAY.",
)
def other_chunks_have_null_usage(stream: Stream) -> Iterator[Violation]:
    """Chunks that the service itself adds are excluded."""
    if stream.asked.get("include_usage") is not True:
        return
    for chunk in stream.response_chunks.where(_lacks_usage):
        message = "The chunk has no usage; expected null."
        yield chunk.violates("/usage", message, expected=None, reason="absent")


def _lacks_usage(chunk: Chunk) -> bool:
    return "usage" not in chunk.json and not is_service_chunk(chunk)
