"""Describes a cause in one phrase, with numbers from the record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aoai_reports.record.collecting import Collector, Place
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.results.cause_kinds import CAUSE_KINDS, CauseKind, body_place_of
from aoai_reports.results.findings import Finding

#: How many places or constraints a title lists.
MOST_LISTED = 5
_REJECTIONS = frozenset({"BOUNDARY-001", "BOUNDARY-002", "BOUNDARY-005"})
#: The rules of the causes that state their share of all responses.
_RULES_OF_RESPONSES = frozenset(
    rule for kind in CAUSE_KINDS if "{responses}" in kind.title for rule in kind.rules
)
#: Document and operation, whether the response is a success and whether it is a stream.
_ResponseClass: TypeAlias = tuple[str, str, bool, bool]
_ARRAY = re.compile(r"/\*")
#: What the keywords of constraints are called in titles; others keep their names.
_CONSTRAINTS = {
    "type": "types",
    "nullable": "types",
    "enum": "enums",
    "const": "enums",
    "required": "required fields",
    "minimum": "limits",
    "maximum": "limits",
    "exclusiveMinimum": "limits",
    "exclusiveMaximum": "limits",
    "multipleOf": "limits",
    "minItems": "lengths",
    "maxItems": "lengths",
    "minLength": "lengths",
    "maxLength": "lengths",
    "minProperties": "lengths",
    "maxProperties": "lengths",
    "oneOf": "alternatives",
    "anyOf": "alternatives",
    "discriminator": "alternatives",
    "format": "formats",
    "pattern": "formats",
    "additionalProperties": "undeclared fields",
}


class JudgedCounts(Collector):
    """Counts the exchanges of a record that rules passed or failed.

    `invalid_requests` is the number of judged requests outside the contract.
    """

    __slots__ = ("_responses", "invalid_requests")

    def __init__(self) -> None:
        self.invalid_requests = 0
        #: The number of responses of each class that each rule judged.
        self._responses = Counter[tuple[_ResponseClass, str]]()

    def add_exchange(self, line: ExchangeLine, _place: Place, /) -> None:
        """Count an exchange."""
        self.invalid_requests += _is_judged(line, _REJECTIONS)
        for rule in _RULES_OF_RESPONSES.intersection(line.verdicts):
            self._responses[_class_of(line), rule] += 1

    def join(self, other: JudgedCounts) -> None:
        """Add the counts of other exchanges."""
        self.invalid_requests += other.invalid_requests
        self._responses.update(other._responses)

    def responses_like(self, findings: Iterable[Finding]) -> int:
        """How many responses of the same classes as those of the findings the same rules judged."""
        classes: dict[_ResponseClass, int] = {}
        for each in findings:
            class_ = _class_of(each.exchanges[0])
            classes[class_] = max(classes.get(class_, 0), self._responses[class_, each.rule])
        return sum(classes.values())


@dataclass(frozen=True)
class Members:
    """The findings of a cause, as the placeholders of a title.

    `key` is what distinguishes the cause from others of its kind.
    """

    key: str
    findings: Sequence[Finding]
    judged: JudgedCounts

    @property
    def message(self) -> str:
        """The message of the first finding, and how many others differ from it."""
        first = self.findings[0].violation.message.rstrip(".")
        others = len({each.violation.message for each in self.findings}) - 1
        return f"{first} (and {others} similar)" if others else first

    @property
    def reason(self) -> str:
        """The keyword or reason of the first finding."""
        return self.findings[0].violation.reason or "schema"

    @property
    def field(self) -> str:
        """The place in the body: `choices[].logprobs`."""
        return readable_place(self.findings[0])

    @property
    def places(self) -> str:
        """The places in bodies, the first ones named."""
        return _listed(map(readable_place, self.findings))

    @property
    def points(self) -> str:
        """The points, the first ones named."""
        return _listed(each.place for each in self.findings)

    @property
    def points_and_statuses(self) -> str:
        """What each point sends and the status that it got: `none 500, wrong-key 400`."""
        return _listed(f"{each.place.rpartition(':')[2]} {_status(each)}" for each in self.findings)

    @property
    def statuses(self) -> str:
        """The statuses of the responses: `500`, `400 and 500`."""
        return _joined(sorted({_status(each) for each in self.findings}))

    @property
    def constraints(self) -> str:
        """The constraints that the requests break, counted: `types 120, enums 64`."""
        counts = Counter(
            _constraint_of(place) for each in self.findings for place in (each.place, *each.others)
        )
        return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())

    @property
    def invalid_requests(self) -> str:
        """How many of the invalid requests this is about: `every invalid request (48)`."""
        return _share(
            sum(each.count for each in self.findings), self.judged.invalid_requests, "invalid request"
        )

    @property
    def responses(self) -> str:
        """How many of the responses this is about: `every response (30)`, `3 of 30 responses`."""
        total = self.judged.responses_like(self.findings)
        return _share(sum(each.count for each in self.findings), total, "response")


def describe(kind: CauseKind, members: Members) -> str:
    """The title of a cause, with the number of operations if there are several."""
    template = kind.title if members.key else kind.title_without_key or kind.title
    names = re.findall(r"\{(\w+)\}", template)
    title = template.format_map({name: getattr(members, name) for name in names})
    operations = len({each.operation for each in members.findings})
    return f"{title} – {operations} operations" if operations > 1 else title


def readable_place(finding: Finding) -> str:
    """The place of a finding as a path: `choices[].logprobs` for `/choices/*/logprobs`."""
    place = body_place_of(finding.identity)
    if not place.startswith("/"):
        return place.removeprefix("header:") or "body"
    return _ARRAY.sub("[]", place).lstrip("/").replace("/", ".").replace("~1", "/").replace("~0", "~")


def _constraint_of(place: str) -> str:
    """What a point of the request is about: a schema keyword, or a rule between fields."""
    constraint = place.partition(":")[0]
    keyword = constraint.rpartition(".")[2] if "." in constraint else ""
    return (
        _CONSTRAINTS.get(keyword, keyword if keyword.isalpha() and keyword != constraint else "")
        or "other rules"
    )


def _is_judged(line: ExchangeLine, rules: Collection[str]) -> bool:
    return any(line.verdicts.get(rule) in ("pass", "violation") for rule in rules)


def _class_of(line: ExchangeLine) -> _ResponseClass:
    response = line.response
    return (
        line.document,
        line.operation,
        response is not None and response.status < 400,
        response is not None and response.events is not None,
    )


def _status(finding: Finding) -> str:
    response = finding.exchanges[0].response if finding.exchanges else None
    return "no response" if response is None else str(response.status)


def _share(count: int, total: int, noun: str) -> str:
    if count >= total:
        return f"every {noun} ({count:,})" if count > 1 else f"1 {noun}"
    return f"{count:,} of {total:,} {noun}s"


def _listed(names: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - MOST_LISTED
    return ", ".join(distinct[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
