"""Rules of receiving: which mail an account takes, from whom, and what is done with it.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-concepts.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from forecourt.platform import functions
from forecourt.platform.mail import domains
from forecourt.platform.notify import topics
from forecourt.platform.objects.exporting import NotThere, bucket_of
from forecourt.store.resources import Kind, Resource, at
from forecourt.store.tx import Call

from . import identities
from .configuration_sets import SERVICE
from .stored import IDENTITIES, InvalidParameterValue, setting, v1

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

RULE_SETS = Kind("ses", "receipt-rule-set", v1.RuleSetDoesNotExistException)
FILTERS = Kind("ses", "receipt-filter", v1.RuleSetDoesNotExistException)
ACTIVE = "ActiveRuleSet"  # in the account's settings
MOST_SETS, MOST_RULES, MOST_ACTIONS, MOST_RECIPIENTS, MOST_FILTERS = 40, 200, 10, 100, 100
MOST_LABELS = 32  # of a domain that are looked at
LONGEST_PREFIX = 1024 - 40  # bytes: a key, without the id of a message
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?\Z")
HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,50}\Z")
REPLY_CODE, STATUS_CODE = (
    re.compile(r"[45][0-9]{2}\Z"),
    re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}\Z"),
)
KINDS = (
    "S3Action", "BounceAction", "WorkmailAction", "LambdaAction", "StopAction", "AddHeaderAction",
    "SNSAction", "ConnectAction",
)  # fmt: skip
Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taker:
    """An account that takes some mail, and by which rules."""

    account: str
    region: str
    rule_set: str
    rules: tuple[tuple[int, Rule], ...]  # those that are about the address, and their places
    blocked: bool  # whether it takes none of this client's
    needs_tls: bool


# ----- matching


def taker(tx: Tx, address: str, client: str) -> Taker | None:
    """Who takes mail to an address: whose the domain is, and whose active rules are about it."""
    own = owners(tx, address)
    for account, region in receivers(tx) if own else ():
        if (account, region) not in own:
            continue
        with acting(tx, account, region):
            found = of_account(tx, address, client)
        if found is not None:
            return found
    return None


def receives(tx: Tx, address: str) -> bool:
    """Whether mail to the domain of an address comes to somebody's rules, if not all of it."""
    own = owners(tx, address)
    for account, region in receivers(tx) if own else ():
        with acting(tx, account, region):
            if (account, region) in own and setting(tx).spec.get(ACTIVE):
                return True
    return False


def receivers(tx: Tx) -> list[tuple[str, str]]:
    """The accounts, and regions, that ever had an active rule set."""
    rows = tx.all(
        "SELECT account, region FROM resource WHERE service = 'ses' AND kind = 'account'"
        " AND spec LIKE :active ORDER BY created, account, region",
        active=f'%"{ACTIVE}"%',
    )
    return [(account, region) for account, region in rows]


@contextmanager
def acting(tx: Tx, account: str, region: str) -> Iterator[None]:
    before, tx.call = tx.call, Call("ses", "Receive", account, region)
    try:
        yield
    finally:
        tx.call = before


def of_account(tx: Tx, address: str, client: str) -> Taker | None:
    name = setting(tx).spec.get(ACTIVE)
    found = RULE_SETS.find(tx, name) if name else None
    if found is None:
        return None
    rules = tuple(
        (at, each)
        for at, each in enumerate(found.spec["Rules"])
        if each["Enabled"] and fits(each, address)
    )
    if not rules:
        return None
    return Taker(
        tx.call.account, tx.call.region, found.name, rules, is_blocked(tx, client),
        any(each["TlsPolicy"] == "Require" for _, each in rules),
    )  # fmt: skip


def owners(tx: Tx, address: str) -> set[tuple[str, str]]:
    """Whose the domain of an address is: the accounts, and regions, that proved it or one above it.

    Who proved, or hosts mail for, what is closest to it keeps the others out.
    """
    labels = address.rpartition("@")[2].lower().split(".")
    names = [
        ".".join(labels[at:]) for at in range(max(0, len(labels) - MOST_LABELS), len(labels) - 1)
    ]
    if not names:
        return set()
    given = {f"n{at}": name for at, name in enumerate(names)}
    rows = tx.all(
        "SELECT arn, account, region, name FROM resource WHERE service = 'ses' AND kind = :kind"
        f" AND name IN ({', '.join(f':{key}' for key in given)})",
        kind=IDENTITIES.name, **given,
    )  # fmt: skip
    closest: dict[str, int] = {}
    places = set()
    for arn, account, region, name in rows:
        found = at(tx, arn)
        if found is not None and identities.is_verified(found):
            places.add((account, region))
            closest[account] = max(closest.get(account, 0), len(name))
    if not places:
        return set()
    for name in names:
        hosted = domains.get(tx, name)
        if hosted is not None and hosted.ownership == domains.VERIFIED:
            closest[hosted.account] = max(closest.get(hosted.account, 0), len(name))
    longest = max(closest.values())
    return {(account, region) for account, region in places if closest[account] == longest}


def fits(rule: Rule, address: str) -> bool:
    """Whether a rule is about an address: it, its domain, what is below a domain; or everything."""
    wanted = rule["Recipients"]
    return not wanted or any(is_about(each.lower(), address.lower()) for each in wanted)


def is_about(wanted: str, address: str) -> bool:
    local, _, domain = address.rpartition("@")
    if "@" in wanted:
        return wanted in (address, f"{local.partition('+')[0]}@{domain}")
    return domain.endswith(wanted) if wanted.startswith(".") else domain == wanted


