"""The lines of a record as frozen data: header, exchange, scenario, footer, and their parts.

schemas/record-v1.json describes the same lines for readers that are not Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from aoai_reports.record.evidence import Json, bytes_from_json
from aoai_reports.record.parts import Decoder, Part, by_name, many, optional

RECORD_SCHEMA = "aoai-conformance/record/v1"

Level = Literal["must", "should", "may"]
Expectation = Literal["accept", "reject", "any"]
#: What a rule says of an exchange to which it applies.
Outcome = Literal["pass", "violation", "inconclusive"]
#: What one exchange shows of the points it carries.
Showing = Literal["correct", "wrong", "not_shown", "not_applicable"]
Headers: TypeAlias = tuple[tuple[str, str], ...]

_HEADERS: Decoder = many(tuple)
#: How the ids of cases end that were sent once more until something had ended, and that were turned away.
_BEYOND_THE_PLAN = re.compile(r"(?:/again-\d+)?(?:/busy)?\Z")
_BUSY = "/busy"


def planned_id(case_id: str) -> str:
    """The id under which a case was planned, of which this is a repetition or an attempt turned away."""
    return _BEYOND_THE_PLAN.sub("", case_id, count=1)


def was_throttled(case_id: str) -> bool:
    """Whether the id is that of an attempt that the server turned away as too many (429)."""
    return case_id.endswith(_BUSY)


@dataclass(frozen=True, slots=True)
class RuleFacts(Part):
    """What a report says of a rule: its level, its requirement, the clause it comes from, its topic."""

    level: Level
    requirement: str
    clause: str
    topic: str


@dataclass(frozen=True, slots=True)
class QuirkFacts(Part):
    """What a known habit of the real service is, and who says that it has it."""

    summary: str
    source: str


@dataclass(frozen=True, slots=True)
class NotSent(Part):
    """Points that were planned for one operation of a document and left out, and why.

    `cause` is `budget` for points that a budget of the user cut, `capability` for points about what the
    deployment does not support; `subject` is the unsupported field, `message` quotes the server.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"points": tuple}

    document: str
    operation: str
    cause: str
    points: tuple[str, ...]
    subject: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Planned(Part):
    """How many cases were planned, and the ids of the planned points by operationId.

    `documents` has the points by document and operationId; records of earlier versions lack it. `left_out`
    are planned points that are not among the cases to be sent.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "points": by_name(tuple),
        "documents": by_name(by_name(tuple)),
        "left_out": many(NotSent.from_json),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"documents", "left_out"})

    cases: int = 0
    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    documents: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    left_out: tuple[NotSent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Part):
    """The first line: what was run against what, which rules were asked, which points were planned.

    `started` is an instant in UTC that ends in Z; `options` are the other choices of the run, free of
    secrets; `quirks` describes the quirks that exchanges may name; `excluded` are the operations that the
    user excluded, `capabilities` what each deployment was found to support (see
    `aoai_strategies.planning.capabilities`), `rule_operations` the operations of the run's documents that
    each rule is for. The last four are left out where they are empty. `provisional` marks a header that was
    written before the plan was known; the final one replaces it.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "documents": tuple,
        "rules": by_name(RuleFacts.from_json),
        "planned": Planned.from_json,
        "not_configured": tuple,
        "quirks": by_name(QuirkFacts.from_json),
        "excluded": tuple,
        "rule_operations": by_name(tuple),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset(
        {"quirks", "excluded", "capabilities", "rule_operations", "provisional"}
    )

    type: Literal["header"] = "header"
    schema: str = RECORD_SCHEMA
    tool: str
    started: str
    target: str
    documents: tuple[str, ...]
    surface: str
    profile: str
    seed: int
    options: Mapping[str, Json] = field(default_factory=dict)
    rules: Mapping[str, RuleFacts] = field(default_factory=dict)
    planned: Planned = field(default_factory=Planned)
    not_configured: tuple[str, ...] = ()
    quirks: Mapping[str, QuirkFacts] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    capabilities: Mapping[str, Json] = field(default_factory=dict)
    rule_operations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class StepOf(Part):
    """The place of an exchange in a scenario."""

    id: str
    kind: str
    step: str


@dataclass(frozen=True, slots=True)
class CarriedPoint(Part):
    """A point that an exchange carried.

    `description` is one sentence, `fields` names the request fields that the point changes; each is left out
    where it is empty.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"fields": tuple}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"description", "fields"})

    id: str
    expect: Expectation
    level: Level
    clause: str
    description: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PointsShown(Part):
    """What an exchange shows of the points it carries, and of its operation where it carries none.

    `cause` names why nothing is shown or applicable (see `aoai_conformance.judging.rejections`), `subject`
    the field or value that the server names, `message` the server's own words.
    """

    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"cause", "subject", "message"})

    state: Showing
    cause: str = ""
    subject: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class RecordedRequest(Part):
    """The request as sent, its secrets replaced by `***`.

    `body_missing` says that there was a body which the recording does not have; left out where it is false.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"headers": _HEADERS, "body": bytes_from_json}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"body_missing"})

    method: str
    url: str
    headers: Headers
    body: bytes
    body_missing: bool = False


@dataclass(frozen=True, slots=True)
class RecordedEvent(Part):
    """One server-sent event: its joined data, its raw bytes, and when it arrived (seconds from sending)."""

    decoders: ClassVar[Mapping[str, Decoder]] = {"raw": bytes_from_json}

    data: str
    raw: bytes
    arrived: float
    terminated: bool = True
    name: str = ""
    id: str | None = None
    retry: int | None = None


