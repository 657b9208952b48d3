"""Identities, as v1 has them: proven by a TXT record, DKIM apart, and told of by topics.

https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyDomainIdentity.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.notify import topics
from forecourt.store.resources import Resource

from . import identities
from .configuration_sets import SERVICE
from .identities import FAILED, NOT_STARTED, PENDING, SUCCESS, TEMPORARY
from .stored import BAD, IDENTITIES, Complaint, answering, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import ses as t
    from forecourt.store.tx import Tx

ops = Operations("ses")
STATES = {
    PENDING: "Pending", SUCCESS: "Success", FAILED: "Failed", TEMPORARY: "TemporaryFailure",
    NOT_STARTED: "NotStarted",
}  # fmt: skip
TYPES = {"EmailAddress": identities.ADDRESS, "Domain": identities.DOMAIN}
MOST_NAMES = 100


@ops.write_after(identities.new_key)
@answering(0)
def verify_domain_identity(tx: Tx, req: t.VerifyDomainIdentityRequest, key: Any) -> Any:
    """Ask that a domain is looked at; the text of its TXT record."""
    found = identities.find(tx, req["Domain"])
    if found is None:
        if "@" in req["Domain"]:
            raise Complaint(BAD, f"Invalid domain name {req['Domain']}.")
        found = identities.create(tx, req["Domain"], key, {}, dkim=False)
    elif found.status["Verification"] == FAILED:
        found = identities.note(tx, found, Verification=PENDING, Asked=tx.now.timestamp())
        identities.watch(tx, found)
    return {"VerificationToken": found.spec["Token"]}


@ops.write_after(identities.new_key)
@answering(0)
def verify_domain_dkim(tx: Tx, req: t.VerifyDomainDkimRequest, key: Any) -> Any:
    """The tokens of a domain's DKIM, which are three CNAMEs to make."""
    found = identities.find(tx, req["Domain"])
    if found is None:
        found = identities.create(tx, req["Domain"], key, {})
    elif not found.spec.get("Tokens"):
        found = identities.change(tx, found, **identities.signing_of(tx, found.name, key, None))
        found = identities.note(tx, found, Dkim=PENDING, Asked=tx.now.timestamp())
        identities.watch(tx, found)
    return {"DkimTokens": found.spec["Tokens"]}


@ops.write_after(identities.new_key)
@answering(0)
def verify_email_identity(tx: Tx, req: t.VerifyEmailIdentityRequest, key: Any) -> Any:
    address(tx, req["EmailAddress"], key)
    return {}


@ops.write_after(identities.new_key)
@answering(0)
def verify_email_address(tx: Tx, req: t.VerifyEmailAddressRequest, key: Any) -> None:
    address(tx, req["EmailAddress"], key)


def address(tx: Tx, name: str, key: Any) -> None:
    """Mail an address its link, once more if it was mailed one."""
    if "@" not in name:
        raise Complaint(BAD, f"Invalid email address<{name}>.")
    found = identities.find(tx, name)
    if found is None:
        identities.create(tx, name, key, {})
    elif not identities.is_verified(found):
        identities.ask(tx, found)


@ops.read
def list_identities(tx: Tx, req: t.ListIdentitiesRequest) -> Any:
    wanted, size = TYPES.get(req.get("IdentityType", "")), page_size(req.get("MaxItems"), 1000)
    found = [
        each
        for each in IDENTITIES.page(tx, req.get("NextToken", ""), 10_000)
        if wanted in (None, each.spec["Type"])
    ]
    answer: Any = {"Identities": [each.name for each in found[:size]]}
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


@ops.read
def list_verified_email_addresses(tx: Tx, req: Any) -> Any:
    found = [
        each.name
        for each in IDENTITIES.all(tx)
        if each.spec["Type"] == identities.ADDRESS and identities.is_verified(each)
    ]
    return {"VerifiedEmailAddresses": found}


@ops.write
def delete_identity(tx: Tx, req: t.DeleteIdentityRequest) -> Any:
    if (found := identities.find(tx, req["Identity"])) is not None:
        identities.remove(tx, found)
    return {}


@ops.write
def delete_verified_email_address(tx: Tx, req: t.DeleteVerifiedEmailAddressRequest) -> None:
    if (found := identities.find(tx, req["EmailAddress"])) is not None:
        identities.remove(tx, found)


def of_each(tx: Tx, names: list[str], show: Callable[[Resource], Any]) -> dict[str, Any]:
    """What is shown of some identities, by their names as they were asked for."""
    return {
        name: show(found)
        for name in names[:MOST_NAMES]
        if (found := identities.find(tx, name)) is not None
    }


@ops.read
def get_identity_verification_attributes(
    tx: Tx, req: t.GetIdentityVerificationAttributesRequest
) -> Any:
    def show(found: Resource) -> Any:
        shown = {"VerificationStatus": STATES[found.status["Verification"]]}
        if found.spec["Type"] == identities.DOMAIN:
            shown["VerificationToken"] = found.spec["Token"]
        return shown

    return {"VerificationAttributes": of_each(tx, req["Identities"], show)}


