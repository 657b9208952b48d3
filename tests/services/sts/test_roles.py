"""Roles as those who would assume them find them: whom they trust, and what the others are told."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity import accounts
from forecourt.platform.identity.principals import managed_policy
from forecourt.services.sts.roles import find_role
from tests.harness import FIRST_KEY, SECOND, World
from tests.services.iam_rows import People, allow, deny, document, trust

from .calls import FIRST, Key, assume, key_in, refused, who

ROOT, THEIR_ROOT = accounts.root_arn(FIRST), accounts.root_arn(SECOND)
ANN = f"arn:aws:iam::{FIRST}:user/Ann"
MAY = allow("sts:AssumeRole")


def denied(role: str, caller: str = ANN, reason: str = "", action: str = "sts:AssumeRole") -> Any:
    text = f"User: {caller} is not authorized to perform: {action} on resource: {role}"
    return "AccessDenied", 403, text + reason


SILENT = " because no identity-based policy allows the sts:AssumeRole action"


@pytest.fixture
def ann(people: People) -> Key:
    """Somebody whose own policies allow nothing."""
    return people.user("Ann")


def test_a_role_that_names_the_user(people: People, ann: Key) -> None:
    """In the same account nothing else is needed."""
    assume(people.world, ann, people.role("R", trust(ANN)))


def test_a_role_that_names_the_users_id(people: People, ann: Key) -> None:
    assume(people.world, ann, people.role("R", trust(people.id_of("user", "Ann"))))
    assert refused(people.world, ann, people.role("S", trust("AIDAGONE"))) == denied(
        f"arn:aws:iam::{FIRST}:role/S"
    )


@pytest.mark.parametrize("account", [ROOT, FIRST])
def test_a_role_that_names_the_account(people: People, ann: Key, account: str) -> None:
    """Then the user's own policies decide."""
    role = people.role("R", trust(account))
    assert refused(people.world, ann, role) == denied(role, reason=SILENT)
    people.change("user", "Ann", MAY)
    assume(people.world, ann, role)
    people.change("user", "Ann", allow("sts:AssumeRole", role))
    assume(people.world, ann, role)
    people.change("user", "Ann", allow("sts:AssumeRole", role + "2"))
    assert refused(people.world, ann, role) == denied(role, reason=SILENT)


def test_a_role_that_trusts_others(people: People) -> None:
    """No reason is given, as for a role that is not there."""
    key = people.user("Ann", MAY)
    others = (f"arn:aws:iam::{FIRST}:user/Bob", THEIR_ROOT, f"arn:aws:iam::{FIRST}:user/ann")
    for number, other in enumerate(others):
        role = people.role(f"R{number}", trust(other))
        assert refused(people.world, key, role) == denied(role)
    nowhere = f"arn:aws:iam::{FIRST}:role/Nowhere"
    assert refused(people.world, key, nowhere) == denied(nowhere)


def test_everybody(people: People, ann: Key) -> None:
    assume(people.world, ann, people.role("R", trust("*")))


def test_denials(people: People) -> None:
    key = people.user("Ann", MAY, deny("sts:AssumeRole", "*", Sid="No"))
    role = people.role("R", trust(ANN))
    reason = " with an explicit deny in an identity-based policy"
    assert refused(people.world, key, role) == denied(role, reason=reason)


def test_a_denial_of_the_role(people: People, ann: Key) -> None:
    given = (
        f'{{"Version": "2012-10-17", "Statement": ['
        f'{{"Effect": "Allow", "Principal": {{"AWS": "{ROOT}"}}, "Action": "sts:AssumeRole"}},'
        f'{{"Effect": "Deny", "Principal": {{"AWS": "{ANN}"}}, "Action": "sts:*"}}]}}'
    )
    people.change("user", "Ann", MAY)
    role = people.role("R", given)
    assert refused(people.world, ann, role) == denied(role)


def test_boundaries_bind_who_is_not_named(people: People) -> None:
    boundary = people.policy("B", allow("s3:*"))
    key = people.user("Ann", MAY, boundary=boundary)
    role = people.role("R", trust(ROOT))
    reason = " because no permissions boundary allows the sts:AssumeRole action"
    assert refused(people.world, key, role) == denied(role, reason=reason)
    assume(people.world, key, people.role("S", trust(ANN)))


