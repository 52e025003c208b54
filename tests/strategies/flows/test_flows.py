from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from aoai_model.case import Case, JsonBody, MultipartBody, Plan
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_strategies.canonical import plan_as_json
from aoai_strategies.flows import FLOWS, flows_of
from aoai_strategies.planning.planning import plan
from aoai_strategies.requests.jsonl_files import PART, SECOND_PART
from aoai_strategies.requests.placeholders import find_placeholders

VERSIONS = [str(name) for name in Catalogue.packaged().names()]
PREVIEW = "azure-openai@2025-01-01-preview"
#: The documents that the gate plans with the smoke profile, too; `tox -e selftest` does it with all of them.
SMALL = {"azure-openai@2024-10-21", "ai-model-inference@2025-04-01", PREVIEW}

#: The largest document: most of its points are those of operations of the kind `other`, which no flow uses.
LARGEST = "azure-openai@v1"

#: Returns the plan of a document with a profile; `whole` is about the LARGEST.
Plans = Callable[..., Plan]


@pytest.fixture(scope="module")
def plans() -> Plans:
    """Plan each document once per profile for all tests."""

    @cache
    def plan_of(version: str, profile: str, *, whole: bool = False) -> Plan:
        document = Catalogue.packaged().load(version)
        used = [each.id for each in document.usual_operations if each.kind != "other"]
        return plan(document, profile=profile, operations=None if whole or version != LARGEST else used)

    return plan_of


@pytest.fixture(scope="module")
def preview() -> Document:
    return Catalogue.packaged().load(PREVIEW)


@pytest.fixture(scope="module")
def planned(plans: Plans) -> Plan:
    return plans(PREVIEW, "standard")


def steps(plan_: Plan, scenario: str) -> dict[str, Case]:
    return {
        case.scenario.step: case
        for case in plan_.cases
        if case.scenario is not None and case.scenario.id == scenario
    }


