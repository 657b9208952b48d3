"""Who callers are, and what hangs on them, out of the store."""

from __future__ import annotations

import re

import pytest

from forecourt.platform.identity import accounts, principals
from forecourt.platform.identity.decide import Permissions
from forecourt.platform.identity.principals import Caller
from forecourt.platform.identity.sessions import Session
from tests.harness import World
from tests.services.iam_rows import People, allow, document, trust

FIRST = accounts.FIRST
SES = "arn:aws:iam::aws:policy/AmazonSESFullAccess"
ROOT = accounts.root_arn(FIRST)


@pytest.fixture
def people(world: World) -> People:
    return People(world)


def session(kind: str, entity: str, name: str = "", **more: object) -> Session:
    return Session("ASIA", "s", kind, FIRST, entity, name, 0, 1, **more)  # type: ignore[arg-type]


def of(world: World, given: Session) -> Caller | None:
    return world.store.read_now(principals.of_session, given)


def names(permissions: Permissions | None) -> list[str]:
    assert permissions is not None
    return [policy.name for policy in permissions.identity]


def test_unique_ids() -> None:
    ids = {principals.new_id("AROA") for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch(r"AROA[A-Z2-7]{17}", each) for each in ids)


def test_arns() -> None:
    assert principals.arn_of("user", FIRST, "/a/b/", "Ann") == f"arn:aws:iam::{FIRST}:user/a/b/Ann"
    assert principals.arn_of("role", FIRST, "/", "R") == f"arn:aws:iam::{FIRST}:role/R"


def test_root() -> None:
    caller = principals.root(FIRST)
    assert (caller.kind, caller.arn, caller.id, caller.permissions) == (
        "Account",
        ROOT,
        FIRST,
        None,
    )
    assert caller.principal.ids == {FIRST}


def test_a_user(people: People) -> None:
    people.user("Ann", allow("s3:*"), path="/team/", tags={"k": "v"}, managed=[SES])
    id_ = people.id_of("user", "Ann")
    caller = people.world.store.read_now(principals.user, id_)
    assert caller is not None
    assert (caller.kind, caller.account, caller.id, caller.entity) == ("User", FIRST, id_, id_)
    assert (caller.arn, caller.name) == (f"arn:aws:iam::{FIRST}:user/team/Ann", "Ann")
    assert (caller.tags, caller.behind, caller.session) == ({"k": "v"}, "", None)
    assert names(caller.permissions) == ["user_Ann_inline", "AmazonSESFullAccess"]
    assert caller.permissions is not None
    assert (caller.permissions.boundary, caller.permissions.session) == (None, None)
    assert [policy.arn for policy in caller.permissions.identity] == [None, SES]


def test_a_users_groups(people: People) -> None:
    people.user("Ann", allow("s3:*"))
    people.group("Zoo", ["Ann"], allow("ses:*"))
    people.group("admins", ["Ann"], allow("ec2:*"))
    people.group("others", [], allow("sns:*"))
    caller = people.world.store.read_now(principals.user, people.id_of("user", "Ann"))
    assert caller is not None
    expected = ["user_Ann_inline", "group_admins_inline", "group_Zoo_inline"]
    assert names(caller.permissions) == expected


def test_nobody(world: World) -> None:
    assert world.store.read_now(principals.user, "AIDA") is None
    assert of(world, session("user", "AIDA")) is None
    assert of(world, session("role", "AROA", "s")) is None
    assert of(world, session("federated", "AIDA", "f")) is None


def test_boundaries(people: People) -> None:
    own = people.policy("Limits", allow("s3:*"))
    boundaries = {"Own": own, "Aws": SES, "Gone": f"arn:aws:iam::{FIRST}:policy/Gone"}
    found = {}
    for name, boundary in boundaries.items():
        people.user(name, boundary=boundary)
        caller = people.world.store.read_now(principals.user, people.id_of("user", name))
        assert caller is not None
        assert caller.permissions is not None
        found[name] = caller.permissions.boundary
    assert all(policy is not None for policy in found.values())
    actual = {
        name: (policy.arn, len(policy.statements)) for name, policy in found.items() if policy
    }
    assert actual == {"Own": (own, 1), "Aws": (SES, 1), "Gone": (boundaries["Gone"], 0)}


