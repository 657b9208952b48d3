"""SES as IAM sees it, under both its APIs: identities decide with policies of their own.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on
from forecourt.store.resources import Resource, at

from . import building, identities
from .building import Raw
from .stored import Complaint

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

NAMED = ("FromArn", "SourceArn", "FromEmailAddressIdentityArn")
HERE = "arn:aws:ses:{region}:{account}"


def source_of(req: Params) -> str:
    """The address that a request sends from; empty where it has none."""
    given = req.get("FromEmailAddress") or req.get("Source") or ""
    if (raw := raw_of(req)) is not None:
        return raw.sender
    try:
        return building.address_of(given) if given else ""
    except Complaint:
        return ""


def raw_of(req: Params) -> Raw | None:
    given = req.get("RawMessage") or (req.get("Content") or {}).get("Raw")
    try:
        return building.read(given["Data"]) if given else None
    except Complaint:
        return None


def named(req: Params) -> str:
    """The ARN of the identity that is sent from, where it is another account's."""
    if found := next((req[name] for name in NAMED if req.get(name)), ""):
        return str(found)
    raw = raw_of(req)
    return building.identity_of(raw) if raw is not None else ""


def identity_of(tx: Tx, req: Params) -> Resource | None:
    if arn := named(req):
        return at(tx, arn) if ":identity/" in arn else None
    address = source_of(req)
    return identities.of_address(tx, address) if address else None


def sender(tx: Tx, req: Params) -> list[str]:
    if arn := named(req):
        return [arn]
    address = source_of(req)
    found = identities.of_address(tx, address) if address else None
    if found is not None:
        return [found.arn]
    account, region = tx.call.account, tx.call.region
    return [f"arn:aws:ses:{region}:{account}:identity/{address}" if address else "*"]


def sending_keys(tx: Tx, req: Params) -> Values:
    """https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html"""
    found: dict[str, tuple[str, ...]] = {}
    if address := source_of(req):
        found["ses:fromaddress"] = (address,)
    destination: Mapping[str, Any] = req.get("Destination") or {}
    listed = [
        e for n in ("ToAddresses", "CcAddresses", "BccAddresses") for e in destination.get(n, ())
    ]
    if listed or req.get("Destinations"):
        given = listed or [e for e in req["Destinations"] if isinstance(e, str)]
        found["ses:recipients"] = tuple(given)
    return found


def identity_policy(tx: Tx, req: Params) -> str | None:
    """The policies of the identity that is sent from, as one."""
    return policy_of(identity_of(tx, req))


def policy_of(found: Resource | None) -> str | None:
    if found is None or not found.spec["Policies"]:
        return None
    statements: list[Any] = []
    for text in found.spec["Policies"].values():
        given = json.loads(text)["Statement"]
        statements += given if isinstance(given, list) else [given]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


