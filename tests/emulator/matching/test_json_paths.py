"""Paths into JSON find values, and texts that are no paths are rejected."""

from __future__ import annotations

import pytest

from aoai_emulator.matching.json_paths import JsonPath, JsonPathError

BODY = {"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}], "a b": {"$id": 1}}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.messages[0].role", ["system"]),
        ("messages[-1].content", ["b"]),
        ("$.messages[*].content", ["a", "b"]),
        ("$['a b'].$id", [1]),
        ("$", [BODY]),
        ("$.messages[2].role", []),
        ("$.messages.role", []),
        ("$.missing", []),
    ],
)
def test_a_path_finds_values(path, found):
    assert list(JsonPath.parse(path).find(BODY)) == found


@pytest.mark.parametrize("text", ["", "$.", "a..b", "a[b]", "a[", "a]b", "a[0]b", "$" + ".a" * 21, "a" * 501])
def test_rejects_a_text_that_is_no_path(text):
    with pytest.raises(JsonPathError, match="is not a path such as"):
        JsonPath.parse(text)
