"""Access control rules of organizations, which signing in goes by.

A rule that matches and denies decides; else one that allows; where none matches, nobody gets in.
https://docs.aws.amazon.com/workmail/latest/adminguide/access-rules.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import AwsError
from forecourt.store.resources import Kind

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

RULES = Kind(
    "mail", "rule", AwsError, is_global=True, is_shared=True
)  # named "<organization> <name>"
ALLOW, DENY = "ALLOW", "DENY"
ACTIONS = ("ActiveSync", "AutoDiscover", "EWS", "IMAP", "SMTP", "WindowsOutlook", "WebMail")
Rule = Mapping[str, Any]
DEFAULT: Rule = {
    "Name": "Default",
    "Effect": ALLOW,
    "Description": "Allows everybody everything",
    "DateCreated": 0.0,
    "DateModified": 0.0,
}


def put(tx: Tx, organization: str, rule: Rule) -> None:
    name = f"{organization} {rule['Name']}"
    if (found := RULES.find(tx, name)) is None:
        RULES.create(tx, name, dict(rule), {})
    else:
        RULES.change(tx, found, spec=dict(rule))


def of(tx: Tx, organization: str) -> list[dict[str, Any]]:
    """The rules of an organization, by name."""
    found = RULES.between(tx, f"{organization} ", f"{organization}!")
    return [dict(each.spec) for each in found]


def remove(tx: Tx, organization: str, name: str) -> None:
    if (found := RULES.find(tx, f"{organization} {name}")) is not None:
        RULES.remove(tx, found)


def forget(tx: Tx, organization: str) -> None:
    for each in RULES.between(tx, f"{organization} ", f"{organization}!"):
        RULES.remove(tx, each)


def effect(rules: Sequence[Rule], address: str, action: str, user: str) -> tuple[str, list[str]]:
    """What rules say of a client, and which of them do."""
    matched = [rule for rule in rules if matches(rule, address, action, user)]
    denying = [rule["Name"] for rule in matched if rule["Effect"] == DENY]
    if denying:
        return DENY, denying
    allowing = [rule["Name"] for rule in matched if rule["Effect"] == ALLOW]
    return (ALLOW, allowing) if allowing else (DENY, [])


def matches(rule: Rule, address: str, action: str, user: str) -> bool:
    """A condition that is empty holds for all."""
    found = ip_address(address)
    found = getattr(found, "ipv4_mapped", None) or found

    def within(name: str) -> bool:
        return any(found in ip_network(each, strict=False) for each in rule[name])

    return (
        (not rule.get("IpRanges") or within("IpRanges"))
        and not (rule.get("NotIpRanges") and within("NotIpRanges"))
        and (not rule.get("Actions") or action in rule["Actions"])
        and action not in rule.get("NotActions", ())
        and (not rule.get("UserIds") or user in rule["UserIds"])
        and user not in rule.get("NotUserIds", ())
    )


def admits(tx: Tx, person: str, address: str, action: str) -> bool:
    """Whether somebody may sign in from an address; who is in no organization may."""
    primary = str(
        tx.value("SELECT address FROM mail_person WHERE id = :person", person=person) or ""
    )
    domain = primary.rpartition("@")[2]
    found = tx.value("SELECT organization FROM mail_domain WHERE name = :domain", domain=domain)
    if not found:
        return True
    return effect(of(tx, found), address, action, person)[0] == ALLOW
