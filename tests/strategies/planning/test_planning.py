from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from aoai_model.case import Case, JsonBody, Plan, RawBody
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.errors import UnknownNameError
from aoai_strategies.canonical import plan_as_json, plan_digest
from aoai_strategies.planning.planning import PROFILES, SMOKE_REQUESTS, plan
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.editing import body_value
from aoai_strategies.requests.forms import admits
from aoai_strategies.requests.response_limits import must_be_alone
from aoai_strategies.scenarios import scenarios_for

Describe = Callable[..., Operation]


def in_operation(plan: Plan, kind: str) -> list[Case]:
    return [case for case in plan.cases if case.kind == kind]


@pytest.fixture(scope="module", params=[2, pytest.param(6, marks=pytest.mark.whole_selftest)])
def examples(request: pytest.FixtureRequest) -> int:
    """How many requests of each kind are generated for an operation."""
    return int(request.param)


@pytest.fixture(scope="module")
def deep(document: Document, examples: int) -> Plan:
    return plan(document, profile="deep", seed=11, examples=examples)


@pytest.mark.parametrize(
    ("profile", "operations"),
    [
        *((profile, ["embeddings_create"] if profile == "deep" else None) for profile in PROFILES),
        pytest.param("deep", ["ChatCompletions_Create"], marks=pytest.mark.whole_selftest),
    ],
)
def test_the_same_arguments_give_the_same_plan_byte_for_byte(
    document: Document, profile: str, operations: list[str] | None
) -> None:
    again = Catalogue().load("azure-openai@2024-10-21")  # another object, of which nothing is kept
    first = plan(document, profile=profile, seed=4, examples=1, operations=operations)
    second = plan(again, profile=profile, seed=4, examples=1, operations=operations)
    assert plan_as_json(first) == plan_as_json(second)


