"""Groups, fingerprints, filters, levels and policies of changes."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from small_descriptions import JSON, description

from aoai_specs.comparison import Change, Changes, Description, aligned, compare
from aoai_specs.comparison.acceptance import Acceptance, accept
from aoai_specs.comparison.review.filters import check_pattern, keep
from aoai_specs.comparison.review.groups import grouped
from aoai_specs.comparison.review.policies import apply_sunset_policy, apply_version_policy
from aoai_specs.comparison.review.severities import check_severity, rate
from aoai_specs.errors import DocumentError

TEXT = {"type": "string"}
REFERENCE = "#/components/schemas"


def of_schemas(count: int, **properties: Any) -> Description:
    """`POST /things` whose request may be any of some component schemas with the same properties."""
    schemas = {
        f"Kind{index}": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": [str(index)]}, **properties},
        }
        for index in range(count)
    }
    union = {"oneOf": [{"$ref": f"{REFERENCE}/{name}"} for name in schemas]}
    return description(request=union, schemas=schemas)


def of_paths(*paths: str, server: str = "", **operation: Any) -> Description:
    """An operation `POST` for each path."""
    held = {"responses": {"200": {"description": "what comes"}}, **operation}
    content = {
        "openapi": "3.0.3",
        "info": {"title": "things", "version": "1"},
        "paths": {path: {"post": copy.deepcopy(held)} for path in paths},
        **({"servers": [{"url": server}]} if server else {}),
    }
    return Description("things", content)


def changed(base: Description, revision: Description) -> Changes:
    return compare(base, revision)


@pytest.fixture(scope="module")
def many() -> Changes:
    """One property that is added to 92 schemas."""
    return changed(of_schemas(92), of_schemas(92, usage=TEXT))


def test_the_same_property_in_92_schemas_is_one_group_with_92_changes(many: Changes) -> None:
    (group,) = grouped(many.changes)
    assert len(group.changes) == 92
    assert group.message == "the optional property 'usage' is added"
    assert group.first.id == "property-added"


def test_the_same_parameter_in_every_operation_is_one_group() -> None:
    paths = [f"/{name}" for name in "abc"]
    parameter = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    found = changed(of_paths(*paths), of_paths(*paths, parameters=[parameter]))
    (group,) = grouped(found.changes)
    assert [each.operation for each in group.operations] == ["POST /a", "POST /b", "POST /c"]


def test_other_fields_and_other_values_are_other_groups() -> None:
    base = of_schemas(2, size=TEXT, name=TEXT)
    revision = of_schemas(2, size={**TEXT, "maxLength": 3}, name={**TEXT, "maxLength": 3})
    assert sorted(group.message for group in grouped(changed(base, revision).changes)) == [
        "name: maxLength is set to 3", "size: maxLength is set to 3"
    ]  # fmt: skip


def test_the_fingerprint_of_a_group_does_not_depend_on_the_number_of_places(many: Changes) -> None:
    few = changed(of_schemas(3), of_schemas(3, usage=TEXT))
    assert grouped(few.changes)[0].fingerprint == grouped(many.changes)[0].fingerprint


def test_fingerprints_do_not_depend_on_order() -> None:
    names = ["first", "second", "third"]
    parameters = [{"name": name, "in": "query", "schema": dict(TEXT)} for name in names]
    longer = copy.deepcopy(parameters)
    longer[0]["schema"]["maxLength"] = 3
    one = changed(of_paths("/a", parameters=parameters), of_paths("/a", parameters=longer))
    other = changed(of_paths("/a", parameters=parameters[::-1]), of_paths("/a", parameters=longer[::-1]))
    assert one.changes[0].pointer != other.changes[0].pointer
    assert one.changes[0].fingerprint == other.changes[0].fingerprint


def test_fingerprints_differ_for_different_changes(many: Changes) -> None:
    assert len({each.fingerprint for each in many.changes}) == 92
    longer = changed(of_schemas(2, a=TEXT), of_schemas(2, a={**TEXT, "maxLength": 3}))
    shorter = changed(of_schemas(2, a=TEXT), of_schemas(2, a={**TEXT, "maxLength": 2}))
    assert not {each.fingerprint for each in longer.changes} & {each.fingerprint for each in shorter.changes}


def test_a_change_names_the_schemas_between_the_operation_and_its_place() -> None:
    def nested(inner: dict[str, Any]) -> Description:
        schemas = {
            "Outer": {"type": "object", "properties": {"middle": {"$ref": f"{REFERENCE}/Middle"}}},
            "Middle": {"type": "array", "items": {"$ref": f"{REFERENCE}/Inner"}},
            "Inner": inner,
        }
        return description(request={"$ref": f"{REFERENCE}/Outer"}, schemas=schemas)

    (change,) = changed(nested(TEXT), nested({**TEXT, "maxLength": 3})).changes
    assert change.operations[0].schemas() == ("Outer", "Middle", "Inner")


@pytest.fixture(scope="module")
def both_ways() -> Changes:
    """A bound in a request and in a response of one operation, and an operation that is removed."""
    base = description(request=TEXT, response={**TEXT, "maxLength": 3}, operation={"operationId": "make"})
    revision = description(request={**TEXT, "maxLength": 3}, response=TEXT, operation={"operationId": "make"})
    base.content["paths"]["/others"] = {"get": {"responses": {"200": {"description": "what comes"}}}}  # type: ignore[index]
    return changed(base, revision)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"direction": ["request"]}, ["max-length-set"]),
        ({"direction": ["none"]}, ["path-removed"]),
        ({"direction": ["request", "none"]}, ["path-removed", "max-length-set"]),
        ({"path": ["/oth*"]}, ["path-removed"]),
        ({"path": ["re:^/th.ngs$"], "direction": ["response"]}, ["max-length-unset"]),
        ({"operation": ["make"]}, ["max-length-set", "max-length-unset"]),
        ({"operation": ["GET *"]}, ["path-removed"]),
        ({"kind": ["max-*"], "level": ["info"]}, []),
    ],
)
def test_filters_select_changes(both_ways: Changes, filters: dict[str, list[str]], ids: list[str]) -> None:
    assert [each.id for each in keep(both_ways, filters).changes] == ids


def test_a_filtered_change_has_the_verdict_of_the_operations_that_are_left() -> None:
    schemas = [{"Shared": TEXT}, {"Shared": {**TEXT, "maxLength": 3}}]
    shared = {"$ref": f"{REFERENCE}/Shared"}
    found = changed(*(description(request=shared, response=shared, schemas=each) for each in schemas))
    assert [each.verdict for each in found.changes] == ["breaking"]
    assert [each.verdict for each in keep(found, {"direction": ["response"]}).changes] == ["info"]
    assert keep(found, {"direction": ["response"], "level": ["breaking"]}).changes == ()


def test_a_pattern_without_an_operation_is_refused(both_ways: Changes) -> None:
    for filters in ({"path": ["/fles"]}, {"operation": ["nothing"]}):
        with pytest.raises(DocumentError, match="no operation"):
            keep(both_ways, filters)
    with pytest.raises(ValueError, match="regular expression"):
        check_pattern("re:(")


def test_levels_are_set_by_kind_and_unused_ones_are_listed(both_ways: Changes) -> None:
    rated, unused = rate(both_ways, {"max-*": "info", "path-removed": "ignore", "enum-added": "info"})
    assert [(each.id, each.verdict) for each in rated.changes] == [
        ("max-length-set", "info"), ("max-length-unset", "info")
    ]  # fmt: skip
    assert rated.ignored == 1
    assert unused == ("enum-added",)


@pytest.mark.parametrize(("kind", "level"), [("max-length-set", "harmless"), ("no-such-kind", "info")])
def test_a_level_or_kind_that_does_not_exist_is_refused(kind: str, level: str) -> None:
    with pytest.raises(ValueError, match=kind):
        check_severity(kind, level)


def test_a_fingerprint_accepts_one_change_or_a_whole_group(many: Changes) -> None:
    (group,) = grouped(many.changes)
    for mark, count in ((group.first.fingerprint, 1), (group.fingerprint, 92)):
        left, stale = accept(many, [Acceptance("", "", "reviewed", "2025-01-20", mark)])
        assert (len(left.accepted), len(left.changes), stale) == (count, 92 - count, ())


TODAY = date(2026, 1, 31)


def with_policy(base: Description, revision: Description, days: int = 30) -> dict[str, str]:
    found = apply_sunset_policy(compare(base, revision), base, revision, days=days, today=TODAY)
    return {each.id: each.verdict for each in found.changes}


@pytest.mark.parametrize(
    ("fields", "breach"),
    [
        ({}, "removal-without-deprecation"),
        ({"deprecated": True}, "removal-without-sunset"),
        ({"deprecated": True, "x-sunset": "soon"}, "removal-without-sunset"),
        ({"deprecated": True, "x-sunset": "2026-02-01"}, "removal-before-sunset"),
    ],
)
def test_a_removal_needs_deprecation_and_a_past_sunset(fields: dict[str, Any], breach: str) -> None:
    one, both = of_paths("/a"), of_paths("/a", "/b", **fields)
    both.content["paths"]["/a"] = one.content["paths"]["/a"]  # type: ignore[index]
    assert with_policy(both, one) == {"path-removed": "breaking", breach: "breaking"}


def test_a_removal_after_its_sunset_is_allowed() -> None:
    one, both = of_paths("/a"), of_paths("/a", "/b", deprecated=True, **{"x-sunset": "2026-01-31"})
    both.content["paths"]["/a"] = one.content["paths"]["/a"]  # type: ignore[index]
    assert with_policy(both, one) == {"path-removed": "info"}


def test_a_removed_parameter_needs_deprecation_too() -> None:
    parameter = {"name": "limit", "in": "query", "schema": TEXT}
    base, revision = of_paths("/a", parameters=[parameter]), of_paths("/a")
    assert "removal-without-deprecation" in with_policy(base, revision)


@pytest.mark.parametrize("other", [{"name": "maximum"}, {"in": "header"}])
def test_a_parameter_with_another_name_or_place_counts_as_removed(other: dict[str, str]) -> None:
    parameter = {"name": "limit", "in": "query", "schema": TEXT}
    base = of_paths("/a", parameters=[parameter])
    revision = of_paths("/a", parameters=[{**parameter, **other}])
    assert "removal-without-deprecation" in with_policy(base, revision)


def test_each_operation_of_a_removed_path_has_its_own_breach() -> None:
    base = of_paths("/a", "/b", deprecated=True, **{"x-sunset": "2026-01-31"})
    base.content["paths"]["/b"]["get"] = {"responses": {}}  # type: ignore[index]
    revision = of_paths("/a", deprecated=True, **{"x-sunset": "2026-01-31"})
    found = apply_sunset_policy(compare(base, revision), base, revision, days=30, today=TODAY)
    messages = {each.id: (each.message, each.operation) for each in found.changes}
    assert messages == {
        "path-removed": ("the path /b is removed", None),
        "removal-without-deprecation": (
            "the path /b is removed; GET /b was not deprecated before", "GET /b"
        ),
    }  # fmt: skip


def test_the_sunset_of_a_schema_is_not_that_of_its_operation() -> None:
    text = {**TEXT, "deprecated": True, "x-sunset": "soon"}
    sides = [description(request=TEXT), description(request=text, operation={"deprecated": True})]
    assert {"sunset-unreadable", "sunset-missing"} <= with_policy(*sides).keys()


def test_an_operation_that_a_partial_base_leaves_out_may_have_been_deprecated_before() -> None:
    base = of_paths("/a")
    base.content["x-described"] = "partial"  # type: ignore[index]
    revision = of_paths("/a", "/b")
    revision.content["paths"]["/b"]["post"]["deprecated"] = True
    assert with_policy(base, revision) == {}


def test_any_number_of_days_is_allowed() -> None:
    fields = {"deprecated": True, "x-sunset": "2030-01-01"}
    assert "sunset-too-near" in with_policy(of_paths("/a"), of_paths("/a", **fields), days=10**30)


@pytest.mark.parametrize(
    ("sunset", "breach"),
    [(None, "sunset-missing"), ("2026-03-01", "sunset-too-near"), ("2026-03-02", None)],
)
def test_a_new_deprecation_needs_a_sunset_far_enough_ahead(sunset: str | None, breach: str | None) -> None:
    fields = {"deprecated": True, **({"x-sunset": sunset} if sunset else {})}
    found = with_policy(of_paths("/a"), of_paths("/a", **fields))
    assert found.keys() - {"deprecated", "sunset-set"} == ({breach} if breach else set())


def test_an_old_deprecation_is_not_judged_again() -> None:
    fields = {"deprecated": True, "x-sunset": "2026-02-02"}
    assert with_policy(of_paths("/a", **fields), of_paths("/a", **fields)) == {}


def test_a_change_without_a_new_version_is_reported() -> None:
    base, revision = of_paths("/a"), of_paths("/a", "/b")

    def ids(after: Description) -> list[str]:
        return [each.id for each in apply_version_policy(compare(base, after), base, after).changes]

    assert ids(base) == []
    assert ids(revision) == ["version-unchanged", "path-added"]
    newer = replace(revision, content={**revision.content, "info": {"title": "things", "version": "2"}})
    assert ids(newer) == ["path-added"]


DATED = "/deployments/{deployment-id}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"/openai{DATED}", "/openai/v1"),
        (DATED, ""),
        ("/deployments/{name}", ""),
        ("/openai/deployments/*", "/openai/v1"),
    ],
)
def test_prefixes_that_are_left_out_match_dated_paths_with_v1(before: str, after: str) -> None:
    base = of_paths(f"{DATED}/chat/completions", f"{DATED}/embeddings", server="https://host/openai")
    revision = of_paths("/chat/completions", "/files", server="https://host/openai/v1")
    found = compare(replace(base, prefix=before), replace(revision, prefix=after))
    assert [each.message for each in found.changes] == [
        f"the path {DATED}/embeddings is removed", "the path /files is added"
    ]  # fmt: skip
    assert found.names[f"POST {DATED}/chat/completions"] == (
        f"POST {DATED}/chat/completions", "POST /chat/completions"
    )  # fmt: skip


def test_a_dated_version_matches_v1_without_its_deployments() -> None:
    dated = of_paths(f"{DATED}/chat/completions", "/files", server="https://host/openai")
    v1 = of_paths("/chat/completions", "/files", server="https://host/openai/v1")
    both = [
        replace(each, surface="azure-openai", version=version)
        for each, version in ((dated, "2024-10-21"), (v1, "v1"))
    ]
    for base, revision in (both, both[::-1]):
        found = compare(*aligned(base, revision))
        assert {each.id for each in found.changes} == {"base-path-changed"}
        assert len(found.names) == 2


@pytest.mark.parametrize(
    ("surface", "version", "prefix"),
    [("ai-model-inference", "v1", ""), ("azure-openai", "2024-06-01", ""), ("azure-openai", "v1", "/v1")],
)
def test_other_descriptions_are_compared_as_they_are(surface: str, version: str, prefix: str) -> None:
    base = replace(of_paths(f"{DATED}/chat"), surface="azure-openai", version="2024-10-21")
    revision = replace(of_paths("/chat"), surface=surface, version=version, prefix=prefix)
    assert aligned(base, revision) == (base, revision)


def test_parameters_after_a_prefix_keep_their_places() -> None:
    parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in ("d", "id")]
    base = of_paths("/deployments/{d}/files/{id}", parameters=parameters)
    revision = of_paths("/files/{file}", parameters=[{**parameters[1], "name": "file"}])
    found = compare(replace(base, prefix="/deployments/{d}"), revision)
    assert [(each.id, each.base, each.revision) for each in found.changes] == [
        ("path-parameter-renamed", "id", "file")
    ]


def test_a_prefix_that_no_path_has_is_refused() -> None:
    with pytest.raises(DocumentError, match="no path starts with"):
        compare(replace(of_paths("/a"), prefix="/v2"), of_paths("/a"))


def test_a_change_without_operations_has_no_operation() -> None:
    change = Change("version-unchanged", "warning", "none", (), "#/info/version", "the same version")
    assert change.to_json()["operation"] is None
    assert grouped([change])[0].operations == ()


def test_bodies_of_json_are_grouped_by_their_place() -> None:
    base, revision = (
        of_paths("/a", "/b", requestBody={"content": {JSON: {"schema": schema}}})
        for schema in (TEXT, {**TEXT, "maxLength": 3})
    )
    (group,) = grouped(changed(base, revision).changes)
    assert group.message == "the request body (application/json): maxLength is set to 3"
