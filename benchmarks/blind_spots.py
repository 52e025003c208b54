"""Find defects that no rule reports: change each field of each response of a run and judge it.

    aoai-conformance run --out RUN && python benchmarks/blind_spots.py RUN [KIND…]

The same change is made in the successful responses of one kind of operation (at most `MOST` outside
scenarios), like a server with this single defect, and the responses are judged alone and in their scenarios.
Each change that no rule reports, or that is reported as drift only, is a line of the output; the last lines
count them. Many are allowed: another text, an omitted optional field. The others show missing rules.

Nothing is sent, so defects that affect later requests (such as an id that does not exist) are missed here but
found in a run.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Part, StepGroup
from aoai_conformance.recording.rejudge import documents_of, parts_of
from aoai_conformance.rule import rules
from aoai_model.exchange import Event
from aoai_reports.record.reader import read_record
from aoai_specs.pointers import escape

#: The number of changed responses per kind, beside those of scenarios.
MOST = 15
#: The number of changed elements per list.
FEW = 8
LEVELS = ("must", "should", "may")

Change = Callable[[Any], Any]
#: Marks a field to leave out.
OMITTED = object()
CHANGES: dict[str, tuple[type | tuple[type, ...], Change]] = {
    "left out": (object, lambda _: OMITTED),
    "null": (object, lambda _: None),
    "other type": (object, lambda held: 7 if isinstance(held, str | list | dict) else str(held)),
    "one more": (float, lambda held: held + 1),
    "one less": (float, lambda held: held - 1),
    "negative": (float, lambda held: -abs(held) - 1),
    "zero": (float, lambda _: 0),
    "thousandfold": (float, lambda held: held * 1000),
    "flipped": (bool, lambda held: not held),
    "empty": ((str, list, dict), lambda held: type(held)()),
    "other word": (str, lambda _: "xyzzy"),
    "upper case": (str, str.upper),
    "cut short": ((str, list), lambda held: held[:-1]),
    "reversed": (list, lambda held: held[::-1]),
    "last twice": (list, lambda held: held + copy.deepcopy(held[-1:])),
}


def general(pointer: str) -> str:
    """Return a pointer with `*` for each index."""
    return re.sub(r"/\d+(?=/|\Z)", "/*", pointer)


def places(value: Any, pointer: str = "") -> Iterator[str]:
    """Yield the general pointers of everything in a value."""
    children = list(_children(value))
    for token, held in children:
        below = f"{pointer}/{token}"
        yield general(below)
        yield from places(held, below)


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield escape(name), held
    elif isinstance(value, list):
        for place, held in enumerate(value[:FEW]):
            yield str(place), held


def is_of(held: Any, kinds: type | tuple[type, ...]) -> bool:
    """Whether a change applies to a value; float stands for numbers, and booleans are not numbers."""
    if kinds is float:
        return isinstance(held, int | float) and not isinstance(held, bool)
    return isinstance(held, kinds)


def change_at(value: Any, place: str, name: str, pointer: str = "") -> Any:
    """Return a value with a change at every matching pointer, or the same object if there is none."""
    if pointer and general(pointer) == place:
        kinds, change = CHANGES[name]
        return change(value) if is_of(value, kinds) else value
    if not f"{place}/".startswith(f"{general(pointer)}/"):
        return value
    new = {token: change_at(held, place, name, f"{pointer}/{token}") for token, held in _children(value)}
    if all(new[token] is held for token, held in _children(value)):
        return value
    if isinstance(value, list):
        items = [held for held in new.values() if held is not OMITTED]
        return items + value[FEW:]
    names = dict(zip(new, value, strict=True))
    return {names[token]: held for token, held in new.items() if held is not OMITTED}


def with_change(exchange: Exchange, place: str, name: str) -> Exchange | None:
    """Return an exchange with a change in its body or chunks, or None if nothing changes."""
    response = exchange.response
    if response is None:
        return None
    if response.events is None:
        body = change_at(response.json, place, name) if response.is_json else OMITTED
        if body is OMITTED or json.dumps(body) == json.dumps(response.json):
            return None
        content = json.dumps(body, ensure_ascii=False).encode()
        return replace(exchange, response=replace(response, body=content))
    events = [
        event if chunk is None else _event(event, change_at(chunk, place, name))
        for event, chunk in zip(response.events, response.event_objects, strict=True)
    ]
    return _streamed(exchange, events, response.events)


def _event(event: Event, chunk: Any) -> Event:
    data = json.dumps(chunk, ensure_ascii=False)
    if json.loads(event.data) == chunk:
        return event
    return replace(event, data=data, raw=f"data: {data}\n\n".encode())


def _streamed(exchange: Exchange, events: Sequence[Event], before: Sequence[Event]) -> Exchange | None:
    if exchange.response is None or list(events) == list(before):
        return None
    numbered = tuple(replace(event, index=index) for index, event in enumerate(events))
    body = b"".join(event.raw for event in numbered)
    return replace(exchange, response=replace(exchange.response, body=body, events=numbered))


def disturb_events(exchange: Exchange, disturbance: str, at: int) -> Exchange | None:
    """Return a stream with one event lost, doubled or late, or None if that is impossible."""
    events = list(exchange.response.events or ()) if exchange.response is not None else []
    before, at = list(events), at % len(events) if events else 0
    if len(events) < 4:
        return None
    if disturbance == "lost":
        del events[at]
    elif disturbance == "doubled":
        events.insert(at, events[at])
    elif at + 1 < len(events):
        events[at], events[at + 1] = events[at + 1], events[at]
    same = [event.data for event in events] == [event.data for event in before]
    return None if same else _streamed(exchange, events, before)


class Detector:
    """Finds the violations that a change adds."""

    def __init__(self, judge: Judge, parts: Sequence[Part]) -> None:
        self._judge = judge
        self._scenarios = [part for part in parts if isinstance(part, StepGroup)]
        self._before: dict[str, set[tuple[str, str, str]]] = {}

    def most_severe(self, new: dict[str, Exchange], old: dict[str, Exchange]) -> tuple[str, tuple[str, ...]]:
        """Return the most severe level of the added violations ("" for none) and the rules that report it."""
        seen: set[tuple[str, str]] = set()
        for id_, exchange in new.items():
            seen |= self._more(id_, old[id_], exchange)
        if not any(level == LEVELS[0] for _, level in seen):
            for each in self._scenarios:
                steps = {step: new.get(one.case.id, one) for step, one in each.steps.items()}
                if steps != each.steps:
                    seen |= self._more(each.scenario, each, replace(each, steps=steps))
        level = next((level for level in LEVELS if any(level == found for _, found in seen)), "")
        return level, tuple(sorted({rule for rule, found in seen if found == level}))

    def _more(self, id_: str, old: Part, new: Part) -> set[tuple[str, str]]:
        if id_ not in self._before:
            self._before[id_] = self._found(old)
        return {(rule, level) for rule, level, _ in self._found(new) - self._before[id_]}

    def _found(self, part: Part) -> set[tuple[str, str, str]]:
        return {
            (verdict.rule_id, each.level or "", f"{each.pointer} {each.reason}")
            for verdict in self._judge(part).verdicts
            for each in verdict.violations
        }


def trials(kind: str, exchanges: Sequence[Exchange]) -> Iterator[tuple[str, dict[str, Exchange]]]:
    """Yield a description of each change with the changed exchanges by case id."""
    for form in ("plain", "streamed"):
        ones = [
            each
            for each in exchanges
            if each.response and (form == "plain") is (each.response.events is None)
        ]
        chosen = [each for each in ones if each.case.scenario]
        chosen += [each for each in ones if not each.case.scenario][:MOST]
        values = [value for each in chosen if each.response for value in _values(each)]
        for place in dict.fromkeys(place for value in values for place in places(value)):
            for name in CHANGES:
                new = {
                    each.case.id: new_exchange
                    for each in chosen
                    if (new_exchange := with_change(each, place, name))
                }
                if new:
                    yield f"{kind} {form} {place} {name}", new
        for what in ("lost", "doubled", "late") if form == "streamed" else ():
            for at in (0, 1, 2, -3, -2, -1):
                new = {
                    each.case.id: new_exchange
                    for each in chosen
                    if (new_exchange := disturb_events(each, what, at))
                }
                if new:
                    yield f"{kind} {form} event {at} {what}", new


def _values(exchange: Exchange) -> list[Any]:
    response = exchange.response
    if response is None:
        return []
    if response.events is not None:
        return [chunk for chunk in response.event_objects if chunk is not None]
    return [response.json] if response.is_json else []


def main(run: Path, kinds: Sequence[str]) -> None:
    record = read_record(run / "record.ndjson")
    documents = {str(document.name): document for document in documents_of(record)}
    parts = list(parts_of(record))
    detector = Detector(Judge(documents, rules()), parts)
    exchanges = [each for each in parts if isinstance(each, Exchange) and each.response is not None]
    by_id = {each.case.id: each for each in exchanges}
    for kind in sorted(
        {each.case.kind for each in exchanges} & set(kinds) or {e.case.kind for e in exchanges}
    ):
        accepted = [each for each in exchanges if each.case.kind == kind and each.response is not None]
        accepted = [each for each in accepted if each.response and 200 <= each.response.status < 300]
        counts: Counter[str] = Counter()
        for what, new in trials(kind, accepted):
            level, reporting = detector.most_severe(new, by_id)
            counts[level or "unseen"] += 1
            if level in ("", "may"):
                print(f"{level or 'unseen':6} {what}  {' '.join(reporting)}", flush=True)
        total = sum(counts.values())
        print(
            f"{kind}: {total} changes, " + ", ".join(f"{counts[each]} {each}" for each in (*LEVELS, "unseen"))
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
