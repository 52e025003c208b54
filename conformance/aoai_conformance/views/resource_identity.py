"""Checks shared by rules about files, uploads, batches, image operations and jobs.

They check that a response is about the requested resource, has the requested values, and is consistent with
earlier responses. Each generator yields the violations; the rule supplies kinds, fields and messages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from aoai_conformance.json_access import text
from aoai_conformance.views.flows import CreatedResource, ResourceHistory, is_earlier_status
from aoai_model.verdict import Violation

__all__ = ["find_changes", "find_regressions", "require_requested_id", "require_requested_values"]

_NO_ENDS: frozenset[str] = frozenset()


def require_requested_id(
    reply: CreatedResource, message: str, *, name: str = "id", reason: str = ""
) -> Iterator[Violation]:
    """Yield a violation if the member `name` is a string other than the id in the path."""
    actual = text(reply.json.get(name))
    if actual is not None and actual != reply.resource:
        yield reply.violates(f"/{name}", message, expected=reply.resource, actual=actual, reason=reason)


def require_requested_values(
    reply: CreatedResource,
    noun: str,
    requested: Mapping[str, Any],
    *,
    read_as: Callable[[str, Any], Any] = lambda _, value: value,
) -> Iterator[Violation]:
    """Yield a violation for each member whose value differs from the requested one.

    `noun` is the resource ("batch"); `asked` maps the names of members to the requested values, None for
    those that were not requested. `read_as` normalizes a value before the comparison; it returns None for
    values that cannot be compared.
    """
    for name, value in requested.items():
        returned = reply.json.get(name)
        if value is None or returned is None:
            continue
        expected, actual = read_as(name, value), read_as(name, returned)
        if expected is not None and actual is not None and actual != expected:
            yield reply.violates(
                f"/{name}",
                f"`{name}` of the {noun} differs from the request.",
                expected=expected,
                actual=actual,
                reason=name,
            )


def find_changes(
    lines: Iterable[ResourceHistory], names: Collection[str], message: str
) -> Iterator[Violation]:
    """Yield a violation for each value of these members that differs from the first of the same resource.

    `message` has the placeholder `{name}` and no full stop.
    """
    for line in lines:
        known: dict[str, Any] = {}
        for step, at, shown in line.shown:
            for name in names:
                new = shown.get(name)
                if new is None:
                    continue
                old = known.setdefault(name, new)
                if new != old:
                    changed = message.format(name=name)
                    yield step.violates(f"{at}/{name}", changed, expected=old, actual=new, reason=name)


def find_regressions(
    lines: Iterable[ResourceHistory],
    message: str,
    ranks: Mapping[str, int],
    *,
    ends: Collection[str] = _NO_ENDS,
    reason: str = "",
) -> Iterator[Violation]:
    """Yield a violation for each status that cannot follow the previous one.

    That is a status of a lower rank, or any change of a status in `ends`. Unknown statuses are skipped.
    `message` has no full stop.
    """
    for line in lines:
        for (_, _, before), (step, at, after) in line.pairs():
            old, new = text(before.get("status")), text(after.get("status"))
            if is_earlier_status(old, new, ranks) or (old in ends and new in ends and old != new):
                yield step.violates(
                    f"{at}/status",
                    message,
                    expected=f"{old} or what follows on it",
                    actual=new,
                    reason=reason,
                )
