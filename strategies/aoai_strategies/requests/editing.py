"""Edits: how the points of a case change its base request.

JSON bodies are edited by JSON Pointer (RFC 6901), where a last token `-` appends to an array. Multipart
bodies are edited as if they were an object of their parts: text parts are strings, a file is an object with
`filename`, `content_type` and `base64`, and an array means one part for each item. `query:NAME`,
`header:NAME` and `path:NAME` address parameters.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import cast

from aoai_model.case import Body, Edit, Json, JsonBody, MultipartBody, Part, PlannedRequest
from aoai_strategies.requests.media import MediaFile


def edited(base: PlannedRequest, edits: Iterable[Edit]) -> PlannedRequest:
    """The base request with the edits made in order; one that occurs twice is made once, unless it appends.

    Raises TypeError for a pointer that leads through something that is neither object nor array.
    """
    made: list[Edit] = []
    known: dict[str, list[Edit]] = {}
    for edit in edits:
        at_place = known.setdefault(edit.pointer, [])
        if appends(edit) or edit not in at_place:
            at_place.append(edit)
            made.append(edit)
    parameters = [edit for edit in made if _parameter(edit) is not None]
    changes = [edit for edit in made if _parameter(edit) is None]
    request = base
    for edit in parameters:
        request = _with_parameter(request, edit)
    if not changes:
        return request
    value = body_value(request.body)
    for edit in changes:
        value = put(value, edit)
    if isinstance(request.body, MultipartBody):
        return replace(request, body=form(cast("Mapping[str, Json]", value)))
    return replace(request, body=JsonBody(value))


def copied(value: Json) -> Json:
    """A copy of JSON that shares no object and no array."""
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    if isinstance(value, list):
        return [copied(each) for each in value]
    return value


def appends(edit: Edit) -> bool:
    """Whether an edit adds an item to the end of an array."""
    return edit.pointer.endswith("/-")


def put(target: Json, edit: Edit) -> Json:
    """`target` with one edit made in it; it is changed in place unless the edit replaces it whole."""
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in edit.pointer.split("/")[1:]]
    value = copied(edit.value)
    if not tokens:
        return value
    if target is None:
        target = {}
    here: Json = target
    for token, following in pairwise(tokens):
        here = _entered(here, token, following)
    _placed(here, tokens[-1], value, remove=edit.remove)
    return target


def _entered(here: Json, token: str, following: str) -> Json:
    if isinstance(here, dict):
        return here.setdefault(token, [] if following == "-" else {})
    if isinstance(here, list):
        return here[int(token)]
    raise TypeError(f"An edit leads through {here!r} at {token!r}, which has no members.")


def _placed(here: Json, token: str, value: Json, *, remove: bool) -> None:
    if isinstance(here, dict):
        if remove:
            here.pop(token, None)
        else:
            here[token] = value
    elif isinstance(here, list):
        if token == "-":  # noqa: S105 - RFC 6901's token for the place after the last item
            here.append(value)
        elif remove:
            del here[int(token)]
        elif int(token) == len(here):
            here.append(value)
        else:
            here[int(token)] = value
    else:
        raise TypeError(f"An edit leads into {here!r} at {token!r}, which has no members.")


def body_value(body: Body) -> Json:
    """A body as the value that edits and validators see; None for a request without one."""
    match body:
        case JsonBody(value):
            return copied(value)
        case MultipartBody(parts):
            found: dict[str, Json] = {}
            for part in parts:
                value = file_value(_media(part)) if part.filename is not None else part.content.decode()
                if part.name not in found:
                    found[part.name] = value
                    continue
                before = found[part.name]
                found[part.name] = [*before, value] if isinstance(before, list) else [before, value]
            return found
        case _:
            return None


def form(fields: Mapping[str, Json]) -> MultipartBody:
    """A multipart body from named values, as `body_value` returns them."""
    parts: list[Part] = []
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "filename" in item:
                content = base64.b64decode(str(item["base64"]))
                parts.append(Part(name, content, str(item["filename"]), str(item["content_type"])))
            else:
                text = item if isinstance(item, str) else json.dumps(item)
                parts.append(Part(name, text.encode()))
    return MultipartBody(tuple(parts))


def file_value(media: MediaFile) -> dict[str, Json]:
    """A file as the value of a multipart edit."""
    return {
        "filename": media.filename,
        "content_type": media.content_type,
        "base64": base64.b64encode(media.content).decode("ascii"),
    }


def _media(part: Part) -> MediaFile:
    return MediaFile(part.filename or "", part.content_type or "application/octet-stream", part.content)


def _parameter(edit: Edit) -> str | None:
    location, colon, _ = edit.pointer.partition(":")
    return location if colon and location in ("query", "header", "path") else None


def _with_parameter(request: PlannedRequest, edit: Edit) -> PlannedRequest:
    location, _, name = edit.pointer.partition(":")
    field_name = {"query": "query", "header": "headers", "path": "path_parameters"}[location]
    values = dict(cast("Mapping[str, str]", getattr(request, field_name)))
    if edit.remove:
        values.pop(name, None)
    else:
        values[name] = edit.value if isinstance(edit.value, str) else json.dumps(edit.value)
    match location:
        case "query":
            return replace(request, query=values)
        case "header":
            return replace(request, headers=values)
        case _:
            return replace(request, path_parameters=values)
