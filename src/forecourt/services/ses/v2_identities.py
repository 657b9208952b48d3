"""Identities, as v2 has them.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentity.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from . import configuration_sets, identities
from .identities import PENDING
from .stored import BAD, IDENTITIES, Complaint, answering, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")
PAGE = 1000


@ops.write_after(identities.new_key)
@answering(1)
def create_email_identity(tx: Tx, req: t.CreateEmailIdentityRequest, key: Any) -> Any:
    """A domain or an address that is to be proven."""
    name = req.get("ConfigurationSetName", "")
    if name:
        configuration_sets.get(tx, name)
    tags = {each["Key"]: each["Value"] for each in req.get("Tags", [])}
    signing = req.get("DkimSigningAttributes")
    if signing and "@" in req["EmailIdentity"]:
        raise Complaint(BAD, "DkimSigningAttributes are for domains.")
    found = identities.create(
        tx, req["EmailIdentity"], key, tags, configuration_set=name, signing=signing
    )
    return {
        "IdentityType": found.spec["Type"],
        "VerifiedForSendingStatus": False,
        "DkimAttributes": dkim(found),
    }


@ops.read
@answering(1)
def get_email_identity(tx: Tx, req: t.GetEmailIdentityRequest) -> Any:
    found = identities.get(tx, req["EmailIdentity"])
    shown: dict[str, Any] = {
        "IdentityType": found.spec["Type"],
        "FeedbackForwardingStatus": found.spec["Feedback"],
        "VerifiedForSendingStatus": identities.is_verified(found),
        "VerificationStatus": found.status["Verification"],
        "DkimAttributes": dkim(found),
        "MailFromAttributes": {
            "BehaviorOnMxFailure": found.spec["MailFrom"].get("Behavior", "USE_DEFAULT_VALUE")
        },
        "Policies": dict(found.spec["Policies"]),
        "Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()],
    }
    if wanted := found.spec["MailFrom"]:
        shown["MailFromAttributes"] |= {
            "MailFromDomain": wanted["Domain"],
            "MailFromDomainStatus": found.status["MailFrom"],
        }
    if found.spec["ConfigurationSet"]:
        shown["ConfigurationSetName"] = found.spec["ConfigurationSet"]
    if verified := found.status.get("Verified"):
        moment = datetime.fromtimestamp(verified, UTC)
        shown["VerificationInfo"] = {"LastSuccessTimestamp": moment}
    return shown


def dkim(found: Resource) -> Any:
    spec = found.spec
    shown: dict[str, Any] = {
        "SigningEnabled": bool(spec.get("DkimEnabled")),
        "Status": found.status["Dkim"],
        "SigningAttributesOrigin": spec.get("Origin", "AWS_SES"),
    }
    if spec.get("Tokens"):
        shown["Tokens"] = spec["Tokens"]
        shown["CurrentSigningKeyLength"] = f"RSA_{spec['Bits']}_BIT"
    return shown


@ops.read
@answering(1)
def list_email_identities(tx: Tx, req: t.ListEmailIdentitiesRequest) -> Any:
    size = page_size(req.get("PageSize", 100), PAGE)
    found = IDENTITIES.page(tx, req.get("NextToken", ""), size)
    answer: Any = {
        "EmailIdentities": [
            {
                "IdentityType": each.spec["Type"],
                "IdentityName": each.name,
                "SendingEnabled": identities.is_verified(each),
                "VerificationStatus": each.status["Verification"],
            }
            for each in found[:size]
        ]
    }
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


@ops.write
@answering(1)
def delete_email_identity(tx: Tx, req: t.DeleteEmailIdentityRequest) -> Any:
    identities.remove(tx, identities.get(tx, req["EmailIdentity"]))
    return {}


@ops.write
@answering(1)
def put_email_identity_dkim_attributes(tx: Tx, req: t.PutEmailIdentityDkimAttributesRequest) -> Any:
    found = identities.get(tx, req["EmailIdentity"])
    identities.change(tx, found, DkimEnabled=req.get("SigningEnabled", False))
    return {}


@ops.write_after(identities.new_key)
@answering(1)
def put_email_identity_dkim_signing_attributes(
    tx: Tx, req: t.PutEmailIdentityDkimSigningAttributesRequest, key: Any
) -> Any:
    """Another key: the caller's own, or a new one of ours."""
    found = identities.get(tx, req["EmailIdentity"])
    given = req.get("SigningAttributes") if req["SigningAttributesOrigin"] == "EXTERNAL" else None
    if req["SigningAttributesOrigin"] == "EXTERNAL" and not (given or {}).get(
        "DomainSigningPrivateKey"
    ):
        raise Complaint(BAD, "SigningAttributes must have a key and a selector.")
    if found.spec["Type"] != identities.DOMAIN:
        raise Complaint(BAD, f"{found.name} is an address: its domain signs.")
    identities.drop_tokens(tx, found)
    spec = identities.signing_of(tx, found.name, key, given)
    changed = identities.change(tx, found, **spec)
    changed = identities.note(tx, changed, Dkim=PENDING, Asked=tx.now.timestamp())
    identities.watch(tx, changed)
    return {"DkimStatus": PENDING, "DkimTokens": spec["Tokens"]}


@ops.write
@answering(1)
def put_email_identity_feedback_attributes(
    tx: Tx, req: t.PutEmailIdentityFeedbackAttributesRequest
) -> Any:
    found = identities.get(tx, req["EmailIdentity"])
    identities.change(tx, found, Feedback=req.get("EmailForwardingEnabled", False))
    return {}


@ops.write
@answering(1)
def put_email_identity_mail_from_attributes(
    tx: Tx, req: t.PutEmailIdentityMailFromAttributesRequest
) -> Any:
    found = identities.get(tx, req["EmailIdentity"])
    behavior = req.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE")
    identities.set_mail_from(tx, found, req.get("MailFromDomain", ""), behavior)
    return {}


@ops.write
@answering(1)
def put_email_identity_configuration_set_attributes(
    tx: Tx, req: t.PutEmailIdentityConfigurationSetAttributesRequest
) -> Any:
    found = identities.get(tx, req["EmailIdentity"])
    name = req.get("ConfigurationSetName", "")
    if name:
        configuration_sets.get(tx, name)
    identities.change(tx, found, ConfigurationSet=name)
    return {}


@ops.write
@answering(1)
def create_email_identity_policy(tx: Tx, req: t.CreateEmailIdentityPolicyRequest) -> Any:
    found = identities.get(tx, req["EmailIdentity"])
    identities.put_policy(tx, found, req["PolicyName"], req["Policy"], new=True)
    return {}


@ops.write
@answering(1)
def update_email_identity_policy(tx: Tx, req: t.UpdateEmailIdentityPolicyRequest) -> Any:
    found = identities.get(tx, req["EmailIdentity"])
    identities.put_policy(tx, found, req["PolicyName"], req["Policy"], new=False)
    return {}


@ops.write
@answering(1)
def delete_email_identity_policy(tx: Tx, req: t.DeleteEmailIdentityPolicyRequest) -> Any:
    found = identities.get(tx, req["EmailIdentity"])
    left = {n: text for n, text in found.spec["Policies"].items() if n != req["PolicyName"]}
    identities.change(tx, found, Policies=left)
    return {}


@ops.read
@answering(1)
def get_email_identity_policies(tx: Tx, req: t.GetEmailIdentityPoliciesRequest) -> Any:
    return {"Policies": dict(identities.get(tx, req["EmailIdentity"]).spec["Policies"])}
