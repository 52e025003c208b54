"""Faults of images/generations."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import replace

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.registry import acceptance_fault, answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.operations.images import address, encoded, wish_of

_IMAGES = frozenset({"images"})


@answer_fault("image-one-too-many", operations=_IMAGES)
def one_too_many(body: JsonObject, request: AcceptedRequest) -> None:
    """One picture more comes back than was asked for."""
    del request
    if isinstance(body["data"], list) and body["data"]:
        body["data"].append(dict(body["data"][0]))


@answer_fault("image-none", operations=_IMAGES)
def none_at_all(body: JsonObject, request: AcceptedRequest) -> None:
    """The list of pictures is empty."""
    del request
    body["data"] = []


@answer_fault("image-data-not-a-list", operations=_IMAGES)
def data_not_a_list(body: JsonObject, request: AcceptedRequest) -> None:
    """The one picture comes without the list around it."""
    del request
    body["data"] = next(iter(_results(body)), {})


@answer_fault("image-url-missing", operations=_IMAGES)
def url_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The link is left out where links were asked for."""
    del request
    for result in _results(body):
        result.pop("url", None)


@answer_fault("image-url-relative", operations=_IMAGES)
def url_relative(body: JsonObject, request: AcceptedRequest) -> None:
    """The link has neither scheme nor host."""
    for result in _results(body):
        if "url" in result:
            result["url"] = result["url"].removeprefix(request.base_url)


@answer_fault("image-wrong-kind", operations=_IMAGES)
def wrong_kind(body: JsonObject, request: AcceptedRequest) -> None:
    """A link comes where base64 was asked for, and base64 where a link was."""
    for number, result in enumerate(_results(body)):
        wish = wish_of(request, number)
        if "url" in result:
            del result["url"]
            result["b64_json"] = encoded(wish)
        elif "b64_json" in result:
            del result["b64_json"]
            result["url"] = address(request.base_url, wish)


@answer_fault("image-both-kinds", operations=_IMAGES)
def both_kinds(body: JsonObject, request: AcceptedRequest) -> None:
    """Link and base64 both come, whichever was asked for."""
    for number, result in enumerate(_results(body)):
        wish = wish_of(request, number)
        result["url"] = address(request.base_url, wish)
        result["b64_json"] = encoded(wish)


@answer_fault("image-not-base64", operations=_IMAGES)
def not_base64(body: JsonObject, request: AcceptedRequest) -> None:
    """The field b64_json holds characters that base64 does not have."""
    del request
    for result in _results(body):
        if "b64_json" in result:
            result["b64_json"] = "-- " + result["b64_json"][3:]


@answer_fault("image-data-uri", operations=_IMAGES)
def data_uri(body: JsonObject, request: AcceptedRequest) -> None:
    """The field b64_json holds a data URI instead of bare base64."""
    del request
    for result in _results(body):
        if "b64_json" in result:
            result["b64_json"] = "data:image/png;base64," + result["b64_json"]


@answer_fault("image-not-a-picture", operations=_IMAGES)
def not_a_picture(body: JsonObject, request: AcceptedRequest) -> None:
    """The base64 is that of a text, not of a picture."""
    del request
    for result in _results(body):
        if "b64_json" in result:
            result["b64_json"] = base64.b64encode(b"This is no picture.").decode("ascii")


@answer_fault("image-cut-off", operations=_IMAGES)
def cut_off(body: JsonObject, request: AcceptedRequest) -> None:
    """The picture in base64 ends in its middle."""
    del request
    for result in _results(body):
        if "b64_json" in result:
            quarter = len(result["b64_json"]) // 8 * 4
            result["b64_json"] = result["b64_json"][:quarter]


@answer_fault("image-wrong-size", operations=_IMAGES)
def wrong_size(body: JsonObject, request: AcceptedRequest) -> None:
    """Every picture has 512 x 512 pixels, whatever size was asked for."""
    for number, result in enumerate(_results(body)):
        wish = replace(wish_of(request, number), width=512, height=512)
        if "url" in result:
            result["url"] = address(request.base_url, wish)
        if "b64_json" in result:
            result["b64_json"] = encoded(wish)


@answer_fault("image-created-missing", operations=_IMAGES)
def created_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer does not say when it was created."""
    del request
    body.pop("created", None)


@answer_fault("image-created-text", operations=_IMAGES)
def created_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The time of creation is text, not a number."""
    del request
    body["created"] = str(body.get("created", ""))


@answer_fault("image-severity-number", operations=_IMAGES)
def severity_number(body: JsonObject, request: AcceptedRequest) -> None:
    """The content filter's severities are numbers, not words."""
    del request
    for result in _results(body):
        for harm in result.get("content_filter_results", {}).values():
            harm["severity"] = 0


@answer_fault("image-created-in-milliseconds", operations=_IMAGES)
def created_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The time of creation is in milliseconds."""
    del request
    if isinstance(body.get("created"), int):
        body["created"] *= 1000


@answer_fault("image-revised-prompt-empty", operations=_IMAGES)
def revised_prompt_empty(body: JsonObject, request: AcceptedRequest) -> None:
    """The revised prompt is there, but empty."""
    del request
    for result in _results(body):
        result["revised_prompt"] = ""


@answer_fault("image-filter-category-missing", operations=_IMAGES)
def filter_category_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The findings on a picture say nothing of violence."""
    del request
    for result in _results(body):
        result.get("content_filter_results", {}).pop("violence", None)


@acceptance_fault("image-second-accepted", check="schema", operations=_IMAGES)
def second_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """More than one picture may be asked for, and is given."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("n", "maximum"))


@acceptance_fault("image-zero-accepted", check="schema", operations=_IMAGES)
def zero_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """No picture at all may be asked for."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("n", "minimum"))


@acceptance_fault("image-any-size-accepted", check="schema", operations=_IMAGES)
def any_size_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """Any text passes as a size."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("size", "enum"))


@acceptance_fault("image-empty-prompt-accepted", check="schema", operations=_IMAGES)
def empty_prompt_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An empty prompt is drawn."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("prompt", "minLength"))


@acceptance_fault("image-endless-prompt-accepted", check="schema", operations=_IMAGES)
def endless_prompt_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A prompt longer than the document allows is drawn."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("prompt", "maxLength"))


@answer_fault("image-handed-over-though-filtered", operations=_IMAGES)
def handed_over_though_filtered(body: JsonObject, request: AcceptedRequest) -> None:
    """A picture is said to be filtered, and handed over all the same."""
    del request
    for result in _results(body):
        found = result.setdefault("content_filter_results", {})
        found["hate"] = {"filtered": True, "severity": "high"}


def _results(body: JsonObject) -> list[JsonObject]:
    """Return the pictures of an answer, whatever another fault made of their list."""
    data = body.get("data")
    return [result for result in (data if isinstance(data, list) else [data]) if isinstance(result, dict)]
