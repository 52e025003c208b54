"""Judge an exchange or a scenario by each rule. Pure: no I/O, no state.

If a probe raises, its verdict is inconclusive and names the exception. Listed violations and the work for
them are bounded, see `MOST_LISTED` and `MOST_LOOKED_AT`; after `MOST_SECONDS` of processor time the remaining
rules are inconclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Any

from aoai_conformance.exchange import Exchange
from aoai_conformance.json_access import brief, escape_surrogates
from aoai_conformance.judging.clauses import find_clause
from aoai_conformance.judging.minimal_request import MinimalReply
from aoai_conformance.judging.precedence import FOUNDATIONS, HEADER, Broken, Foundations, condense
from aoai_conformance.judging.scope import concerns
from aoai_conformance.observation import Examination, examined, examining
from aoai_conformance.quirks.quirks import QuirkTable, known_quirks
from aoai_conformance.rule import Inconclusive, NotApplicable, Rule
from aoai_conformance.views.scenarios import ScenarioView
from aoai_model.verdict import Verdict, Violation
from aoai_reports.results.findings import generalise
from aoai_specs.errors import MissingExtraError

if TYPE_CHECKING:
    from aoai_conformance.quirks.deviations import Deviation
    from aoai_model.verdict import Level
    from aoai_specs.document import Operation


#: Number of violations that a verdict lists; the others are counted.
MOST_LISTED = 20
#: A probe is stopped after this many violations.
MOST_LOOKED_AT = 10_000
#: Limit of the processor time for judging one exchange, which does not depend on what else the machine does;
#: usually it is a millisecond.
MOST_SECONDS = 120.0


_TOO_LONG = (
    f"Not judged: the rules before took more than {MOST_SECONDS:.0f} s of processor time for this response."
)


def judge(
    exchange: Exchange, operation: Operation, rules: Iterable[Rule], quirks: QuirkTable | None = None
) -> list[Verdict]:
    """Return the verdict of each rule about single exchanges, in the order of `rules`.

    If the exchange has no response, every rule for its operation is inconclusive; if it was never sent, or to
    a wrong address, none applies. A failed minimal request is judged only by the rule about minimal requests.
    Deviations in `quirks` pass; the default is the known quirks of the service.
    """
    limit = _Limit()
    listed = tuple(rules)
    table = known_quirks() if quirks is None else quirks
    seen = table.seen(exchange, operation)
    excuse = _Excuse(table, operation, exchange)
    minimal_only = exchange.is_failed_minimal
    first, broken = ({}, []) if minimal_only else _foundations(exchange, operation, listed, excuse)
    views = _Views(lambda view: view.of(exchange, operation), Foundations(broken))
    verdicts: list[Verdict] = []
    for rule, concerned in _of_exchanges(listed, operation):
        is_judged = not exchange.is_left_out and not exchange.is_at_wrong_address
        if not concerned or not is_judged or (minimal_only and rule.view is not MinimalReply):
            verdicts.append(_not_applicable(rule.id))
            continue
        if exchange.failure is not None:
            verdict = Verdict(rule.id, "inconclusive", note=_sentence(exchange.failure.message))
        elif rule.id not in first and limit.is_reached():
            verdict = Verdict(rule.id, "inconclusive", note=_TOO_LONG)
        else:
            verdict = first.get(rule.id) or _verdict(rule, views, excuse)
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
    """Return the verdict of each scenario rule, in the order of `rules`.

    `steps` maps the names of the steps to their exchanges; `quirks` is as in `judge`. If a step has no
    response, the rules for this kind of scenario are inconclusive; if one was left out, none applies.
    """
    listed = tuple(rules)
    document = operation.document
    table = known_quirks() if quirks is None else quirks
    left_out = any(exchange.is_left_out for exchange in steps.values())
    broken: list[Broken] = []
    for exchange in steps.values():
        own = document.operation(exchange.case.operation)
        broken += _foundations(exchange, own, listed, _Excuse(table, own, exchange))[1]
    views = _Views(lambda view: view.of_scenario(kind, steps, operation), Foundations(broken))
    excuse = _Excuse(table, operation, None)
    failed = next((name for name, exchange in steps.items() if exchange.failure is not None), None)
    verdicts: list[Verdict] = []
    for rule, concerned in _of_scenarios(listed, operation):
        if left_out or not concerned or kind not in rule.view.kinds:
            verdicts.append(_not_applicable(rule.id))
        elif failed is not None and not rule.view.judges_failures:
            verdicts.append(Verdict(rule.id, "inconclusive", note=f"The step {failed!r} has no response."))
        else:
            verdicts.append(_verdict(rule, views, excuse))
    return verdicts


def _foundations(
    exchange: Exchange, operation: Operation, rules: tuple[Rule, ...], excuse: _Excuse
) -> tuple[dict[str, Verdict], list[Broken]]:
    """Return the verdicts of the rules in `FOUNDATIONS`, and the places that they found invalid."""
    verdicts: dict[str, Verdict] = {}
    broken: list[Broken] = []
    if exchange.response is None:
        return verdicts, broken
    for rule in _first_of(rules, operation):
        views = _Views(lambda view: view.of(exchange, operation), Foundations(broken))
        judged = _judged(rule, views, excuse)
        verdict = judged.verdict
        found = condense(
            Broken.of(rule.id, exchange.response, each)
            for each in judged.found
            if not each.pointer.startswith(HEADER)
        )
        for weaker in [each for each in broken if any(each.gives_way_to(other) for other in found)]:
            broken.remove(weaker)
            verdicts[weaker.rule] = Verdict(weaker.rule, "not_applicable", note=_sentence(str(found[0])))
        broken += found
        verdicts[rule.id] = verdict
    return verdicts, broken


@lru_cache(maxsize=256)
def _first_of(rules: tuple[Rule, ...], operation: Operation) -> list[Rule]:
    """Return the applicable rules in `FOUNDATIONS`, in their order."""
    named = {rule.id: rule for rule in rules if rule.id in FOUNDATIONS and concerns(rule, operation)}
    return [named[id_] for id_ in FOUNDATIONS if id_ in named]


@lru_cache(maxsize=256)
def _of_exchanges(rules: tuple[Rule, ...], operation: Operation) -> list[tuple[Rule, bool]]:
    """Return the rules about single exchanges, each with whether it applies to this operation."""
    return [(rule, concerns(rule, operation)) for rule in rules if not issubclass(rule.view, ScenarioView)]


@lru_cache(maxsize=256)
def _of_scenarios(rules: tuple[Rule, ...], operation: Operation) -> list[tuple[Rule, bool]]:
    """Return the rules about scenarios, each with whether it applies to this operation."""
    return [(rule, concerns(rule, operation)) for rule in rules if issubclass(rule.view, ScenarioView)]


@cache
def _not_applicable(rule_id: str) -> Verdict:
    return Verdict(rule_id, "not_applicable")


@cache
def _passed(rule_id: str) -> Verdict:
    return Verdict(rule_id, "pass")


class _Views:
    """Builds each view of one exchange or scenario once, however many rules take it."""

    def __init__(self, build: Callable[[Any], Any], foundations: Foundations) -> None:
        self._build = build
        self._results: dict[object, Any] = {}
        self.foundations = foundations

    def show(self, rule: Rule) -> Any:
        """Return the view that a rule takes, None if the rule does not apply.

        Raises what building the view or the rule's condition raised, for each rule again.
        """
        view = self._once(rule.view, lambda: self._build(rule.view))
        if view is None or rule.when is None:
            return view
        condition = rule.when
        return view if self._once((rule.view, condition), lambda: condition(view)) else None

    def _once(self, key: object, compute: Callable[[], Any]) -> Any:
        if key not in self._results:
            try:
                with self.examining():  # checking whether a rule applies does not count as examining
                    self._results[key] = compute()
            except Exception as error:  # noqa: BLE001 - stored, and raised below for each rule
                self._results[key] = error.with_traceback(None)
        result = self._results[key]
        if isinstance(result, Exception):
            raise result
        return result

    def examining(self) -> AbstractContextManager[Examination]:
        """Record what a probe reads, with the places if any place is invalid."""
        return examining(watch=self.foundations if self.foundations.broken else None)


class _Limit:
    """The limit of processor time for one exchange, from now on.

    The elapsed time is checked first: it is never less, and reading the processor time takes 30 times as
    long.
    """

    __slots__ = ("_began", "_used")

    def __init__(self) -> None:
        self._began, self._used = monotonic(), thread_time()

    def is_reached(self) -> bool:
        return monotonic() - self._began > MOST_SECONDS and thread_time() - self._used > MOST_SECONDS


@dataclass(frozen=True, slots=True)
class _Excuse:
    """Finds the known deviation that explains a violation of one exchange or scenario."""

    quirks: QuirkTable
    operation: Operation
    exchange: Exchange | None

    def __call__(self, rule: Rule, violation: Violation) -> Deviation | None:
        return self.quirks.excuse(rule.id, violation, self.operation, self.exchange)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A verdict, and every violation behind it, listed or not."""

    verdict: Verdict
    found: tuple[Violation, ...] = ()


