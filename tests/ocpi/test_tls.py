from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ocpi.http import FailureKind, HTTPClient, HTTPFailure, Policy


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "partner.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM) + secret)
    return path


def over_tls(certificate: Path, script: Callable[[Any], None]) -> Callable[[Any], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def wrapped(visit: Any) -> None:
        visit.connection = context.wrap_socket(visit.connection, server_side=True)
        script(visit)

    return wrapped


def serve(visit: Any) -> None:
    while visit.read_request():
        visit.answer(b"{}")


def drip(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\n")
    while not visit.pause(0.05):
        visit.send(b"X")


def policy(certificate: Path | None, total_deadline: float = 5.0) -> Policy:
    bundle = None if certificate is None else str(certificate)
    return Policy(allow_private_addresses=True, total_deadline=total_deadline, ca_bundle=bundle)


def test_a_trusted_partner_is_reached_over_one_kept_connection(
    start_server: Any, certificate: Path
) -> None:
    """T-010."""
    server = start_server(over_tls(certificate, serve))
    client = HTTPClient(policy(certificate))
    for _ in range(3):
        assert client.send("GET", f"https://127.0.0.1:{server.port}/", {}).status == 200
    assert server.connections == 1


def test_an_unknown_certificate_is_a_clean_failure(start_server: Any, certificate: Path) -> None:
    server = start_server(over_tls(certificate, serve))
    with pytest.raises(HTTPFailure, match="certificate") as caught:
        HTTPClient(policy(None)).send("GET", f"https://127.0.0.1:{server.port}/", {})
    assert caught.value.kind is FailureKind.TLS
    assert server.requests == []


def test_a_certificate_for_another_name_is_refused(start_server: Any, certificate: Path) -> None:
    server = start_server(over_tls(certificate, serve))
    with pytest.raises(HTTPFailure, match="certificate") as caught:
        HTTPClient(policy(certificate)).send("GET", f"https://localhost:{server.port}/", {})
    assert caught.value.kind is FailureKind.TLS


def test_the_deadline_holds_over_tls(start_server: Any, certificate: Path) -> None:
    server = start_server(over_tls(certificate, drip))
    with pytest.raises(HTTPFailure) as caught:
        HTTPClient(policy(certificate, 0.5)).send("GET", f"https://127.0.0.1:{server.port}/", {})
    assert caught.value.kind is FailureKind.TIMEOUT


def test_a_dropped_kept_connection_is_replaced_over_tls(
    start_server: Any, certificate: Path
) -> None:
    def one_then_drop(visit: Any) -> None:
        visit.read_request()
        visit.answer(b"{}")
        visit.read_request()

    server = start_server(over_tls(certificate, one_then_drop), over_tls(certificate, serve))
    client = HTTPClient(policy(certificate))
    for _ in range(2):
        assert client.send("PUT", f"https://127.0.0.1:{server.port}/", {}, b"{}").status == 200
    assert server.connections == 2
