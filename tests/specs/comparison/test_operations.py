"""Each kind of change of an operation: parameters, bodies, media types, statuses, headers, security."""

from __future__ import annotations

from typing import Any

import pytest
from small_descriptions import JSON, changes, description, verdicts

from aoai_specs.comparison import Description, compare

TEXT = {"type": "string"}
LIST = {"type": "array", "items": TEXT}


def paths(*names: str, server: str = "https://example.org", **operation: Any) -> Description:
    content = {
        "openapi": "3.0.3",
        "info": {"title": "things", "version": "1"},
        "servers": [{"url": server}],
        "paths": {
            name: {"get": {"responses": {"200": {"description": "ok"}}, **operation}} for name in names
        },
    }
    return Description("things", content)


def with_parameters(*parameters: dict[str, Any]) -> Description:
    return description(operation={"parameters": list(parameters)})


def query(name: str = "q", schema: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema or TEXT, **fields}


def test_reports_added_and_removed_paths_and_operations() -> None:
    assert verdicts(paths("/a", "/b"), paths("/a")) == {("path-removed", "none", "breaking")}
    assert verdicts(paths("/a"), paths("/a", "/b")) == {("path-added", "none", "info")}
    both = paths("/a")
    both.content["paths"]["/a"]["put"] = both.content["paths"]["/a"]["get"]
    assert verdicts(both, paths("/a")) == {("operation-removed", "none", "breaking")}
    assert verdicts(paths("/a"), both) == {("operation-added", "none", "info")}


def test_one_removed_path_is_one_entry_for_all_its_operations() -> None:
    both = paths("/a", "/b")
    both.content["paths"]["/a"]["put"] = both.content["paths"]["/a"]["get"]
    (change,) = compare(both, paths("/b")).changes
    assert [each.operation for each in change.operations] == ["GET /a", "PUT /a"]
    assert change.operation is None


def test_matches_paths_whose_parameters_have_other_names() -> None:
    base, revision = (
        paths(
            f"/things/{{{name}}}", parameters=[{"name": name, "in": "path", "required": True, "schema": TEXT}]
        )
        for name in ("thing-id", "thingId")
    )
    assert verdicts(base, revision) == {("path-parameter-renamed", "request", "info")}


@pytest.mark.parametrize(
    ("base", "revision"),
    [
        (
            paths("/a", "/b", server="https://example.org/v1"),
            paths("/a", "/b", server="https://example.org/v2"),
        ),
        (paths("/v1/a", "/v1/b"), paths("/v2/a", "/v2/b")),
    ],
)
def test_matches_paths_below_a_base_path_that_moves(base: Description, revision: Description) -> None:
    assert verdicts(base, revision) == {("base-path-changed", "request", "breaking")}


def test_a_base_path_that_moves_into_the_paths_is_not_a_change() -> None:
    assert changes(paths("/a", server="https://example.org/v1"), paths("/v1/a")) == ()
    assert changes(paths("/a", server="{endpoint}/openai"), paths("/openai/a", server="{endpoint}")) == ()


def test_reports_an_operation_id_as_a_change_for_generated_code() -> None:
    assert verdicts(paths("/a", operationId="One"), paths("/a", operationId="Other")) == {
        ("operation-id-changed", "none", "info")
    }


def test_rates_an_added_parameter_by_whether_it_is_required() -> None:
    none, optional, required = (
        with_parameters(), with_parameters(query()), with_parameters(query(required=True))
    )  # fmt: skip
    assert verdicts(none, optional) == {("parameter-added", "request", "info")}
    assert verdicts(none, required) == {("parameter-added", "request", "breaking")}
    assert verdicts(optional, required) == {("parameter-required", "request", "breaking")}
    assert verdicts(required, optional) == {("parameter-optional", "request", "info")}
    assert verdicts(optional, none) == {("parameter-removed", "request", "warning")}


