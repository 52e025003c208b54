"""Takes secrets out of everything that is kept, in one place and before anything else sees it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from aoai_conformance.exchange import Headers

#: Stands for a key that is sent as a bearer token.
KEY_MASK = "***key***"
MASK = "***"
#: Shorter keys are masked where we put them ourselves, but not hunted for in replies: a key `right` would be
#: found in `bright`, and the server blamed for what the mask broke. Real keys have 32 characters and more.
SHORTEST_HUNTED = 8


class Redactor:
    """Replaces each of its secrets by `***`, as they are and as JSON or a URL would spell them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings: set[str] = set()
        for secret in secrets:
            if len(secret) >= SHORTEST_HUNTED:
                spellings |= {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}
        # The longest first: a secret may be the beginning of another.
        self._spellings = tuple(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))
        self._bytes = tuple(spelling.encode() for spelling in self._spellings)

    def text(self, text: str) -> str:
        """The text without the secrets."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text

    def bytes(self, data: bytes) -> bytes:
        """The bytes without the secrets, which are looked for as UTF-8."""
        for spelling in self._bytes:
            if spelling in data:
                data = data.replace(spelling, MASK.encode())
        return data

    def headers(self, headers: Headers) -> Headers:
        """The headers without the secrets; names stay as they are."""
        return tuple((name, self.text(value)) for name, value in headers)
