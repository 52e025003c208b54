"""HTTPS with a certificate that is made at start."""

from __future__ import annotations

import ipaddress
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aoai_specs.errors import MissingExtraError, OutputError

_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a certificate: `authority` is for clients to trust, `server` has the key and the chain."""

    authority: Path
    server: Path


@contextmanager
def new_certificate(host: str, authority: Path | None = None) -> Iterator[Certificate]:
    """Make an authority, and a certificate of it for loopback names and a host.

    The authority's certificate is written to `authority`, by default to a temporary file. Temporary files are
    deleted at the end. Raises MissingExtraError without the extra `tls`, and OutputError if the file cannot
    be written.
    """
    try:
        import trustme
    except ImportError:
        raise MissingExtraError("tls", "Serving HTTPS") from None
    names = [*_NAMES, host] if _is_name(host) and host not in _NAMES else list(_NAMES)
    made = trustme.CA(organization_name="aoai-emulator")
    with tempfile.TemporaryDirectory(prefix="aoai-emulator-") as folder:
        kept = Path(folder) / "ca.pem" if authority is None else authority
        try:
            made.cert_pem.write_to_path(str(kept))
        except OSError as error:
            raise OutputError(f"Cannot write the certificate to {kept}: {error.strerror}.") from None
        server = Path(folder) / "server.pem"
        made.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(str(server))
        yield Certificate(kept, server)


def _is_name(host: str) -> bool:
    """Return whether clients can name a host; an address for every interface is no name."""
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return bool(host)