@dataclass(frozen=True, slots=True)
class RecordedDefect(Part):
    """What is wrong with the bytes that carry a response.

    `kind` is `timeout`, `open`, `coding`, `head`, `framing` or `trailing` (see `aoai_conformance.exchange`).
    `raw` holds the first of these bytes; it is left out where it is empty.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"raw": bytes_from_json}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"raw"})

    kind: str
    message: str
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class RecordedResponse(Part):
    """The response; `events` is None unless it was an event stream. Times are seconds from sending.

    `complete` is false where the body did not come to its end; `defects` say what was wrong on the wire, and
    are left out where there are none.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "headers": _HEADERS,
        "body": bytes_from_json,
        "events": optional(many(RecordedEvent.from_json)),
        "defects": many(RecordedDefect.from_json),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"defects"})

    status: int
    headers: Headers
    body: bytes
    started: float = 0.0
    ended: float = 0.0
    complete: bool = True
    events: tuple[RecordedEvent, ...] | None = None
    defects: tuple[RecordedDefect, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedFailure(Part):
    """Why there is no response: `connect`, `timeout`, `protocol`, `throttled`, `unavailable`, `harness`.

    `received` holds the first bytes that came, where they made no response; left out where it is empty.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"received": bytes_from_json}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"received"})

    kind: str
    message: str
    received: bytes = b""


@dataclass(frozen=True, slots=True)
class Tokens(Part):
    """What a model was paid for, as the usage of the responses says."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)


@dataclass(frozen=True, slots=True)
class ViolationEntry(Part):
    """One place where one exchange (or scenario) breaks one rule.

    `pointer` is a JSON Pointer into the response body or, where `chunk` is not None, into that chunk's data;
    `header:NAME` for a header; empty for the whole. `reason` tells two defects at one place apart.
    `clause` is that of the rule in the document that was used; it is left out where it is empty.
    """

    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"clause"})

    rule: str
    level: Level
    pointer: str
    message: str
    expected: Json = None
    actual: Json = None
    reason: str = ""
    point: str | None = None
    chunk: int | None = None
    clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeLine(Part):
    """One request with its response or its transport failure, and what the rules say of it.

    Exactly one of `response` and `failure` is not None. `verdicts` leaves out the rules that do not apply;
    `notes` begin with the id of the rule that has something to say, and a colon. `shown` is None in records
    of earlier versions. `further` has the number of violations of a rule beside those in `violations`.
    `unjudged` marks a line that was written when the response arrived: a later line of the same case, with
    its verdicts, replaces it. `place` is its place in the plan, counted from 1; 0 where it has none. All
    three are left out where they are empty.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "scenario": optional(StepOf.from_json),
        "points": many(CarriedPoint.from_json),
        "request": RecordedRequest.from_json,
        "response": optional(RecordedResponse.from_json),
        "failure": optional(RecordedFailure.from_json),
        "violations": many(ViolationEntry.from_json),
        "notes": tuple,
        "quirks": tuple,
        "tokens": Tokens.from_json,
        "shown": optional(PointsShown.from_json),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"shown", "unjudged", "place", "further"})

    type: Literal["exchange"] = "exchange"
    case: str
    document: str
    operation: str
    kind: str
    origin: str
    expect: Expectation
    scenario: StepOf | None = None
    points: tuple[CarriedPoint, ...] = ()
    request: RecordedRequest
    response: RecordedResponse | None = None
    failure: RecordedFailure | None = None
    attempts: int = 1
    verdicts: Mapping[str, Outcome] = field(default_factory=dict)
    violations: tuple[ViolationEntry, ...] = ()
    notes: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    curl: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    shown: PointsShown | None = None
    unjudged: bool = False
    place: int = 0
    further: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioLine(Part):
    """What the rules over several exchanges say of one scenario.

    `cases` are its exchanges in step order; `notes`, as in an exchange, begin with the rule's id and a colon,
    and are left out of the line where there are none, as are `quirks` and `further`.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "cases": tuple,
        "violations": many(ViolationEntry.from_json),
        "notes": tuple,
        "quirks": tuple,
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset(
        {"notes", "quirks", "unjudged", "place", "further"}
    )

    type: Literal["scenario"] = "scenario"
    scenario: str
    kind: str
    document: str
    operation: str
    cases: tuple[str, ...]
    verdicts: Mapping[str, Outcome] = field(default_factory=dict)
    violations: tuple[ViolationEntry, ...] = ()
    notes: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    unjudged: bool = False
    place: int = 0
    further: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleCounts(Part):
    """How often a rule said what, over exchanges and scenarios."""

    json_names: ClassVar[Mapping[str, str]] = {"passed": "pass"}

    passed: int = 0
    violation: int = 0
    inconclusive: int = 0
    not_applicable: int = 0

    @property
    def exercised(self) -> bool:
        """Whether the rule ever gave a judgement: a pass or a violation."""
        return self.passed + self.violation > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer(Part):
    """The last line: how the run ended and what it cost. Its absence says that the run was cut off.

    `requests` counts what was sent, retries included; `seconds` is the time from start to end.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "tokens": Tokens.from_json,
        "rules": by_name(RuleCounts.from_json),
    }

    type: Literal["footer"] = "footer"
    ended: str
    seconds: float
    interrupted: bool
    requests: int
    tokens: Tokens = field(default_factory=Tokens)
    rules: Mapping[str, RuleCounts] = field(default_factory=dict)


Line: TypeAlias = Header | ExchangeLine | ScenarioLine | Footer

#: The dataclass of each line, by the line's `type`.
LINE_TYPES: Mapping[str, type[Line]] = {
    "header": Header,
    "exchange": ExchangeLine,
    "scenario": ScenarioLine,
    "footer": Footer,
}
