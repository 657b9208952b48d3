"""Private authorities: made, certified, changed, deleted and restored.

An authority waits for its certificate from the start: its key was made before the call was answered.
https://docs.aws.amazon.com/privateca/latest/userguide/PcaTerms.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import mldsa

from forecourt.aws.arns import Arn
from forecourt.aws.operations import Operations
from forecourt.planes.tls import keys
from forecourt.planes.tls.building import PSS, der, digest_of, hash_for, key_usage, pem
from forecourt.planes.tls.verifying import is_self_signed
from forecourt.platform import quotas
from forecourt.platform.certificates import authorities
from forecourt.platform.certificates.private import AUTHORITIES, errors
from forecourt.store import resources
from forecourt.store.resources import Resource

from .names import general_name, subject_of

if TYPE_CHECKING:
    from forecourt.aws.types import acm_pca as t
    from forecourt.store.tx import Tx

ops = Operations("acm-pca")
LIFE = "acm-pca"  # the kind of work that follows an authority's years, keyed by its ARN
PENDING, ACTIVE, DISABLED = "PENDING_CERTIFICATE", "ACTIVE", "DISABLED"
EXPIRED, DELETED = "EXPIRED", "DELETED"
CERTIFIED = (ACTIVE, DISABLED, EXPIRED)
REMEMBERED = 300.0  # seconds for which an idempotency token holds
MOST = 100  # on a page
MOST_TAGS = 50
MAKE = {
    **keys.MAKE,
    "ML_DSA_44": mldsa.MLDSA44PrivateKey.generate,
    "ML_DSA_65": mldsa.MLDSA65PrivateKey.generate,
    "ML_DSA_87": mldsa.MLDSA87PrivateKey.generate,
}
FAMILIES = {"RSA": "RSA", "EC": "ECDSA", "ML": "ML_DSA"}  # of signatures, by those of keys
USAGES = {
    "DigitalSignature": "digital_signature", "NonRepudiation": "content_commitment",
    "KeyEncipherment": "key_encipherment", "DataEncipherment": "data_encipherment",
    "KeyAgreement": "key_agreement", "KeyCertSign": "key_cert_sign", "CRLSign": "crl_sign",
    "EncipherOnly": "encipher_only", "DecipherOnly": "decipher_only",
}  # fmt: skip


def generate(req: Any) -> tuple[Any, str]:
    """An authority's key and its request to be certified (PEM), ahead of the transaction."""
    configuration = req["CertificateAuthorityConfiguration"]
    algorithm, signing = configuration["KeyAlgorithm"], configuration["SigningAlgorithm"]
    if algorithm not in MAKE:
        raise errors.InvalidArgsException(f"The key algorithm {algorithm} is not supported here.")
    check_family(algorithm, signing)
    subject = subject_of(configuration["Subject"])
    if not list(subject):
        raise errors.InvalidArgsException("The subject of a certificate authority is empty.")
    key = MAKE[algorithm]()
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
    extensions = configuration.get("CsrExtensions", {})
    if usage := extensions.get("KeyUsage"):
        named = [USAGES[name] for name, wanted in usage.items() if wanted]
        try:
            builder = builder.add_extension(key_usage(named), critical=True)
        except ValueError as wrong:
            raise errors.InvalidArgsException(f"KeyUsage is not valid: {wrong}.") from None
    if access := extensions.get("SubjectInformationAccess"):
        builder = builder.add_extension(information_access(access), critical=False)
    pss = PSS if signing.endswith("_PSS") else None
    made = builder.sign(key, hash_for(key, digest_of(signing)), rsa_padding=pss)
    return key, made.public_bytes(serialization.Encoding.PEM).decode()


ACCESS = {
    "CA_REPOSITORY": "1.3.6.1.5.5.7.48.5",
    "RESOURCE_PKI_MANIFEST": "1.3.6.1.5.5.7.48.10",
    "RESOURCE_PKI_NOTIFY": "1.3.6.1.5.5.7.48.13",
}


def information_access(given: Any) -> x509.SubjectInformationAccess:
    found = []
    for each in given:
        method = each["AccessMethod"]
        if len(method) != 1:
            raise errors.InvalidArgsException("An access method has exactly one member.")
        oid = method.get("CustomObjectIdentifier") or ACCESS[method["AccessMethodType"]]
        where = general_name(each["AccessLocation"])
        found.append(x509.AccessDescription(x509.ObjectIdentifier(oid), where))
    return x509.SubjectInformationAccess(found)


def check_family(algorithm: str, signing: str) -> None:
    """InvalidArgsException, where a key of a kind does not sign so."""
    family = FAMILIES.get(algorithm.split("_")[0], "")
    exact = not algorithm.startswith("ML_DSA") or signing == algorithm
    if family not in signing or not exact:
        raise errors.InvalidArgsException(
            f"The signing algorithm {signing} cannot be used with a key of {algorithm}."
        )


