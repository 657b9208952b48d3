"""Empty every account, for tests: what callers made goes, accounts and the keys of their roots stay."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

# In the order of their references: children first.
TABLES = (
    "route53_protection",
    "route53_record_set",
    "route53_change",
    "route53_caller_reference",
    "route53_zone",
    "route53_observation",
    "acm_certificate",
    "pca_certificate",
    "pca_report",
    "certificate_use",
    "awaited_name",
    "published_name",
    "published_view",
    "published_log",
    "published_signing",
    "published_health",
    "published_location",
    "published_zone",
    "iam_inline",
    "iam_attachment",
    "iam_member",
    "iam_login_profile",
    "iam_policy_version",
    "iam_policy",
    "iam_user",
    "iam_group",
    "iam_role",
    "iam_account",
    "resource",
    "quota",
    "audit_event",
    "ses_message",
    "ses_suppressed",
    "ses_contact",
    "ses_received",
    "ses_told",
    "ses_record",
    "ses_statistic",
    "sns_subscription",
    "sns_delivery",
    "sns_message",
    "sns_dead_letter",
    "sns_duplicate",
    "function_event",
    "s3_part",
    "s3_upload",
    "s3_object",
    "s3_bucket",
    "s3_blob",
    "cloudwatch_point",
    "cloudwatch_block",
    "cloudwatch_metric",
    "cloudwatch_watch",
    "cloudwatch_history",
    "cache_node",
    "cache_event",
    "cache_step",
    "mail_step",
    "mail_recipient",
    "mail_queued",
    "mail_message",
    "mail_expunged",
    "mail_content",
    "mailbox",
    "mail_address",
    "mail_person",
    "mail_domain",
)


def empty(tx: Tx) -> int:
    """Delete everything and tell all followers; the feed's sequence number to wait for."""
    for table in TABLES:
        tx.run(f"DELETE FROM {table}")
    for table, of in (
        ("authority", "id"),
        ("issued_certificate", "authority"),
        ("crl", "authority"),
    ):
        tx.run(f"DELETE FROM {table} WHERE {of} NOT IN ('root', 'rsa', 'ecdsa')")
    tx.run("DELETE FROM access_key WHERE principal NOT LIKE 'arn:%:root'")
    tx.ring("identity")
    tx.run("UPDATE server_set SET reserved = :no", no=False)
    tx.run("DELETE FROM setting WHERE name = 'clock'")
    tx.run("UPDATE work SET due = :now WHERE due > :now", now=time.time())
    tx.publish("probes", ["all"])
    return tx.publish("names", ["all"])
