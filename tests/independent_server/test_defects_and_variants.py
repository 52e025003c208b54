"""The suite against a server that shares no code with it: correct, with defects, and with valid variants.

`drive.py` tests every switch separately; here each run of the command enables several. All run in this
process, so that imports and documents are loaded once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drive import Outcome, judge_server, run_in_this_process
from switches import CHAT, EMBEDDINGS, HEARING, OPERATIONS

from aoai_conformance.engine.pacing import Pacer


@pytest.fixture(scope="module", autouse=True)
def _never_back_off() -> Iterator[None]:
    """Retry without delay where the server requests none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pacer, "back_off", lambda *_: 0.001)
        yield


def must(outcome: Outcome, rule: str, place: str) -> bool:
    """Whether a rule is violated at a place, which is a point or the end of a pointer."""
    return any(
        one.rule == rule and (place in (one.point or "") or one.pointer.endswith(place))
        for one in outcome.at("must")
    )


@pytest.mark.parametrize(
    "options", [("--max-requests", "120"), pytest.param((), marks=pytest.mark.whole_selftest)]
)
def test_a_correct_server_has_no_violations(options: tuple[str, ...]) -> None:
    outcome = judge_server((), OPERATIONS.values(), *options, run=run_in_this_process)
    assert outcome.exit_code == 0, outcome.error
    assert outcome.at("must", "should") == []


#: Switches of one run, the operation, and for each the rule that must be violated, with the place.
DEFECTIVE = [
    (
        CHAT,
        {
            "tight:chat.temperature.max": ("BOUNDARY-003", "temperature.maximum:at"),
            "loose:chat.n.max": ("BOUNDARY-001", "n.maximum:above"),
            "chat/usage-total-one-more": ("USAGE-001", "/usage/total_tokens"),
            "chat/stop-last-ignored": ("STOP-001", "/message/content"),
            "chat/max_completion_tokens-ignored": ("LIMIT-001", "/usage/completion_tokens"),
            "stream/done-missing": ("SSE-007", ""),
            "stream/id-changes": ("SSE-101", "/id"),
            "chat/schema-enum": ("JSON-003", "/message/content"),
            "open:chat.messages.role": ("BOUNDARY-001", "messages[].oneOf:unknown-role"),
        },
    ),
    (
        EMBEDDINGS,
        {
            "embeddings/indices-zero": ("EMBEDDINGS-002", "/data"),
            "embeddings/usage-total-wrong": ("EMBEDDINGS-013", "/usage/total_tokens"),
            "loose:embeddings.input.items.max": ("BOUNDARY-001", "input.maxItems:above"),
        },
    ),
    (
        HEARING,
        {
            "transcriptions/duration-constant": ("AUDIO-VERBOSE-002", "/duration"),
            "transcriptions/wrong-decimal-mark": ("AUDIO-006", ""),
        },
    ),
]

#: The budget of a run with defects in the gate; it suffices for all of them.
ENOUGH_REQUESTS = "160"
#: The budget of a run with valid variants in the gate: each variant changes the form of most responses.
SOME_REQUESTS = "60"
LAWFUL = [
    (
        CHAT,
        (
            "frames/lawful-crlf frames/lawful-comments frames/lawful-cut-anywhere lawful/chunked "
            "chat/auto-talks frames/lawful-no-space frames/lawful-gzip stream/lawful-azure-first-chunk "
            "chat/keys-reversed "
            "chat/integers-as-floats stream/lawful-role-in-every-delta stream/lawful-empty-deltas"
        ),
    ),
    (
        CHAT,
        (
            "lawful/http-1.0 lawful/all-escaped lawful/error-details chat/lawful-odd-characters "
            "chat/lawful-event-like chat/lawful-json-indented chat/lawful-usage-details "
            "frames/lawful-mixed-ends frames/lawful-fields-after-data frames/lawful-type-in-capitals "
            "stream/lawful-random-order stream/lawful-keep-alive-chunks stream/lawful-arguments-by-character "
            "stream/lawful-pauses"
        ),
    ),
    (
        EMBEDDINGS,
        (
            "lawful/early-hints lawful/chunked lawful/chunk-extensions lawful/no-reason lawful/tight-headers "
            "lawful/exponents lawful/space-around lawful/media-type-parameters lawful/cookies-twice "
            "lawful/allow-in-two-lines lawful/error-code-in-words lawful/busy-now-and-then "
            "embeddings/lawful-unsteady-bits embeddings/lawful-usage-with-marks"
        ),
    ),
    (
        HEARING,
        (
            "audio/lawful-cue-settings audio/lawful-long-clock audio/lawful-several-lines "
            "audio/lawful-text-type audio/lawful-no-last-newline audio/lawful-space-before "
            "audio/lawful-words audio/lawful-whole-seconds"
        ),
    ),
    (
        EMBEDDINGS,
        (
            "lawful/422 lawful/401-statusCode lawful/param-null lawful/header-case lawful/gzip "
            "lawful/connection-close embeddings/keys-reversed embeddings/not-unit"
        ),
    ),
]


@pytest.mark.parametrize(("operation", "entries"), DEFECTIVE)
def test_each_of_several_defects_at_once_is_reported(
    operation: str, entries: dict[str, tuple[str, str]]
) -> None:
    budget = ("--max-requests", ENOUGH_REQUESTS)
    outcome = judge_server(tuple(entries), [operation], *budget, run=run_in_this_process)
    assert outcome.exit_code == 1, outcome.error
    unseen = [name for name, (rule, place) in entries.items() if not must(outcome, rule, place)]
    assert unseen == [], outcome.at("must")


def assert_no_violations(operation: str, switches: str, *options: str) -> None:
    outcome = judge_server(tuple(switches.split()), [operation], *options, run=run_in_this_process)
    assert outcome.exit_code == 0, outcome.error
    assert outcome.at("must", "should") == []


@pytest.mark.parametrize(("operation", "switches"), LAWFUL)
def test_valid_variants_have_no_violations(operation: str, switches: str) -> None:
    assert_no_violations(operation, switches, "--max-requests", SOME_REQUESTS)


@pytest.mark.whole_selftest
@pytest.mark.parametrize(("operation", "switches"), LAWFUL)
def test_valid_variants_have_no_violations_in_a_whole_run(operation: str, switches: str) -> None:
    assert_no_violations(operation, switches)
