"""Every fault of files, uploads and batches changes something; together they crash nothing."""

from __future__ import annotations

import itertools
import re

import pytest

from aoai_emulator import fault_catalogue
from claims import for_each

from .tours import TOURS

PREFIXES = {"file", "upload", "batch"}
KINDS = {
    "file-list", "file-upload", "file-get", "file-delete", "file-content", "upload-create", "upload-part",
    "upload-complete", "upload-cancel", "batch-list", "batch-create", "batch-get", "batch-cancel",
}  # fmt: skip
FAULTS = [fault for fault in fault_catalogue() if fault.kinds & KINDS]
#: The gate sends the requests for every third fault; `tox -e selftest` for all.
SOME_FAULTS = [
    pytest.param(fault, marks=pytest.mark.whole_selftest if place % 3 else (), id=fault.id)
    for place, fault in enumerate(FAULTS)
]
#: Faults that only show where an upload has made a file.
OF_MADE_FILES = {"file-list-lacks-made-files"}
MODULES = (
    "operations.resources.files",
    "operations.resources.uploads",
    "operations.resources.batches",
    "storage.batch_lines",
    "storage.batch_steps",
)


@pytest.fixture(autouse=True)
def counted_ids(monkeypatch):
    """Make the ids of stored objects reproducible; ids from a fault stay random."""

    def reset():
        numbers = itertools.count()
        for module in MODULES:
            name = f"aoai_emulator.{module}.resource_id"
            monkeypatch.setattr(name, lambda prefix: f"{prefix}{next(numbers)}")

    return reset


USUAL: dict[str, list] = {}


async def toured(emulator, counted_ids, name: str, *faults: str) -> list:
    counted_ids()
    return await TOURS[name](emulator(*faults))


def tours_of(fault) -> set[str]:
    if fault.id in OF_MADE_FILES:
        return {"made"}
    return {kind.partition("-")[0] for kind in fault.kinds} & PREFIXES


async def test_nothing_changes_without_a_fault(emulator, counted_ids):
    for name in TOURS:
        once = await toured(emulator, counted_ids, name)
        assert await toured(emulator, counted_ids, name) == once
        assert not [reply for reply in once if reply[0] >= 500]
        USUAL[name] = once


@pytest.mark.parametrize("fault", SOME_FAULTS)
async def test_a_fault_changes_some_response(emulator, counted_ids, fault):
    changed = False
    for name in tours_of(fault):
        if name not in USUAL:
            USUAL[name] = await toured(emulator, counted_ids, name)
        changed |= await toured(emulator, counted_ids, name, fault.id) != USUAL[name]
    assert changed, f"{fault.id} changes nothing"


@for_each(FAULTS, group=lambda fault: fault.stage, name=lambda fault: fault.id)
def test_a_fault_is_described_in_one_sentence(fault):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", fault.id)
    assert re.fullmatch(r"[A-Z`][^\n]{10,140}\.", fault.summary)


def test_there_are_faults_of_every_resource():
    for prefix in PREFIXES:
        assert sum(prefix in tours_of(fault) for fault in FAULTS) >= 30
    assert {kind for fault in FAULTS for kind in fault.kinds} >= KINDS


@pytest.mark.parametrize("stage", ["answer", "reply", "acceptance"])
@pytest.mark.parametrize("backwards", [False, True])
async def test_all_faults_of_a_stage_at_once_break_nothing_else(
    emulator, counted_ids, caplog, stage, backwards
):
    together = [fault.id for fault in FAULTS if fault.stage == stage]
    for name in TOURS:
        await toured(emulator, counted_ids, name, *(reversed(together) if backwards else together))
    assert caplog.text == ""


async def test_faults_of_one_resource_do_not_affect_the_others(emulator, counted_ids):
    for name in PREFIXES:
        others = [fault.id for fault in FAULTS if not tours_of(fault) & {name}]
        others = [fault_id for fault_id in others if not (name != "file" and fault_id.startswith("file-"))]
        assert await toured(emulator, counted_ids, name, *others) == await toured(emulator, counted_ids, name)
