"""The one set of exchanges that all tests of a session read, whichever process sent it.

Under pytest-xdist every worker comes here before its first test. The first one sends; the others wait, and
read the record that it wrote. A worker that starts later, in the place of one that crashed, reads it too.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aoai_conformance.baseline.baseline import Baseline, read_baseline
from aoai_conformance.pytest_suite.file_lock import locked
from aoai_conformance.run.progress import RunProgress
from aoai_conformance.run.session import RECORD_NAME
from aoai_conformance.run.whole_run import RunChoices, carry_out
from aoai_reports.record.reader import Record, read_record
from aoai_reports.results.rule_results import ResultKey, RuleResult, rule_results
from aoai_reports.results.summary import Summary, summarize
from aoai_specs.errors import ConformanceError, TargetError

_CUT_OFF = "The process that sent the requests ended before it was done; its record is in {folder}."


@dataclass(frozen=True, slots=True)
class SharedRun:
    """A run that the tests of a session read.

    `results` has no entry for a rule that met no exchange of an operation; `complaints` say what is wrong
    with the baseline, a sentence each.
    """

    folder: Path
    record: Record
    summary: Summary
    results: Mapping[ResultKey, RuleResult]
    not_configured: frozenset[str]
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where the processes of a session meet: a folder that is theirs alone, and the folder of the run."""

    shared: Path
    out: Path

    def run(self, choices: RunChoices, show: Callable[[], RunProgress]) -> SharedRun:
        """The session's run: carried out here, if nobody else has. `choices.out` is not looked at.

        Raises TargetError where there is none, and ConformanceError where the choices cannot be followed,
        with the same sentence in each process.
        """
        accepted = baseline_of(choices)
        with locked(self.shared / "lock"):
            told = self._told()
            if told is None:
                self._tell({"error": _CUT_OFF.format(folder=self.out)})  # until we know better
                told = self._carried_out(choices, accepted, show)
                self._tell(told)
        if "error" in told:
            kind = ConformanceError if told.get("exit_code") == ConformanceError.exit_code else TargetError
            raise kind(told["error"])
        record = read_record(self.out / RECORD_NAME)
        summary = summarize(record, strict=choices.strict, baseline=accepted)
        complaints = () if summary.baseline is None else tuple(summary.baseline.complaints())
        not_configured = frozenset(told["not_configured"])
        return SharedRun(self.out, record, summary, rule_results(summary, record), not_configured, complaints)

    def _carried_out(
        self, choices: RunChoices, accepted: Baseline, show: Callable[[], RunProgress]
    ) -> dict[str, Any]:
        try:
            ran = carry_out(replace(choices, out=self.out), accepted, show)
        except ConformanceError as error:
            return {"error": str(error), "exit_code": error.exit_code}
        except Exception as error:  # noqa: BLE001 - each test tells it; the traceback is for whoever mends it
            traceback.print_exc()
            return {
                "error": f"A defect of aoai-conformance, not of the target: {type(error).__name__}: {error}"
            }
        return {"not_configured": list(ran.not_configured)}

    def _told(self) -> dict[str, Any] | None:
        path = self.shared / "told.json"
        if not path.exists():
            return None
        told: dict[str, Any] = json.loads(path.read_bytes())
        return told

    def _tell(self, told: dict[str, Any]) -> None:
        (self.shared / "told.json").write_text(json.dumps(told), encoding="utf-8")


def baseline_of(choices: RunChoices) -> Baseline:
    """The baseline that the choices name, as of today in UTC. Raises ConformanceError for a bad one."""
    return (
        Baseline() if choices.baseline is None else read_baseline(choices.baseline, datetime.now(UTC).date())
    )
