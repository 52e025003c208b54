"""The result of a rule for an exchange or a scenario: levels, violations and verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from aoai_model.serialization import Json, Serializable

#: How strongly a requirement is stated, as in RFC 2119.
Level = Literal["must", "should", "may"]
Outcome = Literal["pass", "violation", "not_applicable", "inconclusive"]
#: What one exchange shows about the points of its case.
Showing = Literal["correct", "wrong", "not_shown", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Violation(Serializable):
    """One place where an exchange or a scenario breaks a rule.

    `pointer` is a JSON Pointer into the response body, or into the data of the event with index `chunk`;
    `header:NAME` for a header; empty for the whole response. `message` is one sentence. `reason` is a short
    stable key that distinguishes two defects at the same place, such as a schema keyword; it never contains
    a value from the exchange. `point` is the id of the point that the violation is about, if any. `level`
    overrides the level of the rule if the point is weaker.

    A probe leaves `rule` and `clause` empty and may leave `level` None; judging fills them in. `clause` is
    the rule's clause in the document that was used.
    """

    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"clause"})

    pointer: str
    message: str
    expected: Json = None
    actual: Json = None
    reason: str = ""
    point: str | None = None
    chunk: int | None = None
    level: Level | None = None
    clause: str = field(default="", compare=False)
    rule: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the violation as JSON, rule and level first."""
        return {"rule": self.rule, "level": self.level, **Serializable.to_json(self)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one rule for one exchange or scenario.

    The `violations` are complete (rule, level and clause are set). `note` gives the reason for an
    inconclusive verdict, names a tolerated deviation, or names the rule that takes precedence. `quirks` are
    the ids of the known quirks that were tolerated. `further` counts the violations that are not listed.
    `missing_extra` is the extra without which the rule could not judge.
    """

    rule_id: str
    outcome: Outcome
    violations: tuple[Violation, ...] = ()
    note: str = ""
    quirks: tuple[str, ...] = ()
    further: int = 0
    missing_extra: str = ""


@dataclass(frozen=True, slots=True)
class PointsShown(Serializable):
    """What an exchange shows about its points, or about its operation if it has none.

    `cause` says why nothing is shown or applicable (see `aoai_conformance.judging.rejections`), `subject` is
    the field or value that the server names, `message` quotes the server.
    """

    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"cause", "subject", "message"})

    state: Showing
    cause: str = ""
    subject: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Tokens(Serializable):
    """The tokens that the responses report as used."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)
