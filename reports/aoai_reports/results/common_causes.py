"""Merges findings about rejected requests with a common cause.

A server that rejects `tools` rejects every request that contains them, and with them dozens of points. What
the rejected requests have in common, and no accepted request has, is taken as the cause.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from urllib.parse import parse_qsl, urlsplit

from aoai_reports.record.collecting import Collector, Place
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.request_features import Features, features_of, numbers_in, places_in

#: The reasons of violations of the rules about accepting valid requests.
REJECTIONS = frozenset({"refused", "5xx"})
#: Limits on the length of a response: the cause only if nothing else can be.
_BOUNDS = re.compile(r"/(max_tokens|max_completion_tokens)(?![^=<>?])")
#: What may differ between error messages with the same cause: quoted values and words with digits.
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\S*\d\S*")
#: Larger bodies are not compared.
_LARGEST_BODY = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Rejected:
    """A finding about a rejected request, with the features of the request that no accepted one has."""

    finding: Finding
    suspects: Features


def merge_common_causes(findings: Sequence[Finding], record: Record) -> tuple[Finding, ...]:
    """Merge the findings about rejections with a common cause, keeping the order.

    A merged finding is the one at the point nearest to the cause; its `others` are the places of the rest,
    and its count is the sum. Only findings with the same acceptance are merged, and only if the server gave
    the same status, code and message, apart from values.
    """
    groups: dict[Hashable, list[Finding]] = {}
    for finding in findings:
        if _is_rejection(finding):
            groups.setdefault(_response_key(finding), []).append(finding)
    merged: dict[int, Finding | None] = {}
    for group in groups.values():
        if len(group) > 1:
            accepted = record.collected(AcceptedRequests)
            merged |= _merge(group, accepted.of(group[0]))
    result = (merged.get(id(finding), finding) for finding in findings)
    return tuple(finding for finding in result if finding is not None)


def _is_rejection(finding: Finding) -> bool:
    violation = finding.violation
    return violation.reason in REJECTIONS and not violation.pointer and finding.scenario is None


def _response_key(finding: Finding) -> Hashable:
    """Equal for findings that may have a common cause: same kind and same error, apart from values."""
    response = finding.exchanges[0].response
    status = None if response is None else response.status
    error = () if response is None else _error_key(response.body)
    return (
        finding.document, finding.operation, finding.rule, finding.level, finding.violation.reason,
        finding.known_because, status, error,
    )  # fmt: skip


def _error_key(body: bytes) -> Hashable:
    try:
        value = json.loads(body[:_LARGEST_BODY])
    except (ValueError, RecursionError):
        return ("no JSON",)
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return ("no object",)
    return (str(error.get("code")), _VALUES.sub("", str(error.get("message"))))


class AcceptedRequests(Collector):
    """Collects the features of the accepted requests of each operation."""

    __slots__ = ("_features",)

    def __init__(self) -> None:
        self._features: dict[tuple[str, str], set[str]] = {}

    def of(self, finding: Finding) -> Features:
        """The features of the accepted requests of a finding's operation."""
        return frozenset(self._features.get((finding.document, finding.operation), ()))

    def add_exchange(self, line: ExchangeLine, _place: Place, /) -> None:
        """Add the features of an accepted request."""
        if _is_accepted(line):
            key = (line.document, line.operation)
            self._features.setdefault(key, set()).update(_request_features(line))

    def join(self, other: AcceptedRequests) -> None:
        """Add the features of other accepted requests."""
        for key, features in other._features.items():
            self._features.setdefault(key, set()).update(features)


def _is_accepted(line: ExchangeLine) -> bool:
    return line.response is not None and 200 <= line.response.status < 300


def _request_features(line: ExchangeLine) -> Features:
    """The features of a request, its places with and without null, and the levels of its nulls.

    `PLACE?` stands for a place with any value. Empty unless the body is JSON.
    """
    try:
        body = json.loads(line.request.body[: _LARGEST_BODY + 1]) if line.request.body else None
        query = dict(parse_qsl(urlsplit(line.request.url).query))
    except (ValueError, RecursionError):
        return frozenset()
    features = features_of(body, query)
    nulls = {f"null in level {each.count('/')}" for each in features if each.endswith("=None")}
    present = {f"{each.partition('=')[0]}?" for each in features if "#=" not in each}
    return features | places_in(features) | present | nulls


def _suspects(features: Features, accepted: Features, ranges: Mapping[str, tuple[float, float]]) -> Features:
    """The features that no accepted request has, including numbers beyond all accepted ones."""
    distinct = set(features - accepted)
    for place, values in numbers_in(features).items():
        least, most = ranges.get(place, (-inf, inf))
        distinct |= {f"{place}>"} if max(values) > most else set()
        distinct |= {f"{place}<"} if min(values) < least else set()
    return frozenset(each for each in distinct if not _BOUNDS.match(each)) or frozenset(distinct)


def _merge(group: Iterable[Finding], accepted: Features) -> dict[int, Finding | None]:
    """The replacement of each merged finding, by its id(): the merged finding, or None."""
    ranges = {place: (min(values), max(values)) for place, values in numbers_in(accepted).items()}
    left = [
        _Rejected(each, _suspects(_request_features(each.exchanges[0]), accepted, ranges)) for each in group
    ]
    result: dict[int, Finding | None] = {}
    while True:
        counts = Counter(suspect for each in left for suspect in each.suspects)
        cause = min(counts, key=lambda suspect: (-counts[suspect], len(suspect), suspect), default="")
        if counts[cause] < 2:
            return result
        together = [each.finding for each in left if cause in each.suspects]
        left = [each for each in left if cause not in each.suspects]
        first = min(together, key=lambda finding: _distance(finding, cause))
        others = tuple(sorted(each.place for each in together if each is not first))
        result |= dict.fromkeys(map(id, together))
        more = "1 more point is" if len(others) == 1 else f"{len(others)} more points are"
        message = f"{first.violation.message} {more} rejected for the same reason."
        result[id(first)] = replace(
            first,
            count=sum(each.count for each in together),
            others=others,
            violation=replace(first.violation, message=message),
        )


def _distance(finding: Finding, cause: str) -> tuple[bool, bool, int, str]:
    """The distance of a point from the cause: the same field first, then the shortest name."""
    point = finding.violation.point
    field = re.split(r"[/=*:<>#?]", cause.lstrip("/"), maxsplit=1)[0]
    return (point is None, not finding.place.startswith(field), len(finding.place), finding.place)
