"""Why a connection failed, and what to do: certificates, client certificates and proxies."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

_TRUST = "Trust the certificate of its issuer with --ca FILE."
_OTHER_CERTIFICATE = "Check the URL and the certificate of the server."
_IDENTIFY = "Add a client certificate that it accepts with --cert FILE."
_MAY_IDENTIFY = "If it requires one, add a client certificate that it accepts with --cert FILE."
_PROXY_CREDENTIALS = "Name the proxy with its credentials: --proxy 'http://NAME:${VARIABLE}@HOST:PORT'."
_PROXY_ADDRESS = "Check the address of the proxy, in --proxy or in the environment, and that it is running."
_PROXY_RULES = "Check that the proxy allows connections to this host."
_PLAIN = "Check that the URL starts with http:// if the server has no TLS."
_REMEDIES = (
    *(_TRUST, _OTHER_CERTIFICATE, _IDENTIFY, _MAY_IDENTIFY, _PLAIN),
    *(_PROXY_CREDENTIALS, _PROXY_ADDRESS, _PROXY_RULES),
)
#: OpenSSL's codes for a chain that ends at no trusted certificate.
_UNTRUSTED = frozenset({2, 18, 19, 20, 21, 27})
#: Parts of OpenSSL's names of the alerts by which a server rejects a missing or unknown client certificate.
_ABOUT_CLIENT = (
    "CERTIFICATE_REQUIRED",
    "BAD_CERTIFICATE",
    "UNKNOWN_CA",
    "CERTIFICATE_UNKNOWN",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
)
_LONGEST_REASON = 200


def explain_connection(error: BaseException, host: str, proxy: str = "") -> str | None:
    """Why there is no connection and what to do; None if the error says nothing about TLS or a proxy.

    `proxy` is the host and port of the proxy, empty without one.
    """
    import httpx  # late, because --help must not import it

    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            advice = _TRUST if each.verify_code in _UNTRUSTED else _OTHER_CERTIFICATE
            return f"The certificate of {host} is not trusted: {_sentence(each.verify_message)} {advice}"
        if isinstance(each, ssl.SSLEOFError) and isinstance(error, httpx.ConnectError):
            return f"{host} broke off the TLS handshake. {_MAY_IDENTIFY}"
        if isinstance(each, ssl.SSLError):
            reason = getattr(each, "reason", None) or ""  # only OpenSSL's own errors have one
            if any(part in reason for part in _ABOUT_CLIENT):
                return f"{host} rejected the client certificate, or requires one. {_IDENTIFY}"
            if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
                return f"{host} does not use TLS. {_PLAIN}"
    if isinstance(error, httpx.ProxyError):
        advice = _PROXY_CREDENTIALS if "407" in str(error) else _PROXY_RULES
        return f"The proxy {proxy} refused the connection to {host}: {_sentence(str(error))} {advice}"
    if proxy and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        reason = str(error) or "it timed out"
        return f"Cannot connect to the proxy {proxy}: {_sentence(reason)} {_PROXY_ADDRESS}"
    return None


def has_remedy(message: str) -> bool:
    """Whether a message says what to do, as those of `explain_connection` do."""
    return message.endswith(_REMEDIES)


def proxy_needs_credentials() -> str:
    """The sentences about a proxy that answers requests itself with status 407."""
    return f"The proxy requires credentials (status 407). {_PROXY_CREDENTIALS}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _sentence(words: str) -> str:
    return f"{words[:_LONGEST_REASON].rstrip('. ')}."
