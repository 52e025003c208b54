"""Malformed descriptions are rejected with an error or read; they never crash the reader."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import DocumentError
from aoai_specs.loading.files import load
from aoai_specs.loading.structure import check_structure
from aoai_specs.pointers import join


@pytest.mark.parametrize(
    ("text", "line", "place"),
    [
        ("openapi: 3.0.0\ninfo: {}\npaths: []\n", 3, "#/paths"),
        ("openapi: 3.0.0\ninfo: {}\npaths:\n  /x:\n    get: []\n", 5, "#/paths/~1x/get"),
        ("openapi: 3.0.0\ninfo: {}\npaths:\n  /x:\n    get:\n      parameters: {}\n", 6, "get/parameters"),
        (
            "openapi: 3.0.0\ninfo: {}\npaths:\n  /x:\n    get:\n      responses:\n        600: {}\n",
            6,
            "responses",
        ),
        (
            "openapi: 3.0.0\ninfo: {}\npaths: {}\ncomponents:\n  schemas:\n    X:\n      minimum: low\n",
            7,
            "X/minimum",
        ),
        (
            "openapi: 3.0.0\ninfo: {}\npaths: {}\ncomponents:\n  schemas:\n    X:\n      pattern: '(['\n",
            7,
            "X/pattern",
        ),
        (
            "openapi: 3.0.0\ninfo: {}\npaths: {}\ncomponents:\n  schemas:\n    X:\n      type: animal\n",
            7,
            "X/type",
        ),
        (
            "openapi: 3.0.0\ninfo: {}\npaths: {}\ncomponents:\n  schemas:\n    X:\n      required: true\n",
            7,
            "X/required",
        ),
        ("openapi: 3.0.0\ninfo: {}\n", 1, "the description"),
        (
            "swagger: '2.0'\ninfo: {}\npaths: {}\ndefinitions:\n  X:\n    discriminator: {}\n",
            6,
            "X/discriminator",
        ),
        ("swagger: '2.0'\ninfo: {}\npaths: {}\nparameters:\n  X: {in: query}\n", 5, "#/parameters/X"),
    ],
)
def test_names_file_line_and_place_of_a_mistake(text: str, line: int, place: str) -> None:
    with pytest.raises(DocumentError) as caught:
        check_structure(load(text, "x.yaml"))
    assert str(caught.value).startswith(f"x.yaml, line {line}: ")
    assert place in str(caught.value)


def test_the_packaged_documents_are_correct() -> None:
    root = Path(__file__).parents[3] / "specs" / "aoai_specs" / "documents"
    for name in Catalogue.packaged().names():
        path = root / name.surface / f"{name.version}.yaml"
        check_structure(load(path.read_bytes(), str(path)))


def test_what_is_left_to_the_validators_has_its_line_too(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "openapi: 3.0.0\ninfo: {version: 2030-01-01}\npaths:\n"
        "  /chat/completions:\n    post:\n      requestBody:\n        content:\n"
        "          application/json:\n            schema: {$ref: '#/components/schemas/X'}\n"
        "      responses: {}\n"
        "components:\n  schemas:\n    X: {allOf: [{$ref: '#/components/schemas/X'}]}\n",
        encoding="utf-8",
    )
    warnings = Catalogue.packaged().load_file(str(path)).warnings
    assert re.search(r"x\.yaml, line 13: .*refer to themselves", warnings[-1])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, each in children:
        yield from places(each, (*path, key))


SOUND = Catalogue.packaged().load("2024-10-21", as_published=True).content
PLACES = [path for path in places(SOUND) if path]
POINTERS = [join("#", *path) for path in PLACES]
PIECES = [
    None,
    5,
    -1,
    "x",
    True,
    False,
    [],
    {},
    ["x"],
    [{}],
    {"x": 1},
    {"$ref": 5},
    {"type": "object"},
    {"": {}},
]


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """Return the document with up to three places removed, replaced, or referring to another place."""
    content: dict[str, Any] = copy.deepcopy(SOUND)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PLACES))
        node: Any = content
        try:
            for token in path[:-1]:
                node = node[token]
            match draw(st.sampled_from(["remove", "refer", "replace", "replace"])):
                case "remove":
                    del node[path[-1]]
                case "refer":
                    node[path[-1]] = {"$ref": draw(st.sampled_from(POINTERS))}
                case _:
                    node[path[-1]] = copy.deepcopy(draw(st.sampled_from(PIECES)))
        except (KeyError, IndexError, TypeError):
            continue
    return content


@pytest.mark.parametrize("count", [20, pytest.param(80, marks=pytest.mark.whole_selftest)])
def test_every_broken_description_is_rejected_with_a_line_or_read(tmp_path: Path, count: int) -> None:
    path = tmp_path / "broken.json"
    sentences: list[str] = []
    warned = 0

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(broken(), st.booleans())
    def reads_or_refuses(content: dict[str, Any], as_published: bool) -> None:
        path.write_text(json.dumps(content), encoding="utf-8")
        try:
            document = Catalogue.packaged().load_file(str(path), as_published=as_published)
        except DocumentError as error:
            sentences.append(str(error))
            return
        nonlocal warned
        warned += bool(document.warnings)
        for operation in document.operations.values():
            for media_type in operation.request_media:
                validator = operation.request_validator(media_type)
                assert validator is not None
                assert bool(validator.errors({"messages": [{}]})) is not validator.is_valid(
                    {"messages": [{}]}
                )

    reads_or_refuses()
    assert warned > count // 3
    assert [each for each in sentences if not each.startswith(f"{path}, line ")] == []
