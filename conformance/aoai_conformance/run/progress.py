"""Shows the progress of a run: its stages, then a bar for each operation on a terminal, otherwise a line."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from aoai_conformance.exchange import Exchange
from aoai_model.case import Case
from aoai_reports.formats.legible import visible
from aoai_reports.formats.quantities import quantity

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class RunProgress(Protocol):
    """A context that shows a run's progress."""

    def __enter__(self) -> Self:
        """Start showing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing."""

    def stage(self, text: str) -> None:
        """Show what is done before the cases are known or after they are done, such as `Planning`."""

    def begin(self, cases: Iterable[Case]) -> None:
        """Set the planned cases."""

    def expect(self, case: Case) -> None:
        """Add a case beyond the planned ones."""

    def advance(self, exchange: Exchange) -> None:
        """Mark one case as done."""

    def wait(self, kinds: Collection[str], seconds: float) -> None:
        """Show that the server asked to wait with requests of some kinds."""


def progress_on(stream: TextIO | None = None) -> RunProgress:
    """Bars if the stream (stderr by default) is a terminal, otherwise lines."""
    stream = sys.stderr if stream is None else stream
    return Bars(stream) if stream.isatty() else Lines(stream)


class Lines:
    """Prints a line for each stage, and for each operation when all its cases are done."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._left: Counter[str] = Counter()
        self._done: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def stage(self, text: str) -> None:
        """Print a line for a stage."""
        self._print(f"{text} …")

    def begin(self, cases: Iterable[Case]) -> None:
        """Set the planned cases."""
        self._left.update(case.operation for case in cases)

    def expect(self, case: Case) -> None:
        """Add a case beyond the planned ones."""
        self._left[case.operation] += 1

    def advance(self, exchange: Exchange) -> None:
        """Mark one case as done."""
        operation = exchange.case.operation
        self._left[operation] -= 1
        self._done[operation] += exchange.attempts > 0
        if self._left[operation] == 0:
            self._print(f"{operation}: {quantity(self._done[operation], 'request')} sent")

    def wait(self, kinds: Collection[str], seconds: float) -> None:
        """Print a line for a long pause."""
        if seconds >= 5:
            self._print(f"{', '.join(sorted(kinds))}: the server is busy, waiting {seconds:.0f} s")

    def _print(self, line: str) -> None:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        line = visible(line)
        self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        self._stream.flush()


class Bars:
    """The current stage, then a progress bar for each operation."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars: RichProgress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[count]}", style="progress.download"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[remark]}", style="yellow"),
            console=Console(file=stream),
        )
        self._stage: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}
        self._done: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()
        self._kinds: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_stage()
        self._bars.stop()

    def stage(self, text: str) -> None:
        """Show a stage, in place of the previous one."""
        if self._stage is None:
            self._stage = self._bars.add_task(f"{text} …", total=None, count="", remark="")
        self._bars.update(self._stage, description=f"{text} …")

    def _end_stage(self) -> None:
        if self._stage is not None:
            self._bars.remove_task(self._stage)
            self._stage = None

    def begin(self, cases: Iterable[Case]) -> None:
        """Set the planned cases."""
        self._end_stage()
        for case in cases:
            self._totals[case.operation] += 1
            self._kinds[case.operation] = case.kind
        for operation in self._totals:
            self._tasks[operation] = self._bars.add_task(visible(operation), count="", remark="")
            self._show(operation)

    def expect(self, case: Case) -> None:
        """Add a case beyond the planned ones."""
        self._totals[case.operation] += 1
        self._show(case.operation)

    def advance(self, exchange: Exchange) -> None:
        """Mark one case as done."""
        self._done[exchange.case.operation] += 1
        self._show(exchange.case.operation, remark="")

    def wait(self, kinds: Collection[str], seconds: float) -> None:
        """Show on the bars of the kinds that the server is busy."""
        for operation in self._tasks:
            if self._kinds[operation] in kinds:
                self._show(operation, remark=f"busy, waiting {seconds:.0f} s")

    def _show(self, operation: str, remark: str | None = None) -> None:
        """Show the counts of an operation, and a remark if it changes."""
        task = self._tasks.get(operation)
        if task is None:
            return
        done, total = self._done[operation], self._totals[operation]
        self._bars.update(task, completed=done, total=total, count=f"{done}/{total}")
        if remark is not None:
            self._bars.update(task, remark=remark)
