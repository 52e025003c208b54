"""References to files beside a description, and descriptions from standard input and from git."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aoai_specs.errors import DocumentError
from aoai_specs.loading import bundling, sources
from aoai_specs.loading.files import Loaded
from aoai_specs.pointers import find
from aoai_specs.reading import ReadingOptions, read_description

TEXT = {"type": "string"}


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def main_file(folder: Path, *targets: str) -> Path:
    schemas = {f"A{index}": {"items": {"$ref": target}} for index, target in enumerate(targets)}
    content = {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": schemas}}
    return written(folder, "main.json", content)


def item(loaded: Loaded, name: str = "A0") -> Any:
    """The item schema of a named schema, after its reference."""
    held = find(loaded.content, f"#/components/schemas/{name}/items")
    return find(loaded.content, held["$ref"]) if "$ref" in held else held


def test_a_reference_to_a_file_beside_the_description_leads_to_a_copy(tmp_path: Path) -> None:
    written(
        tmp_path,
        "more/shared.json",
        {"definitions": {"B": {"items": {"$ref": "#/definitions/C"}}, "C": TEXT}},
    )
    written(tmp_path, "more/whole.yaml", {"allOf": [{"$ref": "shared.json#/definitions/C"}]})
    path = main_file(tmp_path, "more/shared.json#/definitions/B", "./more/whole.yaml", "more/%77hole.yaml")
    loaded = read_description(str(path))
    assert loaded.problems == ()
    assert item(loaded) == {"items": {"$ref": "#/components/schemas/C"}}
    assert item(loaded, "A1") == {"allOf": [{"$ref": "#/components/schemas/C"}]}
    assert item(loaded, "A2") is item(loaded, "A1")
    assert find(loaded.content, "#/components/schemas/C") == TEXT


def test_parts_of_other_files_have_their_own_places_and_lines(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("A:\n  type: text\n", encoding="utf-8")
    loaded = read_description(str(main_file(tmp_path, "other.yaml#/A")))
    (problem,) = loaded.problems
    assert (problem.kind, problem.line, problem.source) == ("unknown-type", 2, str(tmp_path / "other.yaml"))


def test_files_may_refer_to_each_other_and_back(tmp_path: Path) -> None:
    written(tmp_path, "a.json", {"A": {"properties": {"b": {"$ref": "b.json#/B"}}}})
    written(
        tmp_path,
        "b.json",
        {
            "B": {
                "properties": {"a": {"$ref": "a.json#/A"}, "m": {"$ref": "main.json#/components/schemas/A1"}}
            }
        },
    )
    written(tmp_path, "loop.json", {"$ref": "loop.json"})
    loaded = read_description(str(main_file(tmp_path, "a.json#/A", "b.json#/B", "loop.json")))
    assert [problem.kind for problem in loaded.problems] == ["circular-reference", "circular-reference"]
    assert item(loaded)["properties"]["b"] == {"$ref": "#/components/schemas/B"}
    assert item(loaded, "A1")["properties"]["m"] == {"$ref": "#/components/schemas/A1"}


def test_other_kinds_than_schemas_stay_what_they_are(tmp_path: Path) -> None:
    named = {"name": "a", "in": "query", "schema": TEXT}
    written(
        tmp_path,
        "o.json",
        {"p": named, "r": {"description": ""}, "b": {"content": {}}, "i": {"get": {"responses": {}}}},
    )
    operation = {
        "parameters": [{"$ref": "o.json#/p"}],
        "requestBody": {"$ref": "o.json#/b"},
        "responses": {"200": {"$ref": "o.json#/r"}},
    }
    content = {
        "openapi": "3.1.0",
        "info": {},
        "paths": {"/x": {"post": operation}, "/y": {"$ref": "o.json#/i"}},
    }
    loaded = read_description(str(written(tmp_path, "main.json", content)))
    assert loaded.problems == ()
    assert {kind: list(held) for kind, held in loaded.content["components"].items()} == {
        "parameters": ["p"], "requestBodies": ["b"], "responses": ["r"], "pathItems": ["i"],
    }  # fmt: skip


def test_definitions_of_swagger_are_brought_in_before_it_is_converted(tmp_path: Path) -> None:
    written(tmp_path, "o.json", {"definitions": {"B": {"type": "string", "x-nullable": True}}})
    content = {
        "swagger": "2.0",
        "info": {},
        "paths": {},
        "definitions": {"A0": {"items": {"$ref": "o.json#/definitions/B"}}},
    }
    loaded = read_description(str(written(tmp_path, "main.json", content)))
    assert item(loaded) == {"type": "string", "nullable": True}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../secret.json", "leads out of the folder"),
        ("sub/../../secret.json", "leads out of the folder"),
        ("%2e%2e/secret.json", "leads out of the folder"),
        ("..%2Fsecret.json", "leads out of the folder"),
        ("link.json", "leads out of the folder"),
        ("linked/secret.json", "leads out of the folder"),
        ("loop/x.json", "no such file|cannot be resolved"),
        ("/etc/passwd", "by a relative path"),
        ("%2Fetc%2Fpasswd", "by a relative path"),
        ("file:///etc/passwd", "by a relative path"),
        ("..\\secret.json", "by a relative path"),
        ("//example.com/x.json", "by a relative path"),
        ("http://127.0.0.1:9/x.json", "another host"),
        ("absent.json", "no such file"),
        ("sub", "no such file"),
        ("pipe", "no such file"),
        ("bad.json", "bad.json, line 1"),
        ("sub/part.json#/nowhere", "nowhere"),
    ],
)  # fmt: skip
def test_nothing_else_is_read(tmp_path: Path, target: str, reason: str) -> None:
    folder = tmp_path / "docs"
    written(tmp_path, "secret.json", TEXT)
    written(folder, "sub/part.json", {})
    (folder / "bad.json").write_text("[1", encoding="utf-8")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    loaded = read_description(str(main_file(folder, target)))
    (problem,) = loaded.problems
    assert problem.kind == "unresolved-reference"
    assert [each for each in reason.split("|") if each in problem.message]
    assert item(loaded) == {}


def test_the_number_of_files_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "MOST_FILES", 2)
    for number in range(3):
        written(tmp_path, f"f{number}.json", TEXT)
    loaded = read_description(str(main_file(tmp_path, "f0.json", "f1.json", "f2.json")))
    (problem,) = loaded.problems
    assert problem.message.endswith(".json' is ignored: more than 2 files are referred to.")


def test_urls_are_followed_only_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = {
        "https://x.example/a/b.json": {"B": {"items": {"$ref": "c.json"}}},
        "https://x.example/a/c.json": TEXT,
    }
    monkeypatch.setattr(sources, "_fetch", lambda url: json.dumps(served[url]).encode())
    path = main_file(tmp_path, "https://x.example/a/b.json#/B")
    assert [problem.kind for problem in read_description(str(path)).problems] == ["unresolved-reference"]
    loaded = read_description(str(path), ReadingOptions(remote_references=True))
    assert loaded.problems == ()
    assert item(loaded) == {"items": {"$ref": "#/components/schemas/c"}}


def test_a_remote_description_never_reads_a_local_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = main_file(tmp_path, f"file://{written(tmp_path, 'a.json', TEXT)}", "/etc/passwd")
    monkeypatch.setattr(sources, "_fetch", lambda url: path.read_bytes() if url.endswith("m.json") else b"[]")
    loaded = read_description("https://x.example/m.json", ReadingOptions(remote_references=True))
    assert len(loaded.problems) == 2
    reasons = " ".join(problem.message for problem in loaded.problems)
    assert "only http and https are followed" in reasons
    assert "https://x.example/etc/passwd" in reasons


def test_reads_standard_input_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        b'{"openapi": "3.1.0", "info": {}, "components": {"schemas": {"A0": {"items": {"$ref": "o.json"}}}}}'
    )
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    monkeypatch.setattr(sources, "_provided", [])
    first = read_description("-")
    assert "no files beside it" in first.problems[0].message
    assert read_description("-").content == first.content


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose commit has other content than the folder."""
    written(tmp_path, "part.json", {"type": "integer"})
    written(tmp_path, "docs/part.json", TEXT)
    main_file(tmp_path / "docs", "part.json", "../part.json")
    for command in (
        ["init", "-q"], ["add", "-A"],
        ["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "x"],
    ):  # fmt: skip
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "docs" / "part.json").unlink()
    (tmp_path / "docs" / "main.json").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("repository")
