"""Faults of embeddings."""

from __future__ import annotations

import base64
import secrets
import struct
from array import array
from collections.abc import Callable
from math import nan
from typing import Any

from aoai_emulator.content.vector_forms import as_base64, as_floats
from aoai_emulator.faults.anatomy import part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

EMBEDDINGS = frozenset({"embeddings"})


@answer_fault("embedding-order-swapped", operations=EMBEDDINGS)
def swap_order(body: JsonObject, request: AcceptedRequest) -> None:
    """The first two vectors are swapped, under indices that claim otherwise."""
    del request
    entries = _entries(body)
    if len(entries) > 1:
        first, second, *_ = entries
        swapped = second.get("embedding"), first.get("embedding")
        first["embedding"], second["embedding"] = swapped


@answer_fault("embedding-index-wrong", operations=EMBEDDINGS)
def count_from_one(body: JsonObject, request: AcceptedRequest) -> None:
    """The indices of the vectors begin at 1."""
    del request
    for index, entry in enumerate(_entries(body), 1):
        entry["index"] = index


@answer_fault("embedding-dimensions-ignored", operations=EMBEDDINGS)
def ignore_dimensions(body: JsonObject, request: AcceptedRequest) -> None:
    """The vectors are one number longer than was asked for."""
    if "dimensions" in request.fields:
        _change(body, lambda values: array("f", [*values, 0.0]))


@answer_fault("embedding-not-unit-length", operations=EMBEDDINGS)
def stretch(body: JsonObject, request: AcceptedRequest) -> None:
    """The vectors are twice as long as they should be."""
    del request
    _change(body, lambda values: array("f", [2 * value for value in values]))


@answer_fault("embedding-unstable", operations=EMBEDDINGS)
def never_the_same(body: JsonObject, request: AcceptedRequest) -> None:
    """The same input gives another vector each time."""
    del request
    turn = secrets.randbelow(1 << 30) + 1
    _change(body, lambda values: _turned(values, turn))


@answer_fault("embedding-base64-of-others", operations=EMBEDDINGS)
def encode_others(body: JsonObject, request: AcceptedRequest) -> None:
    """The base64 form holds other numbers than the float form."""
    if request.fields.get("encoding_format") == "base64":
        _change(body, lambda values: array("f", [-value for value in values]))


@answer_fault("embedding-base64-big-endian", operations=EMBEDDINGS)
def encode_big_endian(body: JsonObject, request: AcceptedRequest) -> None:
    """The base64 form has the wrong byte order."""
    del request
    for entry in _entries(body):
        if isinstance(entry.get("embedding"), str):
            raw = base64.b64decode(entry["embedding"])
            count = len(raw) // 4
            swapped = struct.pack(f">{count}f", *struct.unpack(f"<{count}f", raw[: 4 * count]))
            entry["embedding"] = base64.b64encode(swapped).decode()


@answer_fault("embedding-format-ignored", operations=EMBEDDINGS)
def ignore_format(body: JsonObject, request: AcceptedRequest) -> None:
    """The vectors come as numbers although base64 was asked for."""
    del request
    for entry in _entries(body):
        if isinstance(entry.get("embedding"), str):
            entry["embedding"] = as_floats(_values(entry["embedding"]))


@answer_fault("embedding-count-wrong", operations=EMBEDDINGS)
def lose_last(body: JsonObject, request: AcceptedRequest) -> None:
    """One vector fewer comes back than there were inputs."""
    del request
    body["data"] = _entries(body)[:-1]


@answer_fault("embedding-usage-wrong", operations=EMBEDDINGS)
def miscount_usage(body: JsonObject, request: AcceptedRequest) -> None:
    """The total of the usage is less than the tokens of the prompt."""
    del request
    part_of(body, "usage")["total_tokens"] = 0


@answer_fault("embedding-usage-missing", operations=EMBEDDINGS)
def drop_usage(body: JsonObject, request: AcceptedRequest) -> None:
    """The answer does not say what it used."""
    del request
    body.pop("usage", None)


@answer_fault("embedding-numbers-as-text", operations=EMBEDDINGS)
def write_numbers_out(body: JsonObject, request: AcceptedRequest) -> None:
    """The numbers of a vector are texts."""
    del request
    for entry in _entries(body):
        if isinstance(entry.get("embedding"), list):
            entry["embedding"] = [str(value) for value in entry["embedding"]]


@answer_fault("embedding-list-reversed", operations=EMBEDDINGS)
def reverse_list(body: JsonObject, request: AcceptedRequest) -> None:
    """The vectors are listed with the last one first, each under its right index."""
    del request
    body["data"] = _entries(body)[::-1]


