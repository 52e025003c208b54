"""Limits are enforced with the headers of the service, and recover with the clock."""

from __future__ import annotations

import pytest

from aoai_emulator import parse_limits
from aoai_specs.errors import ConformanceError

VECTORS = "/openai/deployments/text-embedding-3-small/embeddings"


async def test_requests_beyond_the_limit_get_429_until_the_minute_is_over(controlled):
    emulator = controlled(limits=parse_limits(["gpt-4o=2"], [], []))
    first, second, third = [await emulator.chat() for _ in range(3)]
    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert [each.headers["x-ratelimit-remaining-requests"] for each in (first, second)] == ["1", "0"]
    emulator.control.clock.advance(59)
    late = await emulator.chat()
    assert late.status_code == 429
    assert (late.headers["retry-after"], late.headers["retry-after-ms"]) == ("1", "1000")
    assert late.headers["x-ratelimit-reset-requests"] == "1"
    assert late.json()["error"]["code"] == "429"
    assert late.json()["error"]["message"].endswith("Please retry after 1 seconds.")
    emulator.control.clock.advance(1)
    assert (await emulator.chat()).headers["x-ratelimit-remaining-requests"] == "1"


async def test_tokens_count_with_the_most_that_the_completion_can_have(controlled):
    emulator = controlled(limits=parse_limits([], ["200"], []))
    first = await emulator.chat(max_tokens=100)
    left = int(first.headers["x-ratelimit-remaining-tokens"])
    assert 80 < left < 100
    rejected = await emulator.chat(max_tokens=100)
    assert rejected.status_code == 429
    assert rejected.headers["policy-id"] == "DeploymentRatelimit-Token"
    assert "have exceeded token rate limit" in rejected.json()["error"]["message"]
    assert (await emulator.chat(max_tokens=10)).status_code == 200


async def test_a_rejected_request_counts_for_no_limit(controlled):
    emulator = controlled(limits=parse_limits(["1"], [], []))
    assert (await emulator.chat(temperature=3)).status_code == 400
    assert (await emulator.chat()).status_code == 200


async def test_deployments_have_limits_of_their_own(controlled):
    emulator = controlled(limits=parse_limits(["5", "gpt-4o=1"], [], []))
    await emulator.chat()
    assert (await emulator.chat()).status_code == 429
    vectors = await emulator.post(VECTORS, {"input": ["a b", "c"]})
    assert vectors.headers["x-ratelimit-remaining-requests"] == "4"


def test_resources_have_no_limits(controlled):
    emulator = controlled(limits=parse_limits(["1"], [], []))
    assert emulator.control.limits.headers("gpt-4o", "file-list") == {}
    assert emulator.control.limits.headers("gpt-4o", "chat") != {}


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        ([], set()),
        (["retry-after"], {"retry-after"}),
        (["retry-after-ms"], {"retry-after-ms"}),
        (["x-ratelimit-reset"], {"x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"}),
    ],
)
async def test_the_time_to_wait_comes_in_every_combination_of_headers(names, sent, controlled):
    emulator = controlled(limits=parse_limits(["1"], [], []), retry_headers=tuple(names))
    await emulator.chat()
    headers = (await emulator.chat()).headers
    assert {name for name in headers if "retry" in name or "reset" in name} == sent


async def test_the_flavour_strict_sends_no_headers_of_limits(controlled):
    emulator = controlled(flavour="strict", limits=parse_limits(["1"], [], []))
    first, second = await emulator.chat(), await emulator.chat()
    assert not [name for name in first.headers if "ratelimit" in name]
    assert second.status_code == 429
    assert [name for name in second.headers if "retry" in name or "ratelimit" in name] == ["retry-after"]


async def test_provisioned_throughput_has_a_utilization_and_rejects_at_100_percent(controlled):
    emulator = controlled(limits=parse_limits([], [], ["gpt-4o=1"]))
    first = await emulator.chat(max_tokens=500)
    utilization = float(first.headers["azure-openai-deployment-utilization"].removesuffix("%"))
    assert 60 < utilization < 62
    assert not [name for name in first.headers if name.startswith("x-ratelimit-limit")]
    assert (await emulator.chat(max_tokens=500)).headers["azure-openai-deployment-utilization"] == "100.0%"
    rejected = await emulator.chat()
    assert rejected.status_code == 429
    wait = int(rejected.headers["retry-after-ms"])
    assert 0 < wait < 60_000
    emulator.control.clock.advance(wait / 1000 + 0.001)
    assert (await emulator.chat(max_tokens=1)).status_code == 200


async def test_limits_can_be_replaced_and_show_their_use(controlled):
    emulator = controlled()
    emulator.control.limits.set([{"deployment": "gpt-4o", "requests_per_minute": 3}])
    await emulator.chat()
    (used,) = emulator.control.limits.as_json()["used"]
    assert (used["deployment"], used["requests"], used["resets_in"]) == ("gpt-4o", 1, 60)
    emulator.control.reset()
    assert emulator.control.limits.as_json()["limits"] == []


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({}, "Expected a list of at most 200 objects, received {}."),
        ([{"rpm": 1}], "Expected an object with deployment, requests_per_minute"),
        ([{"requests_per_minute": True}], "requests_per_minute must be a whole number from 1, not true."),
        ([{"deployment": "nope"}], "There is no deployment 'nope'"),
        ([{"deployment": "*"}, {}], "The deployment * is given twice."),
    ],
)
def test_a_mistake_in_limits_is_one_sentence(limits, sentence, controlled):
    with pytest.raises(ConformanceError) as raised:
        controlled().control.limits.set(limits)
    assert str(raised.value).startswith(sentence)


async def test_the_clock_runs_on_from_where_it_was_set(controlled):
    clock = controlled().control.clock
    clock.set(1000)
    clock.advance(5)
    assert clock.now() == 1005
    clock.resume()
    assert 1005 <= clock.now() < 2000
    for wrong in (-1, "now", True, float("1e30")):
        with pytest.raises(ConformanceError):
            clock.set(wrong)
    with pytest.raises(ConformanceError):
        clock.advance(-1)
