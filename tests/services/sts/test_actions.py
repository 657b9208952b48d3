"""Which of STS's operations need leave, and what those without it are told."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity import accounts, messages
from forecourt.platform.identity.decide import Asked, Permissions, decide
from forecourt.platform.identity.principals import Caller
from tests.harness import FIRST_KEY, SECOND, SECOND_KEY, World
from tests.services.iam_rows import People, allow, deny, document, trust

from .calls import FIRST, Key, assume, fault, key_in, who

ANN = f"arn:aws:iam::{FIRST}:user/Ann"
ROOT = accounts.root_arn(FIRST)


def denied(action: str, resource: str = "") -> tuple[str, int, str]:
    on = f" on resource: {resource}" if resource else ""
    reason = f" because no identity-based policy allows the {action} action"
    text = f"User: {ANN} is not authorized to perform: {action}{on}{reason}"
    return "AccessDenied", 403, text


# GetCallerIdentity and GetSessionToken are refused nobody.


def test_who_calls(people: People) -> None:
    world = people.world
    key = people.user("Ann", deny("*"), path="/team/")
    arn = f"arn:aws:iam::{FIRST}:user/team/Ann"
    expected = {"UserId": people.id_of("user", "Ann"), "Account": FIRST, "Arn": arn}
    assert who(world, key) == expected
    assert who(world, key_in(world.client("sts", key).get_session_token())) == expected


def test_which_role_calls(people: People) -> None:
    role = people.role("R", trust(ANN), deny("*"), path="/p/")
    key = key_in(assume(people.world, people.user("Ann"), role, "build"))
    assert who(people.world, key) == {
        "UserId": f"{people.id_of('role', 'R')}:build",
        "Account": FIRST,
        "Arn": f"arn:aws:sts::{FIRST}:assumed-role/R/build",
    }


def test_which_federated_user_calls(world: World) -> None:
    key = key_in(world.client("sts").get_federation_token(Name="guest"))
    assert who(world, key) == {
        "UserId": f"{FIRST}:guest",
        "Account": FIRST,
        "Arn": f"arn:aws:sts::{FIRST}:federated-user/guest",
    }


# GetAccessKeyInfo.


def test_whose_a_key_is(people: People) -> None:
    world = people.world
    key = people.user("Ann")
    sts = world.client("sts", key)
    found = fault(sts.get_access_key_info, AccessKeyId=FIRST_KEY[0])
    assert found == denied("sts:GetAccessKeyInfo")
    people.change("user", "Ann", allow("sts:GetAccessKeyInfo"))
    assert sts.get_access_key_info(AccessKeyId=SECOND_KEY[0])["Account"] == SECOND
    assert sts.get_access_key_info(AccessKeyId=key[0])["Account"] == FIRST


# GetFederationToken.

GUEST = f"arn:aws:sts::{FIRST}:federated-user/guest"


def test_federation(people: People) -> None:
    sts = people.world.client("sts", people.user("Ann"))
    found = fault(sts.get_federation_token, Name="guest")
    assert found == denied("sts:GetFederationToken", GUEST)
    people.change("user", "Ann", allow("sts:GetFederationToken", GUEST.replace("guest", "g*")))
    sts.get_federation_token(Name="guest")
    assert fault(sts.get_federation_token, Name="visitor")[0] == "AccessDenied"


def test_federation_with_tags(people: People) -> None:
    sts = people.world.client("sts", people.user("Ann", allow("sts:GetFederationToken")))
    tags = [{"Key": "Team", "Value": "red"}]
    found = fault(sts.get_federation_token, Name="guest", Tags=tags)
    assert found == denied("sts:TagSession", GUEST)
    condition = {"StringEquals": {"aws:RequestTag/Team": "red"}}
    tagging = allow("sts:TagSession", Condition=condition)
    people.change("user", "Ann", allow("sts:GetFederationToken"), tagging)
    sts.get_federation_token(Name="guest", Tags=tags)
    blue = [{"Key": "Team", "Value": "blue"}]
    found = fault(sts.get_federation_token, Name="guest", Tags=blue)
    assert found == denied("sts:TagSession", GUEST)


def test_roots_need_nothing(world: World) -> None:
    sts = world.client("sts")
    tags = [{"Key": "Team", "Value": "red"}]
    sts.get_federation_token(Name="guest", Tags=tags, Policy=document(allow("*")))


# DecodeAuthorizationMessage.


def message(world: World, account: str = FIRST) -> str:
    """As EC2 gives it."""
    caller = Caller("User", account, f"arn:aws:iam::{account}:user/x", "AIDAX", name="x")
    asked = Asked("ec2:CreateVpc", f"arn:aws:ec2:us-east-1:{account}:vpc/*", {})
    return world.store.read_now(
        lambda tx: messages.encode(tx.seal, caller, asked, decide(Permissions(), asked))
    )


def test_decoding(people: People) -> None:
    world = people.world
    sts = world.client("sts", people.user("Ann"))
    given = message(world)
    found = fault(sts.decode_authorization_message, EncodedMessage=given)
    assert found == denied("sts:DecodeAuthorizationMessage")
    people.change("user", "Ann", allow("sts:DecodeAuthorizationMessage"))
    decoded = sts.decode_authorization_message(EncodedMessage=given)["DecodedMessage"]
    assert decoded.startswith('{"allowed":false,"explicitDeny":false,')
    assert '"action":"ec2:CreateVpc"' in decoded


@pytest.mark.parametrize("key", [FIRST_KEY, SECOND_KEY])
def test_messages_are_for_their_account(world: World, key: Key) -> None:
    sts = world.client("sts", key)
    theirs = message(world, SECOND if key is FIRST_KEY else FIRST)
    bad = "InvalidAuthorizationMessageException", 400, "Message is not valid"
    for text in (theirs, "x", "not ours at all", "ä"):
        assert fault(sts.decode_authorization_message, EncodedMessage=text) == bad
    own = message(world, FIRST if key is FIRST_KEY else SECOND)
    sts.decode_authorization_message(EncodedMessage=own)


def test_roles_ask_sts(people: People) -> None:
    """A role's session may ask what its role may."""
    role = people.role("R", trust(ANN), allow("sts:*"))
    world = people.world
    sts = world.client("sts", key_in(assume(world, people.user("Ann"), role)))
    sts.decode_authorization_message(EncodedMessage=message(world))
    assert sts.get_access_key_info(AccessKeyId=FIRST_KEY[0])["Account"] == FIRST


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("get_access_key_info", {"AccessKeyId": FIRST_KEY[0]}),
        ("decode_authorization_message", {"EncodedMessage": "x"}),
    ],
)
def test_a_users_own_session_asks_little(
    people: People, operation: str, params: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
    key = key_in(people.world.client("sts", people.user("Ann", allow("*"))).get_session_token())
    found = fault(getattr(people.world.client("sts", key), operation), **params)
    name = "".join(map(str.capitalize, operation.split("_")))
    assert found == ("AccessDenied", 403, f"Cannot call {name} with session credentials")
