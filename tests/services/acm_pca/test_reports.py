"""Audit reports: every certificate, in either form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from tests.harness import World

from .calls import create, csr, got, issue, refused, root


def kept(world: World, key: str) -> str:
    found = world.client("s3").get_object(Bucket="reports", Key=key)
    return bytes(found["Body"].read()).decode()


def test_reports(world: World, pca: Any, later: Callable[[float], None]) -> None:
    world.client("s3").create_bucket(Bucket="reports")
    arn = root(pca)
    made = issue(pca, arn, csr())
    leaf, _ = got(pca, arn, made)
    pca.revoke_certificate(
        CertificateAuthorityArn=arn, CertificateSerial=f"{leaf.serial_number:x}",
        RevocationReason="SUPERSEDED",
    )  # fmt: skip
    of = {"CertificateAuthorityArn": arn, "S3BucketName": "reports"}
    forms = {}
    for form in ("JSON", "CSV"):
        asked = pca.create_certificate_authority_audit_report(**of, AuditReportResponseFormat=form)
        assert asked["S3Key"].endswith(f"{asked['AuditReportId']}.{form.lower()}")
        shown = pca.describe_certificate_authority_audit_report(
            CertificateAuthorityArn=arn, AuditReportId=asked["AuditReportId"]
        )
        assert (shown["AuditReportStatus"], shown["S3BucketName"]) == ("SUCCESS", "reports")
        forms[form] = kept(world, asked["S3Key"])
        with refused("RequestInProgressException"):
            pca.create_certificate_authority_audit_report(**of, AuditReportResponseFormat=form)
        later(31 / 1440)
    entries = json.loads(forms["JSON"])
    rows = list(csv.DictReader(io.StringIO(forms["CSV"])))
    assert [each["certificateArn"] for each in entries][1] == made
    assert [{k: v for k, v in row.items() if v} for row in rows] == entries
    assert (entries[1]["revocationReason"], entries[1]["subject"]) == (
        "SUPERSEDED",
        "CN=www.example.com",
    )
    assert "revokedAt" not in entries[0]
    with refused("InvalidArgsException"):
        pca.create_certificate_authority_audit_report(
            CertificateAuthorityArn=arn, S3BucketName="none", AuditReportResponseFormat="JSON"
        )


def test_refused(pca: Any) -> None:
    arn = create(pca)
    with refused("InvalidStateException"):
        pca.create_certificate_authority_audit_report(
            CertificateAuthorityArn=arn, S3BucketName="reports", AuditReportResponseFormat="JSON"
        )
    with refused("ResourceNotFoundException"):
        pca.describe_certificate_authority_audit_report(
            CertificateAuthorityArn=arn, AuditReportId="00000000-0000-0000-0000-000000000000"
        )
