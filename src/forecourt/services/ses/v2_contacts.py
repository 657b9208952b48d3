"""Contact lists and contacts, as v2 has them.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateContactList.html
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from . import contacts
from .building import address_of
from .contacts import IN, Contact, moment
from .stored import BAD, EXISTS, LISTS, NOT_FOUND, Complaint, answering, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")
PAGE = 1000


@ops.write
@answering(1)
def create_contact_list(tx: Tx, req: t.CreateContactListRequest) -> Any:
    tags = {each["Key"]: each["Value"] for each in req.get("Tags", [])}
    contacts.create(tx, req["ContactListName"], req, tags)
    return {}


@ops.read
@answering(1)
def get_contact_list(tx: Tx, req: t.GetContactListRequest) -> Any:
    found = contacts.get(tx, req["ContactListName"])
    return {
        "ContactListName": found.name,
        "Topics": found.spec["Topics"],
        "Description": found.spec["Description"],
        "CreatedTimestamp": found.created,
        "LastUpdatedTimestamp": moment(found.status["Updated"]),
        "Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()],
    }


@ops.write
@answering(1)
def update_contact_list(tx: Tx, req: t.UpdateContactListRequest) -> Any:
    contacts.change(tx, contacts.get(tx, req["ContactListName"]), req)
    return {}


@ops.write
@answering(1)
def delete_contact_list(tx: Tx, req: t.DeleteContactListRequest) -> Any:
    contacts.remove(tx, contacts.get(tx, req["ContactListName"]))
    return {}


@ops.read
def list_contact_lists(tx: Tx, req: t.ListContactListsRequest) -> Any:
    return {
        "ContactLists": [
            {
                "ContactListName": each.name,
                "LastUpdatedTimestamp": moment(each.status["Updated"]),
            }
            for each in LISTS.all(tx)
        ]
    }


@ops.write
@answering(1)
def create_contact(tx: Tx, req: t.CreateContactRequest) -> Any:
    found, address = contacts.get(tx, req["ContactListName"]), address_of(req["EmailAddress"])
    if contacts.find(tx, found.name, address) is not None:
        raise Complaint(EXISTS, f"{address} already exists in List.")
    contacts.put(tx, given(found, contacts.new(tx, found.name, address), req))
    return {}


@ops.write
@answering(1)
def update_contact(tx: Tx, req: t.UpdateContactRequest) -> Any:
    """What is said of topics is added; the rest is as it is given now."""
    found = contacts.get(tx, req["ContactListName"])
    contacts.put(tx, given(found, known(tx, found, req["EmailAddress"]), req))
    return {}


def given(found: Resource, contact: Contact, req: Any) -> Contact:
    said = {
        each["TopicName"]: each["SubscriptionStatus"] for each in req.get("TopicPreferences", [])
    }
    contacts.check_topics(found, said)
    attributes = req.get("AttributesData", "")
    if attributes:
        try:
            good = isinstance(json.loads(attributes), dict)
        except (ValueError, RecursionError):
            good = False
        if not good:
            raise Complaint(BAD, "AttributesData must be a JSON object.")
    return replace(
        contact,
        unsubscribed=bool(req.get("UnsubscribeAll", False)),
        preferences={**contact.preferences, **said},
        attributes=attributes,
    )


def known(tx: Tx, found: Resource, address: str) -> Contact:
    contact = contacts.find(tx, found.name, address)
    if contact is None:
        raise Complaint(NOT_FOUND, f"{address} doesn't exist in List.")
    return contact


@ops.read
@answering(1)
def get_contact(tx: Tx, req: t.GetContactRequest) -> Any:
    found = contacts.get(tx, req["ContactListName"])
    contact = known(tx, found, req["EmailAddress"])
    shown = {"ContactListName": found.name, **document(found, contact)}
    shown["CreatedTimestamp"] = moment(contact.created)
    if contact.attributes:
        shown["AttributesData"] = contact.attributes
    return shown


@ops.write
@answering(1)
def delete_contact(tx: Tx, req: t.DeleteContactRequest) -> Any:
    found = contacts.get(tx, req["ContactListName"])
    known(tx, found, req["EmailAddress"])
    contacts.drop(tx, found.name, req["EmailAddress"])
    return {}


@ops.read
@answering(1)
def list_contacts(tx: Tx, req: t.ListContactsRequest) -> Any:
    """By address; with a filter a page may have few of them, or none."""
    found = contacts.get(tx, req["ContactListName"])
    size, wanted = page_size(req.get("PageSize"), PAGE), req.get("Filter", {})
    topic = wanted.get("TopicFilter", {})
    if topic.get("TopicName"):
        contacts.check_topics(found, [topic["TopicName"]])
    page = contacts.page_of(tx, found.name, req.get("NextToken", ""), size + 1)
    answer: Any = {
        "Contacts": [document(found, each) for each in page[:size] if fits(found, each, wanted)]
    }
    if len(page) > size:
        answer["NextToken"] = page[size - 1].address
    return answer


def fits(found: Resource, contact: Contact, wanted: Any) -> bool:
    state, topic = wanted.get("FilteredStatus"), wanted.get("TopicFilter", {})
    name = topic.get("TopicName")
    if not name:
        return state is None or (state == IN) != contact.unsubscribed
    default = contacts.topics_of(found)[name]
    said = contact.preferences.get(
        name, default if topic.get("UseDefaultIfPreferenceUnavailable") else None
    )
    return said is not None and state in (None, said)


def document(found: Resource, contact: Contact) -> dict[str, Any]:
    silent = {k: v for k, v in contacts.topics_of(found).items() if k not in contact.preferences}
    return {
        "EmailAddress": contact.address,
        "TopicPreferences": preferences(contact.preferences),
        "TopicDefaultPreferences": preferences(silent),
        "UnsubscribeAll": contact.unsubscribed,
        "LastUpdatedTimestamp": moment(contact.updated),
    }


def preferences(said: Any) -> list[dict[str, str]]:
    return [{"TopicName": name, "SubscriptionStatus": state} for name, state in said.items()]
