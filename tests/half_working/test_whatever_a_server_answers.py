"""For any responses of a server: no pass without evidence, no violation overlooked, no point lost."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from half_working_reactions import ReactingServer, Reaction, Trial, anything, failing, few, remembering
from half_working_runs import CHAT, EMBEDDINGS, STATES
from half_working_wire import Emulator, emulator_of
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.summary import exit_code, summarize
from aoai_specs.document import Document

quick = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
#: Chat has streams, but many more rules as well.
operations = st.sampled_from([EMBEDDINGS, EMBEDDINGS, CHAT])


@pytest.fixture(scope="module")
def emulator(document: Document) -> Emulator:
    return remembering(emulator_of(document))


@pytest.fixture(scope="module")
def trials(document: Document) -> Mapping[str, Trial]:
    return {operation: Trial(document, operation) for operation in (EMBEDDINGS, CHAT)}


@quick
@given(operation=operations, valid=few(failing), invalid=few(anything))
def test_is_not_conformant_if_no_valid_request_succeeded(
    trials: Mapping[str, Trial],
    emulator: Emulator,
    operation: str,
    valid: list[Reaction],
    invalid: list[Reaction],
) -> None:
    record = trials[operation].against(ReactingServer(emulator, valid, invalid))
    event("gave up" if record is None else "ran")
    assert record is None or exit_code(summarize(record)) != 0


@quick
@given(
    operation=operations,
    valid=few(anything),
    invalid=few(anything),
    accepted=st.sets(st.integers(0, 9), max_size=9),
)
def test_is_not_conformant_if_an_unaccepted_must_is_violated(
    trials: Mapping[str, Trial],
    emulator: Emulator,
    operation: str,
    valid: list[Reaction],
    invalid: list[Reaction],
    accepted: set[int],
) -> None:
    record = trials[operation].against(ReactingServer(emulator, valid, invalid))
    if record is None:
        return
    violated = sorted(musts(record))
    known = {id_ for place, id_ in enumerate(violated) if place in accepted}

    def why_known(finding: Finding) -> str | None:
        return "accepted" if finding.rule in known else None

    left = set(violated) - known
    event("violated" if left else "accepted" if known else "nothing violated")
    if left:
        assert exit_code(summarize(record, known=why_known)) == 1


def musts(record: Record) -> set[str]:
    """The rules of which a record holds a violation at the level of a must."""
    lines = [*record.exchanges, *record.scenarios]
    return {each.rule for line in lines for each in line.violations if each.level == "must"}


@quick
@given(operation=operations, valid=few(anything), invalid=few(anything))
def test_every_planned_point_has_exactly_one_state(
    trials: Mapping[str, Trial],
    emulator: Emulator,
    operation: str,
    valid: list[Reaction],
    invalid: list[Reaction],
) -> None:
    record = trials[operation].against(ReactingServer(emulator, valid, invalid))
    if record is None:
        return
    summary = summarize(record).to_json()
    points = summary["coverage"]["points"]
    assert points["planned"] == len(trials[operation].plan.points())
    assert points["planned"] == sum(points[state] for state in STATES)
    content = sum(each["count"] for each in summary["not_shown"])
    assert content == points["not_shown"] + points["not_sent"] + points["not_applicable"]
