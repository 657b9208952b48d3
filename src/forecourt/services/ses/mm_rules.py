"""Rule sets of Mail Manager: conditions, and actions that become the steps of receiving.

https://docs.aws.amazon.com/ses/latest/dg/eb-rules.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import AwsError
from forecourt.aws.operations import Operations

from . import mm_stored, receipt_rules
from .contacts import moment
from .mm_conditions import Facts, Unserved, all_hold, check
from .mm_stored import INGRESS_POINTS, RULE_SETS, errors, invalid

if TYPE_CHECKING:
    from forecourt.aws.types import mailmanager as t
    from forecourt.store.tx import Tx

ops = Operations("mailmanager")
MOST_RULES, MOST_ACTIONS, MOST_CONDITIONS, MOST_RECIPIENTS = 40, 10, 10, 100
NOT_HERE = ("Relay", "Archive", "DeliverToQBusiness")


@ops.write
def create_rule_set(tx: Tx, req: t.CreateRuleSetRequest) -> Any:
    spec = {"Name": req["RuleSetName"], "Rules": checked(tx, req["RuleSetName"], req["Rules"])}
    return {"RuleSetId": mm_stored.create(tx, RULE_SETS, spec, req).name}


@ops.read
def get_rule_set(tx: Tx, req: t.GetRuleSetRequest) -> Any:
    found = mm_stored.get(tx, RULE_SETS, req["RuleSetId"])
    return {
        "RuleSetId": found.name,
        "RuleSetArn": found.arn,
        "RuleSetName": found.spec["Name"],
        "CreatedDate": found.created,
        "LastModificationDate": moment(found.status["Updated"]),
        "Rules": found.spec["Rules"],
    }


@ops.read
def list_rule_sets(tx: Tx, req: t.ListRuleSetsRequest) -> Any:
    found, more = mm_stored.page(tx, RULE_SETS, req)
    shown = [
        {
            "RuleSetId": each.name,
            "RuleSetName": each.spec["Name"],
            "LastModificationDate": moment(each.status["Updated"]),
        }
        for each in found
    ]
    return {"RuleSets": shown, **more}


@ops.write
def update_rule_set(tx: Tx, req: t.UpdateRuleSetRequest) -> Any:
    found = mm_stored.get(tx, RULE_SETS, req["RuleSetId"])
    name = req.get("RuleSetName", found.spec["Name"])
    rules = checked(tx, name, req["Rules"]) if "Rules" in req else found.spec["Rules"]
    mm_stored.change(tx, RULE_SETS, found, {"Name": name, "Rules": rules})
    return {}


@ops.write
def delete_rule_set(tx: Tx, req: t.DeleteRuleSetRequest) -> Any:
    id = req["RuleSetId"]
    if any(each.spec["RuleSetId"] == id for each in INGRESS_POINTS.all(tx)):
        raise errors.ConflictException(f"{id} is used by an ingress point.")
    if (found := RULE_SETS.find(tx, id)) is not None:
        RULE_SETS.remove(tx, found)
    return {}


def checked(tx: Tx, name: str, rules: Any) -> list[Any]:
    """ValidationException."""
    if len(rules) > MOST_RULES:
        raise invalid(f"A rule set has at most {MOST_RULES} rules.")
    for rule in rules:
        for conditions in (rule.get("Conditions", []), rule.get("Unless", [])):
            if len(conditions) > MOST_CONDITIONS:
                raise invalid(f"A rule has at most {MOST_CONDITIONS} conditions.")
            try:
                check(conditions)
            except Unserved as unserved:
                raise invalid(f"{unserved} are not served here.") from None
            except ValueError as wrong:
                raise invalid(str(wrong)) from None
        if len(rule["Actions"]) > MOST_ACTIONS:
            raise invalid(f"A rule has at most {MOST_ACTIONS} actions.")
        source = f"arn:aws:ses:{tx.call.region}:{tx.call.account}:mailmanager-rule-set/{name}"
        for action in rule["Actions"]:
            check_action(tx, source, action)
    return list(rules)


def check_action(tx: Tx, source: str, action: Mapping[str, Any]) -> None:
    ((kind, given),) = action.items()
    if kind in NOT_HERE:
        raise invalid(f"The action {kind} is not served here.")
    if kind == "WriteToS3" and given.get("S3SseKmsKeyId"):
        raise invalid("Encryption with KMS is not served here.")
    if kind == "ReplaceRecipient":
        if not 1 <= len(given.get("ReplaceWith", [])) <= MOST_RECIPIENTS:
            raise invalid(f"ReplaceWith must have 1 to {MOST_RECIPIENTS} addresses.")
        return
    step = step_of(kind, given)
    if step is None or kind == "Send":
        return
    try:
        receipt_rules.check(tx, source, step)
    except AwsError as wrong:
        raise invalid(str(wrong)) from None


def step_of(kind: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """An action as receiving carries it out; None where there is nothing to carry out."""
    match kind:
        case "WriteToS3":
            return {
                "S3Action": {
                    "BucketName": given["S3Bucket"],
                    "ObjectKeyPrefix": given.get("S3Prefix", ""),
                }
            }
        case "PublishToSns":
            encoding = "Base64" if given.get("Encoding") == "BASE64" else "UTF-8"
            payload = given.get("PayloadType", "CONTENT")
            return {
                "SNSAction": {
                    "TopicArn": given["TopicArn"], "Encoding": encoding, "Payload": payload,
                }
            }  # fmt: skip
        case "InvokeLambda":
            waits = given["InvocationType"] == "REQUEST_RESPONSE"
            return {
                "LambdaAction": {
                    "FunctionArn": given["FunctionArn"],
                    "InvocationType": "RequestResponse" if waits else "Event",
                }
            }
        case "AddHeader":
            return {"AddHeaderAction": dict(given)}
        case "Bounce":
            return {
                "BounceAction": {
                    "SmtpReplyCode": given["SmtpReplyCode"], "StatusCode": given["StatusCode"],
                    "Message": given.get("Message") or given["DiagnosticMessage"],
                    "Sender": given["Sender"],
                }
            }  # fmt: skip
        case "DeliverToMailbox":
            return {"WorkmailAction": {"OrganizationArn": given["MailboxArn"]}}
        case "Send":
            return {"SendAction": {}}
    return None


def plans(
    rule_set: str, rules: Sequence[Mapping[str, Any]], facts: Facts, recipients: Sequence[str]
) -> list[tuple[list[str], list[Any]]]:
    """Recipients to whom the same is done, and what: each group's steps are its own."""
    groups: dict[str, tuple[list[str], list[Any]]] = {}
    for recipient in recipients:
        steps = planned(rule_set, rules, replace(facts, recipient=recipient))
        if not steps:
            continue
        alike = json.dumps([{**each, "Recipients": each["Replaced"]} for each in steps])
        whom, known = groups.setdefault(alike, ([], steps))
        whom.append(recipient)
        for step, more in zip(known, steps, strict=True):
            step["Recipients"] = list(dict.fromkeys([*step["Recipients"], *more["Recipients"]]))
    return list(groups.values())


def planned(rule_set: str, rules: Sequence[Mapping[str, Any]], facts: Facts) -> list[Any]:
    """The steps for one recipient, up to a Drop."""
    found: list[Any] = []
    recipients, replaced = [facts.recipient], False
    for number, rule in enumerate(rules):
        asked = replace(facts, recipient=recipients[0])
        if not all_hold(rule.get("Conditions", ()), asked):
            continue
        if rule.get("Unless") and all_hold(rule["Unless"], asked):
            continue
        for action in rule["Actions"]:
            ((kind, given),) = action.items()
            if kind == "Drop":
                return found
            if kind == "ReplaceRecipient":
                recipients, replaced = list(given["ReplaceWith"]), True
            elif (step := step_of(kind, given)) is not None:
                found.append(
                    {
                        "Rule": rule.get("Name") or str(number), "RuleSet": rule_set,
                        "Recipients": recipients, "Replaced": replaced and recipients, "Action": step,
                        "Drops": given.get("ActionFailurePolicy") == "DROP",
                    }
                )  # fmt: skip
    return found
