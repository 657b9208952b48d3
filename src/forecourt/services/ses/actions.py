"""SES as IAM sees it, under both its APIs: identities decide with policies of their own.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on
from forecourt.store.resources import Resource, at

from . import building, identities
from .building import Raw
from .stored import Complaint

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

Keys = Callable[[Any, Params], Values]
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


def recipients_of(req: Params) -> tuple[str, ...]:
    """The recipients as they will be written to; what is no address is refused later."""
    destination = req.get("Destination") or {}
    listed = [e for each in building.lists_of(destination) for e in each]
    for entry in (*req.get("BulkEmailEntries", ()), *req.get("Destinations", ())):
        if isinstance(entry, str):
            listed.append(entry)
        else:
            listed += [e for each in building.lists_of(entry.get("Destination")) for e in each]
    if not listed and (raw := raw_of(req)) is not None:
        return tuple(raw.recipients)
    return tuple(plain(each) for each in listed)


def plain(text: str) -> str:
    try:
        return building.address_of(text)
    except Complaint:
        return text


def display_name(req: Params) -> str:
    raw = raw_of(req)
    given = (
        raw.source if raw is not None else req.get("FromEmailAddress") or req.get("Source") or ""
    )
    try:
        return building.parsed(given)[0]
    except Complaint:
        return ""


def feedback_address(req: Params) -> str:
    if raw_of(req) is not None:
        return req.get("Source") or req.get("FromEmailAddress") or ""
    return req.get("ReturnPath") or req.get("FeedbackForwardingEmailAddress") or ""


def sending_keys(version: str) -> Keys:
    """https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html"""

    def keys(tx: Tx, req: Params) -> Values:
        found = {
            "ses:apiversion": (version,),
            "ses:fromaddress": (source_of(req),),
            "ses:fromdisplayname": (display_name(req),),
            "ses:feedbackaddress": (plain(feedback_address(req)),),
            "ses:recipients": recipients_of(req),
        }
        return {name: values for name, values in found.items() if any(values)}

    return keys


def resources_of(tx: Tx, req: Params) -> list[str]:
    """The identity, and the configuration set and the template that are used."""
    found, here = sender(tx, req), f"arn:aws:ses:{tx.call.region}:{tx.call.account}"
    raw = raw_of(req)
    said = raw.settings.get("x-ses-configuration-set", "") if raw is not None else ""
    if name := req.get("ConfigurationSetName") or said:
        found.append(f"{here}:configuration-set/{name}")
    content = req.get("Content") or req.get("DefaultContent") or {}
    template = req.get("Template") or (content.get("Template") or {}).get("TemplateName")
    if template:
        found.append(f"{here}:template/{template}")
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


SEND = Action(resources_of, None, sending_keys("1"), identity_policy)
KEYS_V2 = sending_keys("2")


def unless_raw(tx: Tx, req: Params) -> list[str]:
    return [] if raw_of(req) is not None else resources_of(tx, req)


def if_raw(tx: Tx, req: Params) -> list[str]:
    return resources_of(tx, req) if raw_of(req) is not None else []


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
        ("CloneReceiptRuleSet", "CreateReceiptFilter", "CreateReceiptRule", "CreateReceiptRuleSet",
         "DeleteReceiptFilter", "DeleteReceiptRule", "DeleteReceiptRuleSet",
         "DescribeActiveReceiptRuleSet", "DescribeReceiptRule", "DescribeReceiptRuleSet",
         "ListReceiptFilters", "ListReceiptRuleSets", "ReorderReceiptRuleSet", "SendBounce",
         "SetActiveReceiptRuleSet", "SetReceiptRulePosition", "UpdateReceiptRule",
         "CreateCustomVerificationEmailTemplate", "DeleteCustomVerificationEmailTemplate",
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
    "SendEmail": (
        Action(unless_raw, None, KEYS_V2, identity_policy),
        Action(if_raw, "SendRawEmail", KEYS_V2, identity_policy),
    ),
    "SendBulkEmail": (
        Action(resources_of, "SendEmail", KEYS_V2, identity_policy),
        Action(resources_of, "SendBulkEmail", KEYS_V2, identity_policy),
    ),
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
POLICY, RULES, POINT = (
    f"{HERE}:mailmanager-{kind}/{{{member}}}"
    for kind, member in (
        ("traffic-policy", "TrafficPolicyId"),
        ("rule-set", "RuleSetId"),
        ("ingress-point", "IngressPointId"),
    )
)
MAIL_MANAGER: Mapping[str, Action | tuple[Action, ...]] = {
    **dict.fromkeys(("DeleteTrafficPolicy", "GetTrafficPolicy", "UpdateTrafficPolicy"), on(POLICY)),
    **dict.fromkeys(("DeleteRuleSet", "GetRuleSet", "UpdateRuleSet"), on(RULES)),
    **dict.fromkeys(("DeleteIngressPoint", "GetIngressPoint", "UpdateIngressPoint"), on(POINT)),
    **dict.fromkeys(
        ("CreateIngressPoint", "CreateRuleSet", "CreateTrafficPolicy", "ListIngressPoints",
         "ListRuleSets", "ListTrafficPolicies"),
        ANY,
    ),
    **dict.fromkeys(("TagResource", "UntagResource", "ListTagsForResource"), on("{ResourceArn}")),
}  # fmt: skip
AUTHORIZATION_MAIL_MANAGER = Authorization("ses", MAIL_MANAGER, keeps_out=True)
AUTHORIZATION_V1 = Authorization("ses", V1, keeps_out=True)
AUTHORIZATION_V2 = Authorization("ses", V2, keeps_out=True)
