"""Profiles, linted before their first use: what pkilint finds wrong with a certificate of one.

pkilint is loaded when it is first asked, in half a second.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from forecourt.planes.tls.profiles import Profile


class Faulty(Exception):
    """A certificate does not keep to its profile; the text says what pkilint found."""


def faults(certificate: bytes, profile: Profile, least: str = "ERROR") -> list[str]:
    """The codes of what is found in a certificate (DER), of some severity and above."""
    if not profile.lint:
        return []
    from pkilint import finding_filter, loader, validation

    document = loader.RFC5280CertificateDocumentLoader().load_der_document(certificate)
    results = validator_of(profile.lint).validate(document.root)
    results, _ = finding_filter.filter_results(filters_of(profile.lint), results)
    severity = validation.ValidationFindingSeverity[least]
    return [
        each.finding.code
        for result in results
        for each in result.finding_descriptions
        if each.finding.severity <= severity  # the gravest is the least
    ]


def must_be_clean(certificate: bytes, profile: Profile) -> None:
    """Faulty"""
    if found := faults(certificate, profile):
        raise Faulty(f"{profile.name}: {', '.join(found)}")


@cache
def validator_of(kind: str) -> Any:
    from pkilint.cabf import serverauth
    from pkilint.cabf.serverauth.serverauth_constants import CertificateType
    from pkilint.pkix import certificate

    return certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(),
        serverauth.create_validators(CertificateType[kind]),
    )


@cache
def filters_of(kind: str) -> Any:
    from pkilint.cabf import serverauth
    from pkilint.cabf.serverauth.serverauth_constants import CertificateType

    return serverauth.create_serverauth_finding_filters(CertificateType[kind])