def test_reports_a_parameter_that_moves() -> None:
    header = {"name": "Q", "in": "header", "schema": TEXT}
    assert verdicts(with_parameters(query()), with_parameters(header)) == {
        ("parameter-moved", "request", "breaking")
    }


def test_reports_a_renamed_parameter_unless_another_one_could_be_meant() -> None:
    one, other, third = (query(name, {"type": "integer"}) for name in ("skip", "offset", "start"))
    renamed = "parameter-renamed"
    assert verdicts(with_parameters(one), with_parameters(other)) == {(renamed, "request", "warning")}
    required = ({**each, "required": True} for each in (one, other))
    assert verdicts(*map(with_parameters, required)) == {(renamed, "request", "breaking")}
    for before, after in (((one,), (other, third)), ((one, third), (other,)), ((one,), (query("offset"),))):
        found = {kind for kind, _, _ in verdicts(with_parameters(*before), with_parameters(*after))}
        assert found == {"parameter-added", "parameter-removed"}


def test_header_names_are_case_insensitive() -> None:
    one, other = ({"name": name, "in": "header", "schema": TEXT} for name in ("X-Thing", "x-thing"))
    assert changes(with_parameters(one), with_parameters(other)) == ()


@pytest.mark.parametrize(
    ("base", "revision", "expected"),
    [
        (query(schema=LIST), query(schema=LIST, style="pipeDelimited"), "parameter-style-changed"),
        (query(schema=LIST), query(schema=LIST, explode=False), "parameter-explode-changed"),
        (query(schema={**TEXT, "default": "a"}), query(schema={**TEXT, "default": "b"}), "default-changed"),
        (query(), query(schema={**TEXT, "default": "b"}), "default-added"),
        (query(), {"name": "q", "in": "query", "content": {JSON: {"schema": TEXT}}}, "serialization-changed"),
        (query(allowEmptyValue=True), query(), "parameter-empty-refused"),
    ],
)
def test_another_meaning_or_notation_of_a_parameter_is_breaking(
    base: dict[str, Any], revision: dict[str, Any], expected: str
) -> None:
    found = verdicts(with_parameters(base), with_parameters(revision))
    assert (expected, "request", "breaking") in found


def test_explode_matters_only_if_there_may_be_more_than_one_value() -> None:
    base, revision = with_parameters(query()), with_parameters(query(explode=False))
    assert verdicts(base, revision) == {("parameter-explode-changed", "request", "info")}


def test_a_parameter_that_becomes_a_string_accepts_any_text() -> None:
    number, text = with_parameters(query(schema={"type": "integer"})), with_parameters(query())
    assert verdicts(number, text) == {("type-changed", "request", "info")}
    assert verdicts(text, number) == {("type-changed", "request", "breaking")}


def test_reports_added_and_removed_bodies() -> None:
    none = description()
    optional = description(operation={"requestBody": {"content": {JSON: {"schema": TEXT}}}})
    required = description(request=TEXT)
    assert verdicts(none, optional) == {("body-added", "request", "info")}
    assert verdicts(none, required) == {("body-added", "request", "breaking")}
    assert verdicts(required, none) == {("body-removed", "request", "breaking")}
    assert verdicts(optional, required) == {("body-required", "request", "breaking")}
    assert verdicts(required, optional) == {("body-optional", "request", "info")}


def test_reports_added_and_removed_media_types() -> None:
    def with_media(*names: str) -> Description:
        content = {name: {"schema": TEXT} for name in names}
        return description(
            operation={
                "requestBody": {"required": True, "content": content},
                "responses": {"200": {"description": "ok", "content": content}},
            }
        )

    one, two = with_media("a/b"), with_media("a/b", "a/c")
    assert verdicts(one, two) == {
        ("media-type-added", "request", "info"),
        ("media-type-added", "response", "info"),
    }
    assert verdicts(two, one) == {
        ("media-type-removed", "request", "breaking"), ("media-type-removed", "response", "breaking")
    }  # fmt: skip
    assert ("media-type-widened", "request", "info") in verdicts(one, with_media("a/*"))


