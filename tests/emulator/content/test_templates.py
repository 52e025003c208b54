"""A template writes a value exactly as it would be written without it."""

from __future__ import annotations

import pytest

from aoai_emulator.content.templates import JsonShape, Template
from aoai_emulator.http.json_text import write

SHAPE = JsonShape("shape", (("id",), ("choices", 0, "delta", "content"), ("usage", "tokens")))


def value(name: str, text: str, tokens: int) -> dict[str, object]:
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None}
    return {"id": name, "choices": [choice], "usage": {"tokens": tokens}, "object": "100% é"}


@pytest.mark.parametrize(
    "text",
    ["", "plain", 'a "quoted" \\ text', "é 東京 🌿", "\u2028\n\t\0", '"\0001\0"', "lone \ud800", "%s {}"],
)
def test_writes_what_is_written_without_it(text: str) -> None:
    template = Template(SHAPE, value("a", "example", 1), lambda each: each)
    assert template.write(("b", text, 12)) == write(value("b", text, 12))


def test_leaves_out_places_that_are_removed() -> None:
    def reduce(each: dict[str, object]) -> dict[str, object]:
        return {name: inner for name, inner in each.items() if name != "id"}

    template = Template(SHAPE, value("a", "example", 1), reduce)
    assert template.write(("b", "text", 3)) == write(reduce(value("b", "text", 3)))


TWO_PLACES = JsonShape("two", (("id",), ("choices", 0, "delta", "content")))
TEXTS = ["", "100%", "é 東京", "lone \ud800"]


@pytest.mark.parametrize("at_once", [1, 3, 9])
def test_writes_several_that_differ_at_the_last_place(at_once: int) -> None:
    template = Template(TWO_PLACES, value("a", "example", 1), lambda each: each)
    pieces = list(template.write_several(("%b",), TEXTS, before="<", after=">", at_once=at_once))
    assert len(pieces) == -(-len(TEXTS) // at_once)
    assert b"".join(pieces) == b"".join(b"<%b>" % write(value("%b", text, 1)) for text in TEXTS)
    assert not list(template.write_several(("%b",), [], at_once=at_once))


def test_writes_several_whose_last_place_is_removed() -> None:
    template = Template(TWO_PLACES, value("a", "example", 1), lambda each: {"id": each["id"]})
    assert b"".join(template.write_several(("b",), TEXTS, at_once=3)) == b'{"id":"b"}' * len(TEXTS)


def test_does_not_change_its_example() -> None:
    example = value("a", "example", 1)
    Template(SHAPE, example, lambda each: each)
    assert example == value("a", "example", 1)
