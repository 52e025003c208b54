"""The active plugin: it collects the tests, starts the run that they read, and reports on it."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import aoai_conformance
from aoai_conformance.pytest_suite.collecting import ROOT_ID, ConformanceTest, RuleTest, Suite
from aoai_conformance.pytest_suite.options import run_choices
from aoai_conformance.pytest_suite.outcomes import InconclusiveError
from aoai_conformance.pytest_suite.sharing import Meeting, SharedRun, baseline_of
from aoai_conformance.quirks.quirk_file import choose_quirks
from aoai_conformance.run.output_folder import default_folder
from aoai_conformance.run.progress import Lines
from aoai_reports.formats.quantities import quantity
from aoai_reports.results.collected.verdicts import ResultKey
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_conformance.pytest_suite.allure_results import AllureResults

PACKAGE = Path(aoai_conformance.__file__).parent
_KEY = "aoai_conformance"


def activate(config: pytest.Config, given: Mapping[str, Any]) -> None:
    """Register the plugin that collects and runs the tests, for the given `--aoai-…` options.

    Raises UsageError, with a message for the user, if the options are invalid.
    """
    try:
        conformance = Conformance(config, given)
    except ConformanceError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(conformance, "aoai-conformance-suite")


class Conformance:
    """The state of one session in one process.

    `choices` are the options of the run; `tested` has the rules and operations for which this process
    collected a test; `allure` is None unless the session writes Allure results.
    """

    def __init__(self, config: pytest.Config, given: Mapping[str, Any]) -> None:
        self.config = config
        self.choices = run_choices(given)
        self.tested: set[ResultKey] = set()
        self.allure: AllureResults | None = None
        baseline_of(self.choices)  # reports a mistake before anything is sent
        choose_quirks(self.choices.quirks)
        worker: Mapping[str, Any] | None = getattr(config, "workerinput", None)
        self._is_worker = worker is not None
        if worker is not None:
            shared, out = worker[_KEY]
            self._meeting = Meeting(Path(shared), Path(out))
        else:
            out = self.choices.out or default_folder(self.choices.target)
            if out.is_dir() and any(out.iterdir()):
                raise ConformanceError(f"{out} is not empty; choose a new or empty folder with --aoai-out.")
            self._meeting = Meeting(Path(tempfile.mkdtemp(prefix="aoai-conformance-")), out.absolute())
        if config.getoption("allure_report_dir", None):
            from aoai_conformance.pytest_suite.allure_results import AllureResults

            self.allure = AllureResults(self.choices)
        self._run: SharedRun | None = None
        self._failure: str | None = None

    def run(self) -> SharedRun:
        """Return the run of the session. Raises InconclusiveError if there is none."""
        if self._run is None:
            raise InconclusiveError(self._failure or "No request was sent: the session ended early.")
        return self._run

    def require_conclusive(self) -> None:
        """Raise InconclusiveError if the run is inconclusive, or there is none."""
        doubts = self.run().summary.doubts
        if doubts:
            raise InconclusiveError(" ".join(doubts))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect the tests instead of the package's folder."""
        if path != PACKAGE:
            return None
        return cast(
            "pytest.Collector", Suite.from_parent(parent, path=path, nodeid=ROOT_ID, conformance=self)
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Start the run before the first test, so that no test's duration includes it."""
        ours = [item for item in session.items if isinstance(item, ConformanceTest)]
        if not ours or session.config.option.collectonly or session.testsfailed:
            return
        choices = replace(self.choices, operations=self._operations_of(ours))
        try:
            with self._uncaptured():
                self._run = self._meeting.run(choices, self._progress)
        except ConformanceError as error:
            if error.exit_code == ConformanceError.exit_code and not self._is_worker:
                raise pytest.UsageError(str(error)) from error
            self._failure = str(error)
            return
        if self._run.record.interrupted:
            pytest.exit(
                "Interrupted; the results so far were written.", returncode=pytest.ExitCode.INTERRUPTED
            )

    def _operations_of(self, items: list[ConformanceTest]) -> tuple[str, ...]:
        """Return the operations that the selected tests read; requests to others would only cost money."""
        selected = {
            (item.operation.document.name, item.operation.id) for item in items if isinstance(item, RuleTest)
        }
        collected = {(document, operation) for document, operation, _ in self.tested}
        if not selected or len(selected) == len(collected):
            return self.choices.operations
        return tuple(dict.fromkeys(item.operation.id for item in items if isinstance(item, RuleTest)))

    def _uncaptured(self) -> AbstractContextManager[None]:
        """Let progress output through to the terminal."""
        capturing = self.config.pluginmanager.getplugin("capturemanager")
        if self._is_worker or capturing is None:
            return nullcontext()
        return cast("AbstractContextManager[None]", capturing.global_and_fixture_disabled())

    def _progress(self) -> Lines:
        if self._is_worker or self.config.get_verbosity() < 0:
            return Lines(io.StringIO())
        return Lines(sys.stderr)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Report an inconclusive test by its message only: a traceback would point at our own code."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        if isinstance(item, ConformanceTest) and isinstance(error, InconclusiveError):
            report.longrepr = str(error)
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Pass the shared folders to a worker of pytest-xdist."""
        node.workerinput[_KEY] = (str(self._meeting.shared), str(self._meeting.out))

    def pytest_report_header(self) -> str:
        """Return the header line: the version and the target."""
        return f"aoai-conformance {aoai_conformance.__version__}: target {self.choices.target}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the verdict of the run, and the folder of its record and reports."""
        path = self._meeting.out / "summary.json"
        if self._is_worker or not path.exists():
            return
        summary = json.loads(path.read_bytes())
        unaccepted = [each["level"] for each in summary["violations"] if not each["known"]]
        terminalreporter.section("aoai-conformance")
        musts, shoulds, notes = (unaccepted.count(level) for level in ("must", "should", "may"))
        known = len(summary["violations"]) - len(unaccepted)
        terminalreporter.line(
            f"{summary['verdict']}: {quantity(summary['requests'], 'request')}; "
            f"{quantity(musts, 'MUST violation')}, {quantity(shoulds, 'SHOULD violation')}, "
            f"{quantity(notes, 'note')}, {known:,} known"
        )
        terminalreporter.line(f"record and reports: {self._meeting.out}")

    def pytest_unconfigure(self) -> None:
        """Remove the shared folder."""
        if not self._is_worker:
            shutil.rmtree(self._meeting.shared, ignore_errors=True)