@pytest.mark.parametrize(
    ("profile", "operations"),
    [
        ("deep", ["embeddings_create"]),
        ("standard", ["ChatCompletions_Create"]),
        pytest.param("deep", ["ChatCompletions_Create"], marks=pytest.mark.whole_selftest),
    ],
)
def test_another_process_with_other_modules_makes_the_same_plan(
    document: Document, profile: str, operations: list[str]
) -> None:
    script = (
        "import http.server, wsgiref.simple_server, sqlite3\n"
        "from aoai_specs.catalogue import Catalogue\n"
        "from aoai_strategies.planning.planning import plan\n"
        "from aoai_strategies.canonical import plan_digest\n"
        "document = Catalogue.packaged().load('azure-openai@2024-10-21')\n"
        f"choice = dict(profile={profile!r}, seed=9, examples=1, operations={operations})\n"
        "print(plan_digest(plan(document, **choice)))\n"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    assert there.stdout.strip() == plan_digest(
        plan(document, profile=profile, seed=9, examples=1, operations=operations)
    )


def test_another_seed_gives_other_generated_requests_and_the_same_points(document: Document) -> None:
    one = plan(document, profile="deep", seed=1, examples=1, operations=["ImageGenerations_Create"])
    other = plan(document, profile="deep", seed=2, examples=1, operations=["ImageGenerations_Create"])
    fixed = [case for case in one.cases if case.origin != "generated"]
    assert fixed == [case for case in other.cases if case.origin != "generated"]
    assert one.cases != other.cases


def test_chat_stays_within_its_budget(standard: Plan) -> None:
    alone = [case for case in standard.cases if any(map(must_be_alone, case.points))]
    cases = [case for case in in_operation(standard, "chat") if case not in alone]
    accepted = [case for case in cases if case.expect == "accept"]
    assert len(cases) <= 321, f"{len(cases)} requests"
    assert len(accepted) <= 45, f"{len(accepted)} requests to be accepted"


def test_the_other_operations_together_add_a_few_hundred_requests(standard: Plan) -> None:
    counts = Counter(case.kind for case in standard.cases)
    assert sum(counts.values()) - counts["chat"] <= 400, dict(counts)


@pytest.mark.parametrize("version", ["azure-openai@2024-10-21"])
def test_smoke_sends_at_most_twenty_five_requests_for_all_operations(version: str) -> None:
    document = Catalogue.packaged().load(version)
    smoke = plan(document, profile="smoke")
    assert 20 <= len(smoke.cases) <= SMOKE_REQUESTS
    assert {case.operation for case in smoke.cases} == {each.id for each in document.usual_operations}
    assert {case.expect for case in smoke.cases} == {"accept", "reject"}
    streams = [case for case in smoke.cases if case.scenario and case.scenario.step == "stream"]
    assert streams


def test_each_operation_begins_with_its_base_case(document: Document, standard: Plan) -> None:
    first = {}
    for case in standard.cases:
        first.setdefault(case.operation, case)
    assert list(first) == [each.id for each in document.usual_operations]
    for case in first.values():
        assert (case.origin, case.expect, case.points) == ("base", "accept", ())
        assert case.id == f"{case.kind}/base"


def test_cases_come_in_the_order_base_packed_scenario_protocol_point(standard: Plan) -> None:
    order = ["base", "packed", "scenario", "protocol", "point"]
    for kind in {case.kind for case in standard.cases}:
        places = [order.index(case.origin) for case in in_operation(standard, kind)]
        assert places == sorted(places)


def test_ids_are_unique_and_readable(standard: Plan) -> None:
    ids = [case.id for case in standard.cases]
    assert len(set(ids)) == len(ids)
    assert {
        "chat/base",
        "chat/accept-01",
        "chat/temperature.maximum:above",
        "chat/authentication:wrong-key",
        "chat/chat.stream-against-plain/plain",
        "embeddings/input.maxItems:above",
    } <= set(ids)


def test_a_point_to_be_rejected_has_a_separate_request(standard: Plan) -> None:
    for case in standard.cases:
        if case.expect == "reject" and len(case.points) > 1:
            edits = [point.edits for point in case.points]
            bodies = {json.dumps(body_value(case.request.body), sort_keys=True)}
            assert len(bodies) == 1, edits  # several points only where their requests are the very same


def test_the_description_admits_every_request_to_be_accepted(document: Document, standard: Plan) -> None:
    for case in standard.cases:
        if case.expect == "accept":
            assert admits(document.operation(case.operation), body_value(case.request.body)), case.id


def test_the_steps_of_a_scenario_follow_one_another(standard: Plan) -> None:
    steps: dict[str, list[int]] = {}
    for place, case in enumerate(standard.cases):
        if case.scenario is not None:
            steps.setdefault(case.scenario.id, []).append(place)
    for places in steps.values():
        assert places == list(range(places[0], places[0] + len(places)))


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("chat.stream-against-plain", ["plain", "stream"]),
        ("chat.same-seed", ["first", "second"]),
        ("completions.stream-against-plain", ["plain", "stream"]),
        ("embeddings.float-against-base64", ["float", "base64"]),
        ("embeddings.repeated", ["first", "second"]),
        ("embeddings.alone-against-batch", ["alone", "batch"]),
    ],
)
def test_the_scenarios_that_rules_compare_are_planned(standard: Plan, kind: str, names: list[str]) -> None:
    steps = [case.scenario.step for case in standard.cases if case.scenario and case.scenario.kind == kind]
    assert steps[: len(names)] == names
    assert len(steps) % len(names) == 0


def test_a_streamed_request_is_the_plain_one_streamed(standard: Plan) -> None:
    pairs: dict[str, list[Case]] = {}
    for case in standard.cases:
        if case.scenario and case.scenario.kind.endswith("stream-against-plain"):
            pairs.setdefault(case.scenario.id, []).append(case)
    assert {"chat/chat.tool-call", "chat/chat.logprobs", "completions/completions.echo"} <= pairs.keys()
    for plain, stream in pairs.values():
        body = body_value(plain.request.body)
        assert isinstance(body, dict)
        more = {"stream": True, "stream_options": {"include_usage": True}}
        assert body_value(stream.request.body) == body | more


