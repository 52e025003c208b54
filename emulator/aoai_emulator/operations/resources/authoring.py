"""What operations on files, uploads and batches share: rejections with the document's codes, and pages.

Source: ErrorCode and Error in azure-openai@2025-01-01-preview (authoring). The document does not assign
statuses to codes: 404 is used for unknown ids, 409 for a wrong state, 400 otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from aoai_emulator.http.rejections import Rejection


def invalid_payload(message: str, target: str | None, reason: str | None = None) -> Rejection:
    """400 for an invalid field (`target`); `reason` is a word for the mistake, for faults that accept it."""
    return Rejection(400, "invalidPayload", message, form="authoring", param=target, keyword=reason)


def not_found(what: str, resource_id: str) -> Rejection:
    """404 for an unknown id in the path; `what` is file, upload or batch."""
    shown = resource_id[:100]
    return Rejection(404, "notFound", f"There is no {what} {shown!r}.", form="authoring", param=what)


def wrong_state(message: str, target: str, reason: str) -> Rejection:
    """409 for a resource in a state that does not permit the request."""
    return Rejection(409, "unexpectedEntityState", message, form="authoring", param=target, keyword=reason)


def quota_exceeded(message: str) -> Rejection:
    """400 if there is no room for more (https://github.com/Azure/azure-sdk-for-java/issues/47401)."""
    return Rejection(400, "quotaExceeded", message, form="authoring")


def in_authoring_words(rejection: Rejection) -> Rejection:
    """Reword a model's rejection of a field: these operations have no model."""
    if rejection.form != "model":
        return rejection
    return replace(rejection, code="invalidPayload", form="authoring")


def integer_parameter(query: Mapping[str, str], name: str) -> int | Rejection | None:
    """Read a positive 32-bit integer of the query; None if it is absent, a Rejection if it is invalid."""
    text = query.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) < 2**31:
        return int(text)
    return invalid_payload(f"{name!r} must be an integer of at least 1.", name, "integer")


class Listed(Protocol):
    """Anything with an id."""

    id: str


Item = TypeVar("Item", bound=Listed)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items in their order, and whether more follow."""

    items: Sequence[Item]
    has_more: bool


def page(items: Sequence[Item], after: str | None, limit: int) -> Page[Item]:
    """Return the items after the one with the id `after`; none for an unknown id."""
    start = 0
    if after is not None:
        start = next((place + 1 for place, item in enumerate(items) if item.id == after), len(items))
    end = start + limit
    return Page(items[start:end], end < len(items))
