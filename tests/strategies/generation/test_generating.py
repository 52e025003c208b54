"""Generated requests: for every document, valid and invalid, from our strategies and from Schemathesis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from aoai_model.case import Edit, Point
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.operations import Parameter
from aoai_strategies.canonical import request_key
from aoai_strategies.generation.generating import Generated, generated_requests
from aoai_strategies.generation.schemathesis_requests import SchemathesisSource
from aoai_strategies.planning.planning import plan
from aoai_strategies.points.coherence import is_coherent
from aoai_strategies.points.points import OperationPoints
from aoai_strategies.points.protocol import PROTOCOL_PARAMETERS
from aoai_strategies.requests.editing import body_value
from aoai_strategies.requests.forms import admits

#: The newest stable document of each surface; the others are planned in the tox environment selftest.
NEWEST = {"azure-openai@2024-10-21", "ai-model-inference@2025-04-01"}
NAMES = [
    pytest.param(str(name), marks=() if str(name) in NEWEST else pytest.mark.whole_selftest)
    for name in Catalogue.packaged().names()
]


@pytest.fixture(scope="module", autouse=True)
def _sources() -> Iterator[None]:
    """Load each document into Schemathesis once, and release it at the end of the module."""
    yield
    source_of.cache_clear()


@cache
def source_of(document: Document) -> SchemathesisSource:
    return SchemathesisSource(document)


def schemathesis_requests(operation: Operation, examples: int) -> list[Generated]:
    points = OperationPoints.of(operation)
    return list(source_of(operation.document).requests(points, 0, examples))


@pytest.fixture(scope="module")
def chat_by_schemathesis(chat: Operation) -> list[Generated]:
    return schemathesis_requests(chat, 6)


def both(operation: Operation, examples: int = 2) -> list[Generated]:
    return [
        *generated_requests(OperationPoints.of(operation), 0, examples),
        *schemathesis_requests(operation, examples),
    ]


def named(found: Sequence[Generated], beginning: str) -> list[Generated]:
    return [one for one in found if one.name.startswith(beginning)]


def own_parameters(operation: Operation) -> list[Parameter]:
    """The parameters by which requests can differ in more than the resource that they name."""
    return [
        each
        for each in operation.parameters
        if each.location in ("query", "header") and each.name not in PROTOCOL_PARAMETERS
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_that_leaves_something_open_has_generated_requests(name: str) -> None:
    for operation in Catalogue.packaged().load(name).operations.values():
        found = both(operation)
        parameters, has_body = own_parameters(operation), bool(operation.request_media)
        assert bool(found) == (has_body or bool(parameters)), operation.id
        if not has_body and all(each.required for each in parameters):
            continue  # there is one valid request
        if not (named(found, "generated-valid") and named(found, "schemathesis-")):
            found = both(operation, 12)  # few parameters: the first draws repeat the base request
        assert named(found, "generated-valid"), operation.id
        assert named(found, "schemathesis-"), operation.id
        assert len({request_key(one.request) for one in found}) == len(found) - _shared(found)
        for one in found:
            if one.request.body is not None:
                body = body_value(one.request.body)
                broken_elsewhere = any(":" in edit.pointer.split("/")[0] for edit in one.point.edits)
                assert broken_elsewhere or admits(operation, body) == (one.point.expect != "reject"), one


@pytest.mark.parametrize("operation", ["createChatCompletion", "createCompletion", "createEmbedding"])
def test_requests_of_v1_are_generated_for_the_model_of_the_base_request(operation: str) -> None:
    points = OperationPoints.of(Catalogue.packaged().load("azure-openai@v1").operation(operation))
    found = list(generated_requests(points, 0, 2))
    bodies = [body_value(one.request.body) for one in named(found, "generated-valid")]
    assert [body["model"] for body in bodies] == [body_value(points.requests.base.body)["model"]] * 2
    assert len(named(found, "generated-invalid")) == 2


def test_a_list_in_a_parameter_is_generated_as_one_of_its_items() -> None:
    points = OperationPoints.of(
        Catalogue.packaged().load("azure-openai@v1").operation("retrieveConversationItem")
    )
    valid = named(list(generated_requests(points, 0, 8)), "generated-valid")
    allowed = {
        one.point.edits[0].value for one in points.planned if one.point.id.startswith("include[].enum:")
    }
    assert valid
    assert {one.request.query["include"] for one in valid} <= allowed - {"unknown-value"}


def _shared(found: Sequence[Generated]) -> int:
    """How many requests both sources made: each drops its own repetitions only."""
    ours = {request_key(one.request) for one in named(found, "generated-")}
    return sum(request_key(one.request) in ours for one in named(found, "schemathesis-"))


def test_a_request_that_violates_a_constraint_has_the_point_of_the_constraint(chat: Operation) -> None:
    known = {one.point.id for one in OperationPoints.of(chat).planned}
    refused = [
        one.point.id
        for one in generated_requests(OperationPoints.of(chat), 3, 12)
        if one.point.expect == "reject"
    ]
    assert refused
    assert set(refused) <= known


def test_schemathesis_requests_expect_a_rejection_only_if_they_violate_the_description(
    chat_by_schemathesis: list[Generated],
) -> None:
    assert {one.point.expect for one in chat_by_schemathesis} == {"any", "reject"}
    clauses = {one.point.clause for one in chat_by_schemathesis if one.point.expect == "reject"}
    assert all(clause.startswith("azure-openai@2024-10-21#/") for clause in clauses)


def test_key_version_and_deployment_are_not_generated(chat_by_schemathesis: list[Generated]) -> None:
    for one in chat_by_schemathesis:
        assert one.request.query == {"api-version": "2024-10-21"}
        assert one.request.path_parameters == {}
        assert "api-key" not in one.request.headers


def test_optional_parameters_are_generated() -> None:
    document = Catalogue.packaged().load("2025-01-01-preview")
    batches = next(one for one in document.operations.values() if one.kind == "batch-list")
    queries = [set(one.request.query) - {"api-version"} for one in both(batches, 6)]
    assert set().union(*queries) == {"after", "limit", "$filter", "$orderby"}


def test_generated_requests_keep_their_placeholders() -> None:
    document = Catalogue.packaged().load("2025-01-01-preview")
    kinds = {"upload-part", "upload-complete", "batch-create"}
    chosen = [each.id for each in document.operations.values() if each.kind in kinds]
    cases = plan(document, profile="deep", examples=2, operations=chosen).cases
    assert {case.kind for case in cases if case.origin == "generated"} == kinds
    for case in cases:
        if case.origin == "generated" and case.kind in ("upload-part", "upload-complete"):
            assert [taken for taken in case.takes if taken.case], case.id
        if case.kind == "batch-create" and "generated-valid" in case.id:
            assert [taken.pointer for taken in case.takes if taken.case] == ["/id"], case.id


def test_draws_nothing_for_a_count_of_zero(document: Document) -> None:
    assert not [
        case for case in plan(document, profile="deep", examples=0).cases if case.origin == "generated"
    ]


def test_the_examples_change_nothing_but_the_generated_requests(document: Document) -> None:
    few, more = (
        plan(document, profile="deep", examples=count, operations=["embeddings_create"]) for count in (1, 3)
    )
    fixed = [case for case in more.cases if case.origin != "generated"]
    assert [case for case in few.cases if case.origin != "generated"] == fixed
    assert len(more.cases) > len(few.cases)


CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
USER = {"role": "user", "content": "Hi."}
TOOL = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [USER], "tool_choice": "auto"},
        {"messages": [USER], "tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
        {"messages": [USER], "tools": [TOOL], "functions": [{"name": "f"}]},
        {"messages": [USER], "function_call": {"name": "f"}},
        {"messages": [USER], "stream_options": {"include_usage": True}},
        {"messages": [USER], "top_logprobs": 2},
        {"messages": [USER], "max_tokens": 1, "max_completion_tokens": 1},
        {"messages": [USER], "response_format": {"type": "json_object"}},
        {"messages": [USER, {"role": "tool", "tool_call_id": "call_1", "content": "5"}]},
        {"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}]},
        {"messages": [USER, {"role": "assistant", "content": None}]},
        {"messages": [USER, {"role": "function", "name": "f", "content": "5"}]},
    ],
)
def test_detects_incoherent_fields(body: dict[str, object]) -> None:
    assert not is_coherent("chat", body)  # type: ignore[arg-type]
    assert is_coherent("embeddings", body)  # type: ignore[arg-type]


def test_admits_coherent_fields() -> None:
    answered = {"role": "tool", "tool_call_id": "call_1", "content": "5"}
    assert is_coherent(
        "chat",
        {
            "messages": [USER, {"role": "assistant", "tool_calls": [CALL]}, answered, USER],  # type: ignore[dict-item]
            "tools": [TOOL],  # type: ignore[dict-item]
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "parallel_tool_calls": None,
            "stream": True,
            "stream_options": None,
        },
    )
    assert is_coherent("completions", {"prompt": "a", "n": 2, "best_of": 2})
    assert not is_coherent("completions", {"prompt": "a", "n": 3, "best_of": 2})


def test_a_point_of_a_generated_request_makes_the_request(chat: Operation) -> None:
    for one in generated_requests(OperationPoints.of(chat), 0, 3):
        assert one.point.edits
        assert isinstance(one.point, Point)
        assert all(isinstance(edit, Edit) for edit in one.point.edits)
