"""How the target is reached: trusted certificates, a client certificate and a proxy."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from aoai_conformance.target.environment_values import has_variables, is_variable, resolve_variables
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    import httpx

_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_PROXY_FORM = "use a URL such as http://proxy.example:8080"


@dataclass(frozen=True, slots=True)
class ProxyAddress:
    """A proxy that the user names.

    `template` is its URL as the user wrote it, which is what records contain; `secrets` are the parts of the
    user name and the password that come from the environment.
    """

    template: str
    address: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def for_httpx(self) -> httpx.Proxy:
        """The proxy as httpx takes it. Raises ValueError for a URL that httpx rejects."""
        import httpx  # late, because --help must not import it

        auth = (self.username, self.password) if self.username or self.password else None
        return httpx.Proxy(self.address, auth=auth)


@dataclass(frozen=True)
class Connection:
    """How requests reach the target.

    `ca` replaces the certificates that httpx trusts; `certificate` with `certificate_key` (None: in the same
    file) authenticates the client. Without `proxy`, that of the environment is used.
    """

    ca: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    proxy: ProxyAddress | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets of the proxy."""
        return () if self.proxy is None else self.proxy.secrets

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """The TLS settings. Raises ConformanceError if a file is missing or has another format."""
        if self.ca is None and self.certificate is None:
            return certificates()
        context = _default_context() if self.ca is None else _context_trusting(self.ca)
        if self.certificate is not None:
            _load_client_certificate(context, self.certificate, self.certificate_key)
        return context


def connection_of(
    *,
    ca: Path | None,
    certificate: Path | None,
    certificate_key: Path | None,
    proxy: str | None,
    environment: Mapping[str, str] | None = None,
) -> Connection:
    """The connection for the values of `--ca`, `--cert`, `--cert-key` and `--proxy`, checked.

    Raises ConformanceError if a file cannot be used, or for a proxy like `parse_proxy`.
    """
    if certificate_key is not None and certificate is None:
        raise ConformanceError("--cert-key is the key of a client certificate: add --cert FILE.")
    connection = Connection(
        ca, certificate, certificate_key, None if proxy is None else parse_proxy(proxy, environment)
    )
    if ca is not None or certificate is not None:
        _ = connection.ssl_context
    return connection


def parse_proxy(template: str, environment: Mapping[str, str] | None = None) -> ProxyAddress:
    """The proxy at a URL, with the user name and the password from the environment.

    Raises ConformanceError for another URL, for a password that is not from the environment, and for a
    variable that is not set. No message contains a credential.
    """
    template = template.strip()
    try:
        parts = urlsplit(template)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConformanceError(f"--proxy is not a URL: {_PROXY_FORM}.") from None
    if parts.scheme not in _PROXY_SCHEMES or not host or parts.path.strip("/") or parts.query:
        raise ConformanceError(f"--proxy must be the address of an HTTP proxy: {_PROXY_FORM}.")
    user, _, place = parts.netloc.rpartition("@")
    if has_variables(place):
        raise ConformanceError("--proxy takes only the user name and the password from the environment.")
    name, colon, password = user.partition(":")
    last = password if colon else name
    if last and not is_variable(last):
        form = f"{parts.scheme}://NAME:${{VARIABLE}}@{place}"
        raise ConformanceError(
            f"The credentials of --proxy must come from the environment: use '{form}', in single quotes."
        )
    # What is in the URL may be percent-encoded; values from the environment are not.
    resolved = [resolve_variables(each, "--proxy", environment) for each in (name, password)]
    texts = [each.text if each.secrets else unquote(each.text) for each in resolved]
    values = [secret for each in resolved for secret in each.secrets]
    secrets = dict.fromkeys((*values, *(quote(each, safe="") for each in values)))
    return ProxyAddress(template, f"{parts.scheme}://{place}", texts[0], texts[1], tuple(secrets))


@cache
def no_certificates() -> ssl.SSLContext:
    """Settings that trust no certificate, for connections without TLS: loading others takes longer."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def certificates() -> ssl.SSLContext:
    """The certificates that httpx trusts; cached, since loading them takes longer than a dozen requests."""
    return _default_context()


def _default_context() -> ssl.SSLContext:
    import httpx  # late, because --help must not import it

    return httpx.create_ssl_context()


def _context_trusting(file: Path) -> ssl.SSLContext:
    _require_file(file, "--ca")
    try:
        return ssl.create_default_context(cafile=str(file))
    except (ssl.SSLError, ValueError):
        raise ConformanceError(
            f"--ca {file} has no certificates in PEM format; "
            "convert DER files with `openssl x509 -inform der -in FILE -out FILE.pem`."
        ) from None
    except OSError as error:
        raise _unreadable(file, "--ca", error) from error


def _load_client_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    _require_file(certificate, "--cert")
    if key is not None:
        _require_file(key, "--cert-key")
    asked = False

    def refuse_password() -> str:
        nonlocal asked
        asked = True  # without this function, OpenSSL would ask on the terminal
        return ""

    try:
        context.load_cert_chain(certificate, key, password=refuse_password)
    except (ssl.SSLError, ValueError) as error:
        place = f"--cert-key {key}" if key is not None else f"--cert {certificate}"
        if asked:
            advice = f"The key in {place} is encrypted; decrypt it with `openssl pkey -in FILE -out PLAIN`."
        elif isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            advice = f"The key in {place} does not belong to the certificate in --cert {certificate}."
        else:
            advice = (
                f"--cert {certificate} needs a certificate and its key in PEM format; "
                "name a separate file of the key with --cert-key."
            )
        raise ConformanceError(advice) from None
    except OSError as error:
        raise _unreadable(certificate, "--cert", error) from error


def _require_file(file: Path, option: str) -> None:
    try:
        file.open("rb").close()
    except OSError as error:
        raise _unreadable(file, option, error) from error


def _unreadable(file: Path, option: str, error: OSError) -> ConformanceError:
    return ConformanceError(f"Cannot read {option} {file}: {error.strerror or type(error).__name__}.")
