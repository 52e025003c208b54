"""The lines of a record as frozen data: header, exchange, scenario, footer, and their parts.

schemas/record-v2.json describes the same lines for readers that are not Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from aoai_model.case import (
    Derivation,
    Expectation,
    Placeholder,
    Point,
    PollCondition,
    ScenarioStep,
    planned_case,
)
from aoai_model.exchange import Request, Response, TransportFailure
from aoai_model.serialization import Decoder, Json, Serializable, mapping_of, optional, tuple_of
from aoai_model.verdict import Level, Outcome, PointsShown, Tokens, Violation

RECORD_SCHEMA = "aoai-conformance/record/v2"

#: The fields of a case that the line of its exchange repeats under the same names.
CASE_FIELDS = (
    "document", "operation", "kind", "origin", "expect", "scenario", "points", "takes", "until", "derived",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleFacts(Serializable):
    """What a report says of a rule: its level, its requirement, the clause it comes from, its topic."""

    level: Level
    requirement: str
    clause: str
    topic: str


@dataclass(frozen=True, slots=True)
class QuirkFacts(Serializable):
    """What a known habit of the real service is, and who says that it has it."""

    summary: str
    source: str


@dataclass(frozen=True, slots=True)
class NotSent(Serializable):
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
class Planned(Serializable):
    """How many cases were planned, and the ids of the planned points by operationId.

    `documents` has the points by document and operationId; records of earlier versions lack it. `left_out`
    are planned points that are not among the cases to be sent.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "points": mapping_of(tuple),
        "documents": mapping_of(mapping_of(tuple)),
        "left_out": tuple_of(NotSent.from_json),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"documents", "left_out"})

    cases: int = 0
    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    documents: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    left_out: tuple[NotSent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Serializable):
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
        "rules": mapping_of(RuleFacts.from_json),
        "planned": Planned.from_json,
        "not_configured": tuple,
        "quirks": mapping_of(QuirkFacts.from_json),
        "excluded": tuple,
        "rule_operations": mapping_of(tuple),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset(
        {"quirks", "excluded", "capabilities", "rule_operations", "provisional", "converted_from"}
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
    converted_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeLine(Serializable):
    """One request with its response or its transport failure, and what the rules say of it.

    Exactly one of `response` and `failure` is not None. `verdicts` leaves out the rules that do not apply;
    `notes` begin with the id of the rule that has something to say, and a colon. `shown` is None in records
    of earlier versions. `further` has the number of violations of a rule beside those in `violations`.
    `unjudged` marks a line that was written when the response arrived: a later line of the same case, with
    its verdicts, replaces it. `place` is its place in the plan, counted from 1; 0 where it has none. All
    three are left out where they are empty.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "scenario": optional(ScenarioStep.from_json),
        "points": tuple_of(Point.from_json),
        "takes": tuple_of(Placeholder.from_json),
        "until": optional(PollCondition.from_json),
        "derived": optional(Derivation.from_json),
        "request": Request.from_json,
        "response": optional(Response.from_json),
        "failure": optional(TransportFailure.from_json),
        "violations": tuple_of(Violation.from_json),
        "notes": tuple,
        "quirks": tuple,
        "tokens": Tokens.from_json,
        "shown": optional(PointsShown.from_json),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset(
        {"takes", "until", "derived", "shown", "unjudged", "place", "further"}
    )

    type: Literal["exchange"] = "exchange"
    case: str
    document: str
    operation: str
    kind: str
    origin: str
    expect: Expectation
    scenario: ScenarioStep | None = None
    points: tuple[Point, ...] = ()
    takes: tuple[Placeholder, ...] = ()
    until: PollCondition | None = None
    derived: Derivation | None = None
    request: Request
    response: Response | None = None
    failure: TransportFailure | None = None
    attempts: int = 1
    verdicts: Mapping[str, Outcome] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    notes: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    curl: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    shown: PointsShown | None = None
    unjudged: bool = False
    place: int = 0
    further: Mapping[str, int] = field(default_factory=dict)

    @property
    def planned_case(self) -> str:
        """The id of the planned case whose request this exchange sent."""
        return planned_case(self.case, self.derived)

    @property
    def is_throttled(self) -> bool:
        """Whether this is an attempt that was answered with 429 and repeated."""
        return self.derived is not None and self.derived.kind == "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioLine(Serializable):
    """What the rules over several exchanges say of one scenario.

    `cases` are its exchanges in step order; `notes`, as in an exchange, begin with the rule's id and a colon,
    and are left out of the line where there are none, as are `quirks` and `further`.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "cases": tuple,
        "violations": tuple_of(Violation.from_json),
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
    violations: tuple[Violation, ...] = ()
    notes: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    unjudged: bool = False
    place: int = 0
    further: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleCounts(Serializable):
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
class Footer(Serializable):
    """The last line: how the run ended and what it cost. Its absence says that the run was cut off.

    `requests` counts what was sent, retries included; `seconds` is the time from start to end.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "tokens": Tokens.from_json,
        "rules": mapping_of(RuleCounts.from_json),
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
