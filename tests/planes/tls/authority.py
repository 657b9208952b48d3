"""A root and an authority below it, made once; and what it issues."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from forecourt.planes.tls.building import Issuer, Urls, build, common_name, host_names
from forecourt.planes.tls.profiles import ISSUING, ROOT, SERVER_DV, Profile
from forecourt.platform.certificates.authorities import subject

NOW = datetime.now(UTC).replace(microsecond=0)
URLS = Urls(
    "http://pki.example.com/ca", "http://pki.example.com/ocsp", "http://pki.example.com/crl"
)


def span(days: int, start: datetime = NOW - timedelta(hours=1)) -> tuple[datetime, datetime]:
    return start, start + timedelta(days=days, seconds=-1)


def new_key() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def root() -> Issuer:
    key = new_key()
    name = subject("Root")
    return Issuer(
        build(ROOT, name, key.public_key(), None, validity=span(3650), key=key), key, URLS
    )


@cache
def issuing() -> Issuer:
    key = new_key()
    made = build(ISSUING, subject("Issuing"), key.public_key(), root(), validity=span(1825))
    return Issuer(made, key, URLS)


def issue(
    *hosts: str,
    profile: Profile = SERVER_DV,
    subject: x509.Name | None = None,
    validity: tuple[datetime, datetime] | None = None,
    key: Any = None,
    issuer: Issuer | None = None,
) -> x509.Certificate:
    names: Iterable[x509.GeneralName] = host_names(hosts)
    return build(
        profile,
        common_name(hosts) if subject is None else subject,
        (key or new_key()).public_key(),
        issuer or issuing(),
        validity=validity or span(198),
        names=names,
    )
