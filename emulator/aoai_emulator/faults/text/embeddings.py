"""Faults of embeddings, of their cost and of the model that they name."""

from __future__ import annotations

import base64
import secrets
import struct
from array import array
from collections.abc import Callable
from math import nan
from typing import TypeAlias

from aoai_emulator.content.vector_forms import as_base64, as_floats
from aoai_emulator.faults.conditions import objects_in
from aoai_emulator.faults.edits import Edit, compute, map_list, map_text, number_from, remove, set_to, update
from aoai_emulator.faults.places import Place
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject

EMBEDDINGS = Topic("embeddings")
COSTS = Topic("embedding_costs")
_VECTOR = "embeddings.response /data/*/embedding"
Vector: TypeAlias = "array[float]"


def _floats(embedding: str | list[float]) -> Vector:
    if isinstance(embedding, list):
        return array("f", map(float, embedding))
    raw = base64.b64decode(embedding)
    count = len(raw) // 4
    return array("f", struct.unpack(f"<{count}f", raw[: 4 * count]))


def _map_vector(function: Callable[[Vector], Vector]) -> Edit:
    """Replace a vector, in whichever form it is written."""

    def edit(place: Place) -> None:
        embedding = place.value
        if isinstance(embedding, str):
            place.value = as_base64(function(_floats(embedding)))
        elif isinstance(embedding, list) and all(isinstance(value, float | int) for value in embedding):
            place.value = as_floats(function(_floats(embedding)))

    return edit


def _map_bytes(function: Callable[[bytes], bytes]) -> Edit:
    """Replace the bytes of a vector in base64."""
    return map_text(lambda text: base64.b64encode(function(base64.b64decode(text))).decode())


def _swap_bytes(raw: bytes) -> bytes:
    count = len(raw) // 4
    return struct.pack(f">{count}f", *struct.unpack(f"<{count}f", raw[: 4 * count]))


def _rotate(values: Vector, turn: int) -> Vector:
    """Rotate the numbers of a vector, or negate the only one."""
    if len(values) < 2:
        return array("f", [-value if turn % 2 else value for value in values])
    place = turn % (len(values) - 1) + 1
    return array("f", [*values[place:], *values[:place]])


# fmt: off
EMBEDDINGS.edit("embedding-index-wrong", "The indices of the embeddings start at 1.",
    at="embeddings.response /data/*/index", edit=number_from(1))
EMBEDDINGS.edit("embedding-dimensions-ignored", "The embeddings have one number more than `dimensions`.",
    at=_VECTOR, edit=_map_vector(lambda values: array("f", [*values, 0.0])),
    when=lambda request: "dimensions" in request.fields)
EMBEDDINGS.edit("embedding-not-unit-length", "The embeddings have the length 2 instead of 1.", at=_VECTOR,
    edit=_map_vector(lambda values: array("f", [2 * value for value in values])))
EMBEDDINGS.edit("embedding-base64-of-others", "The embeddings in base64 are not those in floats.", at=_VECTOR,
    edit=_map_vector(lambda values: array("f", [-value for value in values])),
    when=lambda request: request.fields.get("encoding_format") == "base64")
EMBEDDINGS.edit("embedding-base64-big-endian", "The numbers in base64 are big-endian.", at=_VECTOR,
    edit=_map_bytes(_swap_bytes))
EMBEDDINGS.edit("embedding-format-ignored",
    "The embeddings are lists of numbers although base64 was requested.", at=_VECTOR,
    edit=map_text(lambda text: as_floats(_floats(text))))
EMBEDDINGS.edit("embedding-count-wrong", "There is one embedding fewer than inputs.",
    at="embeddings.response /data", edit=map_list(lambda entries: entries[:-1]))
EMBEDDINGS.edit("embedding-usage-wrong", "`total_tokens` is less than `prompt_tokens`.",
    at="embeddings.response /usage/total_tokens", edit=set_to(0))
EMBEDDINGS.edit("embedding-usage-missing", "`usage` is missing.", at="embeddings.response /usage",
    edit=remove)
EMBEDDINGS.edit("embedding-numbers-as-text", "The numbers of an embedding are strings.", at=_VECTOR,
    edit=map_list(lambda values: [str(value) for value in values]))
