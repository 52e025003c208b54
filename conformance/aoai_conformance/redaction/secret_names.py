"""Recognise headers, cookies and query parameters that contain secrets by their names."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus, urlsplit

from aoai_conformance.redaction.secrets import MASK
from aoai_model.exchange import Headers

_COOKIES = frozenset({"cookie", "set-cookie"})
_HEADERS = frozenset({"authorization", "proxy-authorization", *_COOKIES})
#: Not `tokens`, which is a count: `x-ratelimit-remaining-tokens` is not a secret.
_SECRET = re.compile(
    r"key|token(?!s)|secret|password|credential|signature|(?:\A|[^a-z])sig(?:\Z|[^a-z])", re.IGNORECASE
)
_PARAMETER = re.compile(r"([?&;])([^=&;#?]*)=([^&;#]*)")


@dataclass(frozen=True, slots=True)
class SecretNames:
    """Names of secrets: the well-known ones, and headers that the user names, in lower case."""

    headers: frozenset[str] = frozenset()

    @classmethod
    def with_headers(cls, names: Iterable[str]) -> SecretNames:
        """Return the well-known names and these headers."""
        return cls(frozenset(name.strip().lower() for name in names))

    def in_header(self, name: str) -> bool:
        """Whether a header with this name contains a secret."""
        lowered = name.strip().lower()
        return lowered in _HEADERS or lowered in self.headers or _SECRET.search(lowered) is not None

    def values_of(self, headers: Headers) -> Iterator[str]:
        """Yield the secrets in headers, both as they are and as they may appear elsewhere."""
        for name, value in headers:
            if self.in_header(name):
                yield value.strip()
                yield from _parts_of(name.strip().lower(), value)

    def values_in(self, url: str) -> Iterator[str]:
        """Yield the secrets in a URL. Raises ValueError if it is not a URL."""
        parts = urlsplit(url)
        if parts.password:
            yield unquote(parts.password)
        for _, name, value in _PARAMETER.findall(url):
            if is_secret_name(unquote_plus(name)):
                yield unquote_plus(value)

    def masked(self, headers: Headers) -> Headers:
        """Return the headers with secrets masked; an authorization keeps its scheme."""
        return tuple(
            (name, _mask_of(name, value)) if self.in_header(name) else (name, value)
            for name, value in headers
        )


def is_secret_name(name: str) -> bool:
    """Whether a query parameter or cookie with this name contains a secret."""
    return _SECRET.search(name) is not None


def masked_url(url: str) -> str:
    """Return a URL without user name, password and fragment, and with secret parameters masked."""
    hidden = _PARAMETER.sub(_masked_parameter, url.partition("#")[0])
    scheme, separator, rest = hidden.partition("://")
    if not separator:
        return hidden
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _masked_parameter(match: re.Match[str]) -> str:
    before, name, _ = match.groups()
    return f"{before}{name}={MASK}" if is_secret_name(unquote_plus(name)) else match.group()


def _parts_of(name: str, value: str) -> Iterator[str]:
    if name == "cookie":
        yield from (each.partition("=")[2].strip() for each in value.split(";"))
    elif name == "set-cookie":
        yield value.partition(";")[0].partition("=")[2].strip()
    else:
        scheme, _, credentials = value.strip().partition(" ")
        yield credentials.strip()
        if scheme.lower() == "basic":
            yield from _password_in(credentials)


def _password_in(credentials: str) -> Iterator[str]:
    try:
        yield base64.b64decode(credentials.strip()).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return


def _mask_of(name: str, value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space and name.strip().lower().endswith("authorization") else MASK
