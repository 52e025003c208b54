"""Whether a truncated text can be the start of JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aoai_conformance.formats.json_prefix import is_json_prefix

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(JSON, st.integers(min_value=0), st.sampled_from([None, 1]), st.booleans())
def test_every_prefix_of_json_is_accepted(value: object, cut: int, indent: int | None, ascii_: bool) -> None:
    whole = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    assert is_json_prefix(whole)
    assert is_json_prefix(whole[: cut % (len(whole) + 1)])
    assert is_json_prefix(f" {whole}\n")


@given(st.text(st.sampled_from('{}[],:"\\tfnrue01-.e+ \nax'), max_size=12))
def test_valid_json_is_accepted_and_text_after_a_complete_value_is_not(text: str) -> None:
    try:
        json.loads(text, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        return
    assert is_json_prefix(text)
    if not text.rstrip(" \n")[-1].isdigit():
        assert not is_json_prefix(text + "x")
        assert not is_json_prefix(text + ",")


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "{", '{"a', '{"a"', '{"a":', '{"a": 1', '{"a": 1,', "[", "[1, 2", "-", "1.", "1e", "tru"),
        *('"\\', '"\\u12', "[" * 100_000, '{"a":{"b":[[[1.5e-'),
    ],
)
def test_accepts_a_prefix(text: str) -> None:
    assert is_json_prefix(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Here", "```json", "{'a'", "{a", "{,", "[,", "[1 2", '{"a" 1', '{"a": 1}}', "{} {", "01", "1.x"),
        *("1e+x", "--", "True", "nul1", '"\\x', '"\\u12g', '"a\nb', '{"a":]', "[}", '{"a": 1,}'),
        *("[1,]", "NaN", "+1"),
    ],
)
def test_rejects_what_is_not_a_prefix(text: str) -> None:
    assert not is_json_prefix(text)


@pytest.mark.parametrize(
    ("text", "begins"), [("", True), (" {", True), ("[", False), ("1", False), ('"', False)]
)
def test_accepts_a_prefix_of_an_object(text: str, begins: bool) -> None:
    assert is_json_prefix(text, with_object=True) is begins
