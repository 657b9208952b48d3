"""Conditions of Mail Manager's traffic policies and rules, against what is known of a message.

    holds({"StringExpression": {...}}, facts)

https://docs.aws.amazon.com/ses/latest/dg/eb-rules.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Condition = Mapping[str, Any]
MOST_VALUES = 10
LONGEST = 2048  # characters of a value


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a message to one recipient."""

    recipient: str
    client: str
    tls: str  # as TLSv1.3; empty: none
    mail_from: str = ""
    helo: str = ""
    size: int = 0
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by name in lower case
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of from, to, cc, sender
    verdicts: Mapping[str, str] = field(default_factory=dict)
    dmarc_policy: str = "NONE"


class Unserved(Exception):
    """A condition that is not looked at here; the text says which."""


TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda value, wanted: value == wanted,
    "NOT_EQUALS": lambda value, wanted: value != wanted,
    "STARTS_WITH": lambda value, wanted: value.startswith(wanted),
    "ENDS_WITH": lambda value, wanted: value.endswith(wanted),
    "CONTAINS": lambda value, wanted: wanted in value,
}
NUMBERS: Mapping[str, Callable[[float, float], bool]] = {
    "EQUALS": lambda a, b: a == b, "NOT_EQUALS": lambda a, b: a != b,
    "LESS_THAN": lambda a, b: a < b, "GREATER_THAN": lambda a, b: a > b,
    "LESS_THAN_OR_EQUAL": lambda a, b: a <= b, "GREATER_THAN_OR_EQUAL": lambda a, b: a >= b,
}  # fmt: skip
LISTED = {"FROM": "from", "TO": "to", "CC": "cc", "SENDER": "sender"}
VERSIONS = {"TLS1_2": 2, "TLS1_3": 3}


def all_hold(conditions: Sequence[Condition], facts: Facts) -> bool:
    return all(holds(each, facts) for each in conditions)


def check(conditions: Sequence[Condition]) -> None:
    """Unserved, or ValueError for a range that is none."""
    for each in conditions:
        ((kind, given),) = each.items()
        evaluated = given.get("Evaluate", {})
        if "Analysis" in evaluated:
            raise Unserved("Analyses of add-ons")
        if "IsInAddressList" in evaluated:
            raise Unserved("Address lists")
        if "ClientCertificateAttribute" in evaluated:
            raise Unserved("Certificates of clients")
        if evaluated.get("Attribute") == "READ_RECEIPT_REQUESTED":
            continue
        if any(len(str(value)) > LONGEST for value in given.get("Values", ())):
            raise ValueError("A value is too long.")
        if kind in ("IpExpression", "Ipv6Expression"):
            for value in given["Values"]:
                ip_network(value, strict=False)


def holds(condition: Condition, facts: Facts) -> bool:
    ((kind, given),) = condition.items()
    operator, evaluated = given["Operator"], given.get("Evaluate", {})
    match kind:
        case "StringExpression":
            return any_text(texts(evaluated, facts), operator, given["Values"])
        case "IpExpression" | "Ipv6Expression":
            inside = any(is_within(facts.client, each) for each in given["Values"])
            return inside == (operator == "CIDR_MATCHES")
        case "TlsExpression":
            version = int(facts.tls[-1]) if facts.tls[-1:].isdigit() else 0
            wanted = VERSIONS[given["Value"]]
            return version >= wanted if operator == "MINIMUM_TLS_VERSION" else version == wanted
        case "NumberExpression":
            return NUMBERS[operator](facts.size, given["Value"])
        case "VerdictExpression":
            verdict = facts.verdicts.get(evaluated["Attribute"].lower(), "GRAY")
            return (verdict in given["Values"]) == (operator == "EQUALS")
        case "DmarcExpression":
            return (facts.dmarc_policy in given["Values"]) == (operator == "EQUALS")
    truth = {
        "TLS": bool(facts.tls),
        "TLS_WRAPPED": False,
        "READ_RECEIPT_REQUESTED": "disposition-notification-to" in facts.headers,
    }[evaluated["Attribute"]]
    return truth == (operator == "IS_TRUE")


def texts(evaluated: Mapping[str, Any], facts: Facts) -> list[str]:
    if header := evaluated.get("MimeHeaderAttribute"):
        return list(facts.headers.get(header.lower(), ()))
    attribute = evaluated["Attribute"]
    if attribute in LISTED:
        return list(facts.addresses.get(LISTED[attribute], ()))
    if attribute == "SUBJECT":
        return list(facts.headers.get("subject", ()))
    return [{"MAIL_FROM": facts.mail_from, "HELO": facts.helo}.get(attribute, facts.recipient)]


def any_text(values: Sequence[str], operator: str, wanted: Sequence[str]) -> bool:
    """Whether one of the values is as one that is wanted; NOT_EQUALS: none is."""
    lowered = [each.lower() for each in values]
    if operator == "NOT_EQUALS":
        return not any(value == each.lower() for value in lowered for each in wanted)
    compare = TEXTS[operator]
    return any(compare(value, each.lower()) for value in lowered for each in wanted)


def is_within(client: str, cidr: str) -> bool:
    try:
        address = ip_address(client)
        mapped = getattr(address, "ipv4_mapped", None)
        return (mapped or address) in ip_network(cidr, strict=False)
    except ValueError:
        return False
