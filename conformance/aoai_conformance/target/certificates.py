"""Whose signature is believed over TLS."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def certificates() -> ssl.SSLContext:
    """The certificates that httpx believes; read once, as that takes longer than a dozen requests."""
    import httpx  # late, since the command's options are told without it

    return httpx.create_ssl_context()