def responses(**statuses: dict[str, Any]) -> Description:
    held = {status.lstrip("_"): {"description": "ok", **each} for status, each in statuses.items()}
    return description(operation={"responses": held})


def test_reports_added_and_removed_statuses() -> None:
    ok, created, refused = responses(_200={}), responses(_200={}, _201={}), responses(_200={}, _429={})
    assert verdicts(ok, created) == {("status-added", "response", "warning")}
    assert verdicts(created, ok) == {("status-removed", "response", "breaking")}
    assert verdicts(ok, refused) == {("status-added", "response", "info")}
    assert verdicts(refused, ok) == {("status-removed", "response", "info")}


def test_a_response_to_everything_else_is_no_news() -> None:
    assert verdicts(responses(_200={}), responses(_200={}, default={})) == {
        ("status-added", "response", "info")
    }


def test_a_status_replaced_by_its_range_is_compared_with_it() -> None:
    base = responses(_429={"content": {JSON: {"schema": TEXT}}})
    revision = responses(_4XX={"content": {JSON: {"schema": {}}}})
    assert ("type-changed", "response", "warning") in verdicts(base, revision)
    assert ("status-removed", "response", "info") in verdicts(base, revision)


def test_reports_headers_of_responses() -> None:
    def with_header(**header: Any) -> Description:
        return responses(_200={"headers": {"X-Left": {"schema": {"type": "integer"}, **header}}})

    none, optional, required = responses(_200={}), with_header(), with_header(required=True)
    assert verdicts(none, optional) == {("header-added", "response", "info")}
    assert verdicts(optional, none) == {("header-removed", "response", "warning")}
    assert verdicts(required, none) == {("header-removed", "response", "breaking")}
    assert verdicts(required, optional) == {("header-optional", "response", "breaking")}
    assert verdicts(optional, required) == {("header-required", "response", "info")}
    assert verdicts(optional, with_header(schema=TEXT)) == {("type-changed", "response", "breaking")}


SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "api-key"},
    "token": {
        "type": "oauth2",
        "flows": {"implicit": {"authorizationUrl": "https://example.org", "scopes": {}}},
    },
}


def secured(*alternatives: dict[str, list[str]], schemes: dict[str, Any] | None = None) -> Description:
    held = description(operation={"security": list(alternatives)})
    held.content["components"]["securitySchemes"] = schemes or SCHEMES
    return held


def test_reports_added_and_removed_credentials() -> None:
    both, key = secured({"key": []}, {"token": ["a"]}), secured({"key": []})
    assert verdicts(both, key) == {("security-alternative-removed", "request", "breaking")}
    assert verdicts(key, both) == {("security-alternative-added", "request", "info")}
    assert ("security-alternative-removed", "request", "breaking") in verdicts(secured(), key)


def test_reports_added_and_removed_scopes() -> None:
    one, two = secured({"token": ["a"]}), secured({"token": ["a", "b"]})
    assert verdicts(one, two) == {("security-scope-added", "request", "breaking")}
    assert verdicts(two, one) == {("security-scope-removed", "request", "info")}


def test_whoever_needs_no_more_credentials_than_before_keeps_access() -> None:
    one, other, both = {"token": ["a"]}, {"token": ["b"]}, {"token": ["a"], "key": []}
    lost: dict[str, bool] = {}
    for name, before, after in (
        ("an alternative is dropped", [one, other], [one]),
        ("an alternative needs more", [one, other], [one, {"token": ["b", "c"]}]),
        ("one of two credentials suffices", [both], [{"key": []}]),
        ("another credential is needed, too", [{"key": []}], [both]),
        ("what is dropped was more than enough", [one, both], [one]),
        ("no credential is needed", [both], [{}]),
    ):
        found = verdicts(secured(*before), secured(*after))
        lost[name] = "breaking" in {verdict for _, _, verdict in found}
    assert [name for name, breaking in lost.items() if breaking] == [
        "an alternative is dropped",
        "an alternative needs more",
        "another credential is needed, too",
    ]