@ops.write_after(generate)
def create_certificate_authority(
    tx: Tx, req: t.CreateCertificateAuthorityRequest, made: tuple[Any, str]
) -> t.CreateCertificateAuthorityResponse:
    token = req.get("IdempotencyToken", "")
    known = AUTHORITIES.all(tx)
    since = tx.now - timedelta(seconds=REMEMBERED)
    for each in known:
        if token and each.spec["Token"] == token and each.created > since:
            return {"CertificateAuthorityArn": each.arn}
    if len(known) >= quotas.limit(tx, "MAX_CERTIFICATE_AUTHORITIES_BY_REGION"):
        raise errors.LimitExceededException("The limit of certificate authorities is reached.")
    key, csr = made
    revocation = checked_revocation(req.get("RevocationConfiguration", {}))
    spec = {
        "Configuration": req["CertificateAuthorityConfiguration"],
        "Type": req["CertificateAuthorityType"],
        "Revocation": revocation,
        "UsageMode": req.get("UsageMode", "GENERAL_PURPOSE"),
        "Standard": req.get("KeyStorageSecurityStandard", "FIPS_140_2_LEVEL_3_OR_HIGHER"),
        "Token": token,
        "Csr": csr,
    }
    now = tx.now.timestamp()
    tags = checked_tags({}, req.get("Tags", []))
    status = {"Status": PENDING, "Changed": now, "Permissions": []}
    new = AUTHORITIES.create(tx, str(uuid.uuid4()), spec, status, tags)
    authorities.create(tx, new.name, key, pointing(spec))
    return {"CertificateAuthorityArn": new.arn}


@ops.read
def describe_certificate_authority(
    tx: Tx, req: t.DescribeCertificateAuthorityRequest
) -> t.DescribeCertificateAuthorityResponse:
    shown: Any = document(tx, own(tx, req["CertificateAuthorityArn"]))
    return {"CertificateAuthority": shown}


@ops.read
def list_certificate_authorities(
    tx: Tx, req: t.ListCertificateAuthoritiesRequest
) -> t.ListCertificateAuthoritiesResponse:
    if req.get("ResourceOwner", "SELF") != "SELF":
        return {"CertificateAuthorities": []}
    size = min(req.get("MaxResults", MOST), MOST)
    found = AUTHORITIES.page(tx, req.get("NextToken", ""), size)
    shown: Any = [document(tx, each) for each in found[:size]]
    answer: t.ListCertificateAuthoritiesResponse = {"CertificateAuthorities": shown}
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


@ops.read
def get_certificate_authority_csr(
    tx: Tx, req: t.GetCertificateAuthorityCsrRequest
) -> t.GetCertificateAuthorityCsrResponse:
    return {"Csr": living(tx, req["CertificateAuthorityArn"]).spec["Csr"]}


@ops.read
def get_certificate_authority_certificate(
    tx: Tx, req: t.GetCertificateAuthorityCertificateRequest
) -> t.GetCertificateAuthorityCertificateResponse:
    found = own(tx, req["CertificateAuthorityArn"])
    known = authorities.find(tx, found.name)
    if found.status["Status"] not in CERTIFIED or known is None or known.certificate is None:
        raise errors.InvalidStateException(
            f"The certificate authority {found.arn} is not in the correct state to have a"
            " certificate signing request."
        )
    answer: t.GetCertificateAuthorityCertificateResponse = {
        "Certificate": pem(x509.load_der_x509_certificate(known.certificate))
    }
    if known.chain:
        answer["CertificateChain"] = known.chain
    return answer


@ops.write
def import_certificate_authority_certificate(
    tx: Tx, req: t.ImportCertificateAuthorityCertificateRequest
) -> None:
    """Let an authority issue, by a certificate that was made of its request."""
    found = own(tx, req["CertificateAuthorityArn"])
    if found.status["Status"] not in (PENDING, *CERTIFIED):
        raise errors.InvalidStateException(
            f"The certificate authority {found.arn} is not in the correct state to import."
        )
    try:
        certificate = x509.load_pem_x509_certificate(req["Certificate"])
        given = req.get("CertificateChain", b"")
        chain = x509.load_pem_x509_certificates(given) if given.strip() else []
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, x509.ExtensionNotFound):
        raise errors.MalformedCertificateException(
            "One or more fields in the certificate are invalid."
        ) from None
    if not (constraints.critical and constraints.value.ca):
        raise errors.MalformedCertificateException(
            "The basic constraints of the certificate must be critical, of a certificate authority."
        )
    check_imported(tx, found, certificate, chain)
    authorities.certify(tx, found.name, der(certificate), pem(*chain))
    if not tx.now <= certificate.not_valid_after_utc:
        raise errors.CertificateMismatchException("The certificate has expired.")
    set_status(tx, found, DISABLED if found.status["Status"] == DISABLED else ACTIVE)
    tx.enqueue(LIFE, found.arn, certificate.not_valid_after_utc)


