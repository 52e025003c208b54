"""Share one run between all tests and processes of a session.

With pytest-xdist, the first worker that needs the run sends the requests. The others wait, and read the
record that it wrote, as does a worker that replaces a crashed one.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aoai_conformance.baseline.baseline import Baseline, read_accepted
from aoai_conformance.options import RunChoices
from aoai_conformance.pytest_suite.file_lock import locked
from aoai_conformance.run.progress import RunProgress
from aoai_reports.record.reader import Record, read_record
from aoai_reports.results.collected.verdicts import ResultKey
from aoai_reports.results.rule_results import RuleResult, rule_results
from aoai_reports.results.summary import Summary, summarize
from aoai_reports.run_folder import RECORD_NAME
from aoai_specs.errors import ConformanceError, TargetError

_CUT_OFF = "The process that sent the requests ended early; its record is in {folder}."


@dataclass(frozen=True, slots=True)
class SharedRun:
    """A run that the tests of a session read.

    `results` has no entry for a rule that judged no exchange of an operation; `complaints` has one message
    for each problem with the baseline.
    """

    folder: Path
    record: Record
    summary: Summary
    results: Mapping[ResultKey, RuleResult]
    not_configured: frozenset[str]
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """The folders that the processes of a session share: a private one, and the folder of the run."""

    shared: Path
    out: Path

    def run(self, choices: RunChoices, show: Callable[[], RunProgress]) -> SharedRun:
        """Return the session's run; start it unless another process already has. Ignores `choices.out`.

        Raises TargetError if the run fails, and ConformanceError if the choices are invalid, with the same
        message in each process.
        """
        accepted = baseline_of(choices)
        with locked(self.shared / "lock"):
            outcome = self._read_outcome()
            if outcome is None:
                self._write_outcome({"error": _CUT_OFF.format(folder=self.out)})  # replaced below
                outcome = self._start_run(choices, accepted, show)
                self._write_outcome(outcome)
        if "error" in outcome:
            kind = ConformanceError if outcome.get("exit_code") == ConformanceError.exit_code else TargetError
            raise kind(outcome["error"])
        record = read_record(self.out / RECORD_NAME)
        summary = summarize(record, strict=choices.strict, baseline=accepted)
        complaints = () if summary.baseline is None else tuple(summary.baseline.complaints())
        not_configured = frozenset(outcome["not_configured"])
        return SharedRun(self.out, record, summary, rule_results(summary, record), not_configured, complaints)

    def _start_run(
        self, choices: RunChoices, accepted: Baseline, show: Callable[[], RunProgress]
    ) -> dict[str, Any]:
        # late, because only one of the processes needs it
        from aoai_conformance.run.whole_run import carry_out

        try:
            ran = carry_out(replace(choices, out=self.out), accepted, show)
        except ConformanceError as error:
            return {"error": str(error), "exit_code": error.exit_code}
        except Exception as error:  # noqa: BLE001 - each test reports it; the traceback is for maintainers
            traceback.print_exc()
            return {
                "error": f"This is a bug in aoai-conformance, not the target: {type(error).__name__}: {error}"
            }
        return {"not_configured": list(ran.not_configured)}

    def _read_outcome(self) -> dict[str, Any] | None:
        path = self.shared / "outcome.json"
        if not path.exists():
            return None
        outcome: dict[str, Any] = json.loads(path.read_bytes())
        return outcome

    def _write_outcome(self, outcome: dict[str, Any]) -> None:
        (self.shared / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def baseline_of(choices: RunChoices) -> Baseline:
    """Return the baseline of the choices, as of today in UTC. Raises ConformanceError if it is invalid."""
    return read_accepted(choices.baseline)
