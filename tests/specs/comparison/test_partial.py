"""What a partial description leaves out is unknown: neither added nor removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from small_descriptions import JSON

from aoai_reports.report_formats import SPEC_COMPARISONS
from aoai_reports.spec_changes import changelog
from aoai_reports.spec_changes.wording import SpecComparison
from aoai_specs.comparison import Description, compare
from aoai_specs.comparison.outline import methods

TEXT = {"type": "string"}
SMALL: dict[str, Any] = {"type": "object", "properties": {"name": TEXT}}
LARGE: dict[str, Any] = {"type": "object", "required": ["size"], "properties": {"name": TEXT, "size": TEXT}}


def described(name: str, *, large: bool, partial: bool = False, name_of_thing: Any = TEXT) -> Description:
    """`POST /things`; if it is large, also another path and method, and more of everything."""
    schema = LARGE if large else SMALL
    schema = {**schema, "properties": {**schema["properties"], "name": name_of_thing}}
    held: dict[str, Any] = {
        "requestBody": {"content": {JSON: {"schema": schema}}},
        "responses": {"200": {"description": "ok", "content": {JSON: {"schema": schema}}}},
    }
    paths: dict[str, Any] = {"/things": {"post": held}}
    if large:
        held["parameters"] = [{"name": "q", "in": "query", "required": True, "schema": TEXT}]
        held["requestBody"]["content"]["text/plain"] = {"schema": TEXT}
        held["responses"]["200"]["headers"] = {"x-size": {"schema": TEXT}}
        held["responses"]["200"]["content"]["text/plain"] = {"schema": TEXT}
        held["responses"]["202"] = {"description": "later"}
        empty = {"responses": {"200": {"description": "ok"}}}
        paths = {"/things": {"post": held, "get": empty}, "/others": {"get": empty}}
    content = {"openapi": "3.0.3", "info": {"title": name, "version": "1"}, "paths": paths}
    if partial:
        content["x-described"] = "partial"
    return Description(name, content)


def test_reports_all_of_it_between_complete_descriptions() -> None:
    grown = {change.id for change in compare(described("a", large=False), described("b", large=True)).changes}
    assert grown == {
        "path-added", "operation-added", "parameter-added", "property-added", "media-type-added",
        "status-added", "header-added",
    }  # fmt: skip


def test_nothing_is_added_to_a_partial_base() -> None:
    found = compare(described("a", large=False, partial=True), described("b", large=True))
    assert found.changes == ()
    assert found.notes == ("a is partial: what only b describes is not reported as added.",)


def test_nothing_is_removed_from_a_partial_revision() -> None:
    found = compare(described("a", large=True), described("b", large=False, partial=True))
    assert found.changes == ()
    assert found.notes == ("b is partial: what only a describes is not reported as removed.",)


def test_the_other_direction_is_known() -> None:
    small, large = described("a", large=False), described("b", large=True, partial=True)
    assert "path-added" in {change.id for change in compare(small, large).changes}
    assert "path-removed" in {change.id for change in compare(large, small).changes}


def test_two_partial_descriptions_have_a_note_each() -> None:
    found = compare(described("a", large=False, partial=True), described("b", large=True, partial=True))
    assert len(found.notes) == 2
    assert found.changes == ()


def test_described_parts_are_compared() -> None:
    base = described("a", large=False, partial=True)
    revision = described("b", large=True, name_of_thing={"type": "string", "maxLength": 3})
    assert {change.id for change in compare(base, revision).changes} == {"max-length-set"}


def test_an_unknown_value_of_the_mark_makes_nothing_partial() -> None:
    base = described("a", large=False)
    for value in ("complete", "PARTIAL", None, ["partial"], {"partial": True}):
        marked = replace(base, content={**base.content, "x-described": value})
        assert compare(marked, described("b", large=True)).changes, value


def test_outlines_mark_nothing_unknown() -> None:
    for base, revision, wrong in (
        (described("a", large=False, partial=True), described("b", large=True), "+"),
        (described("a", large=True), described("b", large=False, partial=True), "-"),
    ):
        for method in methods(base, revision):
            assert method.state not in ("new", "removed")
            marks = {line.mark for tree in method.trees for line in tree.lines}
            assert wrong not in marks | {tree.mark for tree in method.trees}


def test_outlines_keep_the_marks_of_branches() -> None:
    one, two, three = (
        {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string", "enum": [kind]}, kind: TEXT},
        }
        for kind in ("one", "two", "three")
    )
    base = described("a", large=False, partial=True, name_of_thing={"oneOf": [one, two]})
    (method,) = methods(base, described("b", large=False, name_of_thing={"oneOf": [one, two, three]}))
    added = [line.text for line in method.trees[0].lines if line.mark == "+"]
    assert added == ["| object: object", "kind: enum", "three?: string"]


def test_every_format_has_each_note_once() -> None:
    base, revision = (described(name, large=name == "b", partial=True) for name in "ab")
    comparison = SpecComparison(compare(base, revision), base, revision)
    texts = {name: each.render(comparison) for name, each in SPEC_COMPARISONS.items()}
    for name, text in {**texts, "changelog": changelog.render(comparison)}.items():
        for note in comparison.changes.notes:
            assert text.count(note) == 1, name


AUTHORING = "https://example.org/authoring/stable/{}/api.json"
INFERENCE = "https://example.org/inference/stable/{}/api.json"


def with_parts(name: str, version: str, *paths: str) -> Description:
    """`POST /things` from the publication of inference, and paths from that of authoring."""
    empty = {"responses": {"200": {"description": "ok"}}}
    held: dict[str, Any] = {"/things": {"post": empty}}
    for path in paths:
        held[path] = {"x-aoai-published": AUTHORING.format(version), "get": empty}
    content = {"openapi": "3.0.3", "info": {"title": name, "version": "1"}, "paths": held}
    return Description(name, content, published_at=INFERENCE.format(version))


def test_paths_of_a_publication_that_the_other_side_lacks_are_unknown() -> None:
    alone, both = with_parts("a", "1"), with_parts("b", "2", "/files", "/batches")
    words = "b includes a publication (number of paths: 2) that a does not: these paths are not reported as"
    for found, what in ((compare(alone, both), "added"), (compare(both, alone), "removed")):
        assert (found.changes, found.notes) == ((), (f"{words} {what}.",))
    assert {method.state for method in (*methods(alone, both), *methods(both, alone))} == {"same"}


def test_a_path_is_added_where_both_sides_have_the_publication() -> None:
    found = compare(with_parts("a", "1", "/files"), with_parts("b", "2", "/files", "/batches"))
    assert [change.id for change in found.changes] == ["path-added"]
    assert found.notes == ()


def test_a_file_of_unknown_origin_lacks_what_it_does_not_describe() -> None:
    alone = replace(with_parts("a", "1"), published_at=None)
    found = compare(alone, with_parts("b", "2", "/files"))
    assert [change.id for change in found.changes] == ["path-added"]
