from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
import yaml

from aoai_specs.errors import DocumentError
from aoai_specs.loading.files import MAX_BYTES, MAX_DEPTH, load
from aoai_specs.loading.references import check_references
from aoai_specs.loading.text import yaml_text as loading


def content(text: str) -> dict[str, Any]:
    return load(text, "some.yaml").content


def refusal(text: str | bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        load(text, "some.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "2024-10-21",
        "2023-12-01-preview",
        "2001-12-14t21:59:43.10-05:00",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "1:30",
        "1_000",
    ],
)
def test_keeps_as_text_what_only_yaml_1_1_reads_differently(text: str) -> None:
    assert content(f"a: {text}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-9223372036854775808", -(2**63)),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
    ],
)
def test_reads_plain_values_as_yaml_1_2_does(text: str, value: object) -> None:
    read = content(f"a: {text}")["a"]
    assert read == value
    assert type(read) is type(value)


def test_reads_every_key_as_text() -> None:
    assert content("200: ok\ntrue: yes\nnull: ~\n1.0: x\n") == {
        "200": "ok",
        "true": "yes",
        "null": None,
        "1.0": "x",
    }


def test_reads_json_as_well() -> None:
    value = {"openapi": "3.0.0", "x": [1, 2.5, None, True, "é/\n"], "y": {"z": {}}}
    assert content(json.dumps(value, indent=2)) == value
    assert content("\ufeff" + json.dumps(value)) == value


def test_copies_aliases_so_that_no_two_places_share_a_value() -> None:
    read = content("a: &x {b: [1]}\nc: *x\nd: &t text\ne: *t\n")
    assert read == {"a": {"b": [1]}, "c": {"b": [1]}, "d": "text", "e": "text"}
    assert read["a"] is not read["c"]


def test_knows_the_line_of_each_place() -> None:
    loaded = load("a: 1\nb:\n  c:\n    - x\n    - y: 2\n", "some.yaml")
    assert [loaded.line(pointer) for pointer in ("#/a", "#/b", "#/b/c", "#/b/c/0", "#/b/c/1/y")] == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert loaded.line("#/b/c/1/not/there") == 5
    assert str(loaded.error("what.", "#/b/c")) == "some.yaml, line 3: what."


def test_rejects_an_alias_bomb_before_it_expands() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "line 6: the file has more than 500000 values after its aliases" in refusal("\n".join(rows))


def test_rejects_an_alias_within_its_anchor() -> None:
    assert "line 1" in refusal("a: &a [*a]")


