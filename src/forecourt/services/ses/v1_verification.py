"""Custom verification mails, as v1 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import identities, sending, verification
from .stored import answering, page_size
from .verification import CUSTOM, MEMBERS

if TYPE_CHECKING:
    from forecourt.aws.types import ses as t
    from forecourt.store.tx import Tx

ops = Operations("ses")


@ops.write
@answering(0)
def create_custom_verification_email_template(
    tx: Tx, req: t.CreateCustomVerificationEmailTemplateRequest
) -> None:
    verification.create(tx, req["TemplateName"], req)


@ops.read
@answering(0)
def get_custom_verification_email_template(
    tx: Tx, req: t.GetCustomVerificationEmailTemplateRequest
) -> Any:
    found = verification.get(tx, req["TemplateName"])
    return {"TemplateName": found.name, **found.spec}


@ops.write
@answering(0)
def update_custom_verification_email_template(
    tx: Tx, req: t.UpdateCustomVerificationEmailTemplateRequest
) -> None:
    given = {name: value for name, value in req.items() if name in MEMBERS}
    verification.change(tx, verification.get(tx, req["TemplateName"]), given)


@ops.write
def delete_custom_verification_email_template(
    tx: Tx, req: t.DeleteCustomVerificationEmailTemplateRequest
) -> None:
    if (found := CUSTOM.find(tx, req["TemplateName"])) is not None:
        CUSTOM.remove(tx, found)


@ops.read
def list_custom_verification_email_templates(
    tx: Tx, req: t.ListCustomVerificationEmailTemplatesRequest
) -> Any:
    size = page_size(req.get("MaxResults"), 50)
    found = CUSTOM.page(tx, req.get("NextToken", ""), size)
    answer: Any = {"CustomVerificationEmailTemplates": [listed(each) for each in found[:size]]}
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


def listed(found: Any) -> dict[str, Any]:
    shown = {name: value for name, value in found.spec.items() if name != "TemplateContent"}
    return {"TemplateName": found.name, **shown}


@answering(0)
def look(tx: Tx, req: Any) -> Any:
    wanted = verification.wanted_of(tx, req)
    return wanted, sending.planned(tx, wanted)


@answering(0)
def ready(req: Any, known: Any) -> Any:
    return (*known, sending.made_ready(*known)), identities.new_key(req)


@ops.write_after(ready, look)
@answering(0)
def send_custom_verification_email(
    tx: Tx, req: t.SendCustomVerificationEmailRequest, prepared: Any
) -> Any:
    made, key = prepared
    verification.expect(tx, made[0].recipients[0], key)
    return {"MessageId": sending.accepted(tx, *made)}
