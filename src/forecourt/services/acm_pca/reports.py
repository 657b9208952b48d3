"""Audit reports: all that an authority issued, and what was revoked of it, put into a bucket of the caller's.

https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509

from forecourt.aws.operations import Operations
from forecourt.platform.certificates.private import errors
from forecourt.platform.objects import exporting
from forecourt.platform.objects.bodies import Received
from forecourt.platform.objects.exporting import NotThere
from forecourt.store.blobs import Blobs

from .authorities import CERTIFIED, living, own

if TYPE_CHECKING:
    from forecourt.aws.types import acm_pca as t
    from forecourt.store.tx import Tx

ops = Operations("acm-pca")
COLUMNS = (
    "awsAccountId", "requestedByServicePrincipal", "certificateArn", "serial", "subject",
    "notBefore", "notAfter", "issuedAt", "revokedAt", "revocationReason", "templateArn",
)  # fmt: skip
BETWEEN = 1800.0  # seconds between reports of an authority


def look(tx: Tx, req: Any) -> list[dict[str, str]]:
    return entries_of(tx, living(tx, req["CertificateAuthorityArn"]).name)


def written(blobs: Blobs, req: Any, entries: list[dict[str, str]]) -> Received:
    """The report, on disk."""
    as_json = req["AuditReportResponseFormat"] == "JSON"
    text = json.dumps(entries, indent=1) if as_json else as_csv(entries)
    return exporting.write(blobs, (text.encode(),))


@ops.write_after(written, look, on_disk=True)
def create_certificate_authority_audit_report(
    tx: Tx, req: t.CreateCertificateAuthorityAuditReportRequest, body: Received
) -> t.CreateCertificateAuthorityAuditReportResponse:
    found = living(tx, req["CertificateAuthorityArn"])
    if found.status["Status"] not in CERTIFIED:
        raise errors.InvalidStateException("The certificate authority has issued nothing.")
    last = tx.value(
        "SELECT max(created) FROM pca_report WHERE authority = :authority", authority=found.name
    )
    if last is not None and tx.now.timestamp() < last + BETWEEN:
        raise errors.RequestInProgressException("One report can be made in 30 minutes.")
    form, id_ = req["AuditReportResponseFormat"], str(uuid.uuid4())
    key = f"audit-report/{found.name}/{id_}.{form.lower()}"
    try:
        bucket = exporting.bucket_of(tx, req["S3BucketName"])
    except NotThere as error:
        raise errors.InvalidArgsException(str(error)) from None
    exporting.keep(tx, bucket, key, body, f"text/{form.lower()}")
    tx.run(
        "INSERT INTO pca_report (id, authority, bucket, key, created, data)"
        " VALUES (:id, :authority, :bucket, :key, :created, :none)",
        id=id_,
        authority=found.name,
        bucket=req["S3BucketName"],
        key=key,
        created=tx.now.timestamp(),
        none=b"",
    )
    return {"AuditReportId": id_, "S3Key": key}


@ops.read
def describe_certificate_authority_audit_report(
    tx: Tx, req: t.DescribeCertificateAuthorityAuditReportRequest
) -> t.DescribeCertificateAuthorityAuditReportResponse:
    found = own(tx, req["CertificateAuthorityArn"])
    row = tx.one(
        "SELECT bucket, key, created FROM pca_report WHERE id = :id AND authority = :authority",
        id=req["AuditReportId"],
        authority=found.name,
    )
    if row is None:
        raise errors.ResourceNotFoundException(
            f"Could not find audit report {req['AuditReportId']}."
        )
    bucket, key, created = row
    return {
        "AuditReportStatus": "SUCCESS",
        "S3BucketName": bucket,
        "S3Key": key,
        "CreatedAt": datetime.fromtimestamp(created, UTC),
    }


def entries_of(tx: Tx, authority: str) -> list[dict[str, str]]:
    rows = tx.all(
        "SELECT p.arn, p.template, p.requested_by, i.certificate, i.issued_at, i.revoked_at,"
        " i.reason FROM pca_certificate AS p JOIN issued_certificate AS i"
        " ON i.authority = p.authority AND i.serial = p.serial"
        " WHERE p.authority = :authority ORDER BY p.created, p.arn",
        authority=authority,
    )
    return [entry(*row) for row in rows]


def entry(
    arn: str, template: str, by: str, data: Any, issued: float, revoked: float | None, reason: str
) -> dict[str, str]:
    certificate = x509.load_der_x509_certificate(bytes(data))
    number = f"{certificate.serial_number:032x}"
    shown = {
        "awsAccountId": arn.split(":")[4],
        "requestedByServicePrincipal": by,
        "certificateArn": arn,
        "serial": ":".join(number[at : at + 2] for at in range(0, len(number), 2)),
        "subject": certificate.subject.rfc4514_string(),
        "notBefore": stamp(certificate.not_valid_before_utc),
        "notAfter": stamp(certificate.not_valid_after_utc),
        "issuedAt": stamp(datetime.fromtimestamp(issued, UTC)),
        "revokedAt": "" if revoked is None else stamp(datetime.fromtimestamp(revoked, UTC)),
        "revocationReason": reason or "",
        "templateArn": template,
    }
    return {name: value for name, value in shown.items() if value}


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def as_csv(entries: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(entries)
    return text.getvalue()
