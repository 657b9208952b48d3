"""What each kind of certificate is: the Baseline Requirements' profiles, as data.

Server certificates follow the CA/Browser Forum's TLS Baseline Requirements §7.1.2; validity is the
issuer's business.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import ObjectIdentifier

DOMAIN_VALIDATED = ObjectIdentifier("2.23.140.1.2.1")  # Baseline Requirements §7.1.6.1
ORGANIZATION_VALIDATED = ObjectIdentifier("2.23.140.1.2.2")
EXTENDED_VALIDATION = ObjectIdentifier("2.23.140.1.1")
ANY_POLICY = ObjectIdentifier("2.5.29.32.0")

SIGN, ENCIPHER = "digital_signature", "key_encipherment"
CERT_SIGN, CRL_SIGN = "key_cert_sign", "crl_sign"


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    usage: tuple[str, ...]  # of the key (RFC 5280 §4.2.1.3); RSA servers decipher too
    purposes: tuple[ObjectIdentifier, ...] = ()
    policies: tuple[ObjectIdentifier, ...] = ()
    is_ca: bool = False
    path_length: int | None = None
    no_check: bool = False  # whether nobody asks if it is revoked (RFC 6960 §4.2.2.2.1)
    lint: str = ""  # as pkilint calls the kind; empty: it knows none


ROOT = Profile(
    "root", (SIGN, CERT_SIGN, CRL_SIGN), is_ca=True, lint="ROOT_CA"
)  # it signs nothing but authorities
ISSUING = Profile(
    "issuing",
    (SIGN, CERT_SIGN, CRL_SIGN),
    (Purpose.SERVER_AUTH,),
    (DOMAIN_VALIDATED,),
    is_ca=True,
    path_length=0,
    lint="INTERNAL_UNCONSTRAINED_TLS_CA",
)
SERVER_DV = Profile(
    "server-dv", (SIGN,), (Purpose.SERVER_AUTH,), (DOMAIN_VALIDATED,), lint="DV_FINAL_CERTIFICATE"
)
SERVER_OV = Profile(
    "server-ov",
    (SIGN,),
    (Purpose.SERVER_AUTH,),
    (ORGANIZATION_VALIDATED,),
    lint="OV_FINAL_CERTIFICATE",
)
SERVER_EV = Profile(
    "server-ev",
    (SIGN,),
    (Purpose.SERVER_AUTH,),
    (EXTENDED_VALIDATION,),
    lint="EV_FINAL_CERTIFICATE",
)
CLIENT = Profile("client", (SIGN,), (Purpose.CLIENT_AUTH,))
OCSP = Profile("ocsp", (SIGN,), (Purpose.OCSP_SIGNING,), no_check=True, lint="OCSP_RESPONDER")

PROFILES = {
    each.name: each for each in (ROOT, ISSUING, SERVER_DV, SERVER_OV, SERVER_EV, CLIENT, OCSP)
}
KINDS = {  # of server certificates, by policy
    DOMAIN_VALIDATED: "DV",
    ORGANIZATION_VALIDATED: "OV",
    EXTENDED_VALIDATION: "EV",
}
