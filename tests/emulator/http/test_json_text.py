"""How many values a JSON text may have, and values that are text already."""

from __future__ import annotations

import json
import reprlib

import pytest

from aoai_emulator.http import json_text
from aoai_emulator.http.json_text import (
    MAX_NUMBERS,
    MAX_VALUES,
    JsonText,
    JsonTextError,
    parse,
    plain_copy,
    write,
)


@pytest.mark.parametrize(
    "value",
    [
        [["a"] * (MAX_VALUES - 10)],
        {"input": [[5] * 1000] * 900},
        {"logit_bias": {str(number): 1 for number in range(MAX_VALUES - 10)}},
        {"text": '[{,"\\' * MAX_VALUES * 2},
        {"text": "," * (MAX_VALUES + MAX_NUMBERS + 1)},
    ],
    ids=reprlib.repr,
)
def test_many_values_are_read(value):
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "value",
    [
        ["a"] * (MAX_VALUES + 1),
        [[]] * (MAX_VALUES + 1),
        [1] * (MAX_NUMBERS + 1),
        {str(number): 1 for number in range(MAX_VALUES + 1)},
    ],
    ids=reprlib.repr,
)
def test_too_many_values_are_rejected(value):
    with pytest.raises(JsonTextError, match="more than 50000 values or 1000000 numbers"):
        parse(json.dumps(value).encode())


@pytest.mark.parametrize("text", [b"[" + b"[]," * MAX_VALUES + b"[]]", b"[" + b"1," * 2_000_000 + b"1]"])
def test_far_too_many_values_are_rejected_before_they_are_parsed(monkeypatch, text):
    monkeypatch.setattr(json_text.json, "loads", None)
    with pytest.raises(JsonTextError, match="more than"):
        parse(text)


def test_text_that_is_json_already_is_written_as_it_is():
    value = {"data": [{"vector": JsonText("[1e-05, 2]"), "name": "é"}, JsonText("null")], "more": "]"}
    assert write(value) == '{"data":[{"vector":[1e-05, 2],"name":"é"},null],"more":"]"}'.encode()
    assert plain_copy(value) == {"data": [{"vector": [1e-05, 2], "name": "é"}, None], "more": "]"}


def test_nothing_else_is_written_beside_json():
    with pytest.raises(TypeError, match="set is not JSON"):
        write({"data": {1}})


def test_a_lone_surrogate_is_escaped_beside_text_that_is_json_already():
    assert write([JsonText("[1]"), "\ud800"]) == b'[[1],"\\ud800"]'
