from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import pytest

from aoai_model.case import Edit, Plan, Point
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.constraints import constraints
from aoai_strategies.planning.planning import plan, points_left_out
from aoai_strategies.points.field_dependencies import add_dependencies
from aoai_strategies.points.planned_point import PlannedPoint
from aoai_strategies.points.points import OperationPoints, points
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.editing import body_value
from aoai_strategies.requests.forms import admits, is_form

Describe = Callable[..., Operation]
OPERATIONS = (
    "Completions_Create",
    "embeddings_create",
    "ChatCompletions_Create",
    "Transcriptions_Create",
    "Translations_Create",
    "ImageGenerations_Create",
)
#: Points whose constraint no schema states: they are wrong by what the prose says.
BY_PROSE = frozenset(
    {
        "stream_options",
        "top_logprobs",
        "json_object",
        "tool-message",
        "assistant",
        "system",
        "tool_choice",
        "parallel_tool_calls",
        "function_call",
        "logit_bias",
        "best_of",
        "max_tokens",
        "input",
        "language",
        "file",
    }
)


@cache
def by_id(operation: Operation) -> dict[str, Point]:
    return {point.id: point for point in points(operation)}


@cache
def pointed(operation: Operation) -> tuple[PlannedPoint, ...]:
    return OperationPoints.of(operation).planned


@cache
def in_standard(operation: Operation) -> frozenset[str]:
    return frozenset(point.id for _, point in plan(operation.document, operations=[operation.id]).points())


def value_of(point: Point, pointer: str) -> object:
    return next(edit.value for edit in point.edits if edit.pointer == pointer)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_constraint_has_a_point_in_the_standard_profile(document: Document, name: str) -> None:
    operation = document.operation(name)
    tried = {by_id(operation)[identifier].constraint for identifier in in_standard(operation)}
    elsewhere = {"api-version.required", "api-version.type", "deployment-id.required", "deployment-id.type"}
    if is_form(operation):
        elsewhere.add("body.type")  # a form is always an object
    assert {one.name for one in constraints(operation)} - tried == elsewhere
    assert {"api-version", "deployment"} <= tried


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_point_has_a_unique_id_a_clause_and_a_sentence(document: Document, name: str) -> None:
    found = points(document.operation(name))
    assert len({point.id for point in found}) == len(found)
    for point in found:
        assert point.id.startswith(f"{point.constraint}:")
        assert point.clause.startswith("azure-openai@2024-10-21#/")
        assert point.description.endswith(".")


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_description_admits_points_to_be_accepted(document: Document, name: str) -> None:
    operation = document.operation(name)
    for one in pointed(operation):
        if one.point.expect == "accept" or one.harmless:
            assert admits(operation, body_value(one.request.body)), one.point.id


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_description_does_not_admit_points_to_be_rejected(document: Document, name: str) -> None:
    operation = document.operation(name)
    for one in pointed(operation):
        if one.point.expect == "reject" and one.point.constraint not in BY_PROSE:
            assert not admits(operation, body_value(one.request.body)), one.point.id


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_points_left_out_of_the_standard_profile_are_in_the_deep_one(
    document: Document, name: str
) -> None:
    operation = document.operation(name)
    everything, sent = set(by_id(operation)), in_standard(operation)
    left = {point.id for point in points_left_out(operation)}
    assert sent | left == everything
    assert not sent & left


def test_leaves_out_only_what_ranks_below_what_it_sends(chat: Operation) -> None:
    sent = in_standard(chat)
    ranks = [(one.rank, one.point.id not in sent) for one in pointed(chat) if one.rank > 0]
    highest_left = min(rank for rank, is_left in ranks if is_left)
    assert all(rank >= highest_left for rank, is_left in ranks if is_left)
    assert all(not is_left for rank, is_left in ranks if rank < highest_left)
    assert highest_left >= 3  # bounds, lists, mixtures and required fields are all sent


