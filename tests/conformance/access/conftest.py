"""A certificate authority, its files, and servers in the middle."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import trustme

# pytest's importlib mode puts no test folder on the path
sys.path.insert(0, str(Path(__file__).parent))

from middle_servers import MiddleServer, running

from aoai_conformance.engine.pacing import Pacer

Middle = TypeVar("Middle", bound=MiddleServer)


@dataclass(frozen=True)
class Certificates:
    """PEM files: an authority, a client certificate and its key, both in one, and an encrypted key.

    `server` has the settings of a server at 127.0.0.1; with `asks` it requires a client certificate.
    """

    ca: Path
    certificate: Path
    key: Path
    both: Path
    encrypted: Path
    plain: ssl.SSLContext
    asks: ssl.SSLContext


@pytest.fixture(scope="module", autouse=True)
def _never_back_off() -> Iterator[None]:
    """Try to connect again without delay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pacer, "back_off", lambda *_: 0.001)
        yield


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    from cryptography.hazmat.primitives import serialization

    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    client = authority.issue_cert("client@example.com")
    files = {name: folder / f"{name}.pem" for name in ("ca", "certificate", "key", "both", "encrypted")}
    authority.cert_pem.write_to_path(files["ca"])
    client.cert_chain_pems[0].write_to_path(files["certificate"])
    client.private_key_pem.write_to_path(files["key"])
    client.private_key_and_cert_chain_pem.write_to_path(files["both"])
    key = serialization.load_pem_private_key(client.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    files["encrypted"].write_bytes(locked)
    plain, asks = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
    for context in (plain, asks):
        authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(asks)
    asks.verify_mode = ssl.CERT_REQUIRED
    return Certificates(**files, plain=plain, asks=asks)


@pytest.fixture
def start() -> Iterator[Callable[[Middle], Middle]]:
    """Start a server in the middle; it ends with the test."""
    with ExitStack() as stack:

        def started(server: Middle) -> Middle:
            stack.enter_context(running(server))
            return server

        yield started
