"""Whether a run showed enough to say that its target is conformant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from aoai_reports.record.evidence import cut_text
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.results.point_account import BUDGET, KNOWN_QUIRK, OperationAccount, OperationKey

#: The share of an operation's points, in per cent, that must be shown unless the user says otherwise.
MIN_SHOWN = 90.0
#: Reasons that one sentence quotes; the summary lists all of them.
_MOST_REASONS = 2
_LONGEST_QUOTE = 300
#: The origin of requests that only ask what a deployment supports.
PROBE = "probe"
#: How a request asks for a stream, as this project writes it.
_STREAM = re.compile(rb'"stream"\s*:\s*true')


@dataclass(frozen=True, slots=True)
class Demands:
    """How much a verdict wants shown.

    `min_shown` is the share of each operation's points in per cent; with `require_complete`, points cut by a
    budget count as well.
    """

    min_shown: float = MIN_SHOWN
    require_complete: bool = False

    @classmethod
    def of(cls, record: Record) -> Self:
        """What a run was started with; the defaults where its record does not say."""
        options = record.header.options
        share = options.get("min_shown")
        wanted = float(share) if isinstance(share, int | float) and not isinstance(share, bool) else MIN_SHOWN
        return cls(wanted, options.get("require_complete") is True)


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Sentences about what was not shown: `doubts` make a run inconclusive, `remarks` are only reported."""

    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def sufficiency_of(record: Record, accounts: Sequence[OperationAccount], demands: Demands) -> Sufficiency:
    """What a record leaves open: cuts by a budget first, then the operations in plan order."""
    doubts: list[str] = []
    remarks: list[str] = []
    cut = sum(account.cut_by_budget for account in accounts)
    planned = sum(len(account.outcomes) for account in accounts)
    if cut:
        told = f"The budget left {cut:,} of {planned:,} planned points unsent."
        (doubts if demands.require_complete or cut == planned else remarks).append(told)
    several = len({account.document for account in accounts}) > 1
    lines = _lines_by_operation(record)
    for account in accounts:
        here = lines.get((account.document, account.operation), [])
        name = f"{account.operation} ({account.document})" if several else account.operation
        waiver = _waiver(here)
        if waiver is not None:
            remarks.append(f"{name} is not served by this kind of endpoint and is not counted: {waiver}")
        elif doubt := _doubt(name, account, here, demands):
            doubts.append(doubt)
    remarks += [f"{operation} was excluded and is not counted." for operation in record.header.excluded]
    remarks += _lost_capabilities(record)
    return Sufficiency(tuple(doubts), tuple(remarks))


def _lost_capabilities(record: Record) -> Iterator[str]:
    """What the previous run of the target found supported and this one does not, a sentence each."""
    lost = record.header.capabilities.get("lost")
    for each in lost if isinstance(lost, list) else []:
        if isinstance(each, dict):
            name, deployment, words = (each.get(key) for key in ("capability", "deployment", "message"))
            yield f"{deployment} no longer supports {name}, which it did in the previous run: {words}"


def _lines_by_operation(record: Record) -> dict[OperationKey, list[ExchangeLine]]:
    lines: dict[OperationKey, list[ExchangeLine]] = {}
    for line in record.exchanges:
        if line.origin != PROBE and (line.failure is None or line.failure.kind != BUDGET):
            lines.setdefault((line.document, line.operation), []).append(line)
    return lines


def _waiver(lines: Sequence[ExchangeLine]) -> str | None:
    """Why an operation need not be served here, by a known quirk; None where it must be."""
    shown = (line.shown for line in lines if line.origin == "base" and line.shown is not None)
    return next((each.subject for each in shown if each.cause == KNOWN_QUIRK), None)


def _doubt(
    name: str, account: OperationAccount, lines: Sequence[ExchangeLine], demands: Demands
) -> str | None:
    """Why too little of an operation was shown; None where enough was."""
    expected = account.expected(complete=demands.require_complete)
    if not lines and not demands.require_complete and account.cut_by_budget == len(account.outcomes):
        return None  # a budget of the user left no room for the operation
    if not lines and expected == 0:
        return f"{name}: nothing was sent{_first_reason(account)}."
    valid = _valid(lines)
    if lines and not any(map(_succeeded, valid)):
        return f"{name}: no valid request succeeded{_quoted(valid)}."
    streamed = [line for line in valid if _asks_for_a_stream(line) and not _is_not_applicable(line)]
    if streamed and not any(map(_succeeded, streamed)):
        return f"{name}: no streamed request succeeded{_quoted(streamed)}."
    if expected and 100 * account.shown < demands.min_shown * expected:
        reasons = "; ".join(
            f"{each.count:,} {each.state.replace('_', ' ')}: {cut_text(each.reason, _LONGEST_QUOTE)}"
            for each in list(account.undecided())[:_MOST_REASONS]
        )
        return f"{name}: only {account.shown:,} of {expected:,} points were shown ({reasons})."
    return None


def _first_reason(account: OperationAccount) -> str:
    reason = next((each.reason for each in account.undecided()), "")
    return f" – {cut_text(reason, _LONGEST_QUOTE).rstrip('.')}" if reason else ""


def _valid(lines: Sequence[ExchangeLine]) -> list[ExchangeLine]:
    """The requests that the contract allows; where it promises nothing, those that it leaves open."""
    promised = [line for line in lines if line.expect == "accept"]
    return promised or [line for line in lines if line.expect == "any" and line.origin != "protocol"]


def _succeeded(line: ExchangeLine) -> bool:
    if line.response is None or not 200 <= line.response.status < 300:
        return False
    return line.shown is None or line.shown.state in ("correct", "wrong")


def _asks_for_a_stream(line: ExchangeLine) -> bool:
    return _STREAM.search(line.request.body) is not None


def _is_not_applicable(line: ExchangeLine) -> bool:
    return line.shown is not None and line.shown.state == "not_applicable"


def _quoted(lines: Sequence[ExchangeLine]) -> str:
    """The server's words about the first of some requests that it did not answer as it should."""
    single = [line for line in lines if len(line.points) < 2]
    for line in single or lines:
        told = line.shown.message if line.shown is not None else ""
        told = told or (line.failure.message if line.failure is not None else _error_of(line))
        if told:
            return f" – {cut_text(told, _LONGEST_QUOTE).rstrip('.')}"
    return ""


def _error_of(line: ExchangeLine) -> str:
    """Status, code and message of an error response; empty for any other."""
    if line.response is None or line.response.status < 400:
        return ""
    try:
        body = json.loads(line.response.body)
    except (ValueError, RecursionError):
        body = None
    error = body.get("error", body) if isinstance(body, dict) else None
    told = [error.get("code"), error.get("message")] if isinstance(error, dict) else []
    return " ".join([str(line.response.status), *(each for each in told if isinstance(each, str))])
