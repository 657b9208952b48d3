"""Contact lists: who wants which topics, and how they say that they do not any more.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-list-management.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from forecourt.platform.visits import NOT_ALLOWED, NOT_FOUND, Page, Visit, page
from forecourt.store.resources import Resource
from forecourt.store.tx import Call

from . import events, identities
from .stored import BAD, LISTS, Complaint
from .stored import NOT_FOUND as MISSING
from .tokens import key_of, read

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

PATH, PURPOSE = "/unsubscribe/", "unsubscribe"
PLACEHOLDER = "{{amazonSESUnsubscribeUrl}}"
MOST_REPLACED = 2  # placeholders of a part
MOST_LISTS, MOST_TOPICS = 1, 20
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
IN, OUT = "OPT_IN", "OPT_OUT"
SPOKEN = {IN: "OptIn", OUT: "OptOut"}
MARK = ("form", "choices")  # of what the page sends
NOT_UNDERSTOOD = page(400, "Not understood", "This is no answer to the page.")
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058 §3.1
COLUMNS = "list, address, unsubscribed, preferences, attributes, created, updated"
MINE = "account = :account AND region = :region AND list = :list"


@dataclass(frozen=True, slots=True)
class Contact:
    """One address of a list: what it said of topics, and of all."""

    list: str
    address: str
    unsubscribed: bool
    preferences: Mapping[str, str]
    attributes: str
    created: float
    updated: float

    @classmethod
    def of(cls, row: Sequence[Any]) -> Contact:
        list_, address, unsubscribed, preferences, attributes, created, updated = row
        return cls(
            list_,
            address,
            bool(unsubscribed),
            json.loads(preferences),
            attributes,
            created,
            updated,
        )


# ----- lists


def get(tx: Tx, name: str) -> Resource:
    found = LISTS.find(tx, name)
    if found is None:
        raise Complaint(MISSING, f"List with name: {name} doesn't exist.")
    return found


def create(tx: Tx, name: str, spec: Mapping[str, Any], tags: Mapping[str, str]) -> None:
    if NAME.match(name) is None:
        raise Complaint(
            BAD,
            "ContactListName can contain up to 64 characters. Only alphanumeric characters,"
            " underscores(_) and hyphens(-) are allowed.",
        )
    if LISTS.count(tx) >= MOST_LISTS:
        raise Complaint(BAD, f"A maximum of {MOST_LISTS} Lists allowed per account.")
    LISTS.create(tx, name, checked(spec), {"Updated": tx.now.timestamp()}, tags)


def change(tx: Tx, found: Resource, spec: Mapping[str, Any]) -> None:
    LISTS.change(tx, found, spec=checked(spec), status={"Updated": tx.now.timestamp()})


def checked(spec: Mapping[str, Any]) -> dict[str, Any]:
    topics = list(spec.get("Topics", []))
    names = [each["TopicName"] for each in topics]
    if len(topics) > MOST_TOPICS:
        raise Complaint(BAD, f"Maximum of <{MOST_TOPICS}> topics allowed per ContactList")
    if len(set(names)) < len(names):
        raise Complaint(BAD, "Duplicate topic names are not allowed within a List.")
    if any(NAME.match(name) is None for name in names):
        raise Complaint(
            BAD,
            "TopicName can contain up to 64 characters. Only alphanumeric characters, underscores(_)"
            " and hyphens(-) are allowed.",
        )
    return {"Description": spec.get("Description", ""), "Topics": topics}


def remove(tx: Tx, found: Resource) -> None:
    tx.run(f"DELETE FROM ses_contact WHERE {MINE}", **mine(tx, found.name))
    LISTS.remove(tx, found)


def topics_of(found: Resource) -> dict[str, str]:
    """The topics of a list, with what holds for those who said nothing."""
    return {each["TopicName"]: each["DefaultSubscriptionStatus"] for each in found.spec["Topics"]}


def check_topics(found: Resource, names: Iterable[str]) -> None:
    for name in names:
        if name not in topics_of(found):
            raise Complaint(BAD, f"List: {found.name} doesn't contain Topic: {name}")


# ----- contacts


def mine(tx: Tx, list_: str) -> dict[str, str]:
    return {"account": tx.call.account, "region": tx.call.region, "list": list_}


def find(tx: Tx, list_: str, address: str) -> Contact | None:
    row = tx.one(
        f"SELECT {COLUMNS} FROM ses_contact WHERE {MINE} AND address = :address",
        **mine(tx, list_),
        address=address.lower(),
    )
    return Contact.of(row) if row else None


def page_of(tx: Tx, list_: str, after: str, most: int) -> list[Contact]:
    rows = tx.all(
        f"SELECT {COLUMNS} FROM ses_contact WHERE {MINE} AND address > :after"
        " ORDER BY address LIMIT :most",
        **mine(tx, list_),
        after=after,
        most=most,
    )
    return [Contact.of(row) for row in rows]


def new(tx: Tx, list_: str, address: str) -> Contact:
    now = tx.now.timestamp()
    return Contact(list_, address.lower(), False, {}, "", now, now)


def put(tx: Tx, contact: Contact) -> None:
    tx.run(
        f"INSERT INTO ses_contact (account, region, {COLUMNS}) VALUES (:account, :region, :list,"
        " :address, :unsubscribed, :preferences, :attributes, :created, :updated)"
        " ON CONFLICT (account, region, list, address) DO UPDATE SET"
        " unsubscribed = excluded.unsubscribed, preferences = excluded.preferences,"
        " attributes = excluded.attributes, updated = excluded.updated",
        **mine(tx, contact.list),
        address=contact.address,
        unsubscribed=int(contact.unsubscribed),
        preferences=json.dumps(contact.preferences),
        attributes=contact.attributes,
        created=contact.created,
        updated=tx.now.timestamp(),
    )


def drop(tx: Tx, list_: str, address: str) -> bool:
    return bool(
        tx.run(
            f"DELETE FROM ses_contact WHERE {MINE} AND address = :address",
            **mine(tx, list_),
            address=address.lower(),
        )
    )


def wants(found: Resource, contact: Contact, topic: str) -> bool:
    """Whether somebody is to be sent what is of a topic, or of none."""
    if contact.unsubscribed:
        return False
    return not topic or contact.preferences.get(topic, topics_of(found).get(topic, IN)) != OUT


def meet(tx: Tx, list_: str, topic: str, addresses: Iterable[str]) -> list[str]:
    """Those of some recipients who do not want it; who is new to the list is on it from now on."""
    found, unwilling = get(tx, list_), []
    for each in addresses:
        contact = find(tx, list_, each)
        if contact is None:
            put(tx, new(tx, list_, each))
        elif not wants(found, contact, topic):
            unwilling.append(each)
    return unwilling


# ----- links


def visited(tx: Tx, visit: Visit) -> Page:
    """The page of a link; and what its form, or a mail program's one click, brings about."""
    said = read(key_of(identities.service_key(tx)), PURPOSE, visit.path)
    if said is None:
        return NOT_FOUND
    account, region, list_, topic, address, message = said
    before, tx.call = tx.call, Call("ses", "Unsubscribe", account, region)
    try:
        found = LISTS.find(tx, list_)
        if found is None:
            return NOT_FOUND
        contact = find(tx, list_, address) or new(tx, list_, address)
        if visit.method in ("GET", "HEAD"):
            return page(
                200, "Your subscriptions", f"What is sent to {address}:", form(found, contact)
            )
        if visit.method != "POST":
            return NOT_ALLOWED
        if ONE_CLICK not in visit.form and MARK not in visit.form:
            return NOT_UNDERSTOOD
        changed, source = answered(found, contact, topic, visit)
        put(tx, changed)
        tell(tx, message, contact, changed, source)
        return page(200, "Thank you", "Your choice is kept.")
    finally:
        tx.call = before


