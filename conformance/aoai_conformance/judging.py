"""Judging: what each rule says of an exchange or of a scenario. Pure: no I/O, no clock, no state.

A probe that breaks is a fault of this project, never of the server: its verdict is inconclusive and
names what was raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from aoai_conformance.clauses import clause_at
from aoai_conformance.exchange import Exchange
from aoai_conformance.minimal import MinimalReply
from aoai_conformance.pointing import brief, writable
from aoai_conformance.quirks import QuirkTable, known_quirks
from aoai_conformance.rule import Inconclusive, Outcome, Rule, Violation
from aoai_conformance.scenarios import ScenarioView
from aoai_specs.versions import ApiVersion

if TYPE_CHECKING:
    from aoai_conformance.deviations import Deviation
    from aoai_specs.document import Operation


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one exchange or scenario.

    `violations` have their level set, the rule's own or the weaker one of a point. `note` says why an
    inconclusive verdict is one, and what was let pass. `quirks` are the ids of the known quirks that were let
    pass here.
    """

    rule_id: str
    outcome: Outcome
    violations: tuple[Violation, ...] = ()
    note: str = ""
    quirks: tuple[str, ...] = ()


def judge(
    exchange: Exchange, operation: Operation, rules: Iterable[Rule], quirks: QuirkTable | None = None
) -> list[Verdict]:
    """The verdict of each rule that is about single exchanges, in the order of `rules`.

    Where the exchange failed on its way, every rule for its operation is inconclusive; where it was never
    sent, none applies. Of the minimal request of an operation that fails, only the rule about that judges.
    `quirks` are let pass: without them, those that the real service is known to have.
    """
    table = known_quirks() if quirks is None else quirks
    seen = table.seen(exchange, operation)
    excuse = _Excuse(table, operation, exchange)
    views = _Views(lambda view: view.of(exchange, operation))
    verdicts: list[Verdict] = []
    minimal_only = exchange.is_failed_minimal
    for rule, concerned in _of_exchanges(tuple(rules), operation):
        if not concerned or exchange.is_left_out or (minimal_only and rule.view is not MinimalReply):
            verdicts.append(_not_applicable(rule.id))
            continue
        if exchange.failure is not None:
            verdict = Verdict(rule.id, "inconclusive", note=_sentence(exchange.failure.message))
        else:
            verdict = _verdict(rule, views, excuse)
        if seen and verdict.outcome != "not_applicable":
            excused = tuple(quirk.id for quirk in seen if rule.id in quirk.excuses)
            verdict = replace(verdict, quirks=(*excused, *verdict.quirks)) if excused else verdict
        verdicts.append(verdict)
    return verdicts


def judge_scenario(
    kind: str,
    steps: Mapping[str, Exchange],
    operation: Operation,
    rules: Iterable[Rule],
    quirks: QuirkTable | None = None,
) -> list[Verdict]:
    """The verdict of each rule that is about scenarios, in the order of `rules`.

    `steps` has the exchanges by the names of their steps, and `quirks` are as in `judge`. Where one of the
    steps failed on its way, the rules for this kind of scenario are inconclusive; where one was left out,
    none applies.
    """
    left_out = any(exchange.is_left_out for exchange in steps.values())
    views = _Views(lambda view: view.of_scenario(kind, steps, operation))
    excuse = _Excuse(known_quirks() if quirks is None else quirks, operation, None)
    failed = next((name for name, exchange in steps.items() if exchange.failure is not None), None)
    verdicts: list[Verdict] = []
    for rule, concerned in _of_scenarios(tuple(rules), operation):
        if left_out or not concerned or kind not in rule.view.kinds:
            verdicts.append(_not_applicable(rule.id))
        elif failed is not None:
            verdicts.append(Verdict(rule.id, "inconclusive", note=f"The step {failed!r} has no response."))
        else:
            verdicts.append(_verdict(rule, views, excuse))
    return verdicts


@lru_cache(maxsize=256)
def _of_exchanges(rules: tuple[Rule, ...], operation: Operation) -> list[tuple[Rule, bool]]:
    """The rules about single exchanges, each with whether it is for this operation."""
    return [(rule, concerns(rule, operation)) for rule in rules if not issubclass(rule.view, ScenarioView)]


