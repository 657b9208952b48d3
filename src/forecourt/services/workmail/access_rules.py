"""Access control rules: from where, by what and for whom mail can be read and sent.

https://docs.aws.amazon.com/workmail/latest/adminguide/access-rules.html
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.mail import access_rules
from forecourt.platform.mail.access_rules import ACTIONS

from . import stored
from .stored import USER, errors, moment

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
MOST = 10
PAIRS = (("IpRanges", "NotIpRanges"), ("Actions", "NotActions"), ("UserIds", "NotUserIds"))


@ops.write
def put_access_control_rule(tx: Tx, req: t.PutAccessControlRuleRequest) -> None:
    org = stored.organization(tx, req)
    if "ImpersonationRoleIds" in req or "NotImpersonationRoleIds" in req:
        raise errors.InvalidParameterException("Impersonation roles are not implemented.")
    for one, other in PAIRS:
        if req.get(one) and req.get(other):
            raise errors.InvalidParameterException(f"{one} and {other} cannot both be there.")
    unknown = {*req.get("Actions", ()), *req.get("NotActions", ())} - set(ACTIONS)
    if unknown:
        raise errors.InvalidParameterException(f"There is no action {min(unknown)}.")
    for id in (*req.get("UserIds", ()), *req.get("NotUserIds", ())):
        stored.entity(tx, org, id, USER)
    known = access_rules.of(tx, org.name)
    before = next((each for each in known if each["Name"] == req["Name"]), None)
    if before is None and len(known) >= MOST:
        raise errors.LimitExceededException(
            "The request exceeds the limit of access control rules."
        )
    now = tx.now.timestamp()
    rule = {key: value for key, value in req.items() if key != "OrganizationId"}
    dates = {"DateCreated": before["DateCreated"] if before else now, "DateModified": now}
    access_rules.put(tx, org.name, {**rule, **dates})


@ops.read
def list_access_control_rules(
    tx: Tx, req: t.ListAccessControlRulesRequest
) -> t.ListAccessControlRulesResponse:
    org = stored.organization(tx, req)
    return {"Rules": [document(each, org.created) for each in access_rules.of(tx, org.name)]}


@ops.write
def delete_access_control_rule(tx: Tx, req: t.DeleteAccessControlRuleRequest) -> None:
    org = stored.organization(tx, req)
    access_rules.remove(tx, org.name, req["Name"])


@ops.read
def get_access_control_effect(
    tx: Tx, req: t.GetAccessControlEffectRequest
) -> t.GetAccessControlEffectResponse:
    org = stored.organization(tx, req)
    if "UserId" not in req:
        raise errors.InvalidParameterException("Say which user it is about.")
    user = stored.id_of(stored.entity(tx, org, req["UserId"], USER))
    rules = access_rules.of(tx, org.name)
    effect, matched = access_rules.effect(rules, req["IpAddress"], req["Action"], user)
    return {"Effect": effect, "MatchedRules": matched}  # type: ignore[typeddict-item]


def document(rule: dict[str, Any], made: datetime) -> Any:
    dates = {
        name: moment(rule[name]) if rule[name] else made for name in ("DateCreated", "DateModified")
    }
    return {**rule, **dates}
