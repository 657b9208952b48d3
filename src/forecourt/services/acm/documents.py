"""Certificates as the API shows them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from forecourt.platform.certificates import uses

from . import validation
from .certificates import (
    IMPORTED,
    PRIVATE,
    PUBLIC,
    Certificate,
    is_exportable,
    moment,
    renews,
)

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

USAGES = {
    "digital_signature": "DIGITAL_SIGNATURE",
    "content_commitment": "NON_REPUDIATION",
    "key_encipherment": "KEY_ENCIPHERMENT",
    "data_encipherment": "DATA_ENCIPHERMENT",
    "key_agreement": "KEY_AGREEMENT",
    "key_cert_sign": "CERTIFICATE_SIGNING",
    "crl_sign": "CRL_SIGNING",
}
PURPOSES = {
    "1.3.6.1.5.5.7.3.1": "TLS_WEB_SERVER_AUTHENTICATION",
    "1.3.6.1.5.5.7.3.2": "TLS_WEB_CLIENT_AUTHENTICATION",
    "1.3.6.1.5.5.7.3.3": "CODE_SIGNING",
    "1.3.6.1.5.5.7.3.4": "EMAIL_PROTECTION",
    "1.3.6.1.5.5.7.3.8": "TIME_STAMPING",
    "1.3.6.1.5.5.7.3.9": "OCSP_SIGNING",
    "1.3.6.1.5.5.7.3.5": "IPSEC_END_SYSTEM",
    "1.3.6.1.5.5.7.3.6": "IPSEC_TUNNEL",
    "1.3.6.1.5.5.7.3.7": "IPSEC_USER",
    "2.5.29.37.0": "ANY",
}
ATTRIBUTES = {  # of names, by which members of DistinguishedName show them
    NameOID.COMMON_NAME: "CommonName",
    NameOID.COUNTRY_NAME: "Country",
    NameOID.DN_QUALIFIER: "DistinguishedNameQualifier",
    NameOID.GENERATION_QUALIFIER: "GenerationQualifier",
    NameOID.GIVEN_NAME: "GivenName",
    NameOID.INITIALS: "Initials",
    NameOID.LOCALITY_NAME: "Locality",
    NameOID.ORGANIZATION_NAME: "Organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OrganizationalUnit",
    NameOID.PSEUDONYM: "Pseudonym",
    NameOID.SERIAL_NUMBER: "SerialNumber",
    NameOID.STATE_OR_PROVINCE_NAME: "State",
    NameOID.SURNAME: "Surname",
    NameOID.TITLE: "Title",
}
MOST_SUMMARIZED = 100  # names in a summary


class Read:
    """What the API shows of a certificate's own contents."""

    def __init__(self, data: bytes) -> None:
        self.x509 = found = x509.load_der_x509_certificate(data)
        self.serial = ":".join(f"{byte:02x}" for byte in serial_bytes(found))
        self.not_before, self.not_after = found.not_valid_before_utc, found.not_valid_after_utc
        self.subject = ",".join(each.rfc4514_string() for each in found.subject.rdns)
        organization = found.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        common = found.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        self.issuer = str((organization or common)[0].value) if organization or common else ""
        self.signature = signature_of(found)
        self.usages = ["ANY"]  # where it does not say
        self.purposes: list[str] = []  # OIDs
        self.names: list[str] = []
        for extension in found.extensions:
            if isinstance(extension.value, x509.KeyUsage):
                usage = extension.value
                self.usages = [shown for name, shown in USAGES.items() if getattr(usage, name)]
            elif isinstance(extension.value, x509.ExtendedKeyUsage):
                self.purposes = [each.dotted_string for each in extension.value]
            elif isinstance(extension.value, x509.SubjectAlternativeName):
                self.names = extension.value.get_values_for_type(x509.DNSName)


@lru_cache(4096)
def read(data: bytes) -> Read:
    return Read(data)


