"""The documents that were published as a file are equal to it, key by key, prose, titles and examples aside.

The published files are not part of this project. Each digest below is the SHA-256 of the canonical JSON
(sorted keys, no spaces, UTF-8) of what `structure` keeps of one, taken with this very function when the file
was transcribed. A file in Swagger 2.0 was converted before.
"""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.pointers import find, join, tokens

#: Keys whose own keys are names of somebody's choosing, and no keywords.
NAMING = frozenset(
    {
        "content",
        "flows",
        "headers",
        "mapping",
        "parameters",
        "paths",
        "properties",
        "responses",
        "schemas",
        "scopes",
        "securitySchemes",
        "variables",
    }
)
PROSE = frozenset({"description", "summary", "title", "example", "examples"})
DIGESTS = {
    "ai-model-inference@2024-05-01-preview":
        "5d8d75472b056c2b93090a89d4bab2474beeb5c1a675ad350e40e8cbf182966b",
    "ai-model-inference@2025-04-01": "3b2e1d92125cad6bf149dd8e80a1062d7f9a470a4a076309aa38616b45ffedf3",
    "azure-openai@2024-06-01": "66fcbae3b4c0564d15f1f206c6228d03c5753ce488cb6587318e54fdda9a47ed",
    "azure-openai@2024-10-21": "f48a94539fc13d532ce5b96b5ea4fe9a7fd0e2fd0a4e26b4233ea11c04f5ce13",
    "azure-openai@2025-03-01-preview": "eee0265af01ffaca962979184393d695a3dd6b383dc69bad516ecf1815ea1447",
    "azure-openai@v1": "fc0f59dcae687fbc32c47c5e9461592db68418f5a17d97cb77f26f9776ca652e",
}  # fmt: skip
#: Documents of hundreds of schemas, most of them of operations that no rule is about.
WITHOUT_DESCRIPTIONS = frozenset({"azure-openai@2025-03-01-preview", "azure-openai@v1"})
#: The digests of the parts that documents take from another published file, by pointer.
DIGESTS_OF_PARTS = {
    "azure-openai@2023-09-01-preview": "e15c25817ec1f0121dfe9734305751601744b5e6ee56ccf4db4e4f49b2433336",
    "azure-openai@2023-12-01-preview": "3efd9272dc0f27005a7a4e89e136770e886d3b86a66cab933028f0e734574204",
    "azure-openai@2024-02-01": "2bf6ea707f8a97ad4ac3254b360d48598f78e1ba280287433014bd40ee7fac30",
    "azure-openai@2024-10-21": "c3dd39bb88bf208b247ef8229d40b316b54573a860e984ab113a822f7e9d3d93",
}


def structure(node: Any, naming: str = "") -> Any:
    """Return a description without prose: no descriptions, titles, examples and publisher extensions.

    `naming` is the key that the node stands under where its own keys are names. What a scope is told to be
    for is prose as well.
    """
    if isinstance(node, list):
        return [structure(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if naming or not (key in PROSE or key.startswith("x-"))}
    if naming == "scopes":
        return dict.fromkeys(kept, "")
    return {
        key: structure(value, key if not naming and key in NAMING and isinstance(value, dict) else "")
        for key, value in kept.items()
    }


def without_parts(document: Document) -> dict[str, Any]:
    """Return a description without its parts from other publications."""
    content = deepcopy(document.content)
    for part in document.published_parts:
        *above, name = tokens(part)
        del find(content, join("#", *above))[name]
    components = content["components"]
    content["components"] = {name: members for name, members in components.items() if members}
    return content


def digest(content: Any) -> str:
    text = json.dumps(structure(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", DIGESTS)
def test_equals_the_published_file_but_for_its_prose(name: str) -> None:
    published = Catalogue.packaged().load(name, as_published=True)
    assert digest(without_parts(published)) == DIGESTS[name]


@pytest.mark.parametrize("name", DIGESTS_OF_PARTS)
def test_the_parts_from_a_published_file_equal_it_but_for_their_prose(name: str) -> None:
    document = Catalogue.packaged().load(name, as_published=True)
    parts = {pointer: structure(document.resolve(pointer)) for pointer in document.published_parts}
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == DIGESTS_OF_PARTS[name]


@pytest.mark.parametrize("name", sorted(DIGESTS.keys() - WITHOUT_DESCRIPTIONS))
def test_describes_every_schema(name: str) -> None:
    schemas = Catalogue.packaged().load(name, as_published=True).content["components"]["schemas"]
    assert [each for each, schema in schemas.items() if not schema.get("description")] == []


@pytest.mark.parametrize("name", DIGESTS)
def test_copies_no_example(name: str) -> None:
    content = Catalogue.packaged().load(name, as_published=True).content
    assert not {"example", "examples", "x-ms-examples"} & set(_keywords(content))


def _keywords(node: Any, naming: bool = False) -> set[str]:
    if isinstance(node, list):
        return {key for each in node for key in _keywords(each)}
    if not isinstance(node, dict):
        return set()
    own = set() if naming else set(node)
    return own.union(
        *(
            _keywords(value, not naming and key in NAMING and isinstance(value, dict))
            for key, value in node.items()
        )
    )


def test_a_field_named_description_is_not_prose() -> None:
    kept = structure({"description": "x", "properties": {"description": {"title": "y", "type": "string"}}})
    assert kept == {"properties": {"description": {"type": "string"}}}


@pytest.mark.parametrize(
    "other",
    [
        {"minimum": 1},
        {"type": "integer"},
        {"type": "number", "required": ["a"]},
        {"type": "number", "properties": {"title": {"type": "string"}}},
    ],
)
def test_the_digest_shows_every_other_difference(other: dict[str, Any]) -> None:
    assert digest({"type": "number", "title": "a"}) == digest({"type": "number", "title": "b"})
    assert digest({"type": "number"}) != digest(other)
