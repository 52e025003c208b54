"""What fits into the limits of a run, and how long requests take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from by_case import case

from aoai_conformance.cost.limits import PlanRoom, SpendingLimits
from aoai_conformance.cost.rates import EMULATOR_DEPLOYMENTS, Rates, rates_of
from aoai_conformance.options import Duration, RunChoices
from aoai_emulator.settings import DEFAULT_DEPLOYMENTS
from aoai_model.case import Case
from aoai_specs.errors import ConformanceError
from aoai_strategies.requests.costs import Usage

CHAT = Rates(deployments={"chat": "gpt-4o"})


def chat(prompt: int = 0, completion: int = 0) -> Case:
    return replace(case(), expect="accept", prompt_tokens=prompt, completion_tokens=completion)


def fitting(each: Case, rates: Rates = CHAT, **limits: Any) -> int:
    room = PlanRoom(SpendingLimits(**limits), rates)
    return sum(room.take([each]) for _ in range(100))


def test_each_limit_counts() -> None:
    assert fitting(chat(), requests=7) == 7
    assert fitting(chat(8, 2), tokens=75) == 7
    assert fitting(chat(completion=1000), cost=0.05) == 5
    assert fitting(chat(), seconds=1) == 8
    assert fitting(chat(8, 2), requests=7, tokens=30) == 3


def test_what_does_not_fit_takes_no_room() -> None:
    room = PlanRoom(SpendingLimits(tokens=10), CHAT)
    assert not room.take([chat(8), chat(8)])
    assert room.take([chat(8)])


def test_what_was_sent_already_leaves_less_room() -> None:
    room = PlanRoom(SpendingLimits(requests=3), CHAT)
    room.use(chat(), attempts=2)
    assert [room.take([chat()]) for _ in range(2)] == [True, False]


def test_a_limit_on_the_cost_needs_every_price() -> None:
    with pytest.raises(ConformanceError, match="--max-cost needs the price of my-chat"):
        fitting(chat(1), Rates(deployments={"chat": "my-chat"}), cost=1)


def test_the_time_follows_from_concurrency_or_the_limits_of_a_deployment() -> None:
    hundred = {"chat": Usage(requests=100, prompt_tokens=5000, completion_tokens=5000)}
    assert Rates(concurrency=10).seconds(hundred) == 10
    assert Rates(concurrency=10, rpm={"": 60}).seconds(hundred) == 100
    assert Rates(concurrency=10, rpm={"": 60}, tpm={"": 2000}).seconds(hundred) == 300
    named = Rates(concurrency=10, deployments={"chat": "gpt-4o"}, rpm={"gpt-4o": 30, "": 600})
    assert named.seconds(hundred) == 200
    assert Rates().seconds({}) == 0


def test_kinds_that_share_a_deployment_share_its_limits() -> None:
    usage = Usage(requests=10)
    shared = Rates(deployments={"transcription": "whisper", "translation": "whisper"}, rpm={"": 10})
    apart = Rates(deployments={"transcription": "one", "translation": "another"}, rpm={"": 10})
    both = {"transcription": usage, "translation": usage}
    assert (shared.seconds(both), apart.seconds(both)) == (120, 60)


def test_the_deployments_of_the_emulator_are_known() -> None:
    names = {each.name for each in DEFAULT_DEPLOYMENTS}
    assert set(EMULATOR_DEPLOYMENTS.values()) <= names
    assert rates_of(RunChoices(), {}).model("extension-chat") == "gpt-4o"
    assert rates_of(RunChoices(target="https://x.example"), {}).model("chat") == "chat"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("15m", 900), ("2h", 7200), ("1h30m", 5400), ("1.5s", 1.5), (" 10 ", 10), (0.5, 0.5)],
)  # fmt: skip
def test_a_duration_is_a_number_of_seconds_or_has_units(text: str | float, seconds: float) -> None:
    assert Duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "m", "-5", "10d", "1m1h", "nan", "1e9", "٣"])
def test_other_durations_are_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as 90, 15m or 2h"):
        Duration(text)