def check_imported(
    tx: Tx, found: Resource, certificate: x509.Certificate, chain: list[x509.Certificate]
) -> None:
    """CertificateMismatchException, InvalidRequestException, MalformedCertificateException"""
    csr = x509.load_pem_x509_csr(found.spec["Csr"].encode())
    if certificate.public_key() != csr.public_key() or certificate.subject != csr.subject:
        raise errors.CertificateMismatchException(
            "The certificate's public key and subject must be those of the signing request."
        )
    is_root = found.spec["Type"] == "ROOT"
    if is_root != is_self_signed(certificate):
        raise errors.InvalidRequestException(
            "A root's certificate is self-signed, and no subordinate's is."
        )
    if is_root == bool(chain) or certificate in chain:
        raise errors.MalformedCertificateException(
            "A certificate chain belongs to a subordinate's certificate, without that itself."
        )
    below = certificate
    for above in chain or [certificate]:
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            raise errors.CertificateMismatchException(
                "The certificate authority certificate you are importing does not comply with"
                " conditions specified in the certificate that signed it."
            ) from None
        below = above


@ops.write
def update_certificate_authority(tx: Tx, req: t.UpdateCertificateAuthorityRequest) -> None:
    """Whether it issues, and where revocation is told."""
    found = own(tx, req["CertificateAuthorityArn"])
    if found.status["Status"] not in (ACTIVE, DISABLED):
        raise errors.InvalidStateException(
            "The certificate authority is not in a valid state for updating."
        )
    wanted = req.get("Status", found.status["Status"])
    if wanted not in (ACTIVE, DISABLED):
        raise errors.InvalidArgsException(f"The status {wanted} cannot be set.")
    if "RevocationConfiguration" in req:
        revocation = checked_revocation(req["RevocationConfiguration"])
        found = AUTHORITIES.change(tx, found, spec={**found.spec, "Revocation": revocation})
        authorities.point(tx, found.name, pointing(found.spec))
    set_status(tx, found, wanted)


@ops.write
def delete_certificate_authority(tx: Tx, req: t.DeleteCertificateAuthorityRequest) -> None:
    """Take an authority away; for some days it can be restored."""
    found = own(tx, req["CertificateAuthorityArn"])
    if found.status["Status"] not in (PENDING, DISABLED, EXPIRED):
        raise errors.InvalidStateException(
            "The certificate authority is not in a valid state for deletion."
        )
    until = tx.now + timedelta(days=req.get("PermanentDeletionTimeInDays", 30))
    status = {
        **found.status, "Before": found.status["Status"], "Until": until.timestamp(),
        "Status": DELETED, "Changed": tx.now.timestamp(),
    }  # fmt: skip
    AUTHORITIES.change(tx, found, status=status)
    tx.enqueue(LIFE, found.arn, until)


@ops.write
def restore_certificate_authority(tx: Tx, req: t.RestoreCertificateAuthorityRequest) -> None:
    found = own(tx, req["CertificateAuthorityArn"])
    if found.status["Status"] != DELETED:
        raise errors.InvalidStateException(
            "The certificate authority is not in a valid state for restoration."
        )
    set_status(tx, found, found.status["Before"])
    tx.enqueue(LIFE, found.arn)


# ----- what others of this service need


def own(tx: Tx, arn: str) -> Resource:
    """InvalidArnException, ResourceNotFoundException"""
    parsed = Arn.parse(arn)
    kind, _, name = parsed.resource.partition("/")
    if kind != "certificate-authority" or "/" in name:
        raise errors.InvalidArnException(f"{arn} is not the ARN of a certificate authority.")
    found = AUTHORITIES.find(tx, name)
    if found is None or found.arn != arn:
        raise errors.ResourceNotFoundException(f"Could not find Certificate Authority {arn}.")
    return found


def living(tx: Tx, arn: str) -> Resource:
    """One that is not deleted.  InvalidStateException."""
    found = own(tx, arn)
    if found.status["Status"] == DELETED:
        raise errors.InvalidStateException(
            "The certificate authority is in the DELETED state and must be restored to complete"
            " this action."
        )
    return found


def set_status(tx: Tx, found: Resource, status: str) -> Resource:
    gone = ("Before", "Until")
    kept = {name: value for name, value in found.status.items() if name not in gone}
    changed = {**kept, "Status": status, "Changed": tx.now.timestamp()}
    return AUTHORITIES.change(tx, found, status=changed)