def test_reads_a_description_and_its_neighbours_from_a_commit() -> None:
    loaded = read_description("git:HEAD:docs/main.json")
    assert item(loaded) == TEXT
    (problem,) = loaded.problems
    assert "leads out of the folder" in problem.message
    assert problem.source == "git:HEAD:docs/main.json"


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("git:HEAD:docs/absent.json", "does not exist|exists on disk"),
        ("git:nowhere:docs/main.json", "cannot be read"),
        ("git:--output=x:docs/main.json", "not of the form"),
        ("git:-p:docs/main.json", "not of the form"),
        ("git::docs/main.json", "not of the form"),
        ("git:HEAD:", "not of the form"),
        ("git:HEAD", "not of the form"),
        ("git:HEAD:docs", "cannot be read"),
    ],
)  # fmt: skip
def test_says_why_a_commit_cannot_be_read(source: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_description(source)


def test_names_of_files_may_be_percent_encoded(tmp_path: Path) -> None:
    written(tmp_path, "two words.json", {"A%": TEXT})
    loaded = read_description(str(main_file(tmp_path, "two%20words.json#/A%25")))
    assert item(loaded) == TEXT


def test_a_missing_place_of_another_file_is_named_with_its_file(tmp_path: Path) -> None:
    written(tmp_path, "a.json", {"A": {"items": {"$ref": "#/B"}}})
    (problem,) = read_description(str(main_file(tmp_path, "a.json#/A"))).problems
    assert "a.json#/B" in str(problem)


def test_a_file_that_cannot_be_read_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    read = bundling.read_source
    monkeypatch.setattr(bundling, "read_source", lambda source: (opened.append(source), read(source))[1])
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    loaded = read_description(str(main_file(tmp_path, "broken.json#/A", "broken.json#/B")))
    assert (len(opened), len(loaded.problems)) == (1, 2)


def test_a_name_that_is_too_long_for_a_file_is_no_source() -> None:
    assert not sources.is_source("a" * 5000)