def serial_bytes(found: x509.Certificate) -> bytes:
    number = found.serial_number
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def signature_of(found: x509.Certificate) -> str:
    digest = found.signature_hash_algorithm
    name = digest.name.upper() if digest is not None else ""
    oid = found.signature_algorithm_oid
    named = str(getattr(oid, "_name", "")).upper()
    return f"{name}WITH{'ECDSA' if 'ECDSA' in named else 'RSA'}" if name else named


def algorithm(spelled: str) -> str:
    """A key's algorithm as answers spell it: RSA-2048."""
    return spelled.replace("_", "-", 1)


def detail(tx: Tx, one: Certificate) -> dict[str, Any]:
    """CertificateDetail"""
    state = one.state
    shown: dict[str, Any] = {
        "CertificateArn": one.arn,
        "DomainName": one.domain,
        "SubjectAlternativeNames": one.names,
        "Status": one.status,
        "Type": one.type,
        "KeyAlgorithm": algorithm(one.algorithm),
        "InUseBy": (users := uses.users(tx, one.arn)),
        "RenewalEligibility": eligibility(one, bool(users)),
        "CertificateKeyPairOrigin": origin(one),
    }
    if one.type != IMPORTED:
        shown["CreatedAt"] = moment(one.created)
        shown["Subject"], shown["Issuer"] = f"CN={one.domain}", "Forecourt"
        rsa = one.algorithm.startswith("RSA")
        shown["SignatureAlgorithm"] = "SHA256WITHRSA" if rsa else "SHA256WITHECDSA"
        shown["KeyUsages"], shown["ExtendedKeyUsages"] = [], []
    shown["Options"] = {
        "CertificateTransparencyLoggingPreference": one.spec.get("Transparency", "ENABLED"),
        "Export": "ENABLED" if is_exportable(one) else "DISABLED",
    }
    if one.type == IMPORTED:
        shown["CreatedAt"] = moment(one.created)
        shown["Options"]["CertificateTransparencyLoggingPreference"] = "DISABLED"
        shown["DomainValidationOptions"] = [{"DomainName": name} for name in one.names]
    if one.type == PUBLIC:
        shown["DomainValidationOptions"] = validation.options(tx, one, state.get("Domains", {}))
        shown["Options"]["ValidationMethod"] = one.spec["Method"]
    if one.type == PRIVATE:
        shown["CertificateAuthorityArn"] = one.spec["AuthorityArn"]
    if managed := one.spec.get("ManagedBy"):
        shown["ManagedBy"] = managed
    if one.certificate is not None:
        contents = read(one.certificate)
        shown |= {
            "Serial": contents.serial,
            "Subject": contents.subject or f"CN={one.domain}",
            "Issuer": contents.issuer,
            "NotBefore": contents.not_before,
            "NotAfter": contents.not_after,
            "SignatureAlgorithm": contents.signature,
            "KeyUsages": [{"Name": each} for each in contents.usages],
            "ExtendedKeyUsages": [
                {"Name": PURPOSES.get(oid, "CUSTOM"), "OID": oid} for oid in contents.purposes
            ]
            or [{"Name": "NONE"}],
        }
    shown |= times(one)
    if state.get("Failure"):
        shown["FailureReason"] = state["Failure"]
    if state.get("RevocationReason"):
        shown["RevocationReason"] = state["RevocationReason"]
    if (renewal := state.get("Renewal")) is not None:
        summary: dict[str, Any] = {
            "RenewalStatus": renewal["Status"],
            "UpdatedAt": moment(renewal["UpdatedAt"]),
            "DomainValidationOptions": [],
        }
        if one.type == PUBLIC:
            summary["DomainValidationOptions"] = validation.options(
                tx, one, renewal.get("Domains", {})
            )
        if renewal.get("Reason"):
            summary["RenewalStatusReason"] = renewal["Reason"]
        shown["RenewalSummary"] = summary
    return shown


def times(one: Certificate) -> dict[str, Any]:
    """IssuedAt, ImportedAt, RevokedAt, where they are."""
    members = ("IssuedAt", "ImportedAt", "RevokedAt")
    return {name: moment(one.state[name]) for name in members if one.state.get(name)}