@dataclass(slots=True)
class _Finds:
    """The violations of one probe, each place and reason once: a stream may repeat a defect per chunk."""

    rule: Rule
    excuse: _Excuse
    known: dict[str, Deviation] = field(default_factory=dict)
    _found: dict[tuple[str, str, str | None, Level], Violation] = field(default_factory=dict)
    _looked_at: int = 0

    def take(self, violations: Iterable[Violation]) -> str:
        """Take the violations up to a bound; return a note if the bound is reached."""
        for violation in violations:
            if self._looked_at == MOST_LOOKED_AT:
                return f"Stopped after {MOST_LOOKED_AT:,} violations."
            self._looked_at += 1
            deviation = self.excuse(self.rule, violation)
            if deviation is not None:
                self.known.setdefault(deviation.id, deviation)
                continue
            level = violation.level or self.rule.level
            key = (violation.pointer, violation.reason, violation.point, level)
            if key not in self._found:
                self._found[key] = replace(
                    violation, rule=self.rule.id, level=level, pointer=escape_surrogates(violation.pointer)
                )
        return ""

    @property
    def found(self) -> tuple[Violation, ...]:
        return tuple(self._found.values())


def _verdict(rule: Rule, views: _Views, excuse: _Excuse) -> Verdict:
    return _judged(rule, views, excuse).verdict