EMBEDDINGS.edit("embedding-list-reversed",
    "The embeddings are listed in reverse, each with its correct index.", at="embeddings.response /data",
    edit=map_list(lambda entries: entries[::-1]))
EMBEDDINGS.edit("embedding-list-object-wrong", "`object` of the list is `embeddings`.",
    at="embeddings.response /object", edit=set_to("embeddings"))
EMBEDDINGS.edit("embedding-object-wrong", "`object` of each embedding is `vector`.",
    at="embeddings.response /data/*/object", edit=set_to("vector"))
EMBEDDINGS.edit("embedding-base64-unasked", "The embeddings are in base64, which was not requested.",
    at=_VECTOR, edit=compute(lambda place: as_base64(_floats(place.value or []))),
    when=lambda request: request.fields.get("encoding_format") in (None, "float"))
EMBEDDINGS.edit("embedding-base64-cut",
    "The last number of an embedding in base64 lacks two of its four bytes.", at=_VECTOR,
    edit=_map_bytes(lambda raw: raw[:-2]))
EMBEDDINGS.edit("embedding-base64-not-a-number", "The first number of an embedding in base64 is NaN.",
    at=_VECTOR, edit=map_text(lambda text: as_base64(array("f", [nan, *_floats(text)[1:]]))))
EMBEDDINGS.edit("embedding-tokens-uncounted", "`prompt_tokens` and `total_tokens` are 0.",
    at="embeddings.response /usage", edit=update({"prompt_tokens": 0, "total_tokens": 0}))
EMBEDDINGS.edit("embedding-model-unnamed", "`model` is empty.", at="embeddings.response /model",
    edit=set_to(""))
EMBEDDINGS.edit("embedding-same-for-all", "Every input gets the embedding of the first one.",
    at="embeddings.response /data/*/embedding",
    edit=compute(lambda place: objects_in(place.body, "data")[0].get("embedding")))
EMBEDDINGS.edit("embedding-all-zeros", "Every number of every embedding is 0.", at=_VECTOR,
    edit=_map_vector(lambda values: array("f", [0.0 for _ in values])))
# fmt: on


@EMBEDDINGS.code("embedding-order-swapped", at="embeddings.response")
def swap_order(body: JsonObject) -> None:
    """The first two embeddings are swapped, but not their indices."""
    match objects_in(body, "data"):
        case [first, second, *_]:
            first["embedding"], second["embedding"] = second.get("embedding"), first.get("embedding")


@EMBEDDINGS.code("embedding-unstable", at="embeddings.response")
def rotate_randomly(body: JsonObject) -> None:
    """The same input gives another embedding each time."""
    turn = secrets.randbelow(1 << 30) + 1
    _edit_vectors(objects_in(body, "data"), lambda values: _rotate(values, turn))


@EMBEDDINGS.code("embedding-sizes-differ", at="embeddings.response")
def shorten_last(body: JsonObject) -> None:
    """The last of several embeddings lacks its last number."""
    _edit_vectors(objects_in(body, "data")[1:][-1:], lambda values: values[:-1])


@EMBEDDINGS.code("embedding-changes-in-company", at="embeddings.response")
def rotate_in_company(body: JsonObject) -> None:
    """An input among several gets another embedding than alone."""
    entries = objects_in(body, "data")
    _edit_vectors(entries if len(entries) > 1 else [], lambda values: _rotate(values, 1))


def _edit_vectors(entries: list[JsonObject], function: Callable[[Vector], Vector]) -> None:
    for entry in entries:
        _map_vector(function)(Place(entry, "embedding", entry, None))


def _cost(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": tokens, "total_tokens": tokens}


# fmt: off
COSTS.edit("embedding-usage-varies", "The token count changes between identical requests.",
    at="embeddings.response /usage", edit=compute(lambda _: _cost(100 + secrets.randbelow(1 << 20))))
COSTS.edit("embedding-usage-constant",
    "The token count is 16 or the number of embeddings, whatever the input is.",
    at="embeddings.response /usage",
    edit=compute(lambda place: _cost(max(16, len(objects_in(place.body, "data"))))))
COSTS.edit("embedding-model-varies", "Each response names another model.", at="embeddings.response /model",
    edit=compute(lambda _: f"model-{secrets.token_hex(4)}"))
# fmt: on
