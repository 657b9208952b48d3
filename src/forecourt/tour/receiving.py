"""Receiving: a domain without mailboxes, whose mail becomes objects and messages of a topic."""

from __future__ import annotations

import json
import smtplib
from typing import TYPE_CHECKING, Any

from forecourt.tour.certificates import zone_of
from forecourt.tour.internet import CONTACT, status
from forecourt.tour.names import clean_up, in_sync
from forecourt.tour.neighbours import clean, listening
from forecourt.tour.routing import wait_for
from forecourt.tour.sending import confirmed, key_of

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Receiving: mail that runs actions"


def chapter(guide: Guide) -> None:
    domains, route53, sesv2, ses, sns, s3 = (
        guide.client(each) for each in ("route53domains", "route53", "sesv2", "ses", "sns", "s3")
    )
    label = guide.unique()
    name, zone, before = f"{label}.co.kr", "", ""
    topic = f"arn:aws:sns:us-east-1:000000000000:{label}"
    with listening(guide.listener("ns1")[0]) as (url, got):
        try:
            with guide.step(f"{name} is proven, and its MX names the mail server") as step:
                operation = domains.register_domain(
                    DomainName=name, DurationInYears=1, AdminContact=CONTACT,
                    RegistrantContact=CONTACT, TechContact=CONTACT,
                )["OperationId"]  # fmt: skip
                wait_for(lambda: status(domains, operation) == "SUCCESSFUL")
                zone = zone_of(route53, name)
                made = sesv2.create_email_identity(EmailIdentity=name)
                tokens = made["DkimAttributes"]["Tokens"]
                mx = record(name, "MX", "10 mail.forecourt.cloud")
                in_sync(route53, zone, [*(key_of(each, name) for each in tokens), mx])
                wait_for(
                    lambda: sesv2.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"]
                )
                step.evidence = f"{name} MX 10 mail.forecourt.cloud"
            with guide.step("Rules: into a bucket, then to a topic") as step:
                sns.create_topic(Name=label)
                confirmed(sns, topic, url, got)
                s3.create_bucket(Bucket=label)
                before = ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name", "")
                rules(ses, label, name, topic)
                step.evidence = f"orders@{name}: S3, SNS"
            with guide.step("A server brings a mail, and the actions run") as step:
                step.evidence = bring(guide, s3, label, name, got)
            with guide.step("What no rule is about is refused at once") as step:
                step.evidence = refused(guide, name)
        finally:
            forget(ses, label, before)
            sns.delete_topic(TopicArn=topic)
            clean(s3, label)
            if zone:
                sesv2.delete_email_identity(EmailIdentity=name)
                domains.delete_domain(DomainName=name)
                clean_up(route53, zone)


def record(name: str, type_: str, value: str) -> dict[str, Any]:
    rrset = {"Name": name, "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    return {"Action": "UPSERT", "ResourceRecordSet": rrset}


def rules(ses: Any, label: str, name: str, topic: str) -> None:
    ses.create_receipt_rule_set(RuleSetName=label)
    actions = [
        {"S3Action": {"BucketName": label, "ObjectKeyPrefix": "in/"}},
        {"SNSAction": {"TopicArn": topic}},
    ]
    ses.create_receipt_rule(
        RuleSetName=label,
        Rule={
            "Name": "orders", "Enabled": True, "Recipients": [f"orders@{name}"],
            "Actions": actions,
        },
    )  # fmt: skip
    ses.set_active_receipt_rule_set(RuleSetName=label)


def bring(guide: Guide, s3: Any, label: str, name: str, got: list[bytes]) -> str:
    text = (
        f"From: bob@example.org\r\nTo: orders@{name}\r\nSubject: Two, please\r\n\r\nThank you.\r\n"
    )
    with smtplib.SMTP(*guide.listener("smtp")) as client:
        client.sendmail("bob@example.org", [f"orders+tour@{name}"], text)
    told = wait_for(lambda: next((each for each in got if b"Two, please" in each), None))
    event = json.loads(json.loads(told)["Message"])
    key = f"in/{event['mail']['messageId']}"
    size = s3.head_object(Bucket=label, Key=key)["ContentLength"]
    verdicts = ", ".join(
        f"{each} {event['receipt'][f'{each}Verdict']['status']}" for each in ("spf", "dkim", "spam")
    )
    return f"s3://{label}/{key}, {size} bytes\ntold: {verdicts}"


def refused(guide: Guide, name: str) -> str:
    with smtplib.SMTP(*guide.listener("smtp")) as client:
        client.ehlo()
        client.mail("bob@example.org")
        code, said = client.rcpt(f"nobody@{name}")
    if code < 500:
        raise ValueError(f"{code} {said.decode()}")
    return f"{code} {said.decode()}"


def forget(ses: Any, label: str, before: str) -> None:
    """Let the rules that were active be so again."""
    if label in [each["Name"] for each in ses.list_receipt_rule_sets()["RuleSets"]]:
        ses.set_active_receipt_rule_set(**({"RuleSetName": before} if before else {}))
        ses.delete_receipt_rule_set(RuleSetName=label)
