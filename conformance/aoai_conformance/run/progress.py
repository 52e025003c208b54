"""How far a run is: a bar for each operation on a terminal, a line for each where there is none."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from aoai_conformance.exchange import Exchange
from aoai_model.case import Case

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class RunProgress(Protocol):
    """A context that shows a run's progress."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the screen in order."""

    def begin(self, cases: Iterable[Case]) -> None:
        """These cases are planned."""

    def expect(self, case: Case) -> None:
        """One case more is to be sent than was planned."""

    def advance(self, exchange: Exchange) -> None:
        """One case is done."""

    def wait(self, lane: str, seconds: float) -> None:
        """The server asked for a pause."""


def progress_on(stream: TextIO | None = None) -> RunProgress:
    """Bars where the stream (stderr) is a terminal, else lines."""
    stream = sys.stderr if stream is None else stream
    return Bars(stream) if stream.isatty() else Lines(stream)


class Lines:
    """One line for each operation once all of its cases are done."""

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

    def begin(self, cases: Iterable[Case]) -> None:
        """These cases are planned."""
        self._left.update(case.operation for case in cases)

    def expect(self, case: Case) -> None:
        """One case more."""
        self._left[case.operation] += 1

    def advance(self, exchange: Exchange) -> None:
        """One case is done."""
        operation = exchange.case.operation
        self._left[operation] -= 1
        self._done[operation] += exchange.attempts > 0
        if self._left[operation] == 0:
            self._say(f"{operation}: {self._done[operation]} requests sent")

    def wait(self, lane: str, seconds: float) -> None:
        """Only long pauses are worth a line."""
        if seconds >= 5:
            self._say(f"{lane}: the server is busy, waiting {seconds:.0f} s")

    def _say(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class Bars:
    """A progress bar for each operation."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars: RichProgress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[remark]}", style="yellow"),
            console=Console(file=stream),
        )
        self._tasks: dict[str, TaskID] = {}
        self._totals: Counter[str] = Counter()
        self._lanes: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, cases: Iterable[Case]) -> None:
        """These cases are planned."""
        for case in cases:
            self._totals[case.operation] += 1
            self._lanes[case.operation] = case.kind
        for operation, total in self._totals.items():
            self._tasks[operation] = self._bars.add_task(operation, total=total, remark="")

    def expect(self, case: Case) -> None:
        """One case more."""
        self._totals[case.operation] += 1
        if case.operation in self._tasks:
            self._bars.update(self._tasks[case.operation], total=self._totals[case.operation])

    def advance(self, exchange: Exchange) -> None:
        """One case is done."""
        task = self._tasks.get(exchange.case.operation)
        if task is not None:
            self._bars.update(task, advance=1, remark="")

    def wait(self, lane: str, seconds: float) -> None:
        """The bars of the lane say that the server is busy."""
        for operation, task in self._tasks.items():
            if self._lanes[operation] == lane:
                self._bars.update(task, remark=f"busy, waiting {seconds:.0f} s")