def test_a_document_without_a_seed_still_compares_a_stream_with_the_plain_response(
    describe: Describe,
) -> None:
    operation = describe(
        {
            "type": "object",
            "required": ["prompt"],
            "properties": {
                "prompt": {"type": "string"},
                "max_tokens": {"type": "integer"},
                "stream": {"type": "boolean"},
            },
        },
        path="/deployments/{deployment-id}/completions",
    )
    found = {scenario.name: scenario for scenario in scenarios_for(RequestBuilder(operation))}
    assert set(found) == {"completions.stream-against-plain"}
    stream = found["completions.stream-against-plain"].steps[1]
    assert set(stream.body) == {"prompt", "max_tokens", "stream"}


def test_base_requests_are_cheap(standard: Plan) -> None:
    for case in standard.cases:
        if case.origin == "base":
            assert case.prompt_tokens + case.completion_tokens <= 40, case.id


def test_protocol_cases_have_the_error_that_their_ids_name(standard: Plan) -> None:
    chat = {case.id.removeprefix("chat/"): case.request for case in in_operation(standard, "chat")}
    assert chat["authentication:none"].credentials == "none"
    assert chat["authentication:key-in-wrong-header"].credentials == "key-in-wrong-header"
    assert chat["api-version:missing"].query == {}
    assert chat["api-version:unknown"].query != chat["base"].query
    assert chat["deployment:unknown"].path_parameters == {"deployment-id": "no-such-deployment"}
    assert chat["path:unknown"].path.endswith("/chat/completions/nowhere")
    assert chat["method:get"].method == "GET"
    text = chat["content-type:text"].body
    assert isinstance(text, RawBody)
    assert text.content_type == "text/plain"
    assert json.loads(text.content) == body_value(chat["base"].body)
    assert chat["base"].query == {"api-version": "2024-10-21"}


def test_operations_can_be_chosen_in_any_case(document: Document) -> None:
    chosen = plan(document, operations=["embeddings_CREATE"])
    assert {case.operation for case in chosen.cases} == {"embeddings_create"}


def test_an_unknown_operation_is_reported_with_the_closest_match(document: Document) -> None:
    with pytest.raises(UnknownNameError, match="Completions_Create"):
        plan(document, operations=["Completion_Create"])


def test_an_unknown_profile_is_reported_with_the_closest_match(document: Document) -> None:
    with pytest.raises(UnknownNameError, match="standard"):
        plan(document, profile="standart")


@pytest.mark.parametrize(
    "budget", [3, *(pytest.param(each, marks=pytest.mark.whole_selftest) for each in (0, 6, 50))]
)
def test_a_budget_of_requests_keeps_the_base_cases_first(document: Document, budget: int) -> None:
    cut = plan(document, max_requests=budget)
    assert len(cut.cases) <= budget
    bases = [case for case in cut.cases if case.origin == "base"]
    assert len(bases) == min(budget, 6)


def test_a_budget_of_tokens_is_kept(document: Document) -> None:
    cut = plan(document, max_tokens=300)
    assert sum(case.prompt_tokens + case.completion_tokens for case in cut.cases) <= 300
    assert sum(case.origin == "base" for case in cut.cases) == 6


@pytest.mark.parametrize("budget", range(1, 60, 7))
def test_a_budget_never_cuts_a_scenario_in_two(document: Document, standard: Plan, budget: int) -> None:
    whole = Counter(case.scenario.id for case in standard.cases if case.scenario)
    cut = plan(document, max_requests=budget, operations=["embeddings_create"])
    kept = Counter(case.scenario.id for case in cut.cases if case.scenario)
    assert all(kept[name] == whole[name] for name in kept)


