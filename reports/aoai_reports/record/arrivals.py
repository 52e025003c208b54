"""Lines that are written when something arrives, before its verdicts are known, and how they are replaced.

A run writes a response the moment it is there, marked `unjudged`, and its line with the verdicts later, in
plan order. Whatever ends the run, nothing that arrived is lost.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from aoai_model.verdict import Tokens
from aoai_reports.record.lines import ExchangeLine, ScenarioLine

#: What a line is about: its type, its document and the names of its case or scenario.
LineKey: TypeAlias = tuple[str, str, str]
#: Where a line begins in the file, and how many bytes it has.
Span: TypeAlias = tuple[int, int]


def key_of(line: ExchangeLine | ScenarioLine) -> LineKey:
    """What a line is about; the line that replaces another has the same key."""
    name = line.case if isinstance(line, ExchangeLine) else f"{line.scenario} {line.kind}"
    return line.type, line.document, name


@dataclass(frozen=True, slots=True)
class _Waiting:
    span: Span
    requests: int = 0
    tokens: Tokens = field(default_factory=Tokens)


@dataclass(slots=True)
class Arrivals:
    """The unjudged lines in a file: those still waiting for their verdicts, and those that were replaced."""

    waiting: dict[LineKey, _Waiting] = field(default_factory=dict)
    replaced: list[Span] = field(default_factory=list)

    def arrived(self, line: ExchangeLine | ScenarioLine, span: Span) -> None:
        """Note an unjudged line; an earlier one of the same key is replaced by it."""
        self.judged(line)
        if isinstance(line, ExchangeLine):
            self.waiting[key_of(line)] = _Waiting(span, line.attempts, line.tokens)
        else:
            self.waiting[key_of(line)] = _Waiting(span)

    def judged(self, line: ExchangeLine | ScenarioLine) -> None:
        """Note that a line was written that replaces what waited under its key."""
        before = self.waiting.pop(key_of(line), None)
        if before is not None:
            self.replaced.append(before.span)

    def forget_waiting(self) -> None:
        """Treat everything that still waits as replaced."""
        self.replaced += [each.span for each in self.waiting.values()]
        self.waiting.clear()

    @property
    def requests(self) -> int:
        """How many requests the lines that still wait stand for."""
        return sum(each.requests for each in self.waiting.values())

    @property
    def tokens(self) -> Tokens:
        """What the requests of the lines that still wait cost."""
        return sum((each.tokens for each in self.waiting.values()), Tokens())


@dataclass(slots=True)
class Pile:
    """The lines of a record as they are read: judged ones in the order of the file, then those that wait.

    Lines that were never judged come out in plan order, and in the order of their arrival at one place.
    """

    _judged: list[ExchangeLine | ScenarioLine] = field(default_factory=list)
    _waiting: dict[LineKey, ExchangeLine | ScenarioLine] = field(default_factory=dict)

    def add(self, line: ExchangeLine | ScenarioLine) -> None:
        """Add the next line of the file."""
        self._waiting.pop(key_of(line), None)
        if line.unjudged:
            self._waiting[key_of(line)] = line
        else:
            self._judged.append(line)

    def __iter__(self) -> Iterator[ExchangeLine | ScenarioLine]:
        yield from self._judged
        yield from sorted(self._waiting.values(), key=lambda line: line.place)


def drop_spans(path: Path, spans: list[Span]) -> None:
    """Rewrite a file without some of its lines, in one step; leave it as it is where there is no room."""
    if not spans:
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with suppress(OSError):
        try:
            with path.open("rb") as source, beside.open("wb") as target:
                shutil.copymode(path, beside)
                _copy_without(source, target, sorted(spans))
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def _copy_without(source: BinaryIO, target: BinaryIO, spans: list[Span]) -> None:
    for start, length in spans:
        _copy(source, target, start - source.tell())
        source.seek(start + length)
    shutil.copyfileobj(source, target)


def _copy(source: BinaryIO, target: BinaryIO, length: int) -> None:
    while length > 0:
        piece = source.read(min(length, 1024 * 1024))
        if not piece:
            return
        target.write(piece)
        length -= len(piece)
