"""Failures on demand: errors of the service, failures of the connection, and the header of a request."""

from __future__ import annotations

import pytest

from aoai_emulator import failure_catalogue, fault_catalogue
from aoai_emulator.control.control import Control
from aoai_emulator.failures.error_failures import ERRORS
from aoai_emulator.matching.request_facts import RequestFacts
from aoai_emulator.settings import Settings


def test_failures_on_demand_are_no_faults_of_the_selftest():
    failures = {failure.id for failure in failure_catalogue()}
    assert not failures & {fault.id for fault in fault_catalogue()}
    assert {"transport-reset", "transport-stall", "transport-cut", "error-429", "error-500"} <= failures


@pytest.mark.parametrize("failure", sorted(ERRORS))
async def test_an_error_on_demand_has_its_status_and_recovers(failure, controlled):
    emulator = controlled(faults=(f"{failure},next=1",))
    rejected = await emulator.chat()
    assert str(rejected.status_code) == failure.removeprefix("error-").replace("content-filter", "400")
    assert rejected.json()["error"]["message"]
    assert "apim-request-id" in rejected.headers
    assert (await emulator.chat()).status_code == 200


async def test_errors_come_one_after_the_other(controlled):
    emulator = controlled(faults=("error-429,next=2", "error-503,next=1"))
    statuses = [(await emulator.chat()).status_code for _ in range(4)]
    assert statuses == [429, 429, 503, 200]


async def test_the_header_of_a_request_comes_before_other_faults(controlled):
    emulator = controlled(faults=("error-503,next=1",))
    assert (await emulator.chat(fault="error-408")).status_code == 408
    assert (await emulator.chat(fault="error-nope")).status_code == 400
    assert (await emulator.chat()).status_code == 503


async def test_an_error_names_the_time_to_wait_in_the_chosen_headers(controlled):
    emulator = controlled()
    usual = await emulator.chat(fault="error-429,retry-after=2.5")
    assert usual.headers["retry-after"] == "3"
    assert usual.headers["retry-after-ms"] == "2500"
    assert usual.headers["x-ratelimit-reset-tokens"] == "3"
    emulator.control.limits.set(names=[])
    silent = await emulator.chat(fault="error-429")
    assert not {"retry-after", "retry-after-ms", "x-ratelimit-reset-tokens"} & silent.headers.keys()


async def test_the_flavour_strict_names_the_time_to_wait_in_the_header_of_http_only(controlled):
    response = await controlled(flavour="strict").chat(fault="error-429")
    assert response.headers["retry-after"] == "1"
    assert not {"retry-after-ms", "x-ratelimit-reset-tokens"} & response.headers.keys()


async def test_the_content_filter_concerns_prompts_only(controlled):
    emulator = controlled(faults=("error-content-filter,next=1",))
    vectors = await emulator.post("/openai/deployments/text-embedding-3-small/embeddings", {"input": "A."})
    assert vectors.status_code == 200
    assert (await emulator.chat()).json()["error"]["code"] == "content_filter"


async def test_the_header_applies_several_faults_to_its_request_only(controlled):
    emulator = controlled()
    response = await emulator.chat(fault="chat-usage-missing; request-id-missing")
    assert "usage" not in response.json()
    assert "apim-request-id" not in response.headers
    assert "usage" in (await emulator.chat()).json()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("error-4299", "x-emulate-fault: There is no fault 'error-4299'; did you mean 'error-429'?"),
        (
            "error-429,next=2",
            "x-emulate-fault: A fault of this header applies to its own request; leave out its conditions.",
        ),
        (
            "error-500,seconds=1",
            "x-emulate-fault: error-500 has no setting seconds; those that have it: transport-stall.",
        ),
    ],
)
async def test_a_mistake_in_the_header_is_a_400_that_says_so(fault, sentence, controlled):
    response = await controlled().chat(fault=fault)
    assert response.status_code == 400
    assert response.json()["error"]["message"] == sentence


async def test_without_control_the_header_is_ignored(emulator):
    client = emulator()
    client.http.headers["x-emulate-fault"] = "error-500"
    assert (await client.chat()).status_code == 200


async def test_in_process_a_broken_connection_raises(controlled):
    emulator = controlled()
    with pytest.raises(ConnectionResetError):
        await emulator.chat(fault="transport-reset")
    with pytest.raises(ConnectionResetError):
        await emulator.chat(fault="transport-cut", stream=True)
    with pytest.raises(TimeoutError):
        await emulator.chat(fault="transport-stall")
    assert (await emulator.chat(fault="transport-stall,seconds=0.001")).status_code == 200


async def test_the_faults_of_the_settings_return_with_a_reset(controlled):
    emulator = controlled(faults=("error-503",))
    emulator.control.faults.clear()
    emulator.control.add_fault("error-500")
    assert (await emulator.chat()).status_code == 500
    emulator.control.reset()
    assert (await emulator.chat()).status_code == 503


def test_a_share_applies_to_about_that_many_requests():
    control = Control(Settings(faults=("error-500,share=0.25",)))
    (scheduled,) = control.faults.all()
    facts = RequestFacts(Settings(), "GET", "/", {}, b"")
    applied = sum(scheduled.apply(facts, 0) for _ in range(1000))
    assert 200 < applied < 300
    assert scheduled.matched == 1000