def test_roots_assume_no_roles(people: People) -> None:
    world = people.world
    role = people.role("R", trust("*"))
    found = ("AccessDenied", 403, "Roles may not be assumed by root accounts.")
    assert refused(world, FIRST_KEY, role) == found
    own = key_in(world.client("sts").get_session_token())
    assert refused(world, own, role) == found


@pytest.mark.parametrize(
    "arn",
    [
        "nothing-valid-in-here",
        "arn:aws:iam::000000000000",
        "arn::iam::000000000000:role/R",
        "arn:aws::000000000000:role/R:x",
        "arn:aws:iam::000000000000:",
    ],
)
def test_what_is_no_arn(people: People, ann: Key, arn: str) -> None:
    assert refused(people.world, ann, arn) == ("ValidationError", 400, f"{arn} is invalid")


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{FIRST}:role/r",  # names are the same in any case, ARNs are not
        f"arn:aws:iam::{FIRST}:role/R",
        f"arn:aws:iam::{FIRST}:role/other/R",
        f"arn:aws:iam::{FIRST}:user/path/R",
        f"arn:aws:iam::{SECOND}:role/path/R",
        "arn:aws:iam::999999999999:role/path/R",
    ],
)
def test_almost_the_role(people: People, arn: str) -> None:
    key = people.user("Ann", MAY)
    assume(people.world, key, people.role("R", trust(ROOT), path="/path/"))
    assert refused(people.world, key, arn) == denied(arn)


# Other accounts.


def test_a_role_of_another_account(people: People) -> None:
    """Both accounts must agree."""
    world = people.world
    key = people.user("Ann")
    role = people.role("R", trust(ANN), account=SECOND)
    assert refused(world, key, role) == denied(role, reason=SILENT)
    people.change("user", "Ann", MAY)
    answer = assume(world, key, role, "abroad")
    arn = f"arn:aws:sts::{SECOND}:assumed-role/R/abroad"
    assert who(world, key_in(answer))["Arn"] == arn
    assert accounts.account_of(answer["Credentials"]["AccessKeyId"]) == SECOND
    assume(world, key, people.role("S", trust(ROOT), account=SECOND))
    closed = people.role("T", trust(THEIR_ROOT), account=SECOND)
    assert refused(world, key, closed) == denied(closed)


def test_what_sessions_abroad_see(people: People) -> None:
    """They are of the role's account, and see what is there."""
    world = people.world
    key = people.user("Ann", MAY, allow("route53:*"))
    role = people.role("R", trust(ROOT), allow("route53:*"), account=SECOND)
    own = world.client("route53", key)
    own.create_hosted_zone(Name="own.example", CallerReference="1")
    route53 = world.client("route53", key_in(assume(world, key, role)))
    assert route53.list_hosted_zones()["HostedZones"] == []
    route53.create_hosted_zone(Name="theirs.example", CallerReference="1")
    assert [z["Name"] for z in own.list_hosted_zones()["HostedZones"]] == ["own.example."]


# Sessions of roles.


def test_role_chaining(people: People) -> None:
    world = people.world
    first = people.role("First", trust(ANN))
    session = f"arn:aws:sts::{FIRST}:assumed-role/First/session"
    key = key_in(assume(world, people.user("Ann"), first))
    by_role = people.role("ByRole", trust(first))
    by_session = people.role("BySession", trust(session))
    by_account = people.role("ByAccount", trust(ROOT))
    by_id = people.role("ById", trust(people.id_of("role", "First")))
    for role in (by_role, by_session, by_id):
        assume(world, key, role)
    assert refused(world, key, by_account) == denied(by_account, session, SILENT)
    by_other = people.role("ByOther", trust(session + "2"))
    assert refused(world, key, by_other) == denied(by_other, session)


def test_a_role_does_not_trust_itself(people: People) -> None:
    world = people.world
    role = people.role("R", trust(ANN), MAY)
    key = key_in(assume(world, people.user("Ann"), role))
    session = f"arn:aws:sts::{FIRST}:assumed-role/R/session"
    assert refused(world, key, role) == denied(role, session)


def test_session_policies_bind_who_is_not_named(people: People) -> None:
    world = people.world
    first = people.role("First", trust(ANN), MAY)
    key = key_in(assume(world, people.user("Ann"), first, Policy=document(allow("s3:*"))))
    session = f"arn:aws:sts::{FIRST}:assumed-role/First/session"
    reason = " because no session policy allows the sts:AssumeRole action"
    for name, principal in (("Second", ROOT), ("Third", first)):
        role = people.role(name, trust(principal))
        assert refused(world, key, role) == denied(role, session, reason)
    assume(world, key, people.role("Fourth", trust(session)))


