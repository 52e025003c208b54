"""Decides whether a run showed enough for a conformant verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from aoai_reports.record.collecting import Collector, Place
from aoai_reports.record.evidence import cut_text
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.results.collected.operation_totals import OperationKey
from aoai_reports.results.point_account import BUDGET, KNOWN_QUIRK, OperationAccount
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
    shown = record.collected(SufficiencyCollector).operations
    for account in accounts:
        here = shown.get((account.document, account.operation)) or _OperationShown()
        name = f"{account.operation} ({account.document})" if several else account.operation
        waiver = here.waiver[1] if here.waiver is not None else None
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


@dataclass(slots=True)
class _Requests:
    """Some requests of an operation: whether there are any, whether one succeeded, and why the first failed.

    `message` is the first message of the server with its place; requests with a single point go first.
    """

    count: int = 0
    succeeded: bool = False
    has_single: bool = False
    message: tuple[bool, Place, str] | None = None

    def add(self, line: ExchangeLine, place: Place, message: str) -> None:
        is_single = len(line.points) < 2
        found = (not is_single, place, message) if message else None
        self.join(_Requests(1, _succeeded(line), is_single, found))

    def join(self, other: _Requests) -> None:
        self.count += other.count
        self.succeeded |= other.succeeded
        self.has_single |= other.has_single
        found = [each for each in (self.message, other.message) if each is not None]
        self.message = min(found, default=None)

    @property
    def quoted(self) -> str:
        """The message of the server for the first request that failed, preferably one with a single point."""
        if self.message is None or (self.has_single and self.message[0]):
            return ""
        return f" – {cut_text(self.message[2], _LONGEST_QUOTE).rstrip('.')}"


@dataclass(slots=True)
class _Valid:
    """Valid requests of an operation, and those of them that ask for a stream which the deployment offers."""

    all: _Requests = field(default_factory=_Requests)
    streamed: _Requests = field(default_factory=_Requests)

    def add(self, line: ExchangeLine, place: Place) -> None:
        message = _message_of(line)
        self.all.add(line, place, message)
        if _asks_for_a_stream(line) and not _is_not_applicable(line):
            self.streamed.add(line, place, message)

    def join(self, other: _Valid) -> None:
        self.all.join(other.all)
        self.streamed.join(other.streamed)


@dataclass(slots=True)
class _OperationShown:
    """What the exchanges of an operation show, without those about capabilities and those never sent.

    `promised` are the requests that the document allows, `open` those that it neither allows nor forbids.
    `only_in_flows` says that the run tried the operation only where flows of others need it. `waiver` is the
    known quirk by which the operation need not be available here, with its place, or None.
    """

    count: int = 0
    only_in_flows: bool = True
    promised: _Valid = field(default_factory=_Valid)
    open: _Valid = field(default_factory=_Valid)
    waiver: tuple[Place, str] | None = None

    @property
    def valid(self) -> _Valid:
        """The requests that the document allows; if there are none, those that it leaves open."""
        return self.promised if self.promised.all.count else self.open

    def add(self, line: ExchangeLine, place: Place) -> None:
        self.count += 1
        self.only_in_flows &= line.origin == "scenario"
        if line.expect == "accept":
            self.promised.add(line, place)
        elif line.expect == "any" and line.origin != "protocol":
            self.open.add(line, place)
        shown = line.shown if line.origin == "base" else None
        if shown is not None and shown.cause == KNOWN_QUIRK:
            self._waive((place, shown.subject))

    def _waive(self, waiver: tuple[Place, str]) -> None:
        self.waiver = waiver if self.waiver is None else min(self.waiver, waiver)

    def join(self, other: _OperationShown) -> None:
        self.count += other.count
        self.only_in_flows &= other.only_in_flows
        self.promised.join(other.promised)
        self.open.join(other.open)
        if other.waiver is not None:
            self._waive(other.waiver)


class SufficiencyCollector(Collector):
    """Collects what the exchanges of each operation show."""

    __slots__ = ("operations",)

    def __init__(self) -> None:
        self.operations: dict[OperationKey, _OperationShown] = {}

    def add_exchange(self, line: ExchangeLine, place: Place, /) -> None:
        """Add an exchange."""
        if line.origin != PROBE and (line.failure is None or line.failure.kind != BUDGET):
            self.operations.setdefault((line.document, line.operation), _OperationShown()).add(line, place)

    def join(self, other: SufficiencyCollector) -> None:
        """Add what other exchanges show."""
        for key, shown in other.operations.items():
            self.operations.setdefault(key, _OperationShown()).join(shown)


def _doubt(name: str, account: OperationAccount, shown: _OperationShown, demands: Demands) -> str | None:
    """Why too little of an operation was shown, or None."""
    expected = account.expected(complete=demands.require_complete)
    is_excluded = expected == 0 and (account.withheld > 0 or not account.outcomes)
    if not shown.count and not demands.require_complete and is_excluded:
        return None  # the options of the run exclude the whole operation
    if not shown.count and expected == 0:
        return f"{name}: nothing was sent{_first_reason(account)}."
    valid = shown.valid
    has_to_succeed = valid.all.count > 0 or not shown.only_in_flows
    if shown.count and has_to_succeed and not valid.all.succeeded:
        return f"{name}: no valid request succeeded{valid.all.quoted}."
    if valid.streamed.count and not valid.streamed.succeeded:
        return f"{name}: no streamed request succeeded{valid.streamed.quoted}."
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


def _succeeded(line: ExchangeLine) -> bool:
    if line.response is None or not 200 <= line.response.status < 300:
        return False
    return line.shown is None or line.shown.state in ("correct", "wrong")


def _asks_for_a_stream(line: ExchangeLine) -> bool:
    return _STREAM.search(line.request.body) is not None


def _is_not_applicable(line: ExchangeLine) -> bool:
    return line.shown is not None and line.shown.state == "not_applicable"


def _message_of(line: ExchangeLine) -> str:
    """The message of the server in the response to a request, or why there is no response; empty if none."""
    message = line.shown.message if line.shown is not None else ""
    return message or (line.failure.message if line.failure is not None else _error_of(line))


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
