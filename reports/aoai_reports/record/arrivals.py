"""Unjudged lines, written when a response arrives, and the lines with verdicts that replace them.

A run writes each response when it arrives, marked `unjudged`, and the line with its verdicts later, in plan
order. Whatever ends the run, no response is lost.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Generic, TypeAlias, TypeVar

from aoai_model.verdict import Tokens
from aoai_reports.record.lines import ExchangeLine, ScenarioLine

Kept = TypeVar("Kept")
#: What identifies a line: its type, its document, and its case or scenario.
LineKey: TypeAlias = tuple[str, str, str]
#: The offset of a line in the file, and its length in bytes.
Span: TypeAlias = tuple[int, int]


def key_of(line: ExchangeLine | ScenarioLine) -> LineKey:
    """Return the key of a line; a line and its replacement have the same key."""
    name = line.case if isinstance(line, ExchangeLine) else f"{line.scenario} {line.kind}"
    return line.type, line.document, name


@dataclass(frozen=True, slots=True)
class _Waiting:
    span: Span
    requests: int = 0
    tokens: Tokens = field(default_factory=Tokens)


@dataclass(slots=True)
class Arrivals:
    """The unjudged lines in a file: those waiting for their verdicts and those already replaced."""

    waiting: dict[LineKey, _Waiting] = field(default_factory=dict)
    replaced: list[Span] = field(default_factory=list)

    def arrived(self, line: ExchangeLine | ScenarioLine, span: Span) -> None:
        """Note an unjudged line, which replaces an earlier one with the same key."""
        self.judged(line)
        if isinstance(line, ExchangeLine):
            self.waiting[key_of(line)] = _Waiting(span, line.attempts, line.tokens)
        else:
            self.waiting[key_of(line)] = _Waiting(span)

    def judged(self, line: ExchangeLine | ScenarioLine) -> None:
        """Note a judged line, which replaces the unjudged one with the same key."""
        before = self.waiting.pop(key_of(line), None)
        if before is not None:
            self.replaced.append(before.span)

    def forget_waiting(self) -> None:
        """Treat all waiting lines as replaced."""
        self.replaced += [each.span for each in self.waiting.values()]
        self.waiting.clear()

    @property
    def requests(self) -> int:
        """The number of requests of the waiting lines."""
        return sum(each.requests for each in self.waiting.values())

    @property
    def tokens(self) -> Tokens:
        """The tokens of the waiting lines."""
        return sum((each.tokens for each in self.waiting.values()), Tokens())


@dataclass(slots=True)
class Pile(Generic[Kept]):
    """Collects what is kept of the lines of a record: of judged ones in file order, then of unjudged ones.

    Lines that were never judged are iterated in plan order; at the same place, in the order of arrival.
    """

    _judged: list[Kept] = field(default_factory=list)
    _waiting: dict[LineKey, tuple[int, Kept]] = field(default_factory=dict)

    def add(self, key: LineKey, kept: Kept, place: int | None) -> None:
        """Add what is kept of the next line; `place` is the place of an unjudged one, otherwise None."""
        self._waiting.pop(key, None)
        if place is None:
            self._judged.append(kept)
        else:
            self._waiting[key] = (place, kept)

    def __iter__(self) -> Iterator[Kept]:
        yield from self._judged
        yield from (kept for _, kept in sorted(self._waiting.values(), key=itemgetter(0)))


def drop_spans(path: Path, spans: list[Span]) -> None:
    """Rewrite a file without some lines, atomically; leave it unchanged if the disk is full."""
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