class EagerReader(yaml.SafeLoader):
    """A parser that limits the depth itself: it rejects a text before it yields an event."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        depth = 0
        with suppress(yaml.parser.ParserError):
            for event in yaml.parse(text, yaml.SafeLoader):
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                if depth > MAX_DEPTH + 50:
                    mark = event.start_mark
                    raise yaml.scanner.ScannerError("while reading", mark, "that is quite enough", mark)


@pytest.fixture(params=["installed", "pure", "eager"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = {"pure": yaml.SafeLoader, "eager": EagerReader}
    if request.param in readers:
        monkeypatch.setattr(loading, "_Reader", readers[request.param])


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: " + "[" * 20_000, 1),
        ("a: " + "[" * 1500 + "]" * 1500, 1),
        ("a: " + "[" * 110 + "]" * 110, 1),
        ("a: 'é – [[['\nb: " + "[" * 1500, 2),
        ("a: 1\nb: " + "[x, " * 3000, 2),
        ('{"a":' * 1500 + "1" + "}" * 1500, 1),
        ('{\n"a":' * 500 + "1" + "}" * 500, MAX_DEPTH + 1),
        ("a:\n  " + "- " * 2000 + "x", 2),
        ("a: " + "[" * 110 + "}", 1),
    ],
    ids=[
        "never ends",
        "ends",
        "small",
        "brackets in text",
        "members",
        "JSON",
        "JSON lines",
        "dashes",
        "mistake inside",
    ],
)
def test_rejects_deep_nesting_with_the_same_message_for_every_parser(text: str, line: int) -> None:
    assert refusal(text) == f"some.yaml, line {line}: values are nested deeper than {MAX_DEPTH} levels."


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 99 + "}", "a: '" + "[" * 2000 + "', b: 1", "a: [" + "[x], " * 2000 + "b: ["],
    ids=["as deep as allowed", "brackets in text", "many side by side"],
)
def test_does_not_report_a_shallow_mistake_as_deep_nesting(text: str) -> None:
    assert "deeper" not in refusal(text)


def test_reads_the_deepest_allowed_nesting() -> None:
    nested = content("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1))["a"]
    for _ in range(MAX_DEPTH - 2):
        (nested,) = nested
    assert nested == []


def test_rejects_depth_created_by_aliases() -> None:
    rows = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 150)]
    assert "deeper" in refusal("\n".join(rows))


def test_rejects_a_text_that_is_too_long() -> None:
    assert "larger than" in refusal(b"a: " + b"x" * MAX_BYTES)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", 3),
        ("a: 1\nb: !!python/object:os.system {}\n", 2),
        ("a: 1\nb: !!timestamp 2024-10-21\n", 2),
        ("a: 1\nb: !!binary aGk=\n", 2),
        ("a: &b {x: 1}\nc:\n  <<: *b\n", 3),
        ("a: 1\nb: .nan\n", 2),
        ("a: 1\nb: -.inf\n", 2),
        ("a: 1\nb: 1e999\n", 2),
        ("a: 1\nb: *nothing\n", 2),
        ("a: 1\n? [b]\n: 2\n", 2),
        ("a: 1\nb: [1, 2\nc: 3\n", 3),
        ("a: 1\n b: 2\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: 1\nb: \x07\n", 2),
        ("- 1\n", 1),
        ("", 1),
    ],
)
def test_names_file_and_line_of_what_it_rejects(text: str, line: int) -> None:
    assert refusal(text).startswith(f"some.yaml, line {line}: ")


def test_names_the_line_of_bytes_that_are_not_text() -> None:
    assert refusal(b"a: 1\nb: \xff\n").startswith("some.yaml, line 2: ")


def references_of(text: str) -> None:
    check_references(load(text, "some.yaml"))


@pytest.mark.parametrize(
    "target",
    [
        "other.yaml",
        "other.yaml#/a",
        "http://169.254.169.254/x",
        "file:///etc/passwd",
        "//host/x",
        "./a.yaml#/b",
    ],
)
def test_rejects_references_that_leave_the_file(target: str) -> None:
    with pytest.raises(DocumentError, match=r"some\.yaml, line 2: .*leaves the file"):
        references_of(f"a:\n  $ref: '{target}'\n")


@pytest.mark.parametrize("target", ["#/nowhere", "#/a/0", "#anchor"])
def test_rejects_dangling_references(target: str) -> None:
    with pytest.raises(DocumentError, match="line 3"):
        references_of(f"a: {{}}\nb:\n  $ref: '{target}'\n")


def test_rejects_circular_references() -> None:
    with pytest.raises(DocumentError, match="leads back"):
        references_of("a: {$ref: '#/b'}\nb: {$ref: '#/a'}\n")


def test_rejects_a_dangling_mapping() -> None:
    with pytest.raises(DocumentError, match="line 1"):
        references_of("a: {discriminator: {propertyName: t, mapping: {x: '#/nowhere'}}}\n")


def test_ignores_what_is_not_a_reference_of_the_description() -> None:
    references_of("""
x-ms-examples: {a: {$ref: ./examples/a.json}}
a: {example: {$ref: elsewhere.json}, default: {$ref: elsewhere.json}, enum: [{$ref: elsewhere.json}]}
properties: {$ref: {type: string}, x-a: {$ref: '#/a'}, default: {$ref: '#/a'}}
percent: {$ref: '#/with%20space'}
with space: 1
""")


def test_reads_the_escaped_surrogate_pairs_of_json() -> None:
    assert content(r'{"a": "\ud83d\ude00\uD83D\uDE00", "\ud83d\ude00": "\\ud83d\\ude00"}') == {
        "a": "\U0001f600\U0001f600",
        "\U0001f600": r"\ud83d\ude00",
    }


def test_keeps_texts_that_only_look_like_escapes() -> None:
    assert content(r"a: '\ud83d\ude00'") == {"a": r"\ud83d\ude00"}


def test_reads_a_lone_surrogate_as_a_replacement_and_notes_where() -> None:
    loaded = load(r'{"a": ["\ud83d!", "\ude00\ud83d"], "\ud83d": 1, "b": "\ud83d\ude00"}', "some.json")
    assert loaded.content == {"a": ["\ufffd!", "\ufffd\ufffd"], "\ufffd": 1, "b": "\U0001f600"}
    assert loaded.unpaired == ("#/a/0", "#/a/1", "#/\ufffd")
