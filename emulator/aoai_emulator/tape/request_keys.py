"""What makes two requests the same: method, path, query and body, whatever the order of the keys."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from aoai_emulator.http.json_text import JsonTextError, parse

_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,200})"?', re.IGNORECASE)
#: Parameters that do not matter.
_VOLATILE = frozenset({"api-version"})


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A request reduced to what matters, apart from its path; `body` is a digest."""

    method: str
    query: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, method: str, query: Iterable[tuple[str, str]], content_type: str, body: bytes) -> RequestKey:
        """Return the key of a request."""
        kept = sorted((name, value) for name, value in query if name.lower() not in _VOLATILE)
        return cls(method.upper(), tuple(kept), _digest(content_type, body))


def is_same_path(recorded: str, received: str) -> bool:
    """Whether two paths are the same, apart from a prefix that a gateway adds to one of them."""
    longer, shorter = sorted((recorded.rstrip("/"), received.rstrip("/")), key=len, reverse=True)
    return longer == shorter or (len(shorter) > 1 and shorter.startswith("/") and longer.endswith(shorter))


def _digest(content_type: str, body: bytes) -> bytes:
    """Return a digest of a body: of JSON without regard to order, of a form without its boundary."""
    media_type = content_type.partition(";")[0].strip().lower()
    boundary = _BOUNDARY.search(content_type) if media_type.startswith("multipart/") else None
    if boundary is not None:
        body = body.replace(boundary.group(1).encode("latin-1", "replace"), b"boundary")
    elif body:
        with suppress(JsonTextError):
            body = json.dumps(parse(body), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.blake2b(body, digest_size=16).digest()