def test_a_managed_policy_is_its_default_version(people: People) -> None:
    arn = people.policy("P", allow("s3:*"))

    def other_version(tx: principals.Tx) -> None:  # type: ignore[name-defined]
        tx.run(
            "INSERT INTO iam_policy_version (policy_id, number, document, created)"
            " SELECT id, 2, :document, 0 FROM iam_policy",
            document=document(allow("ses:*"), allow("ec2:*")),
        )

    people.world.store.write_now(other_version)
    store = people.world.store
    found = store.read_now(principals.managed_policy, arn)
    assert found is not None
    assert len(found.statements) == 1
    store.write_now(lambda tx: tx.run("UPDATE iam_policy SET current = 2"))
    found = store.read_now(principals.managed_policy, arn)
    assert found is not None
    assert len(found.statements) == 2
    assert store.read_now(principals.managed_policy, arn + "2") is None


def test_a_role_session(people: People) -> None:
    arn = people.role("R", trust(ROOT), allow("s3:*"), path="/p/", tags={"a": "1", "b": "1"})
    id_ = people.id_of("role", "R")
    given = session("role", id_, "s", tags={"b": "2"})
    caller = of(people.world, given)
    assert caller is not None
    assert (caller.kind, caller.name, caller.entity) == ("AssumedRole", None, id_)
    assert caller.arn == f"arn:aws:sts::{FIRST}:assumed-role/R/s"
    assert (caller.id, caller.behind) == (f"{id_}:s", arn)
    assert caller.principal.ids == {id_, f"{id_}:s"}
    assert caller.tags == {"a": "1", "b": "2"}
    assert caller.session is given
    assert names(caller.permissions) == ["role_R_inline"]
    assert caller.permissions is not None
    assert caller.permissions.session is None


def test_what_limits_a_session(people: People) -> None:
    people.role("R", trust(ROOT))
    own = people.policy("P", allow("s3:*"))
    id_ = people.id_of("role", "R")
    given = session(
        "role", id_, "s", policy=document(allow("ses:*")), policy_arns=(own, SES, own + "gone")
    )
    caller = of(people.world, given)
    assert caller is not None
    assert caller.permissions is not None
    assert caller.permissions.session is not None
    found = [policy.name for policy in caller.permissions.session]
    assert found == ["SessionPolicy", "P", "AmazonSESFullAccess"]


def test_policies_of_a_session_that_went(people: People) -> None:
    """They limit it to nothing, not to everything."""
    people.role("R", trust(ROOT))
    gone = f"arn:aws:iam::{FIRST}:policy/gone"
    caller = of(people.world, session("role", people.id_of("role", "R"), "s", policy_arns=(gone,)))
    assert caller is not None
    assert caller.permissions is not None
    assert caller.permissions.session == ()


def test_a_users_own_session(people: People) -> None:
    people.user("Ann", allow("s3:*"))
    id_ = people.id_of("user", "Ann")
    given = session("user", id_)
    caller = of(people.world, given)
    plain = people.world.store.read_now(principals.user, id_)
    assert caller is not None
    assert plain is not None
    assert caller.session is given
    assert (caller.kind, caller.arn, caller.id, caller.name) == ("User", plain.arn, id_, "Ann")
    assert caller.permissions == plain.permissions


def test_a_roots_own_session(world: World) -> None:
    given = session("user", "")
    caller = of(world, given)
    assert caller is not None
    assert (caller.kind, caller.arn, caller.permissions) == ("Account", ROOT, None)
    assert caller.session is given


def test_a_federated_user(people: People) -> None:
    people.user("Ann", allow("s3:*"), boundary=SES, tags={"not": "mine"})
    id_ = people.id_of("user", "Ann")
    caller = of(people.world, session("federated", id_, "guest", tags={"k": "v"}))
    assert caller is not None
    assert (caller.kind, caller.name, caller.id) == ("FederatedUser", None, f"{FIRST}:guest")
    assert caller.arn == f"arn:aws:sts::{FIRST}:federated-user/guest"
    assert caller.behind == f"arn:aws:iam::{FIRST}:user/Ann"
    assert caller.tags == {"k": "v"}
    assert names(caller.permissions) == ["user_Ann_inline"]
    assert caller.permissions is not None
    assert caller.permissions.boundary is not None
    assert caller.permissions.session == ()


def test_a_roots_federated_user(world: World) -> None:
    """Its own policies are its limit; and who trusts the account does not thereby trust it."""
    caller = of(world, session("federated", "", "guest", policy=document(allow("s3:*"))))
    assert caller is not None
    assert caller.behind == ""
    assert caller.permissions is not None
    assert caller.permissions.identity == principals.EVERYTHING.identity
    assert caller.permissions.session is not None
    assert len(caller.permissions.session) == 1
