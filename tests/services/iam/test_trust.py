"""Trust policies: who is named in them, by id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.platform import quotas
from tests.harness import SECOND, World

from .calls import EC2, FIRST, fault, trusting


def create(iam: Any, trust: str, name: str = "r") -> Any:
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]


def principal(iam: Any, name: str = "r") -> Any:
    document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    return document["Statement"][0]["Principal"]


def test_a_user_that_is_renamed_and_deleted(iam: Any) -> None:
    made = iam.create_user(UserName="u", Path="/p/")["User"]
    create(iam, trusting({"AWS": made["Arn"], "Service": "ec2.amazonaws.com"}))
    assert principal(iam) == {"AWS": made["Arn"], "Service": "ec2.amazonaws.com"}
    iam.update_user(UserName="u", NewUserName="v", NewPath="/")
    assert principal(iam)["AWS"] == f"arn:aws:iam::{FIRST}:user/v"
    iam.delete_user(UserName="v")
    assert principal(iam)["AWS"] == made["UserId"]
    iam.create_user(UserName="v")
    assert principal(iam)["AWS"] == made["UserId"]


def test_roles_and_other_accounts(iam: Any, stranger: Any) -> None:
    theirs = create(stranger, EC2, "theirs")
    mine = create(iam, EC2, "mine")
    session = f"arn:aws:sts::{FIRST}:assumed-role/mine/s"
    given = [theirs["Arn"], mine["Arn"], session, SECOND, f"arn:aws:iam::{FIRST}:root"]
    create(iam, trusting({"AWS": given}))
    shown = [*given[:3], f"arn:aws:iam::{SECOND}:root", given[4]]
    assert principal(iam) == {"AWS": shown}
    stranger.delete_role(RoleName="theirs")
    assert principal(iam) == {"AWS": [theirs["RoleId"], *shown[1:]]}


def test_texts_stay_where_nobody_is_named(world: World, iam: Any) -> None:
    text = EC2.replace(",", " ,\n\t")
    create(iam, text)
    kept = world.store.read_now(lambda tx: tx.value("SELECT trust FROM iam_role"))
    assert kept == text


@pytest.mark.parametrize(
    "given",
    ["*", {"AWS": "*"}, {"AWS": "999988887777"}, {"Federated": "accounts.google.com"},
     {"AWS": f"arn:aws:sts::{FIRST}:federated-user/x"}, {"Service": "s3.amazonaws.com"}],
)  # fmt: skip
def test_principals_that_are_taken(iam: Any, given: Any) -> None:
    create(iam, trusting(given))
    shown = {"AWS": "arn:aws:iam::999988887777:root"} if given == {"AWS": "999988887777"} else given
    assert principal(iam) == shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"AWS": f"arn:aws:iam::{FIRST}:role/admin"}, f'"AWS":"arn:aws:iam::{FIRST}:role/admin"'),
        ({"AWS": f"arn:aws:iam::{FIRST}:user/U"}, f'"AWS":"arn:aws:iam::{FIRST}:user/U"'),
        ({"AWS": f"arn:aws:iam::{FIRST}:user/p/u"}, f'"AWS":"arn:aws:iam::{FIRST}:user/p/u"'),
        ({"AWS": f"arn:aws:iam::{FIRST}:group/g"}, f'"AWS":"arn:aws:iam::{FIRST}:group/g"'),
        ({"AWS": "arn:aws:iam::*:root"}, '"AWS":"arn:aws:iam::*:root"'),
        ({"AWS": ["u"]}, '"AWS":"u"'),
        ({"AWS": "AIDAJQABLZS4A3QDU576Q"}, '"AWS":"AIDAJQABLZS4A3QDU576Q"'),
        ({"AWS": f"arn:aws:sts::{FIRST}:assumed-role/none/s"},
         f'"AWS":"arn:aws:sts::{FIRST}:assumed-role/none/s"'),
        ({"Service": "example.com"}, '"SERVICE":"example.com"'),
        ({"Federated": f"arn:aws:iam::{FIRST}:saml-provider/x"},
         f'"FEDERATED":"arn:aws:iam::{FIRST}:saml-provider/x"'),
        ({"CanonicalUser": "x"}, '"CANONICALUSER":"x"'),
    ],
)  # fmt: skip
def test_principals_that_are_not_there(iam: Any, given: Any, told: str) -> None:
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    expected = ("MalformedPolicyDocument", f"Invalid principal in policy: {told}")
    assert fault(create, iam, trusting(given)) == expected
    create(iam, EC2)
    assert (
        fault(iam.update_assume_role_policy, RoleName="r", PolicyDocument=trusting(given))
        == expected
    )
    assert principal(iam) == {"Service": "ec2.amazonaws.com"}


def test_an_id_is_taken_from_where_it_is_shown(iam: Any) -> None:
    """What a client reads it may write back, as long as the user is there."""
    made = iam.create_user(UserName="u")["User"]
    create(iam, trusting({"AWS": made["UserId"]}))
    assert principal(iam) == {"AWS": made["Arn"]}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("nothing", "This policy contains invalid Json"),
        (trusting({"AWS": "*"}, "iam:GetUser"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (json.dumps({**json.loads(EC2), "X": 1}), "Unknown field X"),
    ],
)  # fmt: skip
def test_what_is_no_trust_policy(iam: Any, document: str, text: str) -> None:
    assert fault(create, iam, document) == ("MalformedPolicyDocument", text)


def test_a_quota(world: World, iam: Any) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "ACLSizePerRole", len(EC2.replace(" ", "")))
    create(iam, EC2.replace(",", ",   "))
    longer = trusting({"Service": "lambda.amazonaws.com"})
    code, text = fault(create, iam, longer, "s")
    assert code == "LimitExceeded"
    assert text.startswith("Cannot exceed quota for ACLSizePerRole: ")
