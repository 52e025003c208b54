from __future__ import annotations

import pytest

from aoai_model.case import Edit, JsonBody, MultipartBody, Part, PlannedRequest
from aoai_strategies.errors import EditError
from aoai_strategies.requests.editing import apply_edits, body_value, file_value, to_form
from aoai_strategies.requests.media import MediaFile

BASE = PlannedRequest(
    "POST", "/things", query={"api-version": "2024-10-21"}, body=JsonBody({"a": {"b": [1, 2]}})
)
FILE = MediaFile("speech.wav", "audio/wav", b"RIFF\x00\xff")


def body_after(*edits: Edit) -> object:
    return body_value(apply_edits(BASE, edits).body)


def test_puts_a_value_and_creates_its_parents() -> None:
    assert body_after(Edit("/x/y", 1)) == {"a": {"b": [1, 2]}, "x": {"y": 1}}


def test_replaces_appends_to_and_removes_from_an_array() -> None:
    assert body_after(Edit("/a/b/0", 9)) == {"a": {"b": [9, 2]}}
    assert body_after(Edit("/a/b/-", 3)) == {"a": {"b": [1, 2, 3]}}
    assert body_after(Edit("/new/-", 3)) == {"a": {"b": [1, 2]}, "new": [3]}
    assert body_after(Edit("/a/b/0", remove=True)) == {"a": {"b": [2]}}


def test_removes_a_property_whether_it_exists_or_not() -> None:
    assert body_after(Edit("/a/b", remove=True)) == {"a": {}}
    assert body_after(Edit("/a/c", remove=True)) == {"a": {"b": [1, 2]}}


def test_reads_escaped_names() -> None:
    assert body_after(Edit("/x~1y~0z", 1)) == {"a": {"b": [1, 2]}, "x/y~z": 1}


def test_replaces_the_whole_body() -> None:
    assert body_after(Edit("", ["wrong"])) == ["wrong"]


def test_does_not_change_the_base_request() -> None:
    apply_edits(BASE, [Edit("/a/b/-", 3), Edit("/a/c", {})])
    assert BASE.body == JsonBody({"a": {"b": [1, 2]}})


def test_a_value_put_twice_is_copied() -> None:
    shared: dict[str, object] = {"x": 1}
    request = apply_edits(BASE, [Edit("/one", shared), Edit("/two", shared), Edit("/one/x", 2)])
    assert body_value(request.body) == {"a": {"b": [1, 2]}, "one": {"x": 2}, "two": {"x": 1}}
    assert shared == {"x": 1}


def test_a_pointer_through_a_number_is_an_error() -> None:
    with pytest.raises(EditError, match="no members"):
        apply_edits(BASE, [Edit("/a/b/0/c", 1)])


def test_edits_parameters() -> None:
    request = apply_edits(
        BASE, [Edit("query:limit", 3), Edit("header:mode", "a"), Edit("query:api-version", remove=True)]
    )
    assert request.query == {"limit": "3"}
    assert request.headers == {"mode": "a"}
    assert request.body == BASE.body


def test_edits_a_form_part_by_part() -> None:
    base = PlannedRequest("POST", "/audio", body=to_form({"file": file_value(FILE)}))
    request = apply_edits(base, [Edit("/temperature", 0.5), Edit("/prompt", "hi"), Edit("/tags", ["a", "b"])])
    assert request.body == MultipartBody(
        (
            Part("file", FILE.content, "speech.wav", "audio/wav"),
            Part("temperature", b"0.5"),
            Part("prompt", b"hi"),
            Part("tags", b"a"),
            Part("tags", b"b"),
        )
    )
    assert apply_edits(base, [Edit("/file", remove=True)]).body == MultipartBody(())


def test_a_form_survives_its_conversion_to_a_value() -> None:
    value = {"file": file_value(FILE), "tags": ["a", "b"], "prompt": "hi"}
    assert body_value(to_form(value)) == value
