"""Sending, as v2 has it: one message, or one to each of many.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import building, sending, templates, v2_settings
from .building import Parts, lists_of
from .sending import Made, Plan, Wanted
from .stored import BAD, Complaint, answering, error_of

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")
BULK = {"rejected": "MESSAGE_REJECTED", "mail from": "MAIL_FROM_DOMAIN_NOT_VERIFIED",
        "not found": "CONFIGURATION_SET_NOT_FOUND", "paused": "ACCOUNT_SENDING_PAUSED",
        "set paused": "CONFIGURATION_SET_SENDING_PAUSED", "throttled": "ACCOUNT_THROTTLED"}  # fmt: skip
MOST_ENTRIES = 50


@answering(1)
def look(tx: Tx, req: Any) -> tuple[Wanted, Plan]:
    wanted = wanted_of(tx, req)
    return wanted, sending.planned(tx, wanted)


@answering(1)
def ready(req: Any, known: tuple[Wanted, Plan]) -> tuple[Wanted, Plan, Made]:
    wanted, plan = known
    return wanted, plan, sending.made_ready(wanted, plan)


@ops.write_after(ready, look)
@answering(1)
def send_email(tx: Tx, req: t.SendEmailRequest, prepared: tuple[Wanted, Plan, Made]) -> Any:
    """A message is taken over; its id."""
    return {"MessageId": sending.accepted(tx, *prepared)}


def wanted_of(tx: Tx, req: Any) -> Wanted:
    """What a request wants.  Complaint."""
    if req.get("EndpointId"):
        v2_settings.check_endpoint(tx, req["EndpointId"])
    content = req["Content"]
    kinds = [kind for kind in ("Simple", "Raw", "Template") if content.get(kind)]
    if len(kinds) != 1:
        raise Complaint(BAD, "Content must have exactly one of Simple, Raw and Template.")
    lists = lists_of(req.get("Destination"))
    tags = tuple((each["Name"], each["Value"]) for each in req.get("EmailTags", []))
    common: dict[str, Any] = {
        "operation": "SendEmail",
        "tenant": req.get("TenantName", ""),
        "identity": req.get("FromEmailAddressIdentityArn", ""),
        "configuration_set": req.get("ConfigurationSetName", ""),
        "tags": tags,
        "tracking": (req.get("ConfigurationOverrides") or {}).get("Tracking"),
        "list": req.get("ListManagementOptions", {}).get("ContactListName", ""),
        "topic": req.get("ListManagementOptions", {}).get("TopicName", ""),
    }
    if "Raw" in content:
        raw = building.read(content["Raw"]["Data"])
        recipients = sending.recipients_of(*lists) or tuple(dict.fromkeys(raw.recipients))
        return Wanted(
            sender=raw.sender, recipients=recipients, raw=raw,
            return_path=req.get("FromEmailAddress", ""), **sending.with_settings(common, raw),
        )  # fmt: skip
    if not req.get("FromEmailAddress"):
        raise Complaint(BAD, "FromEmailAddress must be given.")
    given = content.get("Simple") or content["Template"]
    parts = Parts(
        req["FromEmailAddress"], *lists, req.get("ReplyToAddresses", []),
        headers=[(each["Name"], each["Value"]) for each in given.get("Headers", [])],
        attachments=given.get("Attachments", []),
    )  # fmt: skip
    recipients = sending.recipients_of(*lists)
    if "Simple" in content:
        body = given["Body"]
        parts = Parts(
            parts.sender, *lists, parts.reply_to, given["Subject"]["Data"],
            body.get("Text", {}).get("Data", ""), body.get("Html", {}).get("Data", ""),
            parts.headers, parts.attachments,
        )  # fmt: skip
        return Wanted(sender=parts.sender, recipients=recipients, parts=parts, **common)
    return Wanted(
        sender=parts.sender, recipients=recipients, parts=parts, template=template_of(tx, given),
        data=templates.data_of(given.get("TemplateData", "{}")), **common,
    )  # fmt: skip


def template_of(tx: Tx, given: Mapping[str, Any]) -> Mapping[str, str]:
    """A template that is named, or given with the message.  Complaint."""
    if inline := given.get("TemplateContent"):
        return templates.checked("inline", inline)
    name = given.get("TemplateName") or given.get("TemplateArn", "").rpartition("/")[2]
    return dict(templates.get(tx, name).spec)


@answering(1)
def look_at_all(tx: Tx, req: Any) -> list[tuple[Wanted, Plan | Complaint]]:
    entries = req["BulkEmailEntries"]
    if not 1 <= len(entries) <= MOST_ENTRIES:
        raise Complaint(BAD, f"BulkEmailEntries must have 1 to {MOST_ENTRIES} members.")
    default = req["DefaultContent"].get("Template")
    if not default:
        raise Complaint(BAD, "DefaultContent must have a Template.")
    template, common = (
        template_of(tx, default),
        templates.data_of(default.get("TemplateData", "{}")),
    )
    found: list[tuple[Wanted, Plan | Complaint]] = []
    for entry in entries:
        replacement = entry.get("ReplacementEmailContent", {}).get("ReplacementTemplate", {})
        data = templates.data_of(replacement.get("ReplacementTemplateData", "{}"))
        wanted = entry_of(req, entry, default, template, {**common, **data})
        found.append((wanted, sending.tried(tx, wanted)))
    return found


def entry_of(
    req: Any,
    entry: Any,
    default: Mapping[str, Any],
    template: Mapping[str, str],
    data: Mapping[str, Any],
) -> Wanted:
    lists = lists_of(entry["Destination"])
    tags = {each["Name"]: each["Value"] for each in req.get("DefaultEmailTags", [])}
    tags |= {each["Name"]: each["Value"] for each in entry.get("ReplacementTags", [])}
    headers = [
        (each["Name"], each["Value"])
        for each in entry.get("ReplacementHeaders", default.get("Headers", []))
    ]
    sender = req.get("FromEmailAddress", "")
    parts = Parts(
        sender, *lists, req.get("ReplyToAddresses", []), headers=headers,
        attachments=default.get("Attachments", []),
    )  # fmt: skip
    return Wanted(
        operation="SendBulkEmail", sender=sender, tenant=req.get("TenantName", ""),
        identity=req.get("FromEmailAddressIdentityArn", ""), recipients=sending.recipients_of(*lists),
        parts=parts, template=template, data=data,
        configuration_set=req.get("ConfigurationSetName", ""), tags=tuple(tags.items()),
        tracking=(req.get("ConfigurationOverrides") or {}).get("Tracking"),
    )  # fmt: skip


@ops.write_after(sending.all_made_ready, look_at_all)
@answering(1)
def send_bulk_email(tx: Tx, req: t.SendBulkEmailRequest, prepared: list[Any]) -> Any:
    """A message to each destination; what became of each."""
    results: list[Any] = []
    for wanted, plan, made in prepared:
        try:
            if isinstance(plan, Complaint):
                raise plan
            results.append(
                {"Status": "SUCCESS", "MessageId": sending.accepted(tx, wanted, plan, made)}
            )
        except Complaint as complaint:
            status = BULK.get(complaint.kind, "FAILED")
            results.append({"Status": status, "Error": str(error_of(complaint, 1))})
    return {"BulkEmailEntryResults": results}