def checked_tags(present: Mapping[str, str], added: Iterable[t.Tag]) -> dict[str, str]:
    """The tags with others added.  InvalidTagException, TooManyTagsException."""
    given = {tag["Key"]: tag.get("Value", "") for tag in added}
    if any(name.lower().startswith("aws:") for name in given):
        raise errors.InvalidTagException("Tags beginning with aws: are reserved.")
    tags = {**present, **given}
    if len(tags) > MOST_TAGS:
        raise errors.TooManyTagsException(f"An authority has at most {MOST_TAGS} tags.")
    return tags


def checked_revocation(given: Any) -> dict[str, Any]:
    """RevocationConfiguration, with both of its parts.  InvalidArgsException."""
    found = {}
    for part in ("CrlConfiguration", "OcspConfiguration"):
        one = dict(given.get(part, {"Enabled": False}))
        if not one["Enabled"] and len(one) > 1:
            raise errors.InvalidArgsException(f"{part} that is not enabled says nothing else.")
        for name in ("CustomCname", "OcspCustomCname"):
            if "://" in one.get(name, ""):
                raise errors.InvalidArgsException(f"{name} must not name a protocol.")
        found[part] = one
    crl = found["CrlConfiguration"]
    extension = crl.get("CrlDistributionPointExtensionConfiguration", {})
    if extension.get("OmitExtension") and crl.get("CustomCname"):
        raise errors.InvalidArgsException("CustomCname cannot be given with OmitExtension.")
    if crl["Enabled"]:
        if not crl.get("S3BucketName") or "ExpirationInDays" not in crl:
            raise errors.InvalidArgsException(
                "CrlConfiguration needs S3BucketName and ExpirationInDays."
            )
        crl.setdefault("S3ObjectAcl", "PUBLIC_READ")
        crl.setdefault("CrlType", "COMPLETE")
    return found


def pointing(spec: Mapping[str, Any]) -> dict[str, Any]:
    """How an authority tells of revocation, as platform/certificates takes it."""
    revocation = spec["Revocation"]
    crl, ocsp = revocation["CrlConfiguration"], revocation["OcspConfiguration"]
    extension = crl.get("CrlDistributionPointExtensionConfiguration", {})
    return {
        "Crl": crl["Enabled"],
        "Point": not extension.get("OmitExtension"),
        "CrlCname": crl.get("CustomCname", ""),
        "Days": crl.get("ExpirationInDays", 7),
        "Partitioned": crl.get("CrlType") == "PARTITIONED",
        "Ocsp": ocsp["Enabled"],
        "OcspCname": ocsp.get("OcspCustomCname", ""),
        "Algorithm": spec["Configuration"]["SigningAlgorithm"],
    }


def document(tx: Tx, found: Resource) -> dict[str, Any]:
    """CertificateAuthority"""
    status = found.status
    shown: dict[str, Any] = {
        "Arn": found.arn,
        "OwnerAccount": found.arn.split(":")[4],
        "CreatedAt": found.created,
        "LastStateChangeAt": datetime.fromtimestamp(status["Changed"], found.created.tzinfo),
        "Type": found.spec["Type"],
        "Status": status["Status"],
        "CertificateAuthorityConfiguration": found.spec["Configuration"],
        "RevocationConfiguration": found.spec["Revocation"],
        "KeyStorageSecurityStandard": found.spec["Standard"],
        "UsageMode": found.spec["UsageMode"],
    }
    if "Until" in status:
        shown["RestorableUntil"] = datetime.fromtimestamp(status["Until"], found.created.tzinfo)
    known = authorities.find(tx, found.name)
    if known is not None and known.certificate is not None:
        certificate = x509.load_der_x509_certificate(known.certificate)
        shown["Serial"] = str(certificate.serial_number)
        shown["NotBefore"] = certificate.not_valid_before_utc
        shown["NotAfter"] = certificate.not_valid_after_utc
    return shown


def tend(tx: Tx, arn: str) -> float | None:
    """An authority's certificate may have ended, or its time to be restored."""
    found = resources.at(tx, arn)
    if found is None:
        return None
    now, status = tx.now.timestamp(), found.status
    if status["Status"] == DELETED:
        if now < status["Until"]:
            return float(status["Until"] - now)
        authorities.remove(tx, found.name)
        AUTHORITIES.remove(tx, found)
        return None
    known = authorities.find(tx, found.name)
    if known is None or known.certificate is None:
        return None
    left = x509.load_der_x509_certificate(known.certificate).not_valid_after_utc.timestamp() - now
    if left > 0:
        return left
    if status["Status"] in (ACTIVE, DISABLED):
        set_status(tx, found, EXPIRED)
    return None