@ops.read
def get_identity_dkim_attributes(tx: Tx, req: t.GetIdentityDkimAttributesRequest) -> Any:
    def show(found: Resource) -> Any:
        return {
            "DkimEnabled": bool(found.spec.get("DkimEnabled")),
            "DkimVerificationStatus": STATES[found.status["Dkim"]],
            "DkimTokens": found.spec.get("Tokens", []),
        }

    return {"DkimAttributes": of_each(tx, req["Identities"], show)}


@ops.read
def get_identity_notification_attributes(
    tx: Tx, req: t.GetIdentityNotificationAttributesRequest
) -> Any:
    def show(found: Resource) -> Any:
        shown: dict[str, Any] = {"ForwardingEnabled": found.spec["Feedback"]}
        for name in identities.TOPICS:
            shown[f"{name}Topic"] = found.spec["Topics"].get(name, "")
            shown[f"HeadersIn{name}NotificationsEnabled"] = bool(found.spec["HeadersIn"].get(name))
        return shown

    return {"NotificationAttributes": of_each(tx, req["Identities"], show)}


@ops.read
def get_identity_mail_from_domain_attributes(
    tx: Tx, req: t.GetIdentityMailFromDomainAttributesRequest
) -> Any:
    def show(found: Resource) -> Any:
        wanted = found.spec["MailFrom"]
        behavior = wanted.get("Behavior", "USE_DEFAULT_VALUE")
        return {
            "MailFromDomain": wanted.get("Domain", ""),
            "MailFromDomainStatus": STATES.get(found.status["MailFrom"], "Failed"),
            "BehaviorOnMXFailure": "RejectMessage"
            if behavior == "REJECT_MESSAGE"
            else "UseDefaultValue",
        }

    return {"MailFromDomainAttributes": of_each(tx, req["Identities"], show)}


@ops.write
@answering(0)
def set_identity_dkim_enabled(tx: Tx, req: t.SetIdentityDkimEnabledRequest) -> Any:
    found = existing(tx, req["Identity"])
    if req["DkimEnabled"] and found.status["Dkim"] != SUCCESS:
        raise Complaint(BAD, f"Identity {found.name} is not verified for DKIM signing.")
    identities.change(tx, found, DkimEnabled=req["DkimEnabled"])
    return {}


@ops.write
@answering(0)
def set_identity_feedback_forwarding_enabled(
    tx: Tx, req: t.SetIdentityFeedbackForwardingEnabledRequest
) -> Any:
    identities.change(tx, existing(tx, req["Identity"]), Feedback=req["ForwardingEnabled"])
    return {}


@ops.write
@answering(0)
def set_identity_headers_in_notifications_enabled(
    tx: Tx, req: t.SetIdentityHeadersInNotificationsEnabledRequest
) -> Any:
    found = existing(tx, req["Identity"])
    known = {**found.spec["HeadersIn"], req["NotificationType"]: req["Enabled"]}
    identities.change(tx, found, HeadersIn=known)
    return {}


@ops.write
@answering(0)
def set_identity_notification_topic(tx: Tx, req: t.SetIdentityNotificationTopicRequest) -> Any:
    found, topic = existing(tx, req["Identity"]), req.get("SnsTopic", "")
    account = tx.call.account
    if topic and topics.for_service(tx, topic, SERVICE, found.arn, account) is None:
        raise Complaint(BAD, f"Invalid SNS topic: {topic}")
    known = {k: v for k, v in found.spec["Topics"].items() if k != req["NotificationType"]}
    if topic:
        known[req["NotificationType"]] = topic
    identities.change(tx, found, Topics=known)
    return {}


@ops.write
@answering(0)
def set_identity_mail_from_domain(tx: Tx, req: t.SetIdentityMailFromDomainRequest) -> Any:
    behavior = req.get("BehaviorOnMXFailure", "UseDefaultValue")
    kept = "REJECT_MESSAGE" if behavior == "RejectMessage" else "USE_DEFAULT_VALUE"
    found = existing(tx, req["Identity"])
    identities.set_mail_from(tx, found, req.get("MailFromDomain", ""), kept)
    return {}


@ops.write
@answering(0)
def put_identity_policy(tx: Tx, req: t.PutIdentityPolicyRequest) -> Any:
    identities.put_policy(tx, existing(tx, req["Identity"]), req["PolicyName"], req["Policy"])
    return {}


@ops.write
@answering(0)
def delete_identity_policy(tx: Tx, req: t.DeleteIdentityPolicyRequest) -> Any:
    found = existing(tx, req["Identity"])
    left = {n: text for n, text in found.spec["Policies"].items() if n != req["PolicyName"]}
    identities.change(tx, found, Policies=left)
    return {}


@ops.read
@answering(0)
def get_identity_policies(tx: Tx, req: t.GetIdentityPoliciesRequest) -> Any:
    known = existing(tx, req["Identity"]).spec["Policies"]
    return {"Policies": {name: known[name] for name in req["PolicyNames"] if name in known}}


@ops.read
@answering(0)
def list_identity_policies(tx: Tx, req: t.ListIdentityPoliciesRequest) -> Any:
    return {"PolicyNames": list(existing(tx, req["Identity"]).spec["Policies"])}


def existing(tx: Tx, name: str) -> Resource:
    found = identities.find(tx, name)
    if found is None:
        raise Complaint(BAD, f"Identity <{name}> does not exist.")
    return found
