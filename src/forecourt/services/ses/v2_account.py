"""The account: its quotas, its details, whether it sends at all; and tags of what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource, at

from . import sending, v2_settings
from .stored import (
    IDENTITIES,
    LISTS,
    NOT_FOUND,
    SETS,
    TEMPLATES,
    Complaint,
    answering,
    keep_setting,
    setting,
)
from .verification import CUSTOM

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")
KINDS = {
    "identity": IDENTITIES,
    "configuration-set": SETS,
    "template": TEMPLATES,
    "contact-list": LISTS,
    "dedicated-ip-pool": v2_settings.POOLS,
    "tenant": v2_settings.TENANTS,
    "multi-region-endpoint": v2_settings.ENDPOINTS,
    "custom-verification-email-template": CUSTOM,
}


@ops.read
def get_account(tx: Tx, req: t.GetAccountRequest) -> Any:
    own = setting(tx).spec
    day, second = sending.quota(tx)
    shown: dict[str, Any] = {
        "DedicatedIpAutoWarmupEnabled": own.get("AutoWarmup", False),
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": not sending.in_sandbox(tx),
        "SendQuota": {
            "Max24HourSend": day,
            "MaxSendRate": second,
            "SentLast24Hours": sending.sent_today(tx),
        },
        "SendingEnabled": own["SendingEnabled"],
        "SuppressionAttributes": {"SuppressedReasons": own["SuppressedReasons"]},
        "VdmAttributes": own.get("Vdm", {"VdmEnabled": "DISABLED"}),
    }
    if own["Details"]:
        shown["Details"] = {
            **own["Details"],
            "ReviewDetails": {"Status": "GRANTED", "CaseId": "0"},
        }
    return shown


@ops.write
def put_account_details(tx: Tx, req: t.PutAccountDetailsRequest) -> Any:
    """Who sends what, and why: the operator of this installation reviews nothing, so it is granted."""
    given = {k: v for k, v in req.items() if k != "ProductionAccessEnabled"}
    own: dict[str, Any] = {"Details": given}
    if "ProductionAccessEnabled" in req:
        own["Production"] = req["ProductionAccessEnabled"]
    keep_setting(tx, **own)
    return {}


@ops.write
def put_account_sending_attributes(tx: Tx, req: t.PutAccountSendingAttributesRequest) -> Any:
    keep_setting(tx, SendingEnabled=req.get("SendingEnabled", False))
    return {}


@ops.write
@answering(1)
def tag_resource(tx: Tx, req: t.TagResourceRequest) -> Any:
    found = tagged(tx, req["ResourceArn"])
    given = {each["Key"]: each["Value"] for each in req["Tags"]}
    kind_of(found).change(tx, found, tags={**found.tags, **given})
    return {}


@ops.write
@answering(1)
def untag_resource(tx: Tx, req: t.UntagResourceRequest) -> Any:
    found = tagged(tx, req["ResourceArn"])
    left = {key: value for key, value in found.tags.items() if key not in req["TagKeys"]}
    kind_of(found).change(tx, found, tags=left)
    return {}


@ops.read
@answering(1)
def list_tags_for_resource(tx: Tx, req: t.ListTagsForResourceRequest) -> Any:
    found = tagged(tx, req["ResourceArn"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}


def tagged(tx: Tx, arn: str) -> Resource:
    found = (
        at(tx, arn) if arn.startswith(f"arn:aws:ses:{tx.call.region}:{tx.call.account}:") else None
    )
    if found is None or arn.split(":", 5)[5].partition("/")[0] not in KINDS:
        raise Complaint(NOT_FOUND, f"There is no such resource: {arn}")
    return found


def kind_of(found: Resource) -> Any:
    return KINDS[found.arn.split(":", 5)[5].partition("/")[0]]