def answered(found: Resource, contact: Contact, topic: str, visit: Visit) -> tuple[Contact, str]:
    """The contact from now on, and where that was said."""
    if ONE_CLICK in visit.form:
        if topic:
            return replace(contact, preferences={**contact.preferences, topic: OUT}), HEADER
        return replace(contact, unsubscribed=True), HEADER
    given = dict(visit.form)
    chosen = {value for name, value in visit.form if name == "topic"}
    preferences = {name: IN if name in chosen else OUT for name in topics_of(found)}
    return replace(contact, preferences=preferences, unsubscribed="all" in given), FOOTER


HEADER, FOOTER = "UnsubscribeHeader", "SubscriptionPage"


def form(found: Resource, contact: Contact) -> str:
    boxes = []
    for each in found.spec["Topics"]:
        name = each["TopicName"]
        state = contact.preferences.get(name, each["DefaultSubscriptionStatus"])
        checked_ = " checked" if state == IN else ""
        text = f"<b>{escape(each['DisplayName'])}</b> {escape(each.get('Description', ''))}"
        boxes.append(
            f'<p><label><input type="checkbox" name="topic" value="{escape(name)}"{checked_}>'
            f" {text}</label></p>"
        )
    everything = " checked" if contact.unsubscribed else ""
    return (
        f'<form method="post"><input type="hidden" name="{MARK[0]}" value="{MARK[1]}">{"".join(boxes)}<p><label><input type="checkbox" name="all" value="1"'
        f"{everything}> Unsubscribe from all</label></p><button>Keep</button></form>"
    )


def tell(tx: Tx, message: str, old: Contact, new_: Contact, source: str) -> None:
    sent = events.find(tx, message)
    if sent is not None:
        detail = {
            "contactList": new_.list,
            "timestamp": events.stamp(tx.now.timestamp()),
            "source": source,
            "newTopicPreferences": spoken(new_),
            "oldTopicPreferences": spoken(old),
        }
        events.tell(tx, sent, "SUBSCRIPTION", detail)


def spoken(contact: Contact) -> dict[str, Any]:
    return {
        "unsubscribeAll": contact.unsubscribed,
        "topicSubscriptionStatus": [
            {"topicName": name, "subscriptionStatus": SPOKEN[state]}
            for name, state in contact.preferences.items()
        ],
    }


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
