"""Addresses that nothing is sent to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.harness import SECOND_KEY, World

from .calls import fault


def test_the_list(world: World, sesv2: Any) -> None:
    for name, reason in (("a", "BOUNCE"), ("b", "COMPLAINT"), ("C", "BOUNCE")):
        sesv2.put_suppressed_destination(EmailAddress=f"{name}@x.test", Reason=reason)

    def names(**wanted: Any) -> list[str]:
        found = sesv2.list_suppressed_destinations(**wanted)
        return [each["EmailAddress"] for each in found["SuppressedDestinationSummaries"]]

    assert names() == ["a@x.test", "b@x.test", "c@x.test"]
    assert names(Reasons=["COMPLAINT"]) == ["b@x.test"]
    assert names(StartDate=datetime.now(UTC) + timedelta(days=3650)) == []
    first = sesv2.list_suppressed_destinations(PageSize=2)
    assert names(NextToken=first["NextToken"]) == ["c@x.test"]
    assert sesv2.get_suppressed_destination(EmailAddress="A@x.test")
    sesv2.delete_suppressed_destination(EmailAddress="a@X.test")
    for call in (sesv2.get_suppressed_destination, sesv2.delete_suppressed_destination):
        assert fault(call, EmailAddress="a@x.test")[0] == "NotFoundException"
    other = world.client("sesv2", SECOND_KEY).list_suppressed_destinations()
    assert other["SuppressedDestinationSummaries"] == []


def test_reasons(sesv2: Any) -> None:
    assert sesv2.get_account()["SuppressionAttributes"] == {
        "SuppressedReasons": ["BOUNCE", "COMPLAINT"]
    }
    sesv2.put_account_suppression_attributes(SuppressedReasons=["BOUNCE"])
    assert sesv2.get_account()["SuppressionAttributes"] == {"SuppressedReasons": ["BOUNCE"]}
