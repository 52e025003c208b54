"""Who answered: the id of an answer and the fingerprint of the system."""

from __future__ import annotations

import secrets

from aoai_emulator.content.seeding import digest, label
from aoai_emulator.http.requests import AcceptedRequest


def answer_id(prefix: str) -> str:
    """Return an id that no other answer bears."""
    return prefix + label(29, secrets.token_hex(16))


def system_fingerprint(request: AcceptedRequest) -> str:
    """Return the fingerprint of what decides an answer besides the request: model and emulator's seed."""
    return "fp_" + digest(request.settings.seed, request.deployment.model).hex()[:10]


def resource_id(prefix: str) -> str:
    """Return an id for something that is kept, which nothing else bears."""
    return prefix + secrets.token_hex(16)
