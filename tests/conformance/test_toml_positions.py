"""The lines of keys, tables and elements."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aoai_conformance.toml_positions import lines_of


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ("[x]\n\n# [y]\nb = 2", ("x", "b"), 4),
        ('[x."a.b"]\nc = 1', ("x", "a.b", "c"), 2),
        ("[x]\n['y'.z]\nc = 1", ("y", "z", "c"), 3),
        ("a.b.c = 1", ("a", "b", "c"), 1),
        ('a = """\n[b]\nc = 1\n"""\nd = 2', ("d",), 5),
        ("a = '''\n[b]\n'''\nd = 2", ("d",), 4),
        ('a = """x""""\nd = 2', ("d",), 2),
        ('a = "# \\" ["\nd = 2', ("d",), 2),
        ("a = [\n  1,\n  2, # ]\n  3,\n]\nd = 2", ("a", 2), 4),
        ("a = [\n  1,\n  2, # ]\n  3,\n]\nd = 2", ("d",), 6),
        ("a = { b = [1], c = { d = '}' } }\ne = 1", ("a", "c", "d"), 1),
        ("a = 1979-05-27 07:32:00.5Z\nb = 1", ("b",), 2),
        ("[[a]]\nb = 1\n[[a]]\nc = 2", ("a",), 1),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", ("a", 1, "b"), 4),
        ("[[a]]\n[a.c]\nb = 1\n[[a]]\n[[a.d]]\n[[a.d]]\nb = 2", ("a", 0, "c", "b"), 3),
        ("[[a]]\n[a.c]\nb = 1\n[[a]]\n[[a.d]]\n[[a.d]]\nb = 2", ("a", 1, "d", 1, "b"), 7),
    ],
)
def test_finds_the_line_of_a_key(text: str, path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(text)
    assert lines_of(text)[path] == line


def test_finds_every_key_of_a_real_file() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    rows = text.splitlines()
    lines = lines_of(text)
    paths = list(tables_and_keys(tomllib.loads(text)))
    assert len(paths) > 50
    assert [path for path in paths if path[-1] not in rows[lines[path] - 1]] == []


ROWS = ["[a]", "[b.c]", 'd = "x#"', "'e' = [1,", "2]", "f = { g = '''", "}''' }", "#", "h.i = 1.5"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ROWS), max_size=8))
def test_finds_every_key_of_a_valid_text(rows: list[str]) -> None:
    text = "\n".join(rows)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(tables_and_keys(data)) <= lines_of(text).keys()


def tables_and_keys(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield (*path, key)
            yield from tables_and_keys(each, (*path, key))
