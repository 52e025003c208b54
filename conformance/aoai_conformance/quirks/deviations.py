"""Deviations: quirks as data, for one rule at one place under given conditions.

A violation that matches one passes, and the verdict names it. Known ones are in `known_deviations.yaml`;
users add their own with `--quirks FILE` (see `aoai_conformance.quirks.quirk_file`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import dig, elements
from aoai_reports.results.findings import generalise
from aoai_specs.plain_yaml import load_yaml

if TYPE_CHECKING:
    from aoai_conformance.exchange import Exchange
    from aoai_model.verdict import Violation
    from aoai_specs.document import Operation

PACKAGED = "known_deviations.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One known deviation. A condition that is empty or None always holds.

    `excuses` are the ids of the rules that let it pass. `operations` are operationIds or kinds of operations.
    `place` is a point, `header:NAME` or a JSON Pointer in which `*` is one step and `**` any number of them.
    `reasons` are reasons of violations, and `actual` what was found. `status` and `code` are those of the
    response and of its error, `having` is a JSON Pointer at which the response has something, and
    `empty_list` one at which it has an empty list; `empty_body` says that it has no body. `unasked` is a
    field that the request does not have. `beside` is a member that is there in place of a missing one, and
    `text_only` says that what was found is a text. `until` is the last day.
    """

    id: str
    description: str
    source: str
    excuses: frozenset[str]
    place: str
    operations: frozenset[str] = frozenset()
    surface: str | None = None
    reasons: frozenset[str] = frozenset()
    actual: tuple[Any, ...] = ()
    status: int | None = None
    code: str | None = None
    having: str | None = None
    beside: str | None = None
    text_only: bool = False
    empty_body: bool = False
    empty_list: str | None = None
    unasked: str | None = None
    fields: frozenset[str] = field(default=frozenset())
    until: date | None = None

    def matches(self, violation: Violation, operation: Operation, exchange: Exchange | None) -> bool:
        """Whether a violation of one of its rules matches this deviation."""
        return (
            self._is_about(operation)
            and (self.unasked is None or (exchange is not None and not _sends(exchange, self.unasked)))
            and (not self.reasons or violation.reason in self.reasons)
            and (not self.actual or violation.actual in self.actual)
            and (self.beside is None or self.beside in elements(violation.actual))
            and (not self.text_only or isinstance(violation.actual, str))
            and _is_at(self.place, violation)
            and self._is_met_by(exchange)
        )

    @property
    def note(self) -> str:
        """Return the note of a verdict that passes because of it."""
        return f"Known quirk {self.id}: {self.description} ({self.source})"

    def _is_about(self, operation: Operation) -> bool:
        names = {operation.id.casefold(), operation.kind}
        named = not self.operations or any(each.casefold() in names for each in self.operations)
        return named and self.surface in {None, operation.document.name.surface}

    def _is_met_by(self, exchange: Exchange | None) -> bool:
        conditions = (self.status, self.code, self.having, self.empty_list)
        if conditions == (None,) * 4 and not self.empty_body:
            return True
        response = exchange.response if exchange is not None else None
        if response is None:
            return False
        body = response.json if response.is_json else None
        return (
            self.status in {None, response.status}
            and (self.code is None or dig(body, "/error/code") == self.code)
            and (self.having is None or dig(body, self.having) is not None)
            and (self.empty_list is None or dig(body, self.empty_list) == [])
            and not (self.empty_body and response.body.strip())
        )


def excused(
    deviations: Iterable[Deviation],
    rule_id: str,
    violation: Violation,
    operation: Operation,
    exchange: Exchange | None,
) -> Deviation | None:
    """Return the first deviation that a violation matches, if any."""
    return next(
        (
            each
            for each in deviations
            if rule_id in each.excuses and each.matches(violation, operation, exchange)
        ),
        None,
    )


@cache
def known_deviations() -> tuple[Deviation, ...]:
    """Return the deviations of the real service, in the order of the file."""
    loaded = load_yaml(files(__package__).joinpath(PACKAGED).read_text("utf-8"))
    return tuple(map(_packaged, loaded))


def _packaged(entry: dict[str, Any]) -> Deviation:
    named = {"rules", "why", "operations", "reasons", "actual", "fields"}
    plain = {name: value for name, value in entry.items() if name not in named}
    return Deviation(
        description=entry["why"],
        excuses=frozenset(entry["rules"]),
        operations=frozenset(entry.get("operations", ())),
        reasons=frozenset(entry.get("reasons", ())),
        actual=tuple(entry.get("actual", ())),
        fields=frozenset(entry.get("fields", ())),
        **plain,
    )


def _sends(exchange: Exchange, name: str) -> bool:
    """Whether the JSON body has this top-level field, or the form has a part of this name."""
    sent = exchange.sent_json
    return name in sent if isinstance(sent, dict) else name in exchange.form


def _is_at(place: str, violation: Violation) -> bool:
    if violation.point is not None and _matches(place, violation.point):
        return True
    return _matches(place, violation.pointer) or _matches(place, generalise(violation.pointer))


@lru_cache(maxsize=4096)
def _matches(place: str, pointer: str) -> bool:
    return _pattern(place).fullmatch(pointer) is not None


@lru_cache(maxsize=1024)
def _pattern(place: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", place)
    written = {"**": ".*", "*": "[^/]*"}
    flags = re.IGNORECASE if place.startswith("header:") else re.NOFLAG
    return re.compile("".join(written.get(part, re.escape(part)) for part in parts), flags)