def test_a_float_is_sent_at_its_bound_next_to_it_and_as_a_short_decimal(chat: Operation) -> None:
    found = by_id(chat)
    sent = {
        where: value_of(found[f"temperature.maximum:{where}"], "/temperature")
        for where in ("at", "inside", "just-inside", "above", "just-above")
    }
    assert sent == {
        "at": 2,
        "inside": 1.9,
        "just-inside": math.nextafter(2, 0),
        "above": 2.1,
        "just-above": math.nextafter(2, 3),
    }
    expectations = [found[f"temperature.maximum:{where}"].expect for where in sent]
    assert expectations == ["accept", "accept", "accept", "reject", "reject"]


def test_an_integer_is_sent_at_its_bound_and_one_to_each_side(chat: Operation) -> None:
    found = by_id(chat)
    assert value_of(found["seed.maximum:at"], "/seed") == 2**63 - 1
    assert value_of(found["seed.maximum:inside"], "/seed") == 2**63 - 2
    assert value_of(found["seed.maximum:above"], "/seed") == 2**63
    assert value_of(found["n.minimum:below"], "/n") == 0
    assert "n.maximum:just-above" not in found


def test_stop_is_sent_as_text_and_as_arrays_of_zero_to_five(chat: Operation) -> None:
    found = by_id(chat)
    assert value_of(found["stop.oneOf:string"], "/stop") == "END"
    lengths = {
        identifier: len(value_of(found[identifier], "/stop"))
        for identifier in (
            "stop.minItems:below",
            "stop.minItems:at",
            "stop.items:2",
            "stop.items:3",
            "stop.maxItems:at",
            "stop.maxItems:above",
        )
    }
    assert list(lengths.values()) == [0, 1, 2, 3, 4, 5]
    assert [found[identifier].expect for identifier in lengths] == [
        "reject",
        "accept",
        "accept",
        "accept",
        "accept",
        "reject",
    ]


def test_each_enum_value_is_sent_and_one_other_value(chat: Operation) -> None:
    found = by_id(chat)
    assert {found[f"tool_choice.enum:{word}"].expect for word in ("none", "auto", "required")} == {"accept"}
    assert found["tool_choice.enum:outside"].expect == "reject"


def test_null_must_be_accepted_where_allowed_and_should_be_rejected_elsewhere(chat: Operation) -> None:
    found = by_id(chat)
    assert found["temperature.nullable:null"].expect == "accept"
    assert (found["user.type:null"].expect, found["user.type:null"].level) == ("reject", "should")


def test_violations_of_bounds_types_and_required_fields_must_be_rejected(chat: Operation) -> None:
    found = by_id(chat)
    for identifier in (
        "temperature.maximum:above",
        "temperature.type:string",
        "messages.required:missing",
        "tools.maxItems:above",
        "tool_choice.enum:outside",
    ):
        level = "may" if identifier == "authentication:key-in-wrong-header" else "must"
        assert (found[identifier].expect, found[identifier].level) == ("reject", level)


@pytest.mark.parametrize(("count", "expect"), [("at", "accept"), ("inside", "accept"), ("above", "reject")])
def test_at_most_128_tools_are_accepted(chat: Operation, count: str, expect: str) -> None:
    point = by_id(chat)[f"tools.maxItems:{count}"]
    assert len(value_of(point, "/tools")) == {"at": 128, "inside": 127, "above": 129}[count]
    assert point.expect == expect


def test_tools_in_one_request_have_unique_names(chat: Operation) -> None:
    tools = value_of(by_id(chat)["tools.maxItems:at"], "/tools")
    names = {tool["function"]["name"] for tool in tools}
    assert len(names) == 128