def _judged(rule: Rule, views: _Views, excuse: _Excuse) -> _Judged:
    """Return the verdict of a rule; its probe reads the view only if the rule applies."""
    try:
        view = views.show(rule)
    except Exception as error:  # noqa: BLE001 - as for a probe
        # It is kept for other rules: with its frames, it would keep the response until garbage is collected.
        return _stopped(rule, error.with_traceback(None))
    if view is None:
        return _without_violations(rule.id, passed=False)
    finds = _Finds(rule, excuse)
    note = ""
    with views.examining() as examination:
        try:
            if rule.evidence is None:
                examined(getattr(view, "evidence", None))
                note = finds.take(rule.probe(view))
            elif evidence := rule.evidence(view):
                examined()
                note = finds.take(rule.probe(*((view, evidence) if rule.takes_view else (evidence,))))
            else:
                return _without_violations(rule.id, passed=False)
        except Exception as error:  # noqa: BLE001 - a broken probe must not stop the run, nor count as a violation
            if not (finds.found and isinstance(error, NotApplicable | Inconclusive | MissingExtraError)):
                return _stopped(rule, error, tuple(finds.known))
            note = "" if isinstance(error, NotApplicable) else _sentence(str(error))
    if not (finds.found or finds.known or views.foundations.broken):
        return _without_violations(rule.id, passed=examination.found)
    return _conclude(finds, note, views.foundations, examination)


