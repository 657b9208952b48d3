"""Contact lists and contacts, as v2 has them."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import fault

TOPICS = [
    {"TopicName": "news", "DisplayName": "News", "DefaultSubscriptionStatus": "OPT_IN"},
    {"TopicName": "ads", "DisplayName": "Ads", "DefaultSubscriptionStatus": "OPT_OUT"},
]


@pytest.fixture
def contact_list(sesv2: Any) -> str:
    sesv2.create_contact_list(
        ContactListName="list", Topics=TOPICS, Description="d", Tags=[{"Key": "k", "Value": "v"}]
    )
    return "list"


def test_lists(sesv2: Any, contact_list: str) -> None:
    found = sesv2.get_contact_list(ContactListName="list")
    assert (found["Topics"], found["Description"]) == (TOPICS, "d")
    assert found["Tags"] == [{"Key": "k", "Value": "v"}]
    again = fault(sesv2.create_contact_list, ContactListName="other")
    assert again == ("BadRequestException", "A maximum of 1 Lists allowed per account.")
    (listed,) = sesv2.list_contact_lists()["ContactLists"]
    assert listed["ContactListName"] == "list"
    sesv2.update_contact_list(ContactListName="list", Topics=TOPICS[:1])
    assert len(sesv2.get_contact_list(ContactListName="list")["Topics"]) == 1
    twice = fault(sesv2.update_contact_list, ContactListName="list", Topics=TOPICS[:1] * 2)
    assert twice[1] == "Duplicate topic names are not allowed within a List."
    sesv2.create_contact(ContactListName="list", EmailAddress="a@b.test")
    sesv2.delete_contact_list(ContactListName="list")
    assert fault(sesv2.get_contact_list, ContactListName="list") == (
        "NotFoundException",
        "List with name: list doesn't exist.",
    )
    sesv2.create_contact_list(ContactListName="list")
    assert sesv2.list_contacts(ContactListName="list")["Contacts"] == []


def test_contacts(sesv2: Any, contact_list: str) -> None:
    given = {"ContactListName": "list", "EmailAddress": "A@b.test"}
    sesv2.create_contact(
        **given, AttributesData='{"name": "Ann"}',
        TopicPreferences=[{"TopicName": "news", "SubscriptionStatus": "OPT_OUT"}],
    )  # fmt: skip
    assert fault(sesv2.create_contact, **given) == (
        "AlreadyExistsException",
        "A@b.test already exists in List.",
    )
    found = sesv2.get_contact(**given)
    assert found["AttributesData"] == '{"name": "Ann"}'
    assert found["TopicDefaultPreferences"] == [
        {"TopicName": "ads", "SubscriptionStatus": "OPT_OUT"}
    ]
    sesv2.update_contact(
        **given, TopicPreferences=[{"TopicName": "ads", "SubscriptionStatus": "OPT_IN"}]
    )
    found = sesv2.get_contact(**given)
    assert len(found["TopicPreferences"]) == 2
    assert "AttributesData" not in found
    wrong = fault(
        sesv2.update_contact, **given,
        TopicPreferences=[{"TopicName": "no", "SubscriptionStatus": "OPT_IN"}],
    )  # fmt: skip
    assert wrong[1] == "List: list doesn't contain Topic: no"
    assert fault(sesv2.update_contact, **given, AttributesData="[]")[0] == "BadRequestException"
    sesv2.delete_contact(**given)
    assert fault(sesv2.delete_contact, **given) == (
        "NotFoundException",
        "A@b.test doesn't exist in List.",
    )


def test_filters_and_pages(sesv2: Any, contact_list: str) -> None:
    def add(name: str, **more: Any) -> None:
        sesv2.create_contact(ContactListName="list", EmailAddress=f"{name}@b.test", **more)

    add("a")
    add("b", UnsubscribeAll=True)
    add("c", TopicPreferences=[{"TopicName": "news", "SubscriptionStatus": "OPT_OUT"}])

    def names(**given: Any) -> list[str]:
        found = sesv2.list_contacts(ContactListName="list", **given)["Contacts"]
        return [each["EmailAddress"][0] for each in found]

    assert names() == ["a", "b", "c"]
    assert names(Filter={"FilteredStatus": "OPT_OUT"}) == ["b"]
    topic = {"TopicName": "news", "UseDefaultIfPreferenceUnavailable": True}
    assert names(Filter={"FilteredStatus": "OPT_IN", "TopicFilter": topic}) == ["a", "b"]
    only = {"TopicName": "news"}
    assert names(Filter={"FilteredStatus": "OPT_OUT", "TopicFilter": only}) == ["c"]
    first = sesv2.list_contacts(ContactListName="list", PageSize=2)
    assert names(NextToken=first["NextToken"]) == ["c"]
