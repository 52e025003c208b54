"""Merges findings about rejected requests that have one cause, so that one defect is one entry.

A server that rejects `tools` rejects every request that holds them, and with them dozens of points. What the
rejected requests have in common, and no accepted request has, is taken for the cause.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from urllib.parse import parse_qsl, urlsplit

from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.request_features import Features, features_of, numbers_in, places_in

#: The reasons that the rules about accepting valid requests give.
REJECTIONS = frozenset({"refused", "5xx"})
#: What bounds an answer, whatever the request is about: the cause only where nothing else can be.
_BOUNDS = re.compile(r"/(max_tokens|max_completion_tokens)(?![^=<>?])")
#: What differs between two errors for one cause: quoted values, and words with digits such as request ids.
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\S*\d\S*")
#: Bodies above this many bytes are not compared.
_LARGEST_BODY = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Rejected:
    """A finding about a rejected request, with what that request holds and no accepted one does."""

    finding: Finding
    suspects: Features


def merge_common_causes(found: Sequence[Finding], record: Record) -> tuple[Finding, ...]:
    """The findings in their order, those about rejections with a common cause as one.

    The merged finding is the one at the point nearest to the cause; its `others` are the places of the rest,
    and its count is that of all. Only findings that are accepted by the same words are merged, and only
    where the server gave the same status, code and message, values aside.
    """
    groups: dict[Hashable, list[Finding]] = {}
    for finding in found:
        if _is_rejection(finding):
            groups.setdefault(_answer(finding), []).append(finding)
    merged: dict[int, Finding | None] = {}
    accepted = _Accepted(record)
    for group in groups.values():
        if len(group) > 1:
            merged |= _merged(group, accepted.by(group[0]))
    kept = (merged.get(id(finding), finding) for finding in found)
    return tuple(finding for finding in kept if finding is not None)


def _is_rejection(finding: Finding) -> bool:
    violation = finding.violation
    return violation.reason in REJECTIONS and not violation.pointer and finding.scenario is None


def _answer(finding: Finding) -> Hashable:
    """What two findings must share to have one cause: what the server answered, values aside."""
    response = finding.exchanges[0].response
    status = None if response is None else response.status
    words = () if response is None else _error_words(response.body)
    return (
        finding.document, finding.operation, finding.rule, finding.level, finding.violation.reason,
        finding.known_because, status, words,
    )  # fmt: skip


def _error_words(body: bytes) -> Hashable:
    try:
        value = json.loads(body[:_LARGEST_BODY])
    except (ValueError, RecursionError):
        return ("no JSON",)
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return ("no object",)
    return (str(error.get("code")), _VALUES.sub("", str(error.get("message"))))


class _Accepted:
    """What the accepted requests of an operation hold; worked out only where it is asked for."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._held: dict[tuple[str, str], Features] = {}

    def by(self, finding: Finding) -> Features:
        """What the accepted requests of the finding's operation hold."""
        key = (finding.document, finding.operation)
        if key not in self._held:
            lines = (line for line in self._record.exchanges if (line.document, line.operation) == key)
            self._held[key] = frozenset().union(*map(_held_by, filter(_is_accepted, lines)))
        return self._held[key]


def _is_accepted(line: ExchangeLine) -> bool:
    return line.response is not None and 200 <= line.response.status < 300


def _held_by(line: ExchangeLine) -> Features:
    """The features of a request, its places with and without null, and the levels of its nulls.

    A place with `?` behind it is there whatever its value. Nothing is known without a JSON body.
    """
    try:
        body = json.loads(line.request.body[: _LARGEST_BODY + 1]) if line.request.body else None
        query = dict(parse_qsl(urlsplit(line.request.url).query))
    except (ValueError, RecursionError):
        return frozenset()
    features = features_of(body, query)
    nulls = {f"null in level {each.count('/')}" for each in features if each.endswith("=None")}
    there = {f"{each.partition('=')[0]}?" for each in features if "#=" not in each}
    return features | places_in(features) | there | nulls


def _suspects(held: Features, accepted: Features, ranges: Mapping[str, tuple[float, float]]) -> Features:
    """What a rejected request holds and no accepted one does, numbers beyond all accepted ones included."""
    found = set(held - accepted)
    for place, values in numbers_in(held).items():
        least, most = ranges.get(place, (-inf, inf))
        found |= {f"{place}>"} if max(values) > most else set()
        found |= {f"{place}<"} if min(values) < least else set()
    return frozenset(each for each in found if not _BOUNDS.match(each)) or frozenset(found)


def _merged(group: Iterable[Finding], accepted: Features) -> dict[int, Finding | None]:
    """What takes the place of each finding that is merged: the merged one, or nothing."""
    ranges = {place: (min(values), max(values)) for place, values in numbers_in(accepted).items()}
    left = [_Rejected(each, _suspects(_held_by(each.exchanges[0]), accepted, ranges)) for each in group]
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
        more = "1 further point is" if len(others) == 1 else f"{len(others)} further points are"
        message = f"{first.violation.message} {more} rejected for the same cause."
        result[id(first)] = replace(
            first,
            count=sum(each.count for each in together),
            others=others,
            violation=replace(first.violation, message=message),
        )


def _distance(finding: Finding, cause: str) -> tuple[bool, bool, int, str]:
    """How far a finding's point is from the cause: the same field first, then the shortest name."""
    point = finding.violation.point
    field = re.split(r"[/=*:<>#?]", cause.lstrip("/"), maxsplit=1)[0]
    return (point is None, not finding.place.startswith(field), len(finding.place), finding.place)
