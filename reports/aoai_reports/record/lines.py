"""The lines of a record as frozen dataclasses: header, exchange, scenario and footer.

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
    """What reports show about a rule: its level, requirement, clause and topic."""

    level: Level
    requirement: str
    clause: str
    topic: str


@dataclass(frozen=True, slots=True)
class QuirkFacts(Serializable):
    """A known deviation of the real service and its source."""

    summary: str
    source: str


@dataclass(frozen=True, slots=True)
class NotSent(Serializable):
    """Points that were planned for one operation of a document and not sent, and why.

    `cause` is `budget` for points beyond the budget of the user, `capability` for points about fields that
    the deployment does not support; `subject` is the unsupported field, `message` quotes the server.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"points": tuple}

    document: str
    operation: str
    cause: str
    points: tuple[str, ...]
    subject: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class UsageEstimate(Serializable):
    """The requests and tokens that a run is expected to use."""

    decoders: ClassVar[Mapping[str, Decoder]] = {"tokens": Tokens.from_json}

    requests: int
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class MoneySpent(Serializable):
    """What a run cost by the prices that it was given.

    `unknown` are the models and deployments without a price, which `amount` leaves out.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"unknown": tuple}

    currency: str
    amount: float
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned(Serializable):
    """The number of planned cases, and the ids of the planned points by operationId.

    `documents` has the points by document and operationId; old records lack it. `left_out` are planned points
    that are not sent. `estimate` is what the plan and the probes are expected to use; old records lack it.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "points": mapping_of(tuple),
        "documents": mapping_of(mapping_of(tuple)),
        "left_out": tuple_of(NotSent.from_json),
        "estimate": optional(UsageEstimate.from_json),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"documents", "left_out", "estimate"})

    cases: int = 0
    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    documents: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    left_out: tuple[NotSent, ...] = ()
    estimate: UsageEstimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Serializable):
    """The first line: the target, the documents, the options, the rules and the planned points of a run.

    `started` is an instant in UTC that ends in Z; `options` are the other options of the run, without
    secrets; `quirks` describes the quirks that exchanges may name; `excluded` are the operations that the
    user excluded, `capabilities` what each deployment supports (see
    `aoai_strategies.planning.capabilities`), `rule_operations` the operations that each rule applies to.
    `provisional` marks a header that was written before the plan was known; the final one replaces it.
    `converted_from` is the schema of an older record that this one was converted from. `label` is the name
    that the user gave to the target. `links` has the URL where each document was published, and by their
    clauses those of its parts from other publications.
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
        {"quirks", "excluded", "capabilities", "rule_operations", "provisional", "converted_from", "label"}
        | {"links"}
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
    label: str = ""
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeLine(Serializable):
    """One case with its request, its response or transport failure, and its verdicts.

    Exactly one of `response` and `failure` is not None. `verdicts` omits rules that do not apply; each of the
    `notes` starts with the id of a rule and a colon. `shown` is None in old records. `further` counts the
    violations of a rule that are not listed in `violations`. `unjudged` marks a line that was written when
    the response arrived; a later line of the same case with the verdicts replaces it. `place` is the place in
    the plan, counted from 1; 0 without one. `missing_extras` names the extra without which a rule could not
    judge, by rule.
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
        {"takes", "until", "derived", "shown", "unjudged", "place", "further", "missing_extras"}
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
    missing_extras: Mapping[str, str] = field(default_factory=dict)

    @property
    def planned_case(self) -> str:
        """The id of the planned case whose request this exchange sent."""
        return planned_case(self.case, self.derived)

    @property
    def is_throttled(self) -> bool:
        """Whether this attempt got a 429 response and was repeated."""
        return self.derived is not None and self.derived.kind == "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioLine(Serializable):
    """A scenario with the verdicts of the rules about several exchanges.

    `cases` are the ids of its cases in step order; the other fields are those of an exchange.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "cases": tuple,
        "violations": tuple_of(Violation.from_json),
        "notes": tuple,
        "quirks": tuple,
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset(
        {"notes", "quirks", "unjudged", "place", "further", "missing_extras"}
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
    missing_extras: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleCounts(Serializable):
    """How often a rule had each outcome, over exchanges and scenarios."""

    json_names: ClassVar[Mapping[str, str]] = {"passed": "pass"}

    passed: int = 0
    violation: int = 0
    inconclusive: int = 0
    not_applicable: int = 0

    @property
    def exercised(self) -> bool:
        """Whether the rule ever passed or was violated."""
        return self.passed + self.violation > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer(Serializable):
    """The last line: how the run ended and what it cost. A record without it is truncated.

    `requests` counts the requests sent, retries included; `seconds` is the duration of the run. `cost` is
    None in old records, in judged recordings and in runs on the emulator.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "tokens": Tokens.from_json,
        "rules": mapping_of(RuleCounts.from_json),
        "cost": optional(MoneySpent.from_json),
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"cost"})

    type: Literal["footer"] = "footer"
    ended: str
    seconds: float
    interrupted: bool
    requests: int
    tokens: Tokens = field(default_factory=Tokens)
    rules: Mapping[str, RuleCounts] = field(default_factory=dict)
    cost: MoneySpent | None = None


Line: TypeAlias = Header | ExchangeLine | ScenarioLine | Footer

#: The dataclass of each line, by the line's `type`.
LINE_TYPES: Mapping[str, type[Line]] = {
    "header": Header,
    "exchange": ExchangeLine,
    "scenario": ScenarioLine,
    "footer": Footer,
}
