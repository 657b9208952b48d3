"""Custom verification mails, as v2 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import identities, sending, verification
from .stored import answering, page_size
from .v1_verification import listed
from .verification import CUSTOM

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")


@ops.write
@answering(1)
def create_custom_verification_email_template(
    tx: Tx, req: t.CreateCustomVerificationEmailTemplateRequest
) -> Any:
    verification.create(tx, req["TemplateName"], req)
    return {}


@ops.read
@answering(1)
def get_custom_verification_email_template(
    tx: Tx, req: t.GetCustomVerificationEmailTemplateRequest
) -> Any:
    found = verification.get(tx, req["TemplateName"])
    return {"TemplateName": found.name, **found.spec}


@ops.write
@answering(1)
def update_custom_verification_email_template(
    tx: Tx, req: t.UpdateCustomVerificationEmailTemplateRequest
) -> Any:
    verification.change(tx, verification.get(tx, req["TemplateName"]), req)
    return {}


@ops.write
@answering(1)
def delete_custom_verification_email_template(
    tx: Tx, req: t.DeleteCustomVerificationEmailTemplateRequest
) -> Any:
    CUSTOM.remove(tx, verification.get(tx, req["TemplateName"]))
    return {}


@ops.read
@answering(1)
def list_custom_verification_email_templates(
    tx: Tx, req: t.ListCustomVerificationEmailTemplatesRequest
) -> Any:
    size = page_size(req.get("PageSize"), 50)
    found = CUSTOM.page(tx, req.get("NextToken", ""), size)
    answer: Any = {"CustomVerificationEmailTemplates": [listed(each) for each in found[:size]]}
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


@answering(1)
def look(tx: Tx, req: Any) -> Any:
    wanted = verification.wanted_of(tx, req)
    return wanted, sending.planned(tx, wanted)


@answering(1)
def ready(req: Any, known: Any) -> Any:
    return (*known, sending.made_ready(*known)), identities.new_key(req)


@ops.write_after(ready, look)
@answering(1)
def send_custom_verification_email(
    tx: Tx, req: t.SendCustomVerificationEmailRequest, prepared: Any
) -> Any:
    made, key = prepared
    verification.expect(tx, made[0].recipients[0], key)
    return {"MessageId": sending.accepted(tx, *made)}
