"""Files, speech, pictures, ingestion and lists, against a server that shares no code with the suite.

`other_documents_drive.py` tests every switch separately; here each run of the command enables several.
"""

from __future__ import annotations

import pytest
from drive import Outcome, run_in_this_process
from other_documents_drive import judge_area
from other_documents_switches import AREAS, DEFECTS, VARIANTS


def must(outcome: Outcome, rule: str, place: str) -> bool:
    """Whether a rule is violated at a place, which is a point or the end of a pointer."""
    return any(
        one.rule == rule and (place in (one.point or "") or one.pointer.endswith(place))
        for one in outcome.at("must")
    )


#: Switches of one run, and for each the rule that must be violated, with the place.
DEFECTIVE: list[tuple[str, dict[str, tuple[str, str]]]] = [
    (
        "files",
        {
            "files/content-byte-flipped": ("FILES-001", ""),
            "files/bytes-one-more": ("FILES-002", "/bytes"),
            "files/list-purpose-ignored": ("FILES-008", "/purpose"),
            "content/deleted-still-there": ("FLOW-001", "file:deleted"),
            "unchecked:files.file": ("BOUNDARY-001", "file.required:missing"),
        },
    ),
    (
        "uploads",
        {
            "uploads/joined-backwards": ("UPLOADS-009", ""),
            "uploads/part-after-cancelled": ("FLOW-001", "part:after-cancel"),
            "uploads/expires-before": ("UPLOADS-003", "/expires_at"),
            "unchecked:complete.md5": ("FLOW-001", "upload:wrong-md5"),
            "optional:uploads.mime_type": ("BOUNDARY-001", "mime_type.required:missing"),
        },
    ),
    (
        "batches",
        {
            "batches/last-line-lost": ("BATCHES-014", ""),
            "batches/created-milliseconds": ("BATCHES-007", "/created_at"),
            "batches/failed-without-errors": ("BATCHES-009", "/errors"),
            "batches/list-after-inclusive": ("LISTS-004", "/id"),
            "batches/goes-back": ("BATCHES-004", "/status"),
        },
    ),
    (
        "batches",
        {"batches/output-file-not-there": ("FLOW-003", ""), "batches/list-empty": ("LISTS-007", "/data")},
    ),
    (
        "drawings",
        {
            "drawings/location-relative": ("IMAGE-OPERATION-001", "Operation-Location"),
            "drawings/url-missing": ("SCHEMA-001", "/url"),
            "drawings/deleted-still-there": ("IMAGE-OPERATION-009", "/status"),
            "loose:submit.n.max": ("BOUNDARY-001", "n.maximum:above"),
        },
    ),
    (
        "jobs",
        {
            "jobs/progress-above-total": ("INGESTION-003", "/processedItems"),
            "jobs/failed-without-error": ("INGESTION-005", "/error"),
            "unchecked:jobs.embeddingKey": ("BOUNDARY-001", "embeddingKey:missing"),
        },
    ),
    (
        "inference",
        {
            "inference/extras-error-dropped": ("EXTRA-001", "extra-parameters:error"),
            "inference/info-empty-model_name": ("INFO-001", "/model_name"),
            "inference/indices-zero": ("EMBEDDINGS-002", "/data"),
        },
    ),
    ("speech", {"speech/wav-for-pcm": ("SPEECH-001", ""), "speech/cut": ("SPEECH-002", "")}),
]
#: The budgets of runs that need few requests for all their defects.
ENOUGH_REQUESTS = {"uploads": "100", "jobs": "45", "inference": "40", "speech": "20"}

#: Options of a run with valid variants in the gate where each variant changes most responses.
SOME_REQUESTS = {"inference": ("--max-requests", "60")}
#: Only `tox -e selftest` tries the formats of speech: decoding them takes seconds.
LAWFUL = [
    (
        "files",
        (
            "files/lawful-processed-at-once files/lawful-by-id files/lawful-200 stores/lawful-410 "
            "stores/lawful-short-ids content/lawful-chunked stores/lawful-version-optional "
            "lawful/authoring-errors"
        ),
    ),
    (
        "batches",
        (
            "batches/lawful-nulls batches/lawful-all-in-one-poll batches/lawful-oldest-first "
            "batches/lawful-crlf "
            "batches/lawful-cancelled-at-once batches/lawful-error-beside-null-response stores/lawful-409"
        ),
    ),
    (
        "drawings",
        (
            "drawings/lawful-deleted-status drawings/lawful-deleted-twice drawings/lawful-done-at-once "
            "drawings/lawful-expires-some-seconds-late drawings/lawful-other-ids"
        ),
    ),
    pytest.param(
        "speech",
        (
            "speech/lawful-streamed-wav speech/lawful-bare-mp3 speech/lawful-own-ogg "
            "speech/lawful-streamed-flac "
            "speech/lawful-parameters speech/lawful-chunked"
        ),
        marks=pytest.mark.whole_selftest,
    ),
    (
        "inference",
        "inference/lawful-model-refuses-extras inference/lawful-extras-422 inference/lawful-other-type",
    ),
]


def test_there_are_many_defects_and_valid_variants() -> None:
    assert len(DEFECTS) >= 120
    assert len(VARIANTS) >= 40
    assert {area for areas in [*DEFECTS.values(), *VARIANTS.values()] for area in areas} == set(AREAS)


@pytest.mark.parametrize(("area", "entries"), DEFECTIVE)
def test_each_of_several_defects_at_once_is_reported(area: str, entries: dict[str, tuple[str, str]]) -> None:
    budget = ("--max-requests", ENOUGH_REQUESTS[area]) if area in ENOUGH_REQUESTS else ()
    outcome = judge_area(area, tuple(entries), run_in_this_process, options=budget)
    assert outcome.exit_code == 1, outcome.error
    unseen = [name for name, (rule, place) in entries.items() if not must(outcome, rule, place)]
    assert unseen == [], outcome.at("must")


def assert_no_violations(area: str, switches: str, *options: str) -> None:
    outcome = judge_area(area, tuple(switches.split()), run_in_this_process, options=options)
    assert outcome.exit_code == 0, outcome.error
    assert outcome.at("must", "should") == []


@pytest.mark.parametrize(("area", "switches"), LAWFUL)
def test_valid_variants_have_no_violations(area: str, switches: str) -> None:
    assert_no_violations(area, switches, *SOME_REQUESTS.get(area, ()))


@pytest.mark.whole_selftest
@pytest.mark.parametrize(("area", "switches"), [each for each in LAWFUL if each[0] in SOME_REQUESTS])
def test_valid_variants_have_no_violations_in_a_whole_run(area: str, switches: str) -> None:
    assert_no_violations(area, switches)
