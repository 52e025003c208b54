"""Paths find the places that they name, and skip other structures."""

from __future__ import annotations

import pytest

from aoai_emulator.faults.edits import add, remove, replace, set_to, swap
from aoai_emulator.faults.places import Path
from aoai_emulator.faults.topics import Topic

BODY = {
    "choices": [{"finish_reason": "stop", "n": 1}, {"finish_reason": None, "n": 2}],
    "usage": {"total": 3},
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/usage/total", [3]),
        ("/choices/*/n", [1, 2]),
        ("/choices/-1/n", [2]),
        ("/choices/1:/n", [2]),
        ("/choices/*[finish_reason]/n", [1]),
        ("/choices/*[!finish_reason]/n", [2]),
        ("/choices/*[finish_reason=null]/n", [2]),
        ("/choices/*[n=1|2]/finish_reason", ["stop", None]),
        ("/[usage.total=3]/usage/total", [3]),
        ("/usage/*/n", []),
        ("/missing/n", []),
        ("/usage/missing", [None]),
    ],
)
def test_a_path_finds_the_values_that_it_names(path, values):
    assert [place.value for place in Path.parse(path).find(BODY)] == values


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (add(1), {"n": 2}),
        (remove, {}),
        (replace("x"), {"n": "x"}),
        (set_to(None), {"n": None}),
        (swap("a", "b"), {"n": 1}),
    ],
)
def test_an_edit_changes_only_its_member(edit, after):
    body = {"n": 1, "m": 1}
    for place in Path.parse("/n").find(body):
        edit(place)
    assert body == {**after, "m": 1}


def test_only_setting_creates_a_missing_member():
    for edit in (add(1), replace(1), remove, swap("a", "b")):
        body = {}
        for place in Path.parse("/n").find(body):
            edit(place)
        assert body == {}


def test_a_fault_of_an_unknown_stage_is_an_error():
    with pytest.raises(ValueError, match="'answer', which does not exist"):
        Topic("x").edit("a-b", "Nothing.", at="chat.answer /n", edit=remove)