def eligibility(one: Certificate, used: bool) -> str:
    return "ELIGIBLE" if renews(one, used) else "INELIGIBLE"


def origin(one: Certificate) -> str:
    return "CUSTOMER_PROVIDED" if one.type == IMPORTED else "AWS_MANAGED"


def summary(one: Certificate, used: bool) -> dict[str, Any]:
    """CertificateSummary"""
    shown: dict[str, Any] = {
        "CertificateArn": one.arn,
        "DomainName": one.domain,
        "SubjectAlternativeNameSummaries": one.names[:MOST_SUMMARIZED],
        "HasAdditionalSubjectAlternativeNames": len(one.names) > MOST_SUMMARIZED,
        "Status": one.status,
        "Type": one.type,
        "KeyAlgorithm": algorithm(one.algorithm),
        "KeyUsages": [],
        "ExtendedKeyUsages": [],
        "ExportOption": "ENABLED" if is_exportable(one) else "DISABLED",
        "InUse": used,
        "Exported": one.exported,
        "RenewalEligibility": eligibility(one, used),
        "CertificateKeyPairOrigin": origin(one),
        **times(one),
    }
    shown["CreatedAt"] = moment(one.created)
    if managed := one.spec.get("ManagedBy"):
        shown["ManagedBy"] = managed
    if one.certificate is not None:
        contents = read(one.certificate)
        shown |= {
            "NotBefore": contents.not_before,
            "NotAfter": contents.not_after,
            "KeyUsages": contents.usages,
            "ExtendedKeyUsages": [PURPOSES.get(oid, "CUSTOM") for oid in contents.purposes]
            or ["NONE"],
        }
    return shown


def search_result(one: Certificate, used: bool) -> dict[str, Any]:
    """CertificateSearchResult"""
    listed = summary(one, used)
    members = (
        "CreatedAt", "Exported", "ImportedAt", "InUse", "IssuedAt", "RenewalEligibility",
        "RevokedAt", "Status", "Type", "ExportOption", "ManagedBy", "CertificateKeyPairOrigin",
    )  # fmt: skip
    metadata = {name: listed[name] for name in members if name in listed}
    if one.type == PUBLIC:
        metadata["ValidationMethod"] = one.spec["Method"]
    if (renewal := one.state.get("Renewal")) is not None:
        metadata["RenewalStatus"] = renewal["Status"]
    shown: dict[str, Any] = {
        "CertificateArn": one.arn,
        "CertificateMetadata": {"AcmCertificateMetadata": metadata},
    }
    attributes: dict[str, Any] = {
        "KeyAlgorithm": one.algorithm,
        "SubjectAlternativeNames": [{"DnsName": name} for name in one.names],
        "Subject": {"CommonName": one.domain},
    }
    if one.certificate is not None:
        contents = read(one.certificate)
        attributes |= {
            "Issuer": distinguished(contents.x509.issuer),
            "Subject": distinguished(contents.x509.subject),
            "ExtendedKeyUsages": listed["ExtendedKeyUsages"],
            "KeyUsages": listed["KeyUsages"],
            "SerialNumber": contents.serial,
            "NotAfter": contents.not_after,
            "NotBefore": contents.not_before,
        }
    shown["X509Attributes"] = attributes
    return shown


def distinguished(name: x509.Name) -> dict[str, Any]:
    """DistinguishedName"""
    shown: dict[str, Any] = {}
    for each in name:
        if each.oid in ATTRIBUTES:
            shown.setdefault(ATTRIBUTES[each.oid], str(each.value))
        elif each.oid == NameOID.DOMAIN_COMPONENT:
            shown.setdefault("DomainComponents", []).append(str(each.value))
        else:
            custom = {"ObjectIdentifier": each.oid.dotted_string, "Value": str(each.value)}
            shown.setdefault("CustomAttributes", []).append(custom)
    return shown