def _stopped(rule: Rule, error: Exception, known: tuple[str, ...] = ()) -> _Judged:
    """Return the verdict of a rule whose view or probe raised before it found a violation."""
    if isinstance(error, NotApplicable):
        return _without_violations(rule.id, passed=False)
    if isinstance(error, Inconclusive):
        return _Judged(Verdict(rule.id, "inconclusive", note=_sentence(str(error)), quirks=known))
    if isinstance(error, MissingExtraError):
        return _Judged(
            Verdict(rule.id, "inconclusive", note=str(error), quirks=known, missing_extra=error.extra)
        )
    raised = f"The probe raised {type(error).__name__}: {str(error)[:200]}"
    return _Judged(Verdict(rule.id, "inconclusive", note=raised))


@cache
def _without_violations(rule_id: str, *, passed: bool) -> _Judged:
    return _Judged(_passed(rule_id) if passed else _not_applicable(rule_id))


def _conclude(finds: _Finds, note: str, foundations: Foundations, examination: Examination) -> _Judged:
    """Return the verdict on the violations of a probe, without those that another rule reports."""
    rule, known = finds.rule, finds.known
    awaited = [foundations.awaited(rule.id, violation, examination) for violation in finds.found]
    left = _once_per_place(
        violation for violation, broken in zip(finds.found, awaited, strict=True) if broken is None
    )
    notes = " ".join(filter(None, [note, *(_sentence(each.note) for each in known.values())]))
    if left:
        listed = tuple(_with_clause(each, rule, finds.excuse.operation) for each in _listed(left))
        further = len(left) - len(listed)
        return _Judged(Verdict(rule.id, "violation", listed, notes, tuple(known), further), left)
    waits_for = next(filter(None, awaited), None) or foundations.missed(examination)
    if waits_for is not None:
        return _Judged(Verdict(rule.id, "not_applicable", note=_sentence(str(waits_for))))
    if known:
        return _Judged(Verdict(rule.id, "pass", (), notes, tuple(known)))
    return _Judged(_passed(rule.id) if examination.found else _not_applicable(rule.id))


def _listed(found: tuple[Violation, ...]) -> Iterable[Violation]:
    """Return the violations to list, in order: the first of each kind takes precedence over a second one."""
    if len(found) <= MOST_LISTED:
        return found
    firsts: dict[tuple[str, str, str | None], int] = {}
    for at, each in enumerate(found):
        firsts.setdefault((generalise(each.pointer), each.reason, each.point), at)
    chosen = dict.fromkeys(list(firsts.values())[:MOST_LISTED])
    for at in range(len(found)):
        if len(chosen) == MOST_LISTED:
            break
        chosen[at] = None
    return [found[at] for at in sorted(chosen)]


def _with_clause(violation: Violation, rule: Rule, operation: Operation) -> Violation:
    """Return the violation with its clause, and with texts that can be encoded."""
    return replace(
        violation,
        message=escape_surrogates(violation.message),
        expected=brief(violation.expected),
        actual=brief(violation.actual),
        clause=find_clause(rule, operation),
    )


def _once_per_place(found: Iterable[Violation]) -> tuple[Violation, ...]:
    """Return the first violation of each place and reason, whatever their levels."""
    first: dict[tuple[str, str, str | None], Violation] = {}
    for violation in found:
        first.setdefault((violation.pointer, violation.reason, violation.point), violation)
    return tuple(first.values())


def _sentence(note: str) -> str:
    return note if not note or note[-1] in ".!?" else f"{note[:1].upper()}{note[1:]}."


def applicable_ids(rules: Iterable[Rule], operation: Operation, kind: str | None) -> list[str]:
    """Return the ids of the rules that apply to exchanges of an operation, or to this kind of scenario."""
    listed = tuple(rules)
    if kind is None:
        return [rule.id for rule, concerned in _of_exchanges(listed, operation) if concerned]
    of_scenarios = _of_scenarios(listed, operation)
    return [rule.id for rule, concerned in of_scenarios if concerned and kind in rule.view.kinds]