def test_mixtures_of_branches_are_rejected(chat: Operation) -> None:
    found = by_id(chat)
    for identifier in (
        "messages[].oneOf:unknown-role",
        "messages[].oneOf:no-role",
        "messages[user].content.required:missing",
        "messages[user].content[].oneOf:unknown-type",
        "messages[user].content[].oneOf:text-as-image_url",
        "system:image-part",
    ):
        assert found[identifier].expect == "reject"
    (edit,) = found["messages[user].content[].oneOf:text-as-image_url"].edits
    assert edit.pointer == "/messages/-"
    part = edit.value["content"][0]
    assert set(part) == {"type", "image_url"}
    assert part["type"] == "text"


def test_each_role_and_each_content_part_is_sent(chat: Operation) -> None:
    found = by_id(chat)
    for role in ("system", "user", "assistant", "tool", "function"):
        assert found[f"messages[].oneOf:{role}"].expect == "accept"
    for identifier in (
        "messages[system].content[].oneOf:text",
        "messages[user].content[].oneOf:image_url",
        "messages[assistant].content[].oneOf:refusal",
        "messages[tool].content.oneOf:array",
    ):
        assert found[identifier].expect == "accept"


def test_a_name_of_65_characters_is_rejected(chat: Operation) -> None:
    found = by_id(chat)
    names = {
        where: value_of(found[f"tools[].function.name.pattern:{where}"], "/tools/0/function/name")
        for where in ("at", "inside", "above")
    }
    assert [len(name) for name in names.values()] == [64, 63, 65]
    assert found["tools[].function.name.pattern:above"].expect == "reject"
    assert found["tools[].function.name.pattern:space"].expect == "reject"


def test_data_sources_are_never_expected_to_be_accepted(chat: Operation) -> None:
    inside = [point for point in by_id(chat).values() if point.constraint.startswith("data_sources")]
    assert inside
    assert {point.expect for point in inside} == {"any", "reject"}


def test_a_value_of_another_format_may_be_accepted_or_rejected(chat: Operation) -> None:
    point = by_id(chat)["messages[user].content[image_url].image_url.url.format:outside"]
    assert (point.expect, point.level) == ("any", "may")


def test_embeddings_are_sent_with_one_two_and_2048_inputs(document: Document) -> None:
    found = by_id(document.operation("embeddings_create"))
    assert value_of(found["input.oneOf:string"], "/input") == "hi"
    lengths = [
        len(value_of(found[f"input.{where}"], "/input"))
        for where in ("minItems:at", "items:2", "maxItems:at", "maxItems:above")
    ]
    assert lengths == [1, 2, 2048, 2049]
    assert found["input.maxItems:above"].expect == "reject"
    assert found["input[].minLength:below"].edits[-1] == Edit("/input/0", "")
    assert found["encoding_format.enum:base64"].expect == "accept"


def test_images_are_requested_in_each_size_quality_style_and_format(document: Document) -> None:
    found = by_id(document.operation("ImageGenerations_Create"))
    for identifier in (
        "n.minimum:at",
        "size.enum:1024x1024",
        "size.enum:1792x1024",
        "size.enum:1024x1792",
        "quality.enum:hd",
        "style.enum:natural",
        "response_format.enum:b64_json",
        "prompt.maxLength:at",
    ):
        assert found[identifier].expect == "accept"
    for identifier in (
        "n.minimum:below",
        "n.maximum:above",
        "prompt.maxLength:above",
        "prompt.minLength:below",
    ):
        assert found[identifier].expect == "reject"
    assert len(value_of(found["prompt.maxLength:at"], "/prompt")) == 4000
    assert len(value_of(found["prompt.maxLength:above"], "/prompt")) == 4001


@pytest.mark.parametrize("name", ["Transcriptions_Create", "Translations_Create"])
def test_audio_is_sent_in_each_format_and_broken(document: Document, name: str) -> None:
    found = by_id(document.operation(name))
    for word in ("json", "text", "srt", "verbose_json", "vtt"):
        assert found[f"response_format.enum:{word}"].expect == "accept"
    for word in ("wav", "flac", "mp3", "ogg"):
        assert found[f"file:{word}"].expect == "accept"
    for word in ("empty", "truncated", "wrong-type", "not-a-file"):
        assert found[f"file:{word}"].expect == "reject"
    assert found["temperature.maximum:above"].expect == "reject"
    assert found["file.required:missing"].expect == "reject"


