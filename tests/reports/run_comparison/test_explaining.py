"""Statuses, errors and limits that changed with the api-version, compared with two small documents."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from aoai_model.case import Point
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.run_comparison.changes import BehaviourChange, DocumentComparison
from aoai_reports.run_comparison.compared_points import count_points
from aoai_reports.run_comparison.comparing import compare_runs
from aoai_reports.run_comparison.documents.linking import link_to_documents
from aoai_reports.run_comparison.formats.wording import counts_sentence
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

OLD, NEW = "azure-openai@2024-06-01", "azure-openai@2024-10-21"
REQUEST = "#/components/schemas/Request"


def described(
    name: str, change: Any = None, path: str = "/deployments/{deployment-id}/chat/completions"
) -> Document:
    """A document of one operation; `change` edits its request and its responses."""
    request = {
        "type": "object",
        "required": ["n"],
        "properties": {
            "n": {"type": "integer", "maximum": 10},
            "user": {"type": "string"},
            "size": {"type": "string", "enum": ["small", "large"]},
        },
    }
    answer = {"type": "object", "properties": {"id": {"type": "string"}, "usage": {"type": "object"}}}
    responses = {
        "200": {"description": "", "content": {"application/json": {"schema": answer}}},
        "400": {"description": ""},
    }
    if change is not None:
        change(request, responses)
    operation = {
        "operationId": "ChatCompletions_Create",
        "requestBody": {
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}
        },
        "responses": responses,
    }
    content = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": name.partition("@")[2]},
        "paths": {path: {"post": operation}},
        "components": {"schemas": {"Request": request}},
    }
    return Document(Catalogue.packaged().load(name).name, deepcopy(content))


def point(id_: str, place: str, expect: str = "accept", words: str = "") -> tuple[str, str, str, str]:
    return id_, place, expect, words


@pytest.fixture
def linked(build: Any) -> Any:
    """Return the differences of two responses to one request, linked to those of two documents."""

    def link(
        change: Any,
        old: ExchangeLine,
        new: ExchangeLine,
        *,
        base: Any = None,
    ) -> DocumentComparison:
        compared = compare_runs(build.record(old, documents=(OLD,)), build.record(new, documents=(NEW,)))
        return link_to_documents(compared.parts[0], described(OLD, base), described(NEW, change))

    return link


@pytest.fixture
def asked(build: Any) -> Any:
    """Return an exchange with points, given by id, place, expectation and sentence."""

    def exchange(
        document: str, *points: tuple[str, str, str, str], error: Any = None, **more: Any
    ) -> ExchangeLine:
        body = None if error is None else {"error": error}
        line: ExchangeLine = build.exchange(
            "chat/case", document=document, body=body, status=200 if error is None else 400, **more
        )
        carried = tuple(
            Point(id_, id_.partition(":")[0], expect, "must", f"{document}{REQUEST}{place}", words)  # type: ignore[arg-type]
            for id_, place, expect, words in points
        )
        return replace(line, points=carried)

    return exchange


def found(part: DocumentComparison, aspect: str) -> list[BehaviourChange]:
    return [each for each in part.behaviour if each.aspect == aspect]


def lower(request: Any, responses: Any) -> None:
    request["properties"]["n"]["maximum"] = 5


def higher(request: Any, responses: Any) -> None:
    request["properties"]["n"]["maximum"] = 50


INSIDE = "n is sent as 7."
BOUND = point("n.maximum:inside", "/properties/n/maximum", words=INSIDE)
BEYOND = point("n.maximum:inside", "/properties/n/maximum", "reject", INSIDE)


def test_a_limit_is_explained_by_the_bound_of_its_point(linked: Any, asked: Any) -> None:
    part = linked(lower, asked(OLD, BOUND), asked(NEW, BEYOND, error={"code": "too_high"}))
    [limit] = found(part, "limit")
    assert (limit.before, limit.after) == ("accepted", "refused")
    assert any("maximum" in words for words in limit.documented)
    assert part.undocumented == ()


def test_the_deployment_may_move_from_the_path_to_the_body(build: Any, asked: Any) -> None:
    v1 = "azure-openai@v1"
    records = (
        build.record(asked(OLD, BOUND), documents=(OLD,)),
        build.record(asked(v1, BEYOND, error={"code": "too_high"}), documents=(v1,)),
    )
    part = link_to_documents(
        compare_runs(*records).parts[0], described(OLD), described(v1, lower, path="/chat/completions")
    )
    [limit] = found(part, "limit")
    assert any("maximum" in words for words in limit.documented)


def test_another_credential_does_not_explain_another_error(build: Any) -> None:
    def document(name: str, scheme: dict[str, Any]) -> Document:
        content = {**described(name).content, "security": [{"key": []}]}
        content["components"] = {**content["components"], "securitySchemes": {"key": scheme}}
        return Document(described(name).name, content)

    def refused(name: str, code: str) -> Any:
        line = build.exchange("chat/key", document=name, status=401, body={"error": {"code": code}})
        key = Point("authentication:none", "authentication", "reject", "must", f"{name}#/security", "No key.")
        return build.record(replace(line, points=(key,)), documents=(name,))

    before = document(OLD, {"type": "apiKey", "in": "header", "name": "api-key"})
    after = document(NEW, {"type": "http", "scheme": "bearer"})
    compared = compare_runs(refused(OLD, "old"), refused(NEW, "new"))
    [error] = found(link_to_documents(compared.parts[0], before, after), "error")
    assert not error.documented


def test_a_bound_that_changed_the_other_way_explains_nothing(linked: Any, asked: Any) -> None:
    part = linked(higher, asked(OLD, BOUND), asked(NEW, BEYOND, error={"code": "too_high"}))
    assert [each.aspect for each in part.undocumented] == ["limit"]


def test_a_bound_of_another_field_explains_nothing(linked: Any, asked: Any) -> None:
    user = point("user.type:integer", "/properties/user/type", words="user may be of type integer.")
    part = linked(lower, asked(OLD, user), asked(NEW, user, error={"code": "x"}))
    assert [each.aspect for each in part.undocumented] == ["limit"]


def test_a_bound_that_should_have_moved_a_limit_and_did_not_is_listed(linked: Any, asked: Any) -> None:
    part = linked(lower, asked(OLD, BOUND), asked(NEW, BEYOND))
    [(operation, words)] = part.unseen
    assert operation == "ChatCompletions_Create"
    assert "maximum" in words


def test_an_enum_value_explains_the_point_of_this_value_only(linked: Any, asked: Any) -> None:
    def without_small(request: Any, responses: Any) -> None:
        request["properties"]["size"]["enum"].remove("small")

    small = point("size.enum:small", "/properties/size/enum", words="size may be 'small'.")
    large = point("size.enum:large", "/properties/size/enum", words="size may be 'large'.")
    refused = {"error": {"code": "bad"}}
    [limit] = found(linked(without_small, asked(OLD, small), asked(NEW, small, **refused)), "limit")
    assert limit.documented
    [limit] = found(linked(without_small, asked(OLD, large), asked(NEW, large, **refused)), "limit")
    assert not limit.documented


def test_a_field_that_is_now_required_explains_a_rejection_without_it(linked: Any, asked: Any) -> None:
    def demand(request: Any, responses: Any) -> None:
        request["required"].append("user")

    for field, explained in (("user", True), ("size", False)):
        left_out = point(f"{field}.required:missing", "/required/1", words=f"{field} may be left out.")
        part = linked(demand, asked(OLD, left_out), asked(NEW, left_out, error={"code": "missing"}))
        [limit] = found(part, "limit")
        assert bool(limit.documented) is explained


def test_a_new_field_explains_that_points_inside_it_are_accepted(linked: Any, asked: Any) -> None:
    def add(request: Any, responses: Any) -> None:
        inner = {"type": "object", "properties": {"depth": {"type": "integer"}}}
        request["properties"]["extra"] = {"type": "array", "items": inner}

    place = "/properties/extra/items/properties/depth/type"
    deep = point("extra[].depth.type:integer", place, words="extra[].depth may be of type integer.")
    part = linked(add, asked(OLD, deep, error={"code": "unknown"}), asked(NEW, deep))
    [limit] = found(part, "limit")
    assert any("'extra' is added" in words for words in limit.documented)


def test_an_error_code_is_explained_by_a_change_of_the_type_of_its_point(linked: Any, asked: Any) -> None:
    def of_two_types(request: Any, responses: Any) -> None:
        request["properties"]["user"] = {"type": ["string", "integer"]}

    wrong = point("user.type:array", "/properties/user/type", "reject", "user may not be of type array.")
    old, new = (asked(each, wrong, error={"code": each}) for each in (OLD, NEW))
    [error] = found(linked(of_two_types, old, new), "error")
    assert error.documented
    [error] = found(linked(lower, old, new), "error")
    assert not error.documented


def test_a_branch_for_arrays_explains_that_such_items_are_accepted(linked: Any, asked: Any) -> None:
    def text_or(*branches: Any) -> Any:
        def edit(request: Any, responses: Any) -> None:
            lists = [{"type": "array", "items": {"type": each}} for each in branches]
            request["properties"]["user"] = {"oneOf": [{"type": "string"}, *lists]}

        return edit

    place = "/properties/user/oneOf/1/items/type"
    for type_, explained in (("integer", True), ("boolean", False)):
        item = point(f"user[].type:{type_}", place, "reject", f"user[] may not be of type {type_}.")
        old, new = asked(OLD, item, error={"code": "x"}), asked(NEW, item)
        part = linked(text_or("string", "integer"), old, new, base=text_or("string"))
        [limit] = found(part, "limit")
        assert bool(limit.documented) is explained


def test_a_newly_declared_status_explains_a_response_with_it(linked: Any, asked: Any, build: Any) -> None:
    def with_422(request: Any, responses: Any) -> None:
        responses["422"] = {"description": ""}

    old = build.exchange("chat/case", document=OLD, status=400, body={"error": {"code": "a"}})
    for status, explained in ((422, True), (409, False)):
        new = build.exchange("chat/case", document=NEW, status=status, body={"error": {"code": "a"}})
        [change] = found(linked(with_422, old, new), "status")
        assert bool(change.documented) is explained


def test_a_removed_field_explains_only_a_rejection_that_names_it(linked: Any, asked: Any, build: Any) -> None:
    def without_user(request: Any, responses: Any) -> None:
        del request["properties"]["user"]

    old = build.exchange("chat/case", document=OLD)
    for reported, explained in (("user", True), ("size", False), (None, False)):
        error = {"code": "unknown", "param": reported}
        new = build.exchange("chat/case", document=NEW, status=400, body={"error": error})
        [change] = found(linked(without_user, old, new), "status")
        assert bool(change.documented) is explained


def test_several_points_in_one_case_explain_nothing(linked: Any, asked: Any) -> None:
    other = point("user.type:string", "/properties/user/type", words="user may be of type string.")
    part = linked(lower, asked(OLD, BOUND, other), asked(NEW, BOUND, other, error={"code": "no"}))
    [status] = found(part, "status")
    assert not status.documented


def test_cases_with_and_without_an_explanation_are_separate(build: Any, asked: Any) -> None:
    wrong = point("user.type:array", "/properties/user/type", "reject", "user may not be of type array.")
    bad = point("size.type:array", "/properties/size/type", "reject", "size may not be of type array.")

    def of_two_types(request: Any, responses: Any) -> None:
        request["properties"]["user"] = {"type": ["string", "integer"]}

    records = []
    for document in (OLD, NEW):
        lines = [asked(document, each, error={"code": document}) for each in (wrong, bad)]
        lines = [
            replace(line, case=f"chat/{n}", request=replace(line.request, body=b'{"n":%d}' % n))
            for n, line in enumerate(lines)
        ]
        records.append(build.record(*lines, documents=(document,)))
    part = link_to_documents(compare_runs(*records).parts[0], described(OLD), described(NEW, of_two_types))
    explained, unexplained = found(part, "error")
    assert (explained.cases, explained.count) == (("chat/0",), 1)
    assert (unexplained.cases, unexplained.documented) == (("chat/1",), ())
    assert part.undocumented == (unexplained,)


def test_a_field_of_responses_is_explained_only_by_its_location(linked: Any, build: Any) -> None:
    def elsewhere(request: Any, responses: Any) -> None:
        answer = responses["200"]["content"]["application/json"]["schema"]
        answer["properties"]["usage"]["properties"] = {"created": {"type": "integer"}}

    def here(request: Any, responses: Any) -> None:
        answer = responses["200"]["content"]["application/json"]["schema"]
        answer["properties"]["created"] = {"type": "integer"}

    old = build.exchange("chat/case", document=OLD, body={"id": "a"})
    new = build.exchange("chat/case", document=NEW, body={"id": "a", "created": 1})
    [field] = found(linked(here, old, new), "field")
    assert field.documented
    [field] = found(linked(elsewhere, old, new), "field")
    assert not field.documented
    [field] = found(linked(None, old, new, base=here), "field")
    assert not field.documented, "a field that the document took away explains none that comes"


def test_changes_that_neither_run_could_show_are_not_listed(linked: Any, build: Any) -> None:
    def add(request: Any, responses: Any) -> None:
        answer = responses["200"]["content"]["application/json"]["schema"]
        answer["properties"]["usage"]["properties"] = {"total": {"type": "integer"}}

    bare = [build.exchange("chat/case", document=each, body={"id": "a"}) for each in (OLD, NEW)]
    assert linked(add, *bare).unseen == ()
    holding = [build.exchange("chat/case", document=each, body={"usage": {}}) for each in (OLD, NEW)]
    [(_, words)] = linked(add, *holding).unseen
    assert "'total'" in words


def test_a_header_is_explained_by_the_header_of_that_status(linked: Any, build: Any) -> None:
    def with_header(request: Any, responses: Any) -> None:
        responses["200"]["headers"] = {"X-Extra": {"schema": {"type": "string"}}}

    old = build.exchange("chat/case", document=OLD)
    new = build.exchange(
        "chat/case", document=NEW, headers={"content-type": "application/json", "x-extra": "1"}
    )
    [header] = [each for each in found(linked(with_header, old, new), "header") if each.place == "x-extra"]
    assert header.documented


def test_points_are_compared_however_they_were_packed(build: Any, asked: Any) -> None:
    user = point("user.type:string", "/properties/user/type", words="user may be of type string.")
    forbidden = point("user.type:null", "/properties/user/type", "reject", "user may not be null.")
    allowed = point("user.nullable:null", "/properties/user/type", "accept", "user may be null.")
    unknown = point("size.enum:large", "/properties/size/enum", words="size may be 'large'.")
    old = [
        asked(OLD, BOUND),
        replace(asked(OLD, user), case="chat/b"),
        replace(asked(OLD, forbidden, error={"code": "x"}), case="chat/c"),
    ]
    new = [asked(NEW, BOUND, user, allowed), replace(asked(NEW, unknown), case="chat/d")]
    [part] = compare_runs(build.record(*old, documents=(OLD,)), build.record(*new, documents=(NEW,))).parts
    output = {each.point: (each.base.limit, each.revision.limit) for each in part.points}
    assert output == {
        "n.maximum:inside": ("accepted", "accepted"),
        "user.type:string": ("accepted", "accepted"),
        "user.type:null": ("refused", "accepted"),
        "size.enum:large": ("not tried", "accepted"),
    }
    assert counts_sentence(count_points(part.points)) == (
        "3 points compared: 2 accepted in both, 1 accepted in one run only; "
        "not compared: 1 sent in the second run only"
    )


def test_one_id_with_two_values_is_not_compared(build: Any, asked: Any) -> None:
    old = asked(OLD, point("n.maximum:at", "/properties/n/maximum", words="n is sent at its bound 10."))
    new = asked(NEW, point("n.maximum:at", "/properties/n/maximum", words="n is sent at its bound 5."))
    [part] = compare_runs(build.record(old, documents=(OLD,)), build.record(new, documents=(NEW,))).parts
    assert [(each.base.limit, each.revision.limit) for each in part.points] == [
        ("accepted", "not tried"),
        ("not tried", "accepted"),
    ]
