"""Keeps responses short: every request for text limits it, unless it tests the limit itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeGuard

from aoai_model.case import JsonBody, PlannedRequest, Point
from aoai_model.serialization import Json

#: Kinds of operations whose responses cost by their length.
WRITING = frozenset({"chat", "completions", "extension-chat", "response-create"})
#: The fields that limit a response; documents have one or both.
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
#: The highest limit of a generated request, and the same for one that asks for audio.
MOST_GENERATED, MOST_WITH_AUDIO = 64, 256
_CHOICES = ("n", "best_of")
_MOST_CHOICES = 4
#: A request for at least so many choices is sent at most once.
MANY_CHOICES = 64


def limit_response(kind: str, fields: Collection[str], body: Json) -> Json:
    """The body of a generated request with a limit on its response and few choices.

    `fields` are the fields that the document declares. Values that are not whole numbers are kept, since a
    server rejects them.
    """
    known = [name for name in LIMITS if name in fields]
    if kind not in WRITING or not isinstance(body, dict) or not known:
        return body
    modalities = body.get("modalities")
    with_audio = isinstance(modalities, list) and "audio" in modalities
    most = MOST_WITH_AUDIO if with_audio else MOST_GENERATED
    limited = {name: _at_most(value, most) if name in known else value for name, value in body.items()}
    if all(limited.get(name) is None for name in known):
        limited[known[0]] = most
    return {
        name: _at_most(value, _MOST_CHOICES) if name in _CHOICES else value for name, value in limited.items()
    }


def asks_for_many_choices(request: PlannedRequest) -> bool:
    """Whether a request asks for so many choices that it is not worth sending twice."""
    if not isinstance(request.body, JsonBody) or not isinstance(request.body.value, dict):
        return False
    return _are_many(request.body.value.get(name) for name in _CHOICES)


def must_be_alone(point: Point) -> bool:
    """Whether a point shares no request: it asks for many choices, or lifts the limit on the response.

    Splitting a packed request would send the choices again, and other settings of a packed request, such as
    penalties, may keep a model from ending its response.
    """
    own = {edit.pointer.removeprefix("/"): edit.value for edit in point.edits if not edit.remove}
    return _are_many(own.get(name) for name in _CHOICES) or any(
        own[name] is None for name in LIMITS if name in own
    )


def _are_many(counts: Iterable[Json]) -> bool:
    return any(_is_count(count) and count >= MANY_CHOICES for count in counts)


def _at_most(value: Json, most: int) -> Json:
    return min(value, most) if _is_count(value) else value


def _is_count(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
