"""Limits as number lines: which values a server accepted and rejected, against the documented limit."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from aoai_model.case import Expectation, Point
from aoai_model.serialization import Json
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.page.points import PointKey
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_specs.pointers import tokens

#: What a limit is about, by keyword: the number itself, or the length of a text, array or object.
LIMITED: Final = {
    "minimum": "value",
    "exclusiveMinimum": "value",
    "maximum": "value",
    "exclusiveMaximum": "value",
    "minLength": "characters",
    "maxLength": "characters",
    "minItems": "items",
    "maxItems": "items",
    "minProperties": "members",
    "maxProperties": "members",
}
MOST_LINES: Final = 400
MOST_SAMPLES: Final = 40

#: `failed`: neither accepted nor rejected, such as a 500.
SampleResult: TypeAlias = Literal["accepted", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A value that was sent, what the server did, and what a conformant server does.

    `entry` is the fingerprint of the violation of its point, empty without one.
    """

    value: float
    result: SampleResult
    expect: Expectation
    case: str
    entry: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the document allows the value."""
        return self.expect == "accept"

    @property
    def wrong(self) -> bool:
        """Whether the server did something else than a conformant server; False if it may do either."""
        expected = {"accepted": "accept", "rejected": "reject"}.get(self.result)
        return self.expect != "any" and self.expect != expected


@dataclass(frozen=True, slots=True)
class NumberLine:
    """The samples of one field of one operation, sorted by value; `limits` are the documented ones."""

    document: str
    operation: str
    field: str
    measure: str
    limits: tuple[tuple[str, float], ...]
    samples: tuple[Sample, ...]

    @property
    def wrong(self) -> int:
        """The number of samples for which the server was wrong."""
        return sum(each.wrong for each in self.samples)


def number_lines(record: Record, entries: Mapping[PointKey, str]) -> tuple[NumberLine, ...]:
    """The number lines of a record, by document, operation and field in the order of the plan.

    `entries` has the fingerprints of the violations of points.

    Only values that requests contain are used. The documented limit is the value of a point at the limit; it
    is left out if no request carried that point.
    """
    limits: dict[tuple[str, str, str, str], dict[str, float]] = {}
    samples: dict[tuple[str, str, str, str], dict[tuple[float, str], Sample]] = {}
    for line in record.exchanges:
        for point, name, keyword, value in _measured(line):
            key = (line.document, line.operation, name, LIMITED[keyword])
            if point.endswith(":at"):
                limits.setdefault(key, {})[keyword] = value
            result = _result(line)
            if result is not None:
                entry = entries.get((line.document, line.operation, point), "")
                sample = Sample(value, result, line.expect, visible_line(line.case), entry)
                samples.setdefault(key, {}).setdefault((value, result), sample)
    return tuple(
        NumberLine(
            document=visible_line(key[0]),
            operation=visible_line(key[1]),
            field=visible_line(key[2], 120),
            measure=key[3],
            limits=tuple(sorted(limits.get(key, {}).items())),
            samples=tuple(sorted(found.values(), key=lambda each: each.value)[:MOST_SAMPLES]),
        )
        for key, found in list(samples.items())[:MOST_LINES]
    )


def number_text(value: float) -> str:
    """A number as in JSON: `2`, `0.1`, `5e-324`."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)


def _measured(line: ExchangeLine) -> Iterator[tuple[str, str, str, float]]:
    """Point, field, keyword and measured value of each point of an exchange that is about a limit."""
    wanted = [(point, parts) for point in line.points if (parts := _limit_of(point)) is not None]
    if not wanted:
        return
    try:
        body = json.loads(line.request.body)
    except (ValueError, RecursionError):
        return
    for point, (name, keyword) in wanted:
        value = _measure(_at(body, "/" + name.replace("[]", "/0").replace(".", "/")), LIMITED[keyword])
        if value is not None:
            yield point.id, name, keyword, value


def _limit_of(point: Point) -> tuple[str, str] | None:
    """Field and keyword of a point: `n` and `maximum`; None if it is not about a limit."""
    name, _, keyword = point.id.partition(":")[0].rpartition(".")
    return (name, keyword) if name and keyword in LIMITED else None


def _at(body: Json, pointer: str) -> Json:
    for token in tokens(pointer):
        if isinstance(body, dict):
            body = body.get(token)
        elif isinstance(body, list) and token.isdecimal() and int(token) < len(body):
            body = body[int(token)]
        else:
            return None
    return body


def _measure(value: Json, measure: str) -> float | None:
    match value, measure:
        case (bool(), _):
            return None
        case (int() | float() as number, "value"):
            return float(number) if abs(number) < 1e300 and math.isfinite(number) else None
        case (str() as text, "characters"):
            return float(len(text))
        case (list() as items, "items"):
            return float(len(items))
        case (dict() as members, "members"):
            return float(len(members))
    return None


def _result(line: ExchangeLine) -> SampleResult | None:
    """What the server did with the values of a request; None if the response does not show it.

    It shows nothing about a value that the deployment's model does not support, or if the response is not
    about the request. A rejection of several points does not say which of their values was rejected.
    """
    undecided = line.shown is not None and line.shown.state in {"not_shown", "not_applicable"}
    if line.response is None or undecided:
        return None
    status = line.response.status
    if status < 300:
        return "accepted"
    if len(line.points) > 1:
        return None
    if status in {400, 413, 422}:
        return "rejected"
    return "failed" if status >= 500 else None