def is_blocked(tx: Tx, client: str) -> bool:
    """Whether filters keep a client out: an allowed range lets it in whatever blocks it."""
    found = [
        each.spec["Policy"] for each in FILTERS.all(tx) if is_within(client, each.spec["Cidr"])
    ]
    return "Block" in found and "Allow" not in found


def is_within(client: str, cidr: str) -> bool:
    try:
        address = ip_address(client)
        mapped = getattr(address, "ipv4_mapped", None)
        return (mapped or address) in ip_network(cidr, strict=False)
    except ValueError:
        return False


# ----- keeping


def get(tx: Tx, name: str) -> Resource:
    found = RULE_SETS.find(tx, name)
    if found is None:
        raise v1.RuleSetDoesNotExistException(f"Rule set does not exist: {name}", Name=name)
    return found


def place_of(found: Resource, name: str) -> int:
    for place, each in enumerate(found.spec["Rules"]):
        if each["Name"] == name:
            return place
    raise v1.RuleDoesNotExistException(f"Rule does not exist: {name}", Name=name)


def after(found: Resource, name: str | None) -> int:
    """Where a rule goes: behind one, or to the front."""
    return place_of(found, name) + 1 if name else 0


def keep(tx: Tx, found: Resource, rules: Sequence[Rule]) -> None:
    RULE_SETS.change(tx, found, spec={"Rules": list(rules)})


def checked(tx: Tx, rule_set: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as it is kept.  Each action is checked as AWS does: its place must be there, and take it."""
    name = given["Name"]
    if NAME.match(name) is None:
        raise invalid(f"Invalid rule name: {name}")
    recipients, actions = given.get("Recipients", []), given.get("Actions", [])
    if len(recipients) > MOST_RECIPIENTS:
        raise v1.LimitExceededException(f"A rule has at most {MOST_RECIPIENTS} recipients.")
    if len(actions) > MOST_ACTIONS:
        raise v1.LimitExceededException(f"A rule has at most {MOST_ACTIONS} actions.")
    source = f"arn:aws:ses:{tx.call.region}:{tx.call.account}:receipt-rule-set/{rule_set}:receipt-rule/{name}"
    for each in actions:
        check(tx, source, each)
    return {
        "Name": name,
        "Enabled": given.get("Enabled", False),
        "TlsPolicy": given.get("TlsPolicy", "Optional"),
        "Recipients": recipients,
        "Actions": actions,
        "ScanEnabled": given.get("ScanEnabled", False),
    }


def check(tx: Tx, source: str, action: Mapping[str, Any]) -> None:
    kinds = [kind for kind in KINDS if kind in action]
    if len(kinds) != 1:
        raise invalid("An action has exactly one type.")
    given, account = action[kinds[0]], tx.call.account
    topic = given.get("TopicArn")
    if topic and topics.for_service(tx, topic, SERVICE, source, account) is None:
        raise v1.InvalidSnsTopicException(f"Invalid SNS topic: {topic}", Topic=topic)
    match kinds[0]:
        case "S3Action":
            check_bucket(tx, given)
        case "LambdaAction":
            arn = given["FunctionArn"]
            if functions.for_service(tx, arn, SERVICE, source, account) is None:
                text = f"Invalid Lambda function: {arn}"
                raise v1.InvalidLambdaFunctionException(text, FunctionArn=arn)
        case "BounceAction":
            if REPLY_CODE.match(given["SmtpReplyCode"]) is None:
                raise invalid(f"Invalid SMTP reply code: {given['SmtpReplyCode']}")
            if "StatusCode" in given and STATUS_CODE.match(given["StatusCode"]) is None:
                raise invalid(f"Invalid status code: {given['StatusCode']}")
            if identities.of_address(tx, given["Sender"]) is None:
                raise invalid(f"Sender is not verified: {given['Sender']}")
            if not is_text(given["Message"]):
                raise invalid("The message of a bounce has control characters.")
        case "AddHeaderAction":
            if HEADER_NAME.match(given["HeaderName"]) is None:
                raise invalid(f"Invalid header name: {given['HeaderName']}")
            if len(given["HeaderValue"]) > 2047 or not is_text(given["HeaderValue"]):
                raise invalid("Invalid header value.")
        case "WorkmailAction":
            if f":{account}:" not in given["OrganizationArn"]:
                raise invalid(f"Invalid organization: {given['OrganizationArn']}")


def check_bucket(tx: Tx, given: Mapping[str, Any]) -> None:
    if key := given.get("KmsKeyArn"):
        raise v1.InvalidS3ConfigurationException(f"Unable to use AWS KMS key: {key}", Bucket="")
    prefix = given.get("ObjectKeyPrefix", "")
    if len(prefix.encode()) > LONGEST_PREFIX or not prefix.isprintable():
        raise v1.InvalidS3ConfigurationException(
            f"Invalid object key prefix: {prefix[:LONGEST_PREFIX]!r}", Bucket=given["BucketName"]
        )
    try:
        bucket_of(tx, given["BucketName"])
    except NotThere:
        name = given["BucketName"]
        text = f"Could not write to bucket: {name}"
        raise v1.InvalidS3ConfigurationException(text, Bucket=name) from None


def is_text(text: str) -> bool:
    return text.isascii() and all(" " <= character < "\x7f" for character in text)


def invalid(text: str) -> Exception:
    return InvalidParameterValue(text)
