"""Requests without lawful credentials are answered with 401."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.rule import EVERY, Violation, rule
from aoai_conformance.views.protocol_responses import ProtocolReply, refused_with

_SECURITY = "azure-openai@2024-10-21#/security"
_KEY = "azure-openai@2024-10-21#/components/securitySchemes/apiKey"
_BEARER = "azure-openai@2024-10-21#/components/securitySchemes/bearer"
_STATUS = "401 for this: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2."


class WithoutCredentials(ProtocolReply):
    """The response to a request with neither key nor token."""

    ids = frozenset({"authentication:none"})


class WithWrongKey(ProtocolReply):
    """The response to a request with a key that was never given out."""

    ids = frozenset({"authentication:wrong-key"})


class WithWrongBearer(ProtocolReply):
    """The response to a request with a well-formed bearer token that nobody signed."""

    ids = frozenset({"authentication:wrong-bearer"})


class WithMalformedBearer(ProtocolReply):
    """The response to a request whose Authorization header is no bearer token."""

    ids = frozenset({"authentication:malformed-bearer"})


class WithMisplacedKey(ProtocolReply):
    """The response to a request whose key is in a header that is not the declared one."""

    ids = frozenset({"authentication:key-in-wrong-header"})


@rule(
    "AUTH-001",
    must="refuse a request without credentials with 401",
    clause=_SECURITY,
    operations=EVERY,
    note=_STATUS,
    decides=True,
)
def refuses_no_credentials(reply: WithoutCredentials) -> Iterator[Violation]:
    """Every operation is secured."""
    yield from refused_with(reply, {401}, "A request without credentials")


@rule(
    "AUTH-002", must="refuse a wrong key with 401", clause=_KEY, operations=EVERY, note=_STATUS, decides=True
)
def refuses_a_wrong_key(reply: WithWrongKey) -> Iterator[Violation]:
    """A key counts for what it is, not for being there."""
    yield from refused_with(reply, {401}, "A request with a wrong key")


@rule(
    "AUTH-003",
    must="refuse a wrong bearer token with 401",
    clause=_BEARER,
    operations=EVERY,
    note=_STATUS,
    decides=True,
)
def refuses_a_wrong_bearer(reply: WithWrongBearer) -> Iterator[Violation]:
    """A token counts for its signature, not for its form."""
    yield from refused_with(reply, {401}, "A request with a wrong bearer token")


@rule(
    "AUTH-004",
    must="refuse a malformed Authorization header with 401",
    clause=_BEARER,
    operations=EVERY,
    note="RFC 6750 section 3.1 also has 400 for it: https://www.rfc-editor.org/rfc/rfc6750#section-3.1.",
    decides=True,
)
def refuses_a_malformed_bearer(reply: WithMalformedBearer) -> Iterator[Violation]:
    """The scheme alone is no token."""
    yield from refused_with(reply, {400, 401}, "A request with a malformed Authorization header")


@rule(
    "AUTH-005",
    may="refuse with 401 a key that is not in the api-key header",
    clause=f"{_KEY}/name",
    operations=EVERY,
    note=_STATUS,
    decides=True,
)
def refuses_a_misplaced_key(reply: WithMisplacedKey) -> Iterator[Violation]:
    """A key in a header that the document does not name is no credential."""
    yield from refused_with(reply, {401}, "A request whose key is in another header")