def test_deep_sends_every_point_and_generated_requests(document: Document, deep: Plan, examples: int) -> None:
    from aoai_strategies.points.points import points

    sent = {(operation, point.id) for operation, point in deep.points()}
    for operation in document.usual_operations:
        assert {(operation.id, point.id) for point in points(operation)} <= sent
    generated = Counter(
        (case.kind, case.id.rpartition("/")[2].rpartition("-")[0])
        for case in deep.cases
        if case.origin == "generated"
    )
    assert generated[("chat", "generated-valid")] == examples
    assert generated[("chat", "generated-invalid")] == examples
    assert generated[("chat", "schemathesis-positive")] >= examples // 2
    assert generated[("chat", "schemathesis-negative")] >= examples // 2


def test_generated_requests_are_as_valid_as_they_claim(document: Document, deep: Plan) -> None:
    for case in deep.cases:
        if case.origin == "generated":
            admitted = admits(document.operation(case.operation), body_value(case.request.body))
            assert admitted == (case.expect != "reject"), case.id


@pytest.mark.parametrize("count", [1, pytest.param(3, marks=pytest.mark.whole_selftest)])
def test_no_request_to_be_accepted_violates_the_published_description(count: int) -> None:
    published = Catalogue.packaged().load("2024-10-21", as_published=True)
    planned = plan(published, profile="deep", examples=count)
    for case in planned.cases:
        admitted = admits(published.operation(case.operation), body_value(case.request.body))
        if case.expect == "accept" and case.origin != "base":
            assert admitted, case.id


def test_a_plan_is_created_without_hypothesis() -> None:
    script = (
        "import sys\n"
        "from aoai_specs.catalogue import Catalogue\n"
        "from aoai_strategies.planning.planning import plan\n"
        "plan(Catalogue.packaged().load('2024-10-21'))\n"
        "import aoai_strategies\n"
        "print('hypothesis' in sys.modules, 'schemathesis' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_a_plan_as_json_omits_the_content_of_files(standard: Plan) -> None:
    text = plan_as_json(standard)
    assert text.endswith("}\n")
    value = json.loads(text)
    assert value["requests"] == len(standard.cases) == len(value["cases"])
    audio = next(case for case in value["cases"] if case["id"] == "transcription/base")
    (part,) = audio["request"]["body"]["multipart"]
    assert part["filename"] == "speech.wav"
    assert len(part["sha256"]) == 64
    assert "base64" not in part


def test_kinds_that_two_operations_share_have_separate_ids(tmp_path: Path) -> None:
    description = """
openapi: 3.0.0
info: {title: Azure OpenAI Service API, version: '2024-10-21'}
servers: [{url: 'https://example.com/openai'}]
paths:
  /deployments/{deployment-id}/chat/completions: &chat
    post:
      operationId: One
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [messages], properties: {messages: {type: array}}}
      responses: {'200': {description: OK}}
  /chat/completions:
    post:
      operationId: Two
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {messages: {type: array}}}
      responses: {'200': {description: OK}}
  /widgets:
    get:
      operationId: Widgets
      responses: {'200': {description: OK}}
"""
    path = tmp_path / "made-up.yaml"
    path.write_text(description)
    document = Catalogue.packaged().load_file(str(path))
    planned = plan(document, profile="deep", examples=3)
    ids = [case.id for case in planned.cases]
    assert len(set(ids)) == len(ids)
    assert {"chat.One/base", "chat.Two/base", "Widgets/base"} <= set(ids)
    assert next(case for case in planned.cases if case.id == "Widgets/base").expect == "any"


def test_every_body_of_the_plan_can_be_written_as_json(standard: Plan) -> None:
    for case in standard.cases:
        if isinstance(case.request.body, JsonBody):
            text = json.dumps(case.request.body.value, allow_nan=False)
            assert json.loads(text) == case.request.body.value


def test_a_key_is_sent_as_a_bearer_token_only_where_the_description_takes_it() -> None:
    planned = {}
    for name in ("azure-openai@2025-03-01-preview", "azure-openai@v1"):
        operation = Catalogue.packaged().load(name).operation("createResponse")
        scenarios = scenarios_for(RequestBuilder(operation))
        planned[name] = "responses.credentials" in {scenario.name for scenario in scenarios}
    assert planned == {"azure-openai@2025-03-01-preview": False, "azure-openai@v1": True}
