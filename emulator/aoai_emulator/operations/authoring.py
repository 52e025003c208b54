"""How operations on files, uploads and batches refuse: with the codes that their description enumerates.

Source: azure-openai@2025-01-01-preview as the authoring description has it, ErrorCode and Error. Which status
goes with which code it leaves open: 404 for what is not there, 409 for what is in the wrong state, else 400.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aoai_emulator.checks.refusals import Refusal


def invalid_payload(message: str, target: str | None, reason: str | None = None) -> Refusal:
    """400 for a field (`target`) that is wrong; `reason` says in a word what is, for faults that forgive."""
    return Refusal(400, "invalidPayload", message, form="authoring", param=target, keyword=reason)


def not_found(what: str, resource_id: str) -> Refusal:
    """404 for an id in the path that names nothing (any more); `what` is file, upload or batch."""
    shown = resource_id[:100]
    return Refusal(404, "notFound", f"There is no {what} {shown!r}.", form="authoring", param=what)


def wrong_state(message: str, target: str, reason: str) -> Refusal:
    """409 for something that is there, but in a state that forbids what was asked."""
    return Refusal(409, "unexpectedEntityState", message, form="authoring", param=target, keyword=reason)


def quota_exceeded(message: str) -> Refusal:
    """400 where there is no room for more (https://github.com/Azure/azure-sdk-for-java/issues/47401)."""
    return Refusal(400, "quotaExceeded", message, form="authoring")


def in_authoring_words(refusal: Refusal) -> Refusal:
    """Reword what a model would say of a field: these operations have no model."""
    if refusal.form != "model":
        return refusal
    return replace(refusal, code="invalidPayload", form="authoring")


def integer_parameter(query: Mapping[str, str], name: str) -> int | Refusal | None:
    """Read a positive 32-bit integer of the query; None where it is absent, a Refusal where it is none."""
    text = query.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) < 2**31:
        return int(text)
    return invalid_payload(f"{name!r} has to be an integer of at least 1.", name, "integer")
