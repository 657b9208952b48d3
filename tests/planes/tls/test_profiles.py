"""Profiles: each makes certificates in which pkilint finds no error, whatever the key."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from forecourt.planes.tls.building import der
from forecourt.planes.tls.linting import faults
from forecourt.planes.tls.profiles import (
    CLIENT,
    ISSUING,
    OCSP,
    PROFILES,
    ROOT,
    SERVER_DV,
    SERVER_EV,
    SERVER_OV,
    Profile,
)
from forecourt.platform.certificates.authorities import subject

from .authority import issue, issuing, root, span

COMPANY = [
    (NameOID.COUNTRY_NAME, "KR"),
    (NameOID.STATE_OR_PROVINCE_NAME, "Seoul"),
    (NameOID.LOCALITY_NAME, "Seoul"),
    (NameOID.ORGANIZATION_NAME, "J Publishing"),
    (NameOID.COMMON_NAME, "jpub.co.kr"),
]
REGISTERED = [
    (NameOID.JURISDICTION_COUNTRY_NAME, "KR"),
    (NameOID.BUSINESS_CATEGORY, "Private Organization"),
    (NameOID.SERIAL_NUMBER, "110111-1234567"),
]


def name(*attributes: tuple[Any, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


@pytest.mark.parametrize("profile", [SERVER_DV, SERVER_OV, SERVER_EV])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_servers(profile: Profile, kind: str) -> None:
    key: Any = (
        ec.generate_private_key(ec.SECP384R1())
        if kind == "ec"
        else rsa.generate_private_key(65537, 2048)
    )
    subjects = {SERVER_DV: None, SERVER_OV: name(*COMPANY), SERVER_EV: name(*REGISTERED, *COMPANY)}
    made = issue("jpub.co.kr", profile=profile, subject=subjects[profile], key=key)
    assert faults(der(made), profile) == []


def test_authorities_and_responders() -> None:
    assert faults(der(root().certificate), ROOT) == []
    assert faults(der(issuing().certificate), ISSUING) == []
    responder = issue(profile=OCSP, subject=subject("Responder"))
    assert faults(der(responder), OCSP) == []
    assert issue("a.example.com", profile=CLIENT, validity=span(7))


def test_by_name() -> None:
    assert all(PROFILES[each.name] is each for each in PROFILES.values())
