"""The rejections of the v1 operations on stored resources, and their pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_specs.json_values import as_object

_USUAL_PAGE = 20
_LARGEST_PAGE = 100
_MOST_NOTES = 16
_INCLUDES = ("include", "include[]")
#: What clients may ask to be included.
INCLUDABLE = frozenset(
    {
        "code_interpreter_call.outputs",
        "computer_call_output.output.image_url",
        "file_search_call.results",
        "message.input_image.image_url",
        "message.output_text.logprobs",
        "reasoning.encrypted_content",
        "web_search_call.action.sources",
        "web_search_call.results",
    }
)
_LONGEST_KEY, _LONGEST_VALUE = 64, 512


def not_found(what: str, resource_id: str, param: str | None = None) -> Rejection:
    """404 for an unknown id; `what` starts a sentence (`Response`)."""
    message = f"{what} with id '{resource_id[:100]}' not found."
    return Rejection(404, None, message, form="model", param=param)


def metadata_rejections(fields: JsonObject) -> Iterator[Rejection]:
    """Yield a rejection of metadata with too many entries, or with a key or value that is too long."""
    notes = as_object(fields.get("metadata"))
    if len(notes) > _MOST_NOTES:
        yield invalid_request(
            f"Invalid 'metadata': too many properties. Expected at most {_MOST_NOTES}, but got {len(notes)}.",
            param="metadata",
            code="object_above_max_properties",
        )
    for key, value in notes.items():
        if len(key) > _LONGEST_KEY or (isinstance(value, str) and len(value) > _LONGEST_VALUE):
            yield invalid_request(
                f"Invalid 'metadata': keys have at most {_LONGEST_KEY} characters, values {_LONGEST_VALUE}.",
                param="metadata",
                code="string_above_max_length",
            )
            return


@dataclass(frozen=True, slots=True)
class PageWish:
    """Which part of a list a client wants."""

    limit: int
    descending: bool
    after: str | None
    before: str | None


def page_rejections(query: Mapping[str, str]) -> Iterator[Rejection]:
    """Yield a rejection of each parameter of a page that is not valid."""
    limit = query.get("limit")
    is_number = limit is not None and limit.isascii() and limit.isdigit() and len(limit) < 10
    if limit is not None and not (is_number and 1 <= int(limit) <= _LARGEST_PAGE):
        yield invalid_request(
            f"Invalid 'limit': expected an integer from 1 to {_LARGEST_PAGE}.", param="limit"
        )
    if query.get("order", "desc") not in ("asc", "desc"):
        yield invalid_request("Invalid 'order': expected 'asc' or 'desc'.", param="order")


def include_rejections(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection of each value in the query that cannot be included."""
    for name in _INCLUDES:
        for value in request.query.get(name, "").split(",") if name in request.query else ():
            if value not in INCLUDABLE:
                yield invalid_request(
                    f"Invalid value: '{value[:80]}'. Supported values are: {', '.join(sorted(INCLUDABLE))}.",
                    param="include",
                )


def flag_rejections(query: Mapping[str, str], *names: str) -> Iterator[Rejection]:
    """Yield a rejection of each parameter that is neither true nor false."""
    for name in names:
        if query.get(name, "true").lower() not in ("true", "false"):
            yield invalid_request(f"Invalid '{name}': expected a boolean.", param=name, code="invalid_type")


def page_of(items: Sequence[JsonObject], request: AcceptedRequest) -> JsonObject:
    """Return the page of a list that a request wants; `items` are in the order of their creation."""
    query = request.query
    limit = query.get("limit")
    length = min(int(limit), _LARGEST_PAGE) if limit and limit.isdigit() else _USUAL_PAGE
    ordered = list(items) if query.get("order") == "asc" else list(reversed(items))
    ids = [item["id"] for item in ordered]
    after, before = query.get("after"), query.get("before")
    if after is not None:
        start = ids.index(after) + 1 if after in ids else len(ids)
        ordered = ordered[start:]
    elif before is not None:
        end = ids.index(before) if before in ids else 0
        ordered = ordered[:end][-length:]
    shown = ordered[:length]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(ordered) > length,
    }


def includes(request: AcceptedRequest) -> frozenset[str]:
    """Return what the query or the body of a request wants to be included."""
    named = [request.query[name] for name in _INCLUDES if name in request.query]
    asked = {each for text in named for each in text.split(",")}
    listed = request.fields.get("include")
    return frozenset(asked | {each for each in listed if isinstance(each, str)} if listed else asked)
