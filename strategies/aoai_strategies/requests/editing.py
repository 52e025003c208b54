"""Applies the edits of points to a planned request.

JSON bodies are edited by JSON Pointer (RFC 6901), where a last token `-` appends to an array. A multipart
body is edited as an object of its parts: text parts are strings, a file is an object with `filename`,
`content_type` and `base64`, and an array stands for one part per item. `query:NAME`, `header:NAME` and
`path:NAME` address parameters.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import cast

from aoai_model.case import Body, Edit, JsonBody, MultipartBody, Part, PlannedRequest
from aoai_model.serialization import Json
from aoai_specs.pointers import tokens
from aoai_strategies.errors import EditError
from aoai_strategies.requests.media import MediaFile

_CONTAINERS = (dict, list)
_PARAMETERS = {"query": "query", "header": "headers", "path": "path_parameters"}


def apply_edits(base: PlannedRequest, edits: Iterable[Edit]) -> PlannedRequest:
    """The request with the edits applied in order; repeated edits are applied once, unless they append.

    Raises EditError for a pointer that leads through a value that is neither object nor array.
    """
    known: dict[str, list[Edit]] = {}
    changes: list[Edit] = []
    request = base
    for edit in edits:
        at_place = known.setdefault(edit.pointer, [])
        if edit in at_place and not appends(edit):
            continue
        at_place.append(edit)
        if edit.pointer.partition(":")[0] in _PARAMETERS:
            request = _set_parameter(request, edit)
        else:
            changes.append(edit)
    if not changes:
        return request
    value = body_value(request.body)
    for edit in changes:
        value = put(value, edit)
    if isinstance(request.body, MultipartBody):
        return replace(request, body=to_form(cast("Mapping[str, Json]", value)))
    return replace(request, body=JsonBody(value))


def copy_json(value: Json) -> Json:
    """A deep copy of a JSON value."""
    if isinstance(value, dict):
        return {
            name: copy_json(each) if isinstance(each, _CONTAINERS) else each for name, each in value.items()
        }
    if isinstance(value, list):
        return [copy_json(each) if isinstance(each, _CONTAINERS) else each for each in value]
    return value


def appends(edit: Edit) -> bool:
    """Whether an edit appends an item to an array."""
    return edit.pointer.endswith("/-")


def put(target: Json, edit: Edit) -> Json:
    """`target` with one edit applied, in place unless the edit replaces the whole value."""
    path = tokens(edit.pointer)
    value = copy_json(edit.value)
    if not path:
        return value
    if target is None:
        target = {}
    here: Json = target
    for token, following in pairwise(path):
        if isinstance(here, dict):
            here = here.setdefault(token, [] if following == "-" else {})
        elif isinstance(here, list) and _is_item(here, token):
            here = here[int(token)]
        else:
            raise EditError(f"An edit leads through {here!r} at {token!r}, which has no members.")
    _put_member(here, path[-1], value, remove=edit.remove)
    return target


def _put_member(here: Json, token: str, value: Json, *, remove: bool) -> None:
    if isinstance(here, dict):
        if remove:
            here.pop(token, None)
        else:
            here[token] = value
    elif isinstance(here, list) and token in ("-", str(len(here))) and not remove:
        here.append(value)
    elif isinstance(here, list) and _is_item(here, token):
        if remove:
            del here[int(token)]
        else:
            here[int(token)] = value
    else:
        raise EditError(f"An edit leads into {here!r} at {token!r}, which has no members.")


def _is_item(items: list[Json], token: str) -> bool:
    return token.isdecimal() and int(token) < len(items)


def body_value(body: Body) -> Json:
    """A body as the JSON value that edits and validators see; None for a request without one."""
    match body:
        case JsonBody(value):
            return copy_json(value)
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


def to_form(fields: Mapping[str, Json]) -> MultipartBody:
    """The multipart body of named values in the form that `body_value` returns."""
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
    """A file as the value of an edit."""
    return {
        "filename": media.filename,
        "content_type": media.content_type,
        "base64": base64.b64encode(media.content).decode("ascii"),
    }


def _media(part: Part) -> MediaFile:
    return MediaFile(part.filename or "", part.content_type or "application/octet-stream", part.content)


def _set_parameter(request: PlannedRequest, edit: Edit) -> PlannedRequest:
    location, _, name = edit.pointer.partition(":")
    attribute = _PARAMETERS[location]
    values: dict[str, str] = dict(getattr(request, attribute))
    if edit.remove:
        values.pop(name, None)
    else:
        values[name] = edit.value if isinstance(edit.value, str) else json.dumps(edit.value)
    changes: dict[str, Mapping[str, str]] = {attribute: values}
    return replace(request, **changes)  # type: ignore[arg-type]
