"""Access control rules."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.mail import access_rules
from tests.harness import World
from tests.services.workmail.calls import user


def effect(
    workmail: Any, org: str, id: str, address: str, action: str = "IMAP"
) -> tuple[str, list[str]]:
    found = workmail.get_access_control_effect(
        OrganizationId=org, IpAddress=address, Action=action, UserId=id
    )
    return found["Effect"], found["MatchedRules"]


def test_rules_decide_who_signs_in_from_where(world: World, workmail: Any, org: str) -> None:
    alice = user(workmail, org, "alice", "alice@jpub.awsapps.com")

    def admits(address: str, action: str = "IMAP") -> bool:
        return world.store.read_now(access_rules.admits, alice, address, action)

    assert effect(workmail, org, alice, "10.0.0.1") == ("ALLOW", ["Default"]) and admits("10.0.0.1")
    workmail.put_access_control_rule(
        OrganizationId=org,
        Name="office",
        Effect="DENY",
        Description="x",
        NotIpRanges=["10.0.0.0/8"],
        Actions=["IMAP"],
    )
    assert effect(workmail, org, alice, "192.0.2.1") == ("DENY", ["office"])
    assert not admits("192.0.2.1") and admits("192.0.2.1", "SMTP") and admits("10.1.1.1")
    workmail.delete_access_control_rule(OrganizationId=org, Name="Default")
    assert effect(workmail, org, alice, "10.0.0.1") == ("DENY", []) and not admits("10.0.0.1")
    workmail.put_access_control_rule(
        OrganizationId=org, Name="alice", Effect="ALLOW", Description="x", UserIds=[alice]
    )
    assert admits("10.0.0.1")
    names = [
        each["Name"] for each in workmail.list_access_control_rules(OrganizationId=org)["Rules"]
    ]
    assert names == ["alice", "office"]


@pytest.mark.parametrize(
    "options",
    [
        {"Actions": ["Telepathy"]},
        {"Actions": ["IMAP"], "NotActions": ["SMTP"]},
        {"ImpersonationRoleIds": ["x"]},
    ],
)
def test_some_rules_cannot_be(workmail: Any, org: str, options: dict[str, Any]) -> None:
    with pytest.raises(workmail.exceptions.InvalidParameterException):
        workmail.put_access_control_rule(
            OrganizationId=org, Name="x", Effect="DENY", Description="x", **options
        )


def test_there_are_ten_rules_at_most(workmail: Any, org: str) -> None:
    def put(name: str) -> None:
        workmail.put_access_control_rule(
            OrganizationId=org, Name=name, Effect="DENY", Description="x", Actions=["EWS"]
        )

    for number in range(9):
        put(f"r{number}")
    put("r1")
    with pytest.raises(workmail.exceptions.LimitExceededException):
        put("r9")
    with pytest.raises(workmail.exceptions.EntityNotFoundException):
        workmail.put_access_control_rule(
            OrganizationId=org, Name="r1", Effect="DENY", Description="x", UserIds=["nobody-at-all"]
        )