@pytest.mark.parametrize(
    ("operation", "identifier", "level"),
    [
        ("ChatCompletions_Create", "stream_options:without-stream", "must"),
        ("ChatCompletions_Create", "top_logprobs:without-logprobs", "must"),
        ("ChatCompletions_Create", "tool-message:answers-no-call", "must"),
        ("ChatCompletions_Create", "tool_choice:unknown-function", "must"),
        ("ChatCompletions_Create", "assistant:neither-content-nor-calls", "must"),
        ("ChatCompletions_Create", "json_object:without-the-word-json", "may"),
        ("ChatCompletions_Create", "tool_choice:without-tools", "may"),
        ("ChatCompletions_Create", "parallel_tool_calls:without-tools", "may"),
        ("Completions_Create", "best_of:with-stream", "must"),
        ("Completions_Create", "best_of:below-n", "must"),
        ("Completions_Create", "stream_options:without-stream", "must"),
    ],
)
def test_relations_of_two_fields_in_the_prose_are_points(
    document: Document, operation: str, identifier: str, level: str
) -> None:
    point = by_id(document.operation(operation))[identifier]
    assert (point.expect, point.level) == ("reject", level)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_protocol_points(document: Document, name: str) -> None:
    found = by_id(document.operation(name))
    for identifier in (
        "authentication:none",
        "authentication:wrong-key",
        "authentication:malformed-bearer",
        "authentication:wrong-bearer",
        "api-version:missing",
        "api-version:unknown",
        "deployment:unknown",
        "path:unknown",
        "method:get",
        "content-type:text",
        "body:empty",
    ):
        assert (found[identifier].expect, found[identifier].level) == ("reject", "must")
    wrong_header = found["authentication:key-in-wrong-header"]
    assert (wrong_header.expect, wrong_header.level) == (
        "reject",
        "may",
    )  # a server that accepts more harms no client
    if name not in ("Transcriptions_Create", "Translations_Create"):
        assert {"body:malformed-json", "body:not-an-object"} <= found.keys()


def test_an_empty_api_version_is_sent_where_the_document_forbids_it(document: Document) -> None:
    inference = Catalogue.packaged().load("ai-model-inference@2025-04-01")
    assert by_id(inference.operation("getChatCompletions"))["api-version:empty"].expect == "reject"
    (probe,) = [
        one
        for one in OperationPoints.of(inference.operation("getModelInfo")).protocol
        if one.point.id == "api-version:empty"
    ]
    assert probe.request.query == {"api-version": ""}
    assert "api-version:empty" not in by_id(document.operation("ChatCompletions_Create"))


def test_a_point_includes_its_dependencies(chat: Operation) -> None:
    found = by_id(chat)
    assert Edit("/logprobs", True) in found["top_logprobs.maximum:above"].edits
    assert Edit("/stream", True) in found["stream_options.include_usage.type:true"].edits
    assert Edit("/max_tokens", 1) in found["n.maximum:at"].edits
    assert Edit("/max_tokens", remove=True) in found["max_completion_tokens.type:integer"].edits
    assert any(edit.pointer == "/tools" for edit in found["tool_choice.enum:auto"].edits)
    asking = found["response_format.oneOf:json_object"].edits[0]
    assert (asking.pointer, asking.value) == ("/messages/0/content", "Answer with a JSON object.")
    calling, answer = found["messages[].oneOf:tool"].edits
    assert calling.value["tool_calls"][0]["id"] == answer.value["tool_call_id"]


@pytest.mark.parametrize("field", ["text.format[json_object].type", "text.format[json_schema].name"])
def test_a_response_in_a_json_format_is_requested_in_words(field: str) -> None:
    own = (Edit("/text", {}),)
    edits = add_dependencies("response-create", field, "json_object", own, frozenset({"input", "text"}))
    assert edits == (Edit("/input", "Answer with a JSON object."), *own)