# What a trust policy may ask for.


def test_external_ids(people: People, ann: Key) -> None:
    given = trust(ANN, Condition={"StringEquals": {"sts:ExternalId": "Unique-7"}})
    role = people.role("R", given)
    assume(people.world, ann, role, ExternalId="Unique-7")
    assert refused(people.world, ann, role) == denied(role)
    assert refused(people.world, ann, role, ExternalId="unique-7") == denied(role)


def test_session_names(people: People, ann: Key) -> None:
    given = trust(ANN, Condition={"StringLike": {"sts:RoleSessionName": "${aws:username}-*"}})
    role = people.role("R", given)
    assume(people.world, ann, role, "Ann-1")
    assert refused(people.world, ann, role, name="Bob-1") == denied(role)


def test_tags_need_another_permission(people: People, ann: Key) -> None:
    role = people.role("R", trust(ANN))
    tags = [{"Key": "Team", "Value": "red"}]
    assert refused(people.world, ann, role, Tags=tags) == denied(role, action="sts:TagSession")
    tagging = trust(ANN, action=["sts:AssumeRole", "sts:TagSession"])
    assume(people.world, ann, people.role("S", tagging), Tags=tags)


def test_which_tags(people: People, ann: Key) -> None:
    condition = {
        "StringEquals": {"aws:RequestTag/Team": ["red", "blue"]},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"], "sts:TransitiveTagKeys": ["Team"]},
    }
    given = trust(ANN, action=["sts:AssumeRole", "sts:TagSession"], Condition=condition)
    role = people.role("R", given)
    red, green = ({"Key": "Team", "Value": value} for value in ("red", "green"))
    assume(people.world, ann, role, Tags=[red], TransitiveTagKeys=["Team"])
    assert refused(people.world, ann, role, Tags=[green]) == denied(role)
    more = [red, {"Key": "Other", "Value": "x"}]
    assert refused(people.world, ann, role, Tags=more) == denied(role)
    assert refused(people.world, ann, role) == denied(role)


def test_source_identities_need_another_permission(people: People, ann: Key) -> None:
    role = people.role("R", trust(ANN))
    found = refused(people.world, ann, role, SourceIdentity="ann")
    assert found == denied(role, action="sts:SetSourceIdentity")
    given = trust(
        ANN,
        action=["sts:AssumeRole", "sts:SetSourceIdentity"],
        Condition={"StringLike": {"sts:SourceIdentity": "a*"}},
    )
    role = people.role("S", given)
    assert assume(people.world, ann, role, SourceIdentity="ann")["SourceIdentity"] == "ann"
    assert refused(people.world, ann, role, SourceIdentity="bob") == denied(role)
    assert refused(people.world, ann, role) == denied(role)


def test_the_roles_own_tags(people: People) -> None:
    """`aws:ResourceTag` and its twin of IAM."""
    for key in ("aws:ResourceTag/Team", "iam:ResourceTag/Team"):
        condition = {"StringEquals": {key: "red"}}
        name = f"U-{key[:3]}"
        user = people.user(name, allow("sts:AssumeRole", Condition=condition))
        red = people.role(f"red-{key[:3]}", trust(ROOT), tags={"Team": "red"})
        blue = people.role(f"blue-{key[:3]}", trust(ROOT), tags={"Team": "blue"})
        assume(people.world, user, red)
        arn = f"arn:aws:iam::{FIRST}:user/{name}"
        assert refused(people.world, user, blue) == denied(blue, arn, SILENT)


# The rows.


def test_a_role_is_found(people: People) -> None:
    arn = people.role("R", trust("*"), path="/a/b/", tags={"k": "v"}, longest=7200)
    role = people.world.store.read_now(find_role, arn)
    assert role is not None
    assert (role.id, role.account, role.name) == (people.id_of("role", "R"), FIRST, "R")
    assert (role.trust, role.longest, role.tags) == (trust("*"), 7200, {"k": "v"})


def test_other_arns_are_no_roles(world: World, people: People) -> None:
    arn = people.policy("P", allow("*"))
    assert world.store.read_now(managed_policy, arn) is not None
    assert world.store.read_now(find_role, arn) is None
