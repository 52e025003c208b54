"""Decides whether a run showed enough for a conformant verdict."""

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
from aoai_reports.results.tallies import missing_extras
from aoai_specs.errors import install_command

#: The default of `--min-shown`: the percentage of each operation's points that must be shown.
MIN_SHOWN = 90.0
#: How many reasons a sentence quotes; the summary lists all.
_MOST_REASONS = 2
_LONGEST_QUOTE = 300
#: How many rules a sentence names.
_MOST_RULES = 5
#: The origin of requests that probe what a deployment supports.
PROBE = "probe"
#: A request for a stream, as this project encodes it.
_STREAM = re.compile(rb'"stream"\s*:\s*true')


@dataclass(frozen=True, slots=True)
class Demands:
    """How much must be shown.

    `min_shown` is a percentage of each operation's points; with `require_complete`, points that a budget cuts
    or that need --allow-billed count too.
    """

    min_shown: float = MIN_SHOWN
    require_complete: bool = False

    @classmethod
    def of(cls, record: Record) -> Self:
        """The options of a run; the defaults if its record does not have them."""
        options = record.header.options
        share = options.get("min_shown")
        minimum = share if isinstance(share, int | float) and not isinstance(share, bool) else MIN_SHOWN
        return cls(float(minimum), options.get("require_complete") is True)


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Sentences about what was not shown: `doubts` make a run inconclusive; `remarks` do not."""

    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def sufficiency_of(record: Record, accounts: Sequence[OperationAccount], demands: Demands) -> Sufficiency:
    """What a record does not show: withheld points first, then the operations in plan order."""
    doubts: list[str] = []
    remarks: list[str] = []
    withheld = sum(account.withheld for account in accounts)
    planned = sum(len(account.outcomes) for account in accounts)
    is_decisive = demands.require_complete or 0 < withheld == planned
    (doubts if is_decisive else remarks).extend(_withheld(accounts, planned))
    several = len({account.document for account in accounts}) > 1
    lines = _lines_by_operation(record)
    for account in accounts:
        here = lines.get((account.document, account.operation), [])
        name = f"{account.operation} ({account.document})" if several else account.operation
        waiver = _waiver(here)
        if waiver is not None:
            remarks.append(f"{name} is not available at this kind of endpoint and was ignored: {waiver}")
        elif doubt := _doubt(name, account, here, demands):
            doubts.append(doubt)
    doubts += _missing_extras(record)
    remarks += [f"{operation} was excluded." for operation in record.header.excluded]
    remarks += _lost_capabilities(record)
    return Sufficiency(tuple(doubts), tuple(remarks))


def _withheld(accounts: Sequence[OperationAccount], planned: int) -> Iterator[str]:
    """How many points the options of the run kept from being sent, a sentence for each reason."""
    cut = sum(account.cut_by_budget for account in accounts)
    if cut:
        yield f"The budget cut {cut:,} of {planned:,} planned points."
    needing = {account.operation: None for account in accounts if account.not_allowed}
    if needing:
        count = sum(account.not_allowed for account in accounts)
        yield (
            f"{count:,} of {planned:,} planned points were not sent because they may cost more than their "
            f"tokens; --allow-billed sends them ({', '.join(needing)})."
        )


def _lost_capabilities(record: Record) -> Iterator[str]:
    """The capabilities that the previous run of the target found and this one did not, a sentence each."""
    lost = record.header.capabilities.get("lost")
    for each in lost if isinstance(lost, list) else []:
        if isinstance(each, dict):
            name, deployment, message = (each.get(key) for key in ("capability", "deployment", "message"))
            yield f"{deployment} no longer supports {name}, unlike in the previous run: {message}"


def _missing_extras(record: Record) -> Iterator[str]:
    """The MUST and SHOULD rules that could not judge what they apply to, a sentence for each extra."""
    rules = record.header.rules
    found: dict[str, list[str]] = {}
    for rule, extra in missing_extras(record).items():
        if rule not in rules or rules[rule].level != "may":
            found.setdefault(extra, []).append(rule)
    for extra, ids in sorted(found.items()):
        rules_named = "1 rule" if len(ids) == 1 else f"{len(ids):,} rules"
        yield (
            f"{rules_named} could not judge every response without the extra {extra} "
            f"({', '.join(ids[:_MOST_RULES])}{', …' if len(ids) > _MOST_RULES else ''}); "
            f"run `{install_command(extra)}`."
        )


def _lines_by_operation(record: Record) -> dict[OperationKey, list[ExchangeLine]]:
    lines: dict[OperationKey, list[ExchangeLine]] = {}
    for line in record.exchanges:
        if line.origin != PROBE and (line.failure is None or line.failure.kind != BUDGET):
            lines.setdefault((line.document, line.operation), []).append(line)
    return lines


def _waiver(lines: Sequence[ExchangeLine]) -> str | None:
    """The known quirk by which an operation need not be available here, or None."""
    shown = (line.shown for line in lines if line.origin == "base" and line.shown is not None)
    return next((each.subject for each in shown if each.cause == KNOWN_QUIRK), None)


def _doubt(
    name: str, account: OperationAccount, lines: Sequence[ExchangeLine], demands: Demands
) -> str | None:
    """Why too little of an operation was shown, or None."""
    expected = account.expected(complete=demands.require_complete)
    is_excluded = expected == 0 and (account.withheld > 0 or not account.outcomes)
    if not lines and not demands.require_complete and is_excluded:
        return None  # the options of the run exclude the whole operation
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
    """The requests that the document allows; if there are none, those that it neither allows nor forbids."""
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
    """The message of the server for the first request that failed, preferably one with a single point."""
    single = [line for line in lines if len(line.points) < 2]
    for line in single or lines:
        message = line.shown.message if line.shown is not None else ""
        message = message or (line.failure.message if line.failure is not None else _error_of(line))
        if message:
            return f" – {cut_text(message, _LONGEST_QUOTE).rstrip('.')}"
    return ""


def _error_of(line: ExchangeLine) -> str:
    """Status, code and message of an error response; empty for other responses."""
    if line.response is None or line.response.status < 400:
        return ""
    try:
        body = json.loads(line.response.body)
    except (ValueError, RecursionError):
        body = None
    error = body.get("error", body) if isinstance(body, dict) else None
    parts = [error.get("code"), error.get("message")] if isinstance(error, dict) else []
    return " ".join([str(line.response.status), *(each for each in parts if isinstance(each, str))])