def test_a_response_that_is_cancelled_runs_in_the_background() -> None:
    v1 = Catalogue.packaged().load("azure-openai@v1")
    assert [taken.case for taken in RequestBuilder(v1.operation("cancelResponse")).base_case().takes] == [
        "response-create/in-background"
    ]
    created = RequestBuilder(v1.operation("createResponse")).base_case("in-background", origin="preparation")
    assert body_value(created.request.body)["background"] is True
    assert created.expect == "any"


def test_two_calls_have_two_results(chat: Operation) -> None:
    asking, *answers = by_id(chat)["messages[assistant].tool_calls.items:2"].edits
    calls = {call["id"] for call in asking.value["tool_calls"]}
    assert len(calls) == 2
    assert {answer.value["tool_call_id"] for answer in answers} == calls


def test_an_open_enum_accepts_other_values(describe: Describe) -> None:
    operation = describe(
        {
            "type": "object",
            "properties": {"mode": {"anyOf": [{"type": "string"}, {"type": "string", "enum": ["a"]}]}},
        }
    )
    assert by_id(operation)["mode.enum:outside"].expect == "any"


def test_a_closed_object_rejects_undeclared_properties(describe: Describe) -> None:
    operation = describe({"type": "object", "properties": {}, "additionalProperties": False})
    assert by_id(operation)["body.additionalProperties:undeclared"].expect == "reject"


def test_every_other_keyword_has_its_points(describe: Describe) -> None:
    operation = describe(
        {
            "type": "object",
            "properties": {
                "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                "even": {"type": "integer", "multipleOf": 2},
                "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
                "pairs": {"type": "object", "minProperties": 1, "maxProperties": 2},
                "fixed": {"const": "yes"},
                "made": {"type": "string", "readOnly": True},
                "code": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4},
            },
        },
        openapi="3.1.0",
    )
    found = by_id(operation)
    expectations = {
        "share.exclusiveMinimum:at": "reject",
        "share.exclusiveMinimum:just-inside": "any",
        "even.multipleOf:between": "reject",
        "tags.uniqueItems:repeated": "reject",
        "pairs.minProperties:below": "reject",
        "pairs.maxProperties:above": "reject",
        "fixed.const:outside": "reject",
        "made.readOnly:sent": "any",
        "code.pattern:space": "reject",
        "code.minLength:below": "reject",
        "code.maxLength:above": "reject",
    }
    assert {identifier: found[identifier].expect for identifier in expectations} == expectations


def test_the_parameters_of_an_unknown_operation_have_points(describe: Describe) -> None:
    operation = describe(
        {"type": "object"},
        parameters=[
            {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 1}},
            {"name": "mode", "in": "header", "schema": {"type": "string", "enum": ["a", "b"]}},
            {"name": "item", "in": "path", "required": True, "schema": {"type": "string"}},
            {
                "name": "open",
                "in": "header",
                "schema": {"anyOf": [{"type": "string"}, {"type": "string", "enum": ["a"]}]},
            },
        ],
        path="/things/{item}",
    )
    found = {one.point.id: one for one in OperationPoints.of(operation).planned}
    assert found["limit.required:missing"].request.query == {"api-version": "2024-10-21"}
    assert found["limit.minimum:below"].request.query["limit"] == "0"
    assert found["limit.type:string"].point.expect == "reject"
    assert found["mode.enum:outside"].request.headers == {"mode": "unknown-value"}
    assert found["item.type:string"].point.expect == "any"
    assert found["open.enum:outside"].point.expect == "any"
    assert "open.anyOf:integer" not in found


def test_all_points_of_the_standard_plan_are_its_points(document: Document, standard: Plan) -> None:
    sent = {(operation, point.id) for operation, point in standard.points()}
    for operation in document.usual_operations:
        assert {(operation.id, identifier) for identifier in in_standard(operation)} <= sent
