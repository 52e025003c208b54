"""Generated examples are read as they were written, or not at all."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import pytest

from aoai_specs.document import Document
from aoai_strategies.generation.example_cache import UNSET, ExampleCache, example_cache
from aoai_strategies.generation.schemathesis_draws import SchemathesisDraws

VALUES: list[Any] = [
    *(None, True, 0, -0.0, 10**400, 1.5, math.inf, "", "\ud800", "\0", UNSET, b"\xff"),
    [[], {}, {"b": 1, "a": [b""]}],
]


@pytest.fixture
def cache(tmp_path: Path) -> ExampleCache:
    return ExampleCache(tmp_path / "examples")


def only_file(cache: ExampleCache) -> Path:
    assert cache.folder is not None
    (file,) = cache.folder.iterdir()
    return file


def test_values_are_restored_exactly(cache: ExampleCache) -> None:
    cache.put("key", VALUES)
    found = cache.get("key")
    assert found == VALUES
    assert repr(found) == repr(VALUES)
    assert cache.get("another key") is None


@pytest.mark.parametrize("value", [{1: 2}, {"\0bytes": ""}, (1,), {1}, object()])
def test_what_json_cannot_hold_is_not_stored(cache: ExampleCache, value: object) -> None:
    cache.put("key", [value])
    assert cache.get("key") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[:-3],
        lambda content: content.replace(b"1.5", b"2.5"),
        lambda _: b"\xff" * 50,
        lambda content: content.partition(b"\n")[0] + b"\n" + b"[" * 100_000,
    ],
)
def test_damaged_entries_count_as_missing_and_are_replaced(cache: ExampleCache, damage: Any) -> None:
    cache.put("key", VALUES)
    file = only_file(cache)
    file.write_bytes(damage(file.read_bytes()))
    assert cache.get("key") is None
    cache.put("key", VALUES)
    assert cache.get("key") == VALUES


def test_an_entry_under_the_name_of_another_counts_as_missing(cache: ExampleCache) -> None:
    cache.put("key", VALUES)
    first = only_file(cache)
    content = first.read_bytes()
    first.unlink()
    cache.put("another key", [])
    only_file(cache).write_bytes(content)
    assert cache.get("another key") is None


def test_the_oldest_entries_are_removed_beyond_the_limit(tmp_path: Path) -> None:
    cache = ExampleCache(tmp_path / "examples", most_bytes=3000)
    for age, key in enumerate(("newest", "older", "oldest")):
        cache.put(key, ["x" * 1000])
        file = max((tmp_path / "examples").iterdir(), key=lambda each: each.stat().st_mtime_ns)
        os.utime(file, (1000 - age, 1000 - age))
    cache.put("added", ["x" * 1000])
    assert [cache.get(key) is None for key in ("added", "newest", "older", "oldest")] == [
        *(False, False, True, True),
    ]


def test_a_folder_that_cannot_be_used_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = ExampleCache(tmp_path / "file" / "examples")
    cache.put("key", VALUES)
    assert cache.get("key") is None


def test_the_environment_names_the_folder_or_switches_the_cache_off() -> None:
    assert example_cache({"AOAI_CONFORMANCE_CACHE": "off"}).folder is None
    assert example_cache({"AOAI_CONFORMANCE_CACHE": "/c"}).folder == Path("/c/examples")
    assert example_cache({"XDG_CACHE_HOME": "/x"}).folder == Path("/x/aoai-conformance/examples")


def test_the_same_examples_are_drawn_and_read(document: Document, cache: ExampleCache) -> None:
    def drawn(seed: int, cache: ExampleCache) -> Any:
        return SchemathesisDraws(document, cache).draw("Transcriptions_Create", "positive", seed, 1, [])

    first = drawn(1, cache)
    assert first
    assert drawn(1, cache) == first
    assert drawn(1, ExampleCache(None)) == first
    only_file(cache)