@answer_fault("embedding-list-object-wrong", operations=EMBEDDINGS)
def mislabel_list(body: JsonObject, request: AcceptedRequest) -> None:
    """The list of vectors calls itself embeddings."""
    del request
    body["object"] = "embeddings"


@answer_fault("embedding-object-wrong", operations=EMBEDDINGS)
def mislabel_entries(body: JsonObject, request: AcceptedRequest) -> None:
    """Each vector calls itself a vector."""
    del request
    for entry in _entries(body):
        entry["object"] = "vector"


@answer_fault("embedding-base64-unasked", operations=EMBEDDINGS)
def encode_unasked(body: JsonObject, request: AcceptedRequest) -> None:
    """The vectors come as base64 although nobody asked for it."""
    if request.fields.get("encoding_format") in (None, "float"):
        for entry in _entries(body):
            entry["embedding"] = as_base64(_values(entry.get("embedding", [])))


@answer_fault("embedding-base64-cut", operations=EMBEDDINGS)
def cut_base64(body: JsonObject, request: AcceptedRequest) -> None:
    """The last number of a vector in base64 lacks two of its four bytes."""
    del request
    for entry in _entries(body):
        if isinstance(entry.get("embedding"), str):
            raw = base64.b64decode(entry["embedding"])[:-2]
            entry["embedding"] = base64.b64encode(raw).decode()


@answer_fault("embedding-base64-not-a-number", operations=EMBEDDINGS)
def smuggle_nan(body: JsonObject, request: AcceptedRequest) -> None:
    """The first number of a vector in base64 is NaN."""
    del request
    for entry in _entries(body):
        if isinstance(entry.get("embedding"), str):
            entry["embedding"] = as_base64(array("f", [nan, *_values(entry["embedding"])[1:]]))


@answer_fault("embedding-sizes-differ", operations=EMBEDDINGS)
def shorten_last(body: JsonObject, request: AcceptedRequest) -> None:
    """The last of several vectors lacks its last number."""
    del request
    entries = _entries(body)
    if len(entries) > 1:
        _change({"data": entries[-1:]}, lambda values: values[:-1])


@answer_fault("embedding-tokens-uncounted", operations=EMBEDDINGS)
def count_nothing(body: JsonObject, request: AcceptedRequest) -> None:
    """The usage says that the inputs had no token."""
    del request
    body["usage"] = {**part_of(body, "usage"), "prompt_tokens": 0, "total_tokens": 0}


@answer_fault("embedding-model-unnamed", operations=EMBEDDINGS)
def unname_model(body: JsonObject, request: AcceptedRequest) -> None:
    """The name of the model is empty."""
    del request
    body["model"] = ""


@answer_fault("embedding-same-for-all", operations=EMBEDDINGS)
def repeat_first(body: JsonObject, request: AcceptedRequest) -> None:
    """Every input gets the vector of the first one."""
    del request
    entries = _entries(body)
    for entry in entries[1:]:
        entry["embedding"] = entries[0].get("embedding")


@answer_fault("embedding-all-zeros", operations=EMBEDDINGS)
def point_nowhere(body: JsonObject, request: AcceptedRequest) -> None:
    """Every number of every vector is 0."""
    del request
    _change(body, lambda values: array("f", [0.0 for _ in values]))


@answer_fault("embedding-changes-in-company", operations=EMBEDDINGS)
def heed_company(body: JsonObject, request: AcceptedRequest) -> None:
    """An input gets another vector among several inputs than alone."""
    del request
    if len(_entries(body)) > 1:
        _change(body, lambda values: _turned(values, 1))


def _entries(body: JsonObject) -> list[dict[str, Any]]:
    found = body.get("data")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _values(embedding: str | list[float]) -> array[float]:
    if isinstance(embedding, list):
        return array("f", map(float, embedding))
    raw = base64.b64decode(embedding)
    count = len(raw) // 4
    return array("f", struct.unpack(f"<{count}f", raw[: 4 * count]))


def _change(body: JsonObject, change: Callable[[array[float]], array[float]]) -> None:
    """Change every vector, in whichever form it is written."""
    for entry in _entries(body):
        embedding = entry.get("embedding")
        if isinstance(embedding, str):
            entry["embedding"] = as_base64(change(_values(embedding)))
        elif isinstance(embedding, list) and all(isinstance(value, float | int) for value in embedding):
            entry["embedding"] = as_floats(change(_values(embedding)))


def _turned(values: array[float], turn: int) -> array[float]:
    """Move the numbers of a vector round, or turn their signs where there is but one."""
    if len(values) < 2:
        return array("f", [-value if turn % 2 else value for value in values])
    place = turn % (len(values) - 1) + 1
    return array("f", [*values[place:], *values[:place]])
