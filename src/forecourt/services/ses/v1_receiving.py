"""Rule sets, rules and filters of receiving; and bounces that an application sends.

https://docs.aws.amazon.com/ses/latest/APIReference/API_CreateReceiptRule.html
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from . import bouncing, identities, receipt_rules
from .bouncing import Refusal
from .building import address_of
from .receipt_rules import (
    ACTIVE,
    FILTERS,
    MOST_FILTERS,
    MOST_RULES,
    MOST_SETS,
    NAME,
    RULE_SETS,
    invalid,
)
from .stored import answering, keep_setting, setting, v1

if TYPE_CHECKING:
    from forecourt.aws.types import ses as t
    from forecourt.store.tx import Tx

ops = Operations("ses")
PAGE = 100


@ops.write
def create_receipt_rule_set(tx: Tx, req: t.CreateReceiptRuleSetRequest) -> Any:
    new_set(tx, req["RuleSetName"], [])
    return {}


@ops.write
def clone_receipt_rule_set(tx: Tx, req: t.CloneReceiptRuleSetRequest) -> Any:
    original = receipt_rules.get(tx, req["OriginalRuleSetName"])
    new_set(tx, req["RuleSetName"], original.spec["Rules"])
    return {}


def new_set(tx: Tx, name: str, rules: list[Any]) -> None:
    if NAME.match(name) is None:
        raise invalid(f"Invalid rule set name: {name}")
    if RULE_SETS.find(tx, name) is not None:
        raise v1.AlreadyExistsException(f"Rule set already exists: {name}", Name=name)
    if RULE_SETS.count(tx) >= MOST_SETS:
        raise v1.LimitExceededException(f"An account has at most {MOST_SETS} rule sets.")
    RULE_SETS.create(tx, name, {"Rules": rules}, {})


@ops.write
def delete_receipt_rule_set(tx: Tx, req: t.DeleteReceiptRuleSetRequest) -> Any:
    name = req["RuleSetName"]
    if setting(tx).spec.get(ACTIVE) == name:
        raise v1.CannotDeleteException(f"Cannot delete active rule set: {name}", Name=name)
    if (found := RULE_SETS.find(tx, name)) is not None:
        RULE_SETS.remove(tx, found)
    return {}


@ops.read
def describe_receipt_rule_set(tx: Tx, req: t.DescribeReceiptRuleSetRequest) -> Any:
    return document(receipt_rules.get(tx, req["RuleSetName"]))


@ops.read
def list_receipt_rule_sets(tx: Tx, req: t.ListReceiptRuleSetsRequest) -> Any:
    found = RULE_SETS.page(tx, req.get("NextToken", ""), PAGE)
    answer: Any = {"RuleSets": [metadata(each) for each in found[:PAGE]]}
    if len(found) > PAGE:
        answer["NextToken"] = found[PAGE].name
    return answer


@ops.write
def set_active_receipt_rule_set(tx: Tx, req: t.SetActiveReceiptRuleSetRequest) -> Any:
    """From now on mail is taken by these rules; without a name none is."""
    name = req.get("RuleSetName")
    if name:
        receipt_rules.get(tx, name)
    keep_setting(tx, **{ACTIVE: name})
    return {}


@ops.read
def describe_active_receipt_rule_set(tx: Tx, req: Any) -> Any:
    name = setting(tx).spec.get(ACTIVE)
    return document(receipt_rules.get(tx, name)) if name else {}


@ops.write
def reorder_receipt_rule_set(tx: Tx, req: t.ReorderReceiptRuleSetRequest) -> Any:
    found, names = receipt_rules.get(tx, req["RuleSetName"]), req["RuleNames"]
    rules = [found.spec["Rules"][receipt_rules.place_of(found, each)] for each in names]
    if len(set(names)) != len(names) or len(rules) != len(found.spec["Rules"]):
        raise invalid("All rules of the set must be named, each once.")
    receipt_rules.keep(tx, found, rules)
    return {}


@ops.write
def create_receipt_rule(tx: Tx, req: t.CreateReceiptRuleRequest) -> Any:
    """A rule behind another, or before all."""
    found, name = receipt_rules.get(tx, req["RuleSetName"]), req["Rule"]["Name"]
    rules = list(found.spec["Rules"])
    if any(each["Name"] == name for each in rules):
        raise v1.AlreadyExistsException(f"Rule already exists: {name}", Name=name)
    if len(rules) >= MOST_RULES:
        raise v1.LimitExceededException(f"A rule set has at most {MOST_RULES} rules.")
    place = receipt_rules.after(found, req.get("After"))
    rules.insert(place, receipt_rules.checked(tx, found.name, req["Rule"]))
    receipt_rules.keep(tx, found, rules)
    return {}


@ops.write
def update_receipt_rule(tx: Tx, req: t.UpdateReceiptRuleRequest) -> Any:
    found = receipt_rules.get(tx, req["RuleSetName"])
    rules, place = list(found.spec["Rules"]), receipt_rules.place_of(found, req["Rule"]["Name"])
    rules[place] = receipt_rules.checked(tx, found.name, req["Rule"])
    receipt_rules.keep(tx, found, rules)
    return {}


@ops.write
def set_receipt_rule_position(tx: Tx, req: t.SetReceiptRulePositionRequest) -> Any:
    found = receipt_rules.get(tx, req["RuleSetName"])
    rules = list(found.spec["Rules"])
    moved = rules.pop(receipt_rules.place_of(found, req["RuleName"]))
    behind = req.get("After")
    if behind:
        receipt_rules.place_of(found, behind)
    names = [each["Name"] for each in rules]
    rules.insert(names.index(behind) + 1 if behind in names else 0, moved)
    receipt_rules.keep(tx, found, rules)
    return {}


@ops.read
def describe_receipt_rule(tx: Tx, req: t.DescribeReceiptRuleRequest) -> Any:
    found = receipt_rules.get(tx, req["RuleSetName"])
    return {"Rule": found.spec["Rules"][receipt_rules.place_of(found, req["RuleName"])]}


@ops.write
def delete_receipt_rule(tx: Tx, req: t.DeleteReceiptRuleRequest) -> Any:
    found = receipt_rules.get(tx, req["RuleSetName"])
    left = [each for each in found.spec["Rules"] if each["Name"] != req["RuleName"]]
    receipt_rules.keep(tx, found, left)
    return {}


def metadata(found: Resource) -> dict[str, Any]:
    return {"Name": found.name, "CreatedTimestamp": found.created}


def document(found: Resource) -> dict[str, Any]:
    return {"Metadata": metadata(found), "Rules": found.spec["Rules"]}


# ----- filters


@ops.write
def create_receipt_filter(tx: Tx, req: t.CreateReceiptFilterRequest) -> Any:
    name, given = req["Filter"]["Name"], req["Filter"]["IpFilter"]
    if NAME.match(name) is None:
        raise invalid(f"Invalid filter name: {name}")
    if FILTERS.find(tx, name) is not None:
        raise v1.AlreadyExistsException(f"Receipt filter already exists: {name}", Name=name)
    if FILTERS.count(tx) >= MOST_FILTERS:
        raise v1.LimitExceededException(f"An account has at most {MOST_FILTERS} filters.")
    try:
        ip_network(given["Cidr"], strict=False)
    except ValueError:
        raise invalid(f"Invalid CIDR: {given['Cidr']}") from None
    FILTERS.create(tx, name, dict(given), {})
    return {}


@ops.write
def delete_receipt_filter(tx: Tx, req: t.DeleteReceiptFilterRequest) -> Any:
    if (found := FILTERS.find(tx, req["FilterName"])) is not None:
        FILTERS.remove(tx, found)
    return {}


@ops.read
def list_receipt_filters(tx: Tx, req: Any) -> Any:
    return {"Filters": [{"Name": e.name, "IpFilter": dict(e.spec)} for e in FILTERS.all(tx)]}


# ----- bounces


TYPES = {
    "DoesNotExist": ("5.1.1", "user unknown"), "MessageTooLarge": ("5.3.4", "message too large"),
    "ExceededQuota": ("5.2.2", "mailbox full"), "ContentRejected": ("5.6.1", "content rejected"),
    "Undefined": ("5.0.0", "undefined"), "TemporaryFailure": ("4.0.0", "temporary failure"),
}  # fmt: skip


@ops.write
@answering(0)
def send_bounce(tx: Tx, req: t.SendBounceRequest) -> Any:
    """Tell the sender of a message that came within the last day that it was not delivered."""
    original = bouncing.original(tx, req["OriginalMessageId"])
    if original is None:
        raise v1.MessageRejected(f"Message {req['OriginalMessageId']} is not known.")
    sender = address_of(req["BounceSender"])
    if identities.of_address(tx, sender) is None:
        raise v1.MessageRejected(f"Email address is not verified: {sender}")
    refusals, known = [], {each.lower() for each in original.recipients}
    if len(req["BouncedRecipientInfoList"]) > len(known):
        raise v1.MessageRejected("More recipients than the message has.")
    for each in req["BouncedRecipientInfoList"]:
        status, text = TYPES[each.get("BounceType", "Undefined")]
        fields = each.get("RecipientDsnFields", {})
        said = fields.get("DiagnosticCode") or req.get("Explanation") or text
        status, address = fields.get("Status", status), address_of(each["Recipient"])
        if receipt_rules.STATUS_CODE.match(status) is None:
            raise invalid(f"Invalid status code: {status}")
        if address.lower() not in known:
            raise v1.MessageRejected(f"{address} is no recipient of the message.")
        refusals.append(Refusal(address, status, " ".join(said.split())))
    id = bouncing.send(tx, original, sender, refusals)
    if id is None:
        raise v1.MessageRejected("The message came from nobody: there is nobody to tell.")
    return {"MessageId": id}
