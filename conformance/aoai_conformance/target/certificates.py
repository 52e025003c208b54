"""The TLS certificates that are trusted."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def certificates() -> ssl.SSLContext:
    """The certificates that httpx trusts; cached, since loading them takes longer than a dozen requests."""
    import httpx  # late, because --help must not import it

    return httpx.create_ssl_context()
