"""Only a repetition of the same case with the same expectation shows that a defect is intermittent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from aoai_reports.record.lines import ExchangeLine
from aoai_reports.run_comparison.comparing import compare_runs

BODY = {"n": 1}
Change = Callable[[ExchangeLine], ExchangeLine]


def kinds(comparison) -> list[str]:
    return [each.kind for part in comparison.parts for each in part.defects]


def sent_to(url: str) -> Change:
    return lambda line: replace(line, request=replace(line.request, url=url))


def expecting(expect: str) -> Change:
    return lambda line: replace(line, expect=expect)


def answered(status: int) -> Change:
    return lambda line: replace(line, response=replace(line.response, status=status))


HOST = "http://127.0.0.1:1/openai/deployments"
OTHERS = {
    "an unknown deployment": sent_to(f"{HOST}/no-such-thing/chat/completions?api-version=2024-10-21"),
    "no api-version": sent_to(f"{HOST}/gpt-4o/chat/completions"),
    "a wrong key, which a record does not show": expecting("reject"),
    "another kind of response": answered(500),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_request_with_another_purpose_does_not_make_a_new_defect_flaky(build, name: str) -> None:
    other = OTHERS[name](build.exchange("chat/other", sent=BODY))
    broken = build.exchange(sent=BODY, violations=(build.violation(),))
    compared = compare_runs(build.record(build.exchange(sent=BODY), other), build.record(broken, other))
    assert kinds(compared) == ["new"]
    assert len(compared.newly_broken()) == 1


@pytest.mark.parametrize("name", OTHERS)
def test_two_runs_of_a_target_with_such_a_defect_do_not_differ(build, name: str) -> None:
    other = OTHERS[name](build.exchange("chat/other", sent=BODY))
    record = build.record(build.exchange(sent=BODY, violations=(build.violation(),)), other)
    compared = compare_runs(record, record)
    assert kinds(compared) == ["still failing"]
    assert not compared.differs


def test_other_points_make_the_same_request_another_case(build) -> None:
    sound = build.exchange("chat/a", sent=BODY, points=("n:at",))
    broken = build.exchange("chat/b", sent=BODY, points=("m:at",), violations=(build.violation(),))
    assert kinds(compare_runs(build.record(sound), build.record(sound, broken))) == ["new"]


def test_a_defect_that_one_request_shows_whenever_it_is_sent_is_not_flaky(build) -> None:
    violations = (build.violation(),)
    wavering = [
        build.exchange("chat/a", sent=BODY),
        build.exchange("chat/b", sent=BODY, violations=violations),
    ]
    steady = build.exchange("chat/c", sent={"n": 2}, violations=violations)
    sound = build.record(build.exchange("chat/a", sent=BODY))
    assert kinds(compare_runs(sound, build.record(*wavering))) == ["flaky"]
    assert kinds(compare_runs(sound, build.record(*wavering, steady))) == ["new"]


def test_an_intermittent_defect_that_is_now_permanent_still_fails(build) -> None:
    violations = (build.violation(),)
    wavering = [
        build.exchange("chat/a", sent=BODY),
        build.exchange("chat/b", sent=BODY, violations=violations),
    ]
    steady = [replace(line, violations=violations, verdicts=wavering[1].verdicts) for line in wavering]
    assert kinds(compare_runs(build.record(*wavering), build.record(*steady))) == ["still failing"]


def test_noise_runs_mask_only_what_the_same_case_shows_and_does_not(build) -> None:
    sound, other = build.exchange(), build.exchange("chat/other")
    broken = build.exchange(violations=(build.violation(),))
    elsewhere = build.exchange("chat/further", violations=(build.violation(),))
    assert kinds(compare_runs(build.record(sound), build.record(broken), [build.record(broken)])) == ["flaky"]
    noise = [build.record(sound, elsewhere)]
    assert kinds(compare_runs(build.record(sound, other), build.record(broken, other), noise)) == ["new"]