@lru_cache(maxsize=256)
def _of_scenarios(rules: tuple[Rule, ...], operation: Operation) -> list[tuple[Rule, bool]]:
    """The rules about scenarios, each with whether it is for this operation."""
    return [(rule, concerns(rule, operation)) for rule in rules if issubclass(rule.view, ScenarioView)]


@cache
def _not_applicable(rule_id: str) -> Verdict:
    return Verdict(rule_id, "not_applicable")


@cache
def _passed(rule_id: str) -> Verdict:
    return Verdict(rule_id, "pass")


class _Views:
    """Builds each view of one exchange or scenario once, however many rules want it."""

    def __init__(self, build: Callable[[Any], Any]) -> None:
        self._build = build
        self._built: dict[type[Any], Any] = {}

    def show(self, view: type[Any]) -> Any:
        """The view, None where it does not apply. Raises what building it raised, each time anew."""
        if view not in self._built:
            try:
                self._built[view] = self._build(view)
            except Exception as error:  # noqa: BLE001 - kept, and raised below to each rule that asks
                self._built[view] = error
        built = self._built[view]
        if isinstance(built, Exception):
            raise built
        return built


@dataclass(frozen=True, slots=True)
class _Excuse:
    """Says which violations of one exchange or scenario are known deviations."""

    quirks: QuirkTable
    operation: Operation
    exchange: Exchange | None

    def __call__(self, rule: Rule, violation: Violation) -> Deviation | None:
        return self.quirks.excuse(rule.id, violation, self.operation, self.exchange)


def _verdict(rule: Rule, views: _Views, excuse: _Excuse) -> Verdict:
    found: list[Violation] = []
    known: dict[str, Deviation] = {}
    note = ""
    try:
        view = views.show(rule.view)
        if view is None:
            return _not_applicable(rule.id)
        for violation in rule.probe(view):
            deviation = excuse(rule, violation)
            if deviation is None:
                found.append(_settled(violation, rule, excuse.operation))
            else:
                known.setdefault(deviation.id, deviation)
    except Inconclusive as reason:
        if not found:
            return Verdict(rule.id, "inconclusive", note=_sentence(str(reason)), quirks=tuple(known))
        note = _sentence(str(reason))
    except Exception as error:  # noqa: BLE001 - a broken probe must not stop the run, nor blame the server
        return Verdict(
            rule.id, "inconclusive", note=f"The probe broke with {type(error).__name__}: {str(error)[:200]}"
        )
    notes = [note, *(_sentence(each.note) for each in known.values())]
    if not found and not known:
        return _passed(rule.id)
    outcome: Outcome = "violation" if found else "pass"
    return Verdict(rule.id, outcome, _once_per_place(found), " ".join(filter(None, notes)), tuple(known))


def _settled(violation: Violation, rule: Rule, operation: Operation) -> Violation:
    """The violation with its level and clause, its texts such that they can be written."""
    return replace(
        violation,
        level=violation.level or rule.level,
        pointer=writable(violation.pointer),
        message=writable(violation.message),
        expected=brief(violation.expected),
        actual=brief(violation.actual),
        clause=clause_at(rule, operation),
    )


def _once_per_place(found: Iterable[Violation]) -> tuple[Violation, ...]:
    """The first violation of each place and reason: a stream may repeat one defect in a thousand chunks."""
    first: dict[tuple[str, str, str | None], Violation] = {}
    for violation in found:
        first.setdefault((violation.pointer, violation.reason, violation.point), violation)
    return tuple(first.values())


def _sentence(note: str) -> str:
    return note if not note or note[-1] in ".!?" else f"{note[:1].upper()}{note[1:]}."


def concerns(rule: Rule, operation: Operation) -> bool:
    """Whether the rule is for this kind of operation and this api-version."""
    if rule.kinds and operation.kind not in rule.kinds:
        return False
    version = operation.document.name.version
    return (rule.since is None or _version(rule.since) <= version) and (
        rule.until is None or version <= _version(rule.until)
    )


@lru_cache(maxsize=256)
def _version(text: str) -> ApiVersion:
    return ApiVersion(text)
