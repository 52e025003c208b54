"""HTTPS: a new certificate at each start, and the file that clients trust."""

from __future__ import annotations

import signal
import ssl
import sys

import httpx
import pytest

from aoai_emulator.tls import new_certificate
from aoai_specs.errors import MissingExtraError, OutputError


def names_in(path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    decoded = ssl._ssl._test_decode_cert(str(path))
    return {value for _, value in decoded["subjectAltName"]}


@pytest.mark.parametrize(
    ("host", "further"), [("127.0.0.1", set()), ("0.0.0.0", set()), ("::", set()), ("box.test", {"box.test"})]
)
def test_the_certificate_is_for_loopback_and_the_host(host, further):
    with new_certificate(host) as certificate:
        assert names_in(certificate.server) == {"localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"} | further


def test_temporary_files_are_deleted_and_a_named_file_is_kept(tmp_path):
    kept = tmp_path / "ca.pem"
    with new_certificate("localhost", kept) as certificate:
        assert "PRIVATE KEY" in certificate.server.read_text()
    assert not certificate.server.exists()
    assert "PRIVATE KEY" not in kept.read_text()
    with new_certificate("localhost") as certificate:
        assert certificate.authority.exists()
    assert not certificate.authority.parent.exists()


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    with (
        pytest.raises(OutputError, match=r"Cannot write the certificate to .*ca.pem: No such file"),
        new_certificate("localhost", tmp_path / "no" / "ca.pem"),
    ):
        pass


def test_the_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with (
        pytest.raises(MissingExtraError, match="Serving HTTPS needs the extra tls, which is not installed"),
        new_certificate("localhost"),
    ):
        pass


def test_a_client_that_trusts_the_file_is_served(tmp_path, forks):
    authority = tmp_path / "ca.pem"
    process = forks.start_command("emulator", "--tls-ca", authority)
    try:
        url = process.stdout.readline().split()[-1]
        assert url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(authority))
        assert httpx.get(f"{url}/healthz", verify=trusting).json() == {"status": "ok"}
        everything = httpx.get(url, verify=trusting).json()["documents"]
        assert {"ai-model-inference@2025-04-01", "azure-openai@2024-10-21"} <= set(everything)
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(60)
        assert process.returncode == 0
        assert f"Clients must trust {authority}" in errors
    finally:
        process.kill()
