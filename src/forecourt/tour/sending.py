"""Sending: an application's domain is proven, it sends through SES, and hears what became of it."""

from __future__ import annotations

import json
import smtplib
import urllib.request
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from forecourt.services.ses.smtp import password_of
from forecourt.tour.certificates import zone_of
from forecourt.tour.internet import CONTACT, status
from forecourt.tour.mail import trusting
from forecourt.tour.names import clean_up, in_sync
from forecourt.tour.neighbours import listening
from forecourt.tour.routing import wait_for

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Sending: an application's mail, and what becomes of it"
EVENTS = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT"]


def chapter(guide: Guide) -> None:
    domains, route53, sesv2, sns, iam = (
        guide.client(each) for each in ("route53domains", "route53", "sesv2", "sns", "iam")
    )
    label = guide.unique()
    name, zone = f"{label}.co.kr", ""
    topic = f"arn:aws:sns:us-east-1:000000000000:{label}"
    with listening(guide.listener("ns1")[0]) as (url, got):
        try:
            with guide.step(f"{name} is proven by three names in Route 53") as step:
                operation = domains.register_domain(
                    DomainName=name, DurationInYears=1, AdminContact=CONTACT,
                    RegistrantContact=CONTACT, TechContact=CONTACT,
                )["OperationId"]  # fmt: skip
                wait_for(lambda: status(domains, operation) == "SUCCESSFUL")
                zone = zone_of(route53, name)
                made = sesv2.create_email_identity(EmailIdentity=name)
                names = [key_of(token, name) for token in made["DkimAttributes"]["Tokens"]]
                in_sync(route53, zone, names)
                wait_for(
                    lambda: sesv2.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"]
                )
                step.evidence = "\n".join(each["ResourceRecordSet"]["Name"] for each in names)
            with guide.step("A topic is to hear of everything that is sent") as step:
                sns.create_topic(Name=label)
                confirmed(sns, topic, url, got)
                watch(sesv2, label, topic)
                step.evidence = ", ".join(EVENTS)
            with guide.step("It sends by the API: delivered") as step:
                step.evidence = by_api(sesv2, label, name, got)
            with guide.step("It sends by SMTP, with an IAM user's key: bounced") as step:
                step.evidence = by_smtp(guide, iam, label, name, got)
        finally:
            forget(iam, label)
            sns.delete_topic(TopicArn=topic)
            if any(e["IdentityName"] == name for e in identities(sesv2)):
                sesv2.delete_email_identity(EmailIdentity=name)
            if label in sesv2.list_configuration_sets()["ConfigurationSets"]:
                sesv2.delete_configuration_set(ConfigurationSetName=label)
            if zone:
                domains.delete_domain(DomainName=name)
                clean_up(route53, zone)


def confirmed(sns: Any, topic: str, url: str, got: list[bytes]) -> None:
    """Let somebody be told, who agrees."""
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    asked = wait_for(lambda: got and json.loads(got[0]))
    urllib.request.urlopen(asked["SubscribeURL"]).read()


def key_of(token: str, name: str) -> dict[str, Any]:
    return {
        "Action": "UPSERT",
        "ResourceRecordSet": {
            "Name": f"{token}._domainkey.{name}",
            "Type": "CNAME",
            "TTL": 60,
            "ResourceRecords": [{"Value": f"{token}.dkim.amazonses.com"}],
        },
    }


def watch(sesv2: Any, label: str, topic: str) -> None:
    sesv2.create_configuration_set(ConfigurationSetName=label)
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=label, EventDestinationName="tour",
        EventDestination={
            "Enabled": True, "MatchingEventTypes": EVENTS, "SnsDestination": {"TopicArn": topic},
        },
    )  # fmt: skip


def by_api(sesv2: Any, label: str, name: str, got: list[bytes]) -> str:
    id = sesv2.send_email(
        FromEmailAddress=f"Shop <orders@{name}>", ConfigurationSetName=label,
        Destination={"ToAddresses": ["success@simulator.amazonses.com"]},
        Content={"Simple": {"Subject": {"Data": "Thank you"}, "Body": {"Text": {"Data": "Hi"}}}},
    )["MessageId"]  # fmt: skip
    event = wait_for(lambda: event_of(got, "Delivery"))
    return f"{id}\n{event['delivery']['smtpResponse']}"


def by_smtp(guide: Guide, iam: Any, label: str, name: str, got: list[bytes]) -> str:
    iam.create_user(UserName=label)
    allow = {"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"}
    iam.put_user_policy(
        UserName=label, PolicyName="send",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allow}),
    )  # fmt: skip
    key = iam.create_access_key(UserName=label)["AccessKey"]
    message = EmailMessage()
    message["From"], message["To"] = f"orders@{name}", "bounce@simulator.amazonses.com"
    message["Subject"], message["X-SES-CONFIGURATION-SET"] = "Your order", label
    message.set_content("Hi")
    with smtplib.SMTP(*guide.listener("submission")) as client:
        client.starttls(context=trusting(guide))
        password = password_of(key["SecretAccessKey"], "us-east-1")
        said = client.login(key["AccessKeyId"], password)
        wait_for(lambda: is_taken(client, message))
    event = wait_for(lambda: event_of(got, "Bounce"))
    (bounced,) = event["bounce"]["bouncedRecipients"]
    return f"{said[0]} {said[1].decode()}\n{bounced['emailAddress']}: {bounced['diagnosticCode']}"


def is_taken(client: smtplib.SMTP, message: EmailMessage) -> bool:
    """Whether it is taken now: the sandbox takes one a second."""
    try:
        client.send_message(message)
    except smtplib.SMTPDataError as later:
        if later.smtp_code != 454:
            raise
        return False
    return True


def event_of(got: list[bytes], kind: str) -> Any:
    """An event of a kind, once it was told."""
    for each in got:
        document = json.loads(each)
        if document["Type"] == "Notification":
            event = json.loads(document["Message"])
            if event.get("eventType") == kind:
                return event
    return None


def identities(sesv2: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sesv2.list_email_identities()["EmailIdentities"]
    return found


def forget(iam: Any, label: str) -> None:
    """Take the user away, if there is one."""
    if label not in [each["UserName"] for each in iam.list_users()["Users"]]:
        return
    for each in iam.list_access_keys(UserName=label)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=label, AccessKeyId=each["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=label)["PolicyNames"]:
        iam.delete_user_policy(UserName=label, PolicyName=policy)
    iam.delete_user(UserName=label)