SEND = Action(sender, None, sending_keys, identity_policy)
IDENTITY = on(f"{HERE}:identity/{{EmailIdentity}}")
SET = on(f"{HERE}:configuration-set/{{ConfigurationSetName}}")
TEMPLATE = on(f"{HERE}:template/{{TemplateName}}")
LIST = on(f"{HERE}:contact-list/{{ContactListName}}")
ANY = on("*")
V1: Mapping[str, Action | tuple[Action, ...]] = {
    **dict.fromkeys(
        ("SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail"), SEND
    ),
    **dict.fromkeys(
        ("CreateCustomVerificationEmailTemplate", "DeleteCustomVerificationEmailTemplate",
         "GetCustomVerificationEmailTemplate", "ListCustomVerificationEmailTemplates",
         "SendCustomVerificationEmail", "UpdateCustomVerificationEmailTemplate",
         "CreateConfigurationSet", "CreateConfigurationSetEventDestination",
         "CreateConfigurationSetTrackingOptions", "CreateTemplate",
         "DeleteConfigurationSetTrackingOptions", "PutConfigurationSetDeliveryOptions",
         "UpdateConfigurationSetTrackingOptions",
         "DeleteConfigurationSet", "DeleteConfigurationSetEventDestination", "DeleteIdentity",
         "DeleteIdentityPolicy", "DeleteTemplate", "DeleteVerifiedEmailAddress",
         "DescribeConfigurationSet", "GetAccountSendingEnabled", "GetIdentityDkimAttributes",
         "GetIdentityMailFromDomainAttributes", "GetIdentityNotificationAttributes",
         "GetIdentityPolicies", "GetIdentityVerificationAttributes", "GetSendQuota",
         "GetSendStatistics", "GetTemplate", "ListConfigurationSets", "ListIdentities",
         "ListIdentityPolicies", "ListTemplates", "ListVerifiedEmailAddresses",
         "PutIdentityPolicy", "SetIdentityDkimEnabled", "SetIdentityFeedbackForwardingEnabled",
         "SetIdentityHeadersInNotificationsEnabled", "SetIdentityMailFromDomain",
         "SetIdentityNotificationTopic", "TestRenderTemplate", "UpdateAccountSendingEnabled",
         "UpdateConfigurationSetEventDestination",
         "UpdateConfigurationSetReputationMetricsEnabled",
         "UpdateConfigurationSetSendingEnabled", "UpdateTemplate", "VerifyDomainDkim",
         "VerifyDomainIdentity", "VerifyEmailAddress", "VerifyEmailIdentity"),
        ANY,
    ),
}  # fmt: skip
V2: Mapping[str, Action | tuple[Action, ...]] = {
    "SendEmail": SEND,
    "SendBulkEmail": Action(sender, "SendEmail", sending_keys, identity_policy),
    **dict.fromkeys(
        ("CreateEmailIdentity", "CreateEmailIdentityPolicy", "DeleteEmailIdentity",
         "DeleteEmailIdentityPolicy", "GetEmailIdentity", "GetEmailIdentityPolicies",
         "PutEmailIdentityConfigurationSetAttributes", "PutEmailIdentityDkimAttributes",
         "PutEmailIdentityDkimSigningAttributes", "PutEmailIdentityFeedbackAttributes",
         "PutEmailIdentityMailFromAttributes", "UpdateEmailIdentityPolicy"),
        IDENTITY,
    ),
    **dict.fromkeys(
        ("CreateConfigurationSet", "CreateConfigurationSetEventDestination",
         "DeleteConfigurationSet", "DeleteConfigurationSetEventDestination",
         "GetConfigurationSet", "GetConfigurationSetEventDestinations",
         "PutConfigurationSetArchivingOptions", "PutConfigurationSetTrackingOptions",
         "PutConfigurationSetVdmOptions",
         "PutConfigurationSetDeliveryOptions", "PutConfigurationSetReputationOptions",
         "PutConfigurationSetSendingOptions", "PutConfigurationSetSuppressionOptions",
         "UpdateConfigurationSetEventDestination"),
        SET,
    ),
    **dict.fromkeys(
        ("CreateContact", "CreateContactList", "DeleteContact", "DeleteContactList", "GetContact",
         "GetContactList", "ListContacts", "UpdateContact", "UpdateContactList"),
        LIST,
    ),
    "ListContactLists": ANY,
    **dict.fromkeys(
        ("CreateEmailTemplate", "DeleteEmailTemplate", "GetEmailTemplate",
         "TestRenderEmailTemplate", "UpdateEmailTemplate"),
        TEMPLATE,
    ),
    **dict.fromkeys(
        ("CreateCustomVerificationEmailTemplate", "DeleteCustomVerificationEmailTemplate",
         "GetCustomVerificationEmailTemplate", "SendCustomVerificationEmail",
         "UpdateCustomVerificationEmailTemplate"),
        on(f"{HERE}:custom-verification-email-template/{{TemplateName}}"),
    ),
    **dict.fromkeys(
        ("CreateDedicatedIpPool", "DeleteDedicatedIpPool", "GetDedicatedIpPool",
         "PutDedicatedIpPoolScalingAttributes"),
        on(f"{HERE}:dedicated-ip-pool/{{PoolName}}"),
    ),
    **dict.fromkeys(
        ("CreateTenant", "CreateTenantResourceAssociation", "DeleteTenant",
         "DeleteTenantResourceAssociation", "GetTenant", "ListTenantResources"),
        on(f"{HERE}:tenant/{{TenantName}}"),
    ),
    **dict.fromkeys(
        ("CreateMultiRegionEndpoint", "DeleteMultiRegionEndpoint", "GetMultiRegionEndpoint"),
        on(f"{HERE}:multi-region-endpoint/{{EndpointName}}"),
    ),
    **dict.fromkeys(
        ("CreateImportJob", "GetDedicatedIp", "GetDedicatedIps", "GetImportJob",
         "ListCustomVerificationEmailTemplates", "ListDedicatedIpPools", "ListImportJobs",
         "ListMultiRegionEndpoints", "ListResourceTenants", "ListTenants",
         "PutAccountDedicatedIpWarmupAttributes", "PutAccountVdmAttributes",
         "PutDedicatedIpInPool", "PutDedicatedIpWarmupAttributes"),
        ANY,
    ),
    **dict.fromkeys(("TagResource", "UntagResource", "ListTagsForResource"), on("{ResourceArn}")),
    **dict.fromkeys(
        ("GetAccount", "ListConfigurationSets", "ListEmailIdentities", "ListEmailTemplates",
         "PutAccountDetails", "PutAccountSendingAttributes", "PutAccountSuppressionAttributes",
         "PutSuppressedDestination", "GetSuppressedDestination", "DeleteSuppressedDestination",
         "ListSuppressedDestinations"),
        ANY,
    ),
}  # fmt: skip
AUTHORIZATION_V1 = Authorization("ses", V1, keeps_out=True)
AUTHORIZATION_V2 = Authorization("ses", V2, keeps_out=True)
