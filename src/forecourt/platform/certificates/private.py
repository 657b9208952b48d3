"""Authorities of accounts, as acm-pca makes them and ACM issues from them.

Named by their ids; `status` has their state, `spec` what they were made with.  Their keys and
certificates are in authorities.py, by the same ids.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from forecourt.aws.errors import AwsError, Errors
from forecourt.store import resources
from forecourt.store.resources import Kind, Resource

from . import authorities

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("acm-pca")
AUTHORITIES = Kind("acm-pca", "certificate-authority", errors.ResourceNotFoundException)
ACTIVE = "ACTIVE"
TEMPLATE = "arn:aws:acm-pca:::template/EndEntityCertificate/V1"  # that ACM issues by
ACM = "acm.amazonaws.com"  # who must be permitted to issue, where it renews


class ValidationException(AwsError):
    """What AWS answers to some arguments, though its model declares no such error."""

    code = shape = "ValidationException"


def usable(tx: Tx, arn: str, days: int, account: str, renewing: bool = False) -> tuple[str, str]:
    """Why ACM cannot issue from an authority for some days (a FailureReason), or else its id.

    What it renews, it renews by itself, and needs a permission to.
    """
    found = resources.at(tx, arn)
    if found is None or ":certificate-authority/" not in arn:
        return "PCA_RESOURCE_NOT_FOUND", ""
    if arn.split(":")[4] != account or (renewing and not is_permitted(found, ACM)):
        return "PCA_ACCESS_DENIED", ""
    if found.status["Status"] != ACTIVE:
        return "PCA_INVALID_STATE", ""
    known = authorities.find(tx, found.name)
    if known is None or known.certificate is None:
        return "PCA_INVALID_STATE", ""
    if found.spec.get("UsageMode") == "SHORT_LIVED_CERTIFICATE":
        return "PCA_INVALID_ARGS", ""
    until = x509.load_der_x509_certificate(known.certificate).not_valid_after_utc
    if tx.now + timedelta(days=days) > until:
        return "PCA_INVALID_DURATION", ""
    return "", found.name


def note(
    tx: Tx, found: Resource, made: x509.Certificate, template: str, token: str = "", by: str = ""
) -> str:
    """Keep what an authority issued, of a template, for a service or the account; its ARN."""
    serial = authorities.record(tx, found.name, made)
    arn = f"{found.arn}/certificate/{made.serial_number:032x}"
    tx.run(
        "INSERT INTO pca_certificate"
        " (arn, authority, serial, template, token, requested_by, created)"
        " VALUES (:arn, :authority, :serial, :template, :token, :by, :created)",
        arn=arn,
        authority=found.name,
        serial=serial,
        template=template,
        token=token,
        by=by,
        created=tx.now.timestamp(),
    )
    return arn


def is_permitted(found: Resource, principal: str) -> bool:
    """Whether a service may issue from an authority by itself."""
    return any(each["Principal"] == principal for each in found.status.get("Permissions", []))
