"""What the minimal requests before a run show: closed operations, or no run at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from by_case import NAME, answered, case, failed

from aoai_conformance.engine.pacing import Patience
from aoai_conformance.exchange import Exchange
from aoai_conformance.run.preflight import preflight
from aoai_model.case import Case
from aoai_specs.errors import TargetError


class FakeServer:
    """Answers with the status that `decide` gives, or with none if that is 0."""

    def __init__(self, decide: Callable[[Case], int]) -> None:
        self.decide = decide

    async def send(self, case_: Case, patience: Patience | None = None) -> Exchange:
        del patience
        status = self.decide(case_)
        if status == 0:
            return replace(failed(case_, "connect", "No connection."), attempts=1)
        return answered(case_, status)


def bases(*operations: str) -> list[Case]:
    return [replace(case(origin="base", id_=f"{name}/base"), operation=name) for name in operations]


async def test_preflight_keeps_the_base_exchanges() -> None:
    known = await preflight(FakeServer(lambda _: 200), [*bases("A", "B"), case(id_="c")], "http://x")
    assert list(known.exchanges) == ["A/base", "B/base"]
    assert not known.closed


async def test_preflight_closes_operations_whose_minimal_request_fails() -> None:
    statuses = {"A": 200, "B": 404, "C": 403, "D": 400, "E": 500}
    server = FakeServer(lambda each: statuses[each.operation])
    known = await preflight(server, bases(*statuses), "http://x")
    assert known.closed == {
        (NAME, name): f"Not sent: the minimal request of {name} failed: {statuses[name]} {{}}."
        for name in "BCDE"
    }


@pytest.mark.parametrize("status", [401, 403])
async def test_preflight_ends_the_run_if_the_key_is_rejected(status: int) -> None:
    with pytest.raises(TargetError, match="rejected the key") as caught:
        await preflight(FakeServer(lambda _: status), bases("A", "B"), "http://x")
    assert caught.value.exit_code == 3


async def test_preflight_ends_the_run_if_nothing_responds() -> None:
    with pytest.raises(TargetError, match="No response from http://x"):
        await preflight(FakeServer(lambda _: 0), bases("A"), "http://x")


async def test_preflight_continues_if_one_operation_responds() -> None:
    known = await preflight(
        FakeServer(lambda each: 200 if each.operation == "A" else 0), bases("A", "B"), "u"
    )
    assert known.closed == {(NAME, "B"): "Not sent: the minimal request of B failed: No connection."}
