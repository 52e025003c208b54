"""Policies: removal only after deprecation and sunset, and a new version for every change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from aoai_specs.comparison.annotations import day_of
from aoai_specs.comparison.change import Change, Changes, Reached, by_severity
from aoai_specs.comparison.descriptions import Description
from aoai_specs.comparison.effects import Verdict
from aoai_specs.comparison.endpoints.endpoint import Endpoint, endpoints
from aoai_specs.comparison.fingerprints import fingerprint
from aoai_specs.comparison.unknown import unknown_between
from aoai_specs.errors import DocumentError
from aoai_specs.pointers import find, join

_REMOVED_OPERATIONS = ("path-removed", "operation-removed")
_REMOVED = (*_REMOVED_OPERATIONS, "parameter-removed")
#: Kinds after which a parameter is no longer where it was.
_REPLACED = ("parameter-renamed", "parameter-moved")


def apply_sunset_policy(
    changes: Changes, base: Description, revision: Description, *, days: int, today: date
) -> Changes:
    """Return the changes with breaches of a deprecation policy, which are breaking.

    An operation or a parameter may be removed if it was deprecated and its sunset has passed; the removal is
    then `info`. A parameter may be renamed or moved under the same condition. An operation that becomes
    deprecated needs a sunset at least `days` after `today`; a sunset that is not a date is a change already.
    """
    before = {each.name: each for each in endpoints(base.content)}
    after = _by_known_name(changes, endpoints(revision.content))
    found: list[Change] = []
    for change in changes.changes:
        if change.id not in (*_REMOVED, *_REPLACED):
            found.append(change)
            continue
        breaches = list(_breaches_of_removal(change, base.content, before, today))
        found.append(change if breaches or change.id in _REPLACED else change.with_verdict("info"))
        found += breaches
    unreadable = {each.revision_pointer for each in changes.changes if each.id == "sunset-unreadable"}
    unknown = unknown_between(base.content, revision.content, (base.published_at, revision.published_at))
    earliest = today + timedelta(days) if days <= (date.max - today).days else date.max
    for name, endpoint in after.items():
        if name not in before and (unknown.additions or unknown.adds(endpoint.pointer)):
            continue  # it may have been deprecated before
        if join(endpoint.pointer, "x-sunset") not in unreadable:
            found += _breaches_of_deprecation(name, before.get(name), endpoint, earliest)
    return replace(changes, changes=by_severity(found))


def apply_version_policy(changes: Changes, base: Description, revision: Description) -> Changes:
    """Return the changes with a warning if there are any although `info.version` is the same."""
    versions = [_version(each.content) for each in (base, revision)]
    if not changes.changes or versions[0] != versions[1]:
        return changes
    message = f"the descriptions differ, but info.version is {versions[0]!r} in both"
    added = _made("version-unchanged", "warning", "#/info/version", message, versions[0])
    return replace(changes, changes=by_severity([*changes.changes, added]))


def _by_known_name(changes: Changes, revision: tuple[Endpoint, ...]) -> dict[str, Endpoint]:
    """Return the endpoints of the revision by the names that changes refer to."""
    known = {name: own for own, names in changes.names.items() for name in names if " " in name}
    return {known.get(each.name, each.name): each for each in revision}


def _breaches_of_removal(
    change: Change, content: Mapping[str, Any], before: Mapping[str, Endpoint], today: date
) -> Iterator[Change]:
    """Yield the breach that a removal is, or one for each operation of a path if they differ."""
    if change.id in _REMOVED_OPERATIONS:
        removed = {each: before[each.operation].described for each in change.operations}
    else:
        removed = dict.fromkeys(change.operations, _found(content, change.base_pointer or change.pointer))
    reasons = {each: _reason(described, today) for each, described in removed.items()}
    if len(set(reasons.values())) == 1:
        yield from _breach(change, "it", *next(iter(reasons.values())))
        return
    for each, reason in reasons.items():
        yield from _breach(replace(change, operations=(each,)), each.operation, *reason)


def _breach(change: Change, subject: str, kind: str, reason: str) -> Iterator[Change]:
    if kind:
        message = f"{change.message}; {subject} {reason}"
        parts = (kind, change.fingerprint) if subject == "it" else (kind, change.fingerprint, subject)
        held = replace(change, id=kind, message=message, summary=message, fingerprint=fingerprint(*parts))
        yield held.with_verdict("breaking")


def _reason(removed: Mapping[str, Any], today: date) -> tuple[str, str]:
    """Return the kind of breach with the rest of its sentence; empty if there is none."""
    if removed.get("deprecated") is not True:
        return "removal-without-deprecation", "was not deprecated before"
    day = day_of(removed.get("x-sunset"))
    if day is None:
        return "removal-without-sunset", "had no sunset date"
    if today < day:
        return "removal-before-sunset", f"has the sunset {day}, which has not passed on {today}"
    return "", ""


def _breaches_of_deprecation(
    name: str, before: Endpoint | None, after: Endpoint, earliest: date
) -> Iterator[Change]:
    if after.described.get("deprecated") is not True:
        return
    sunset = after.described.get("x-sunset")
    was_deprecated = before is not None and before.described.get("deprecated") is True
    if was_deprecated and before is not None and before.described.get("x-sunset") == sunset:
        return
    day = day_of(sunset)
    place = join(after.pointer, "x-sunset") if sunset is not None else after.pointer
    if day is None:
        message = f"{name} is deprecated without a sunset date"
        yield _made("sunset-missing", "breaking", place, message, name, (Reached(name, "none", "breaking"),))
    elif day < earliest:
        message = f"the sunset {day} of {name} is before {earliest}"
        yield _made("sunset-too-near", "breaking", place, message, name, (Reached(name, "none", "breaking"),))


def _made(
    kind: str,
    verdict: Verdict,
    pointer: str,
    message: str,
    subject: object,
    operations: tuple[Reached, ...] = (),
) -> Change:
    return Change(
        id=kind,
        verdict=verdict,
        direction="none",
        operations=operations,
        pointer=pointer,
        message=message,
        base_pointer=pointer,
        revision_pointer=pointer,
        summary=message,
        fingerprint=fingerprint(kind, subject),
    )


def _found(content: Mapping[str, Any], pointer: str) -> Mapping[str, Any]:
    try:
        held = find(content, pointer)
    except DocumentError:
        return {}
    return held if isinstance(held, dict) else {}


def _version(content: Mapping[str, Any]) -> str:
    info = content.get("info")
    return str(info.get("version", "")) if isinstance(info, dict) else ""
