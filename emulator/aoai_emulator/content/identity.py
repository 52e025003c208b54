"""Ids of responses and resources, and the fingerprint of the system."""

from __future__ import annotations

import secrets

from aoai_emulator.content.seeding import digest, label
from aoai_emulator.http.requests import AcceptedRequest


def answer_id(prefix: str) -> str:
    """Return a unique id for a response."""
    return prefix + label(29, secrets.token_hex(16))


def system_fingerprint(request: AcceptedRequest) -> str:
    """Return the fingerprint of what determines a response besides the request: model and seed."""
    return "fp_" + digest(request.settings.seed, request.deployment.model).hex()[:10]


def resource_id(prefix: str) -> str:
    """Return a unique id for a stored resource."""
    return prefix + secrets.token_hex(16)