def test_identifies_a_credential_by_what_is_sent() -> None:
    renamed = secured({"apiKey": []}, schemes={"apiKey": SCHEMES["key"]})
    assert changes(secured({"key": []}), renamed) == ()
    other = secured({"key": []}, schemes={"key": {**SCHEMES["key"], "name": "other"}})
    assert ("security-alternative-removed", "request", "breaking") in verdicts(secured({"key": []}), other)


def test_a_callback_reverses_the_direction() -> None:
    def calling(schema: dict[str, Any]) -> Description:
        body = {"content": {JSON: {"schema": schema}}}
        called = {"post": {"requestBody": body, "responses": {"200": {"description": "ok"}}}}
        return description(operation={"callbacks": {"done": {"{$request.body#/url}": called}}})

    assert verdicts(calling(TEXT), calling({})) == {("type-changed", "response", "breaking")}


def with_discriminator(mapping: dict[str, str], name: str = "kind") -> Description:
    one, other = (
        {"type": "object", "required": ["kind"], "properties": {"kind": TEXT, field: TEXT}}
        for field in ("a", "b")
    )
    union = {
        "oneOf": [{"$ref": "#/components/schemas/one"}, {"$ref": "#/components/schemas/other"}],
        "discriminator": {"propertyName": name, "mapping": mapping},
    }
    return description(request=union, response=union, schemas={"one": one, "other": other})


def test_reports_a_discriminator_that_selects_by_another_property_or_value() -> None:
    one, other = "#/components/schemas/one", "#/components/schemas/other"
    base = with_discriminator({"1": one, "2": other})
    value = "discriminator-value-changed"
    assert verdicts(base, with_discriminator({"1": one, "3": other})) == {
        (value, "request", "breaking"), (value, "response", "breaking")
    }  # fmt: skip
    assert {kind for kind, _, _ in verdicts(base, with_discriminator({"1": one, "2": other}, "sort"))} == {
        "discriminator-property-changed"
    }
    assert ("discriminator-mapping-added", "request", "info") in verdicts(
        base, with_discriminator({"1": one, "2": other, "two": other})
    )
    assert ("discriminator-mapping-removed", "request", "breaking") in verdicts(
        with_discriminator({"1": one, "2": other, "two": other}), base
    )


def test_a_default_of_a_required_parameter_is_not_breaking() -> None:
    with_one, without = query(required=True, schema={**TEXT, "default": "a"}), query(required=True)
    for base, revision, kind in (
        (with_one, without, "default-removed"),
        (without, with_one, "default-added"),
    ):
        assert verdicts(with_parameters(base), with_parameters(revision)) == {(kind, "request", "info")}


def test_reports_what_changes_behind_an_unchanged_default_response() -> None:
    held = {"response": {"$ref": "#/components/schemas/Problem"}, "status": "default"}
    base, revision = (
        description(schemas={"Problem": {"type": kind}}, **held) for kind in ("object", "array")
    )
    assert verdicts(base, revision) == {("type-changed", "response", "breaking")}


@pytest.mark.parametrize("name", ["default", "enum", "example", "x-more"])
def test_reports_what_changes_behind_a_property_with_the_name_of_a_keyword(name: str) -> None:
    whole = {"type": "object", "properties": {name: {"$ref": "#/components/schemas/Part"}}}
    base, revision = (
        description(
            response={"$ref": "#/components/schemas/Whole"}, schemas={"Whole": whole, "Part": {"type": kind}}
        )
        for kind in ("string", "integer")
    )
    assert verdicts(base, revision) == {("type-changed", "response", "breaking")}
