"""TLS: the certificate of the host that was asked for, by each way to it."""

from __future__ import annotations

import imaplib
import poplib
import smtplib
import socket
import ssl
import warnings
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from forecourt.platform.certificates import authorities
from tests.roles.mail.conftest import ADDRESS, PASSWORD, Running
from tests.roles.mail.test_smtp import eventually

ALICE = "alice@jpub.co.kr"


@pytest.fixture
def trusting(mail: Running) -> ssl.SSLContext:
    """A context that believes our root."""
    mail.person(ALICE)
    root = mail.store.read_now(authorities.root_certificate)
    return ssl.create_default_context(cadata=root.public_bytes(Encoding.PEM).decode())


def names(carrier: Any) -> list[str]:
    der = carrier.getpeercert(binary_form=True)
    extension = x509.load_der_x509_certificate(der).extensions
    found = extension.get_extension_for_class(x509.SubjectAlternativeName).value
    return list(found.get_values_for_type(x509.DNSName))


@pytest.mark.parametrize("host", ["mail.jpub.co.kr", "jpub.co.kr", "mail.forecourt.cloud"])
def test_each_host_has_its_certificate(mail: Running, trusting: ssl.SSLContext, host: str) -> None:
    client = smtplib.SMTP(ADDRESS, mail.ports["submission"])
    client._host = host  # type: ignore[attr-defined]
    client.starttls(context=trusting)
    assert names(client.sock) == [host]
    client.ehlo()
    assert client.login(ALICE, PASSWORD)[0] == 235
    client.quit()


def test_a_host_that_is_not_ours_gets_the_server_s_own(
    mail: Running, trusting: ssl.SSLContext
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        tunnel(mail, "mail.elsewhere.test", trusting)
    trusting.check_hostname = False
    assert tunnel(mail, "mail.elsewhere.test", trusting) == ["mail.forecourt.cloud"]


def tunnel(mail: Running, host: str, context: ssl.SSLContext) -> list[str]:
    with (
        socket.create_connection((ADDRESS, mail.ports["imaps"]), 10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return names(secured)


def test_old_versions_are_refused(mail: Running, trusting: ssl.SSLContext) -> None:
    with warnings.catch_warnings(action="ignore"):
        trusting.maximum_version = ssl.TLSVersion.TLSv1_1
        trusting.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.raises(OSError):
        tunnel(mail, "mail.jpub.co.kr", trusting)


def test_imap_and_pop3_turn_to_tls(mail: Running, trusting: ssl.SSLContext) -> None:
    trusting.check_hostname = False
    imap = imaplib.IMAP4(ADDRESS, mail.ports["imap"])
    imap.starttls(trusting)
    imap.login(ALICE, PASSWORD)
    imap.logout()
    pop = poplib.POP3(ADDRESS, mail.ports["pop3"])
    pop.stls(trusting)
    pop.user(ALICE)
    pop.pass_(PASSWORD)
    pop.quit()


def test_a_handshake_that_fails_harms_nobody(mail: Running, trusting: ssl.SSLContext) -> None:
    client = smtplib.SMTP(ADDRESS, mail.ports["smtp"])
    client.ehlo()
    client.docmd("STARTTLS")
    assert client.sock is not None
    client.sock.sendall(b"this is no handshake\r\n" * 10)
    client.close()
    with smtplib.SMTP(ADDRESS, mail.ports["smtp"]) as another:
        assert another.ehlo()[0] == 250
    eventually(lambda: not mail.post.limits.open and not mail.post.limits.clients)


def test_who_goes_instead_of_shaking_hands_is_forgotten(mail: Running) -> None:
    client = smtplib.SMTP(ADDRESS, mail.ports["smtp"])
    client.ehlo()
    client.docmd("STARTTLS")
    assert mail.post.limits.open
    client.close()
    eventually(lambda: not mail.post.limits.open)
