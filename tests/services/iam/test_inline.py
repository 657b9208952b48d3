"""Inline policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.platform import quotas
from tests.harness import World

from .calls import FIRST, allow, answer, as_user, fault, pages
from .test_attachments import KINDS, make, member

DOCUMENT = allow("ses:SendEmail")


@pytest.mark.parametrize("kind", KINDS)
def test_put_got_listed_deleted(iam: Any, stranger: Any, kind: str) -> None:
    who, other = make(iam, kind, "x"), make(stranger, kind, "x")
    put, get = getattr(iam, f"put_{kind}_policy"), getattr(iam, f"get_{kind}_policy")
    names = getattr(iam, f"list_{kind}_policies")
    for name in ("b", "a", "B"):
        put(**who, PolicyName=name, PolicyDocument=DOCUMENT)
    put(**who, PolicyName="a", PolicyDocument=allow("ses:*"))
    found = answer(get(**who, PolicyName="a"))
    assert found == {**who, "PolicyName": "a", "PolicyDocument": json.loads(allow("ses:*"))}
    assert get(**who, PolicyName="b")["PolicyDocument"] == json.loads(DOCUMENT)
    assert pages(names, "PolicyNames", 2, **who) == [["B", "a"], ["b"]]
    assert getattr(stranger, f"list_{kind}_policies")(**other)["PolicyNames"] == []
    delete = getattr(iam, f"delete_{kind}_policy")
    delete(**who, PolicyName="a")
    expected = ("NoSuchEntity", f"The {kind} policy with name a cannot be found.")
    assert fault(get, **who, PolicyName="a") == expected
    assert fault(delete, **who, PolicyName="a") == expected


@pytest.mark.parametrize("kind", KINDS)
def test_on_nobody(iam: Any, kind: str) -> None:
    who = {member(kind): "none"}
    expected = ("NoSuchEntity", f"The {kind} with name none cannot be found.")
    given = {"PolicyName": "p", "PolicyDocument": DOCUMENT}
    assert fault(getattr(iam, f"put_{kind}_policy"), **who, **given) == expected
    assert fault(getattr(iam, f"get_{kind}_policy"), **who, PolicyName="p") == expected
    assert fault(getattr(iam, f"delete_{kind}_policy"), **who, PolicyName="p") == expected
    assert fault(getattr(iam, f"list_{kind}_policies"), **who) == expected


@pytest.mark.parametrize(("kind", "most"), [("user", 2048), ("group", 5120), ("role", 10_240)])
def test_sizes_count_together(iam: Any, kind: str, most: int) -> None:
    who = make(iam, kind, "x")
    put = getattr(iam, f"put_{kind}_policy")
    spare = most - 2 * len(allow("").replace(" ", ""))
    half = allow("s" * (spare // 2 - 2) + ":a")
    put(**who, PolicyName="a", PolicyDocument=half)
    put(**who, PolicyName="a", PolicyDocument=half.replace(",", ",\n  "))
    put(**who, PolicyName="b", PolicyDocument=half)
    expected = ("LimitExceeded", f"Maximum policy size of {most} bytes exceeded for {kind} x")
    larger = half.replace(":a", ":abc")
    assert fault(put, **who, PolicyName="b", PolicyDocument=larger) == expected
    assert getattr(iam, f"get_{kind}_policy")(**who, PolicyName="b")[
        "PolicyDocument"
    ] == json.loads(half)


def test_a_quota_can_be_raised(world: World, iam: Any) -> None:
    make(iam, "user", "x")
    document = allow("s" * 2048 + ":a")
    assert (
        fault(iam.put_user_policy, UserName="x", PolicyName="p", PolicyDocument=document)[0]
        == "LimitExceeded"
    )
    world.store.write_now(quotas.set_limit, FIRST, "UserPolicySize", 4096)
    iam.put_user_policy(UserName="x", PolicyName="p", PolicyDocument=document)


def test_what_is_no_policy(iam: Any) -> None:
    make(iam, "user", "x")
    expected = ("MalformedPolicyDocument", "Policy statement must contain resources.")
    broken = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "a:b"}}'
    assert (
        fault(iam.put_user_policy, UserName="x", PolicyName="p", PolicyDocument=broken) == expected
    )


def test_they_count_at_once(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u", allow("iam:ListUsers"))
    assert client.list_users()["Users"]
    iam.put_user_policy(UserName="u", PolicyName="no", PolicyDocument=allow("iam:*", effect="Deny"))
    assert fault(client.list_users)[1].endswith("with an explicit deny in an identity-based policy")
    iam.delete_user_policy(UserName="u", PolicyName="no")
    assert client.list_users()["Users"]
