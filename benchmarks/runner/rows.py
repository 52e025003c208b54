"""What a benchmark is and what it yields: a row of two lists of samples, ours and a peer's.

A benchmark is a module with a function `measure(session)` that yields rows, and a line in
`benchmarks/__main__.py`. `Session.alternate` runs both sides in turn, so that other work on the machine slows
both.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.runner.peers import Peers

Samples = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Row:
    """One line of the table. `ours` and `theirs` have one sample for each round.

    `unit` names what a sample is, such as `s of processor time` or `requests`. `theirs` is empty if there is
    no peer, or if it could not be measured; then `remark` says why.
    """

    work: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float] = ()
    peer: str = ""
    remark: str = ""

    @property
    def ratio(self) -> float | None:
        """The median of ours ÷ theirs in each round, or None."""
        pairs = [(ours, theirs) for ours, theirs in zip(self.ours, self.theirs, strict=False) if theirs]
        return statistics.median(ours / theirs for ours, theirs in pairs) if pairs else None


@dataclass(frozen=True)
class Benchmark:
    """A benchmark by its name for `--only`: what it measures, and the module with `measure`."""

    name: str
    title: str
    module: str


@dataclass
class Session:
    """What a benchmark is given: how many rounds, a folder for its files, the peers, a user's `document`."""

    rounds: int
    folder: Path
    peers: Peers
    document: Path | None = None
    name: str = ""
    began: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Print progress on standard error."""
        print(f"[{time.monotonic() - self.began:5.0f} s] {self.name}: {text}", file=sys.stderr, flush=True)

    def alternate(
        self, sides: Mapping[str, Callable[[], float]], *, warm_up: bool = True
    ) -> dict[str, list[float]]:
        """Call each side once in every round, in an order that changes; return what they returned.

        With `warm_up`, a first call of each is not counted.
        """
        samples: dict[str, list[float]] = {name: [] for name in sides}
        if warm_up:
            for name, work in sides.items():
                self.say(f"warming up {name}")
                work()
        for number in range(self.rounds):
            for name in self.order(sides, number):
                samples[name].append(sides[name]())
                self.say(f"round {number + 1} of {self.rounds}, {name}: {samples[name][-1]:,.4g}")
        return samples

    @staticmethod
    def order(sides: Mapping[str, object], number: int) -> Iterator[str]:
        """Yield the names forwards in even rounds and backwards in odd ones."""
        yield from sides if number % 2 == 0 else reversed(list(sides))