def without_a_source(cases: tuple[Case, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for case in cases:
        seen.add(case.id)
        yield from (
            f"{case.id}: {taken.case}" for taken in case.takes if taken.case and taken.case not in seen
        )


@pytest.mark.parametrize(
    ("profile", "version"),
    [
        *(("standard", version) for version in VERSIONS),
        *(
            pytest.param("smoke", version, marks=() if version in SMALL else pytest.mark.whole_selftest)
            for version in VERSIONS
        ),
    ],
)
def test_every_case_follows_its_sources(version: str, profile: str, plans: Plans) -> None:
    assert_follows_its_sources(plans(version, profile).cases)


def assert_follows_its_sources(cases: tuple[Case, ...]) -> None:
    assert list(without_a_source(cases)) == []
    assert len({case.id for case in cases}) == len(cases)


@pytest.mark.whole_selftest
def test_every_case_of_the_largest_document_follows_its_sources_and_lists_its_placeholders(
    plans: Plans,
) -> None:
    cases = plans(LARGEST, "standard", whole=True).cases
    assert_follows_its_sources(cases)
    for case in cases:
        assert set(find_placeholders(case.request)) == set(case.takes), case.id


@pytest.mark.parametrize("version", VERSIONS)
def test_every_placeholder_of_a_request_is_listed(version: str, plans: Plans) -> None:
    for case in plans(version, "standard").cases:
        assert set(find_placeholders(case.request)) == set(case.takes), case.id


@pytest.mark.parametrize(
    "budget", [1, 17, *(pytest.param(each, marks=pytest.mark.whole_selftest) for each in (2, 5, 60))]
)
def test_a_cut_plan_keeps_no_case_without_its_sources(preview: Document, budget: int) -> None:
    cases = plan(preview, max_requests=budget).cases
    assert 0 < len(cases) <= budget
    assert list(without_a_source(cases)) == []


@pytest.mark.parametrize("operation", ["GetFile", "GetBatch", "CompleteUpload", "CancelBatch", "DeleteFile"])
def test_a_selected_operation_includes_its_preparations(preview: Document, operation: str) -> None:
    cases = plan(preview, operations=[operation], max_requests=30).cases
    assert list(without_a_source(cases)) == []
    others = {case.origin for case in cases if case.operation != operation}
    assert others <= {"preparation", "scenario"}
    assert any(case.origin == "preparation" for case in cases)


def test_smoke_reaches_every_operation_of_a_document_of_twenty(preview: Document, plans: Plans) -> None:
    smoke = plans(PREVIEW, "smoke")
    assert len(smoke.cases) <= 25
    assert {case.operation for case in smoke.cases} == set(preview.operations)
    assert {case.expect for case in smoke.cases} >= {"accept", "reject"}
    assert any(case.scenario is not None and case.scenario.step == "stream" for case in smoke.cases)


def test_a_document_of_twenty_operations_stays_below_1100_requests(planned: Plan) -> None:
    assert len(planned.cases) < 1100


def test_the_same_document_gives_the_same_flows(preview: Document, planned: Plan) -> None:
    again = Catalogue().load("azure-openai@2025-01-01-preview")  # another object, of which nothing is kept
    assert plan_as_json(plan(again)) == plan_as_json(planned)


def test_a_file_is_used_once_it_is_processed(planned: Plan) -> None:
    cases = {case.id: case for case in planned.cases}
    ready = cases["file-get/base"]
    assert ready.until is not None
    assert "processed" in ready.until.values
    assert [taken.case for taken in cases["batch-create/base"].takes] == ["file-get/base"]


def test_a_case_that_ends_a_resource_has_a_separate_resource(planned: Plan) -> None:
    taken = [
        source.case
        for case in planned.cases
        if case.kind in {"file-delete", "upload-complete", "upload-cancel"} and case.expect == "accept"
        for source in case.takes
        if case.scenario is None and source.pointer != "/upload_id"
    ]
    assert len(taken) == len(set(taken))


def test_parts_are_completed_in_another_order_than_they_were_sent(planned: Plan) -> None:
    flow = steps(planned, "flow.uploads/whole")
    assert list(flow)[:4] == ["create", "second-part", "first-part", "complete"]
    body = flow["complete"].request.body
    assert isinstance(body, JsonBody)
    assert isinstance(body.value, dict)
    assert body.value["part_ids"] == [
        "{{flow.uploads/whole/first-part#/id}}",
        "{{flow.uploads/whole/second-part#/id}}",
    ]
    announced = flow["create"].request.body
    assert isinstance(announced, JsonBody)
    assert isinstance(announced.value, dict)
    assert announced.value["bytes"] == len(PART + SECOND_PART)


@pytest.mark.parametrize(
    ("scenario", "step", "point"),
    [
        ("flow.files/life", "get-deleted", "file:deleted"),
        ("flow.files/life", "delete-again", "file:deleted"),
        ("flow.files/absent", "content-malformed", "file:malformed"),
        ("flow.files/absent", "get-another-kind", "file:another-kind"),
        ("flow.uploads/whole", "late-part", "part:after-completion"),
        ("flow.uploads/cancelled", "complete-cancelled", "upload:complete-after-cancel"),
        ("flow.uploads/wrong-md5", "complete", "upload:wrong-md5"),
        ("flow.batches/file-not-there", "create-of-deleted", "batch:file-deleted"),
    ],
)
def test_a_step_to_be_rejected_has_a_point(planned: Plan, scenario: str, step: str, point: str) -> None:
    case = steps(planned, scenario)[step]
    assert case.expect == "reject"
    assert [one.id for one in case.points] == [point]


def test_the_lines_of_a_batch_have_a_placeholder_for_the_deployment(planned: Plan) -> None:
    upload = steps(planned, "flow.batches/embeddings")["upload"]
    assert [taken.deployment_kind for taken in upload.takes] == ["embeddings"]
    assert isinstance(upload.request.body, MultipartBody)
    assert b'"url": "/embeddings"' in upload.request.body.parts[0].content


def test_a_document_without_a_resource_has_none_of_its_flows() -> None:
    chat_only = Catalogue.packaged().load("azure-openai@2024-02-15-preview")
    assert flows_of(chat_only) == ()


def test_a_document_without_responses_in_the_background_has_no_flow_about_them() -> None:
    document = Catalogue.packaged().load("azure-openai@2025-03-01-preview")
    names = {flow.name for flow in flows_of(document) if flow.kind == "flow.responses"}
    assert "life" in names
    assert not names & {"background", "background-not-stored", "cancelled", "resumed"}


def test_a_model_is_deleted_only_on_request() -> None:
    document = Catalogue.packaged().load("azure-openai@v1")
    assert [each.id for each in document.operations.values() if each.on_request] == ["deleteModel"]


def test_names_of_flows_are_unique() -> None:
    names = [(flow.kind, flow.name) for flow in FLOWS]
    assert len(names) == len(set(names))


def test_an_optional_version_may_be_omitted(planned: Plan) -> None:
    cases = {case.id: case for case in planned.cases}
    assert cases["batch-list/api-version:missing"].expect == "any"
    assert cases["chat/api-version:missing"].expect == "reject"


def test_no_unknown_path_matches_another_operation(preview: Document, planned: Plan) -> None:
    for case in planned.cases:
        if case.id.endswith("/path:unknown"):
            depth = case.request.path.count("/")
            fixed = [other.path for other in preview.operations.values() if other.path.count("/") == depth]
            assert case.request.path.endswith("/nowhere")
            assert case.request.path not in fixed


def test_get_is_not_a_wrong_method_if_the_path_supports_it(planned: Plan) -> None:
    ids = {case.id for case in planned.cases}
    assert "file-upload/method:get" not in ids
    assert {"file-upload/method:other", "chat/method:get", "batch-cancel/method:get"} <= ids
