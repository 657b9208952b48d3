"""Tags of users, roles and policies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World

from .calls import EC2, FIRST, allow, answer, as_user, fault, pages

Tags = dict[str, str]


class Tagged:
    """A user, a role or a policy, and its tags."""

    def __init__(self, iam: Any, kind: str) -> None:
        self.iam, self.kind = iam, kind
        if kind == "policy":
            made = iam.create_policy(PolicyName="x", PolicyDocument=allow("a:b"))
            self.who = {"PolicyArn": made["Policy"]["Arn"]}
        else:
            self.who = {f"{kind.capitalize()}Name": "x"}
            trust = {"AssumeRolePolicyDocument": EC2} if kind == "role" else {}
            getattr(iam, f"create_{kind}")(**self.who, **trust)

    def tag(self, tags: Tags | list[tuple[str, str]]) -> None:
        pairs = tags.items() if isinstance(tags, dict) else tags
        listed = [{"Key": key, "Value": value} for key, value in pairs]
        getattr(self.iam, f"tag_{self.kind}")(**self.who, Tags=listed)

    def untag(self, *keys: str) -> None:
        getattr(self.iam, f"untag_{self.kind}")(**self.who, TagKeys=list(keys))

    def listed(self, **params: Any) -> Any:
        return getattr(self.iam, f"list_{self.kind}_tags")(**self.who, **params)

    @property
    def tags(self) -> list[tuple[str, str]]:
        return [(tag["Key"], tag["Value"]) for tag in self.listed()["Tags"]]


@pytest.fixture(params=["user", "role", "policy"])
def tagged(iam: Any, request: Any) -> Tagged:
    return Tagged(iam, request.param)


def test_tags_are_set_changed_and_removed(tagged: Tagged) -> None:
    assert answer(tagged.listed()) == {"Tags": [], "IsTruncated": False}
    tagged.tag({"b": "1", "a": "", "caf\u00e9 1": "x=y"})
    tagged.tag({"b": "2"})
    assert tagged.tags == [("a", ""), ("b", "2"), ("caf\u00e9 1", "x=y")]
    tagged.untag("a", "none")
    assert tagged.tags == [("b", "2"), ("caf\u00e9 1", "x=y")]


def test_pages(tagged: Tagged) -> None:
    tagged.tag({"b": "", "a": "", "c": ""})
    found = pages(tagged.listed, "Tags", 2)
    assert [[tag["Key"] for tag in page] for page in found] == [["a", "b"], ["c"]]


def test_50_are_the_most(tagged: Tagged) -> None:
    tagged.tag({f"k{n}": "" for n in range(50)})
    tagged.tag({"k0": "again"})
    assert fault(tagged.tag, {"k50": ""})[0] == "LimitExceeded"
    tagged.untag("k1")
    tagged.tag({"k50": ""})
    assert len(tagged.tags) == 50


@pytest.mark.parametrize("kind", ["user", "role"])
def test_case_does_not_tell_keys_apart(iam: Any, kind: str) -> None:
    tagged = Tagged(iam, kind)
    tagged.tag({"Team": "1"})
    tagged.tag({"TEAM": "2"})
    assert tagged.tags == [("TEAM", "2")]
    text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    assert fault(tagged.tag, {"a": "", "A": ""}) == ("InvalidInput", text)
    tagged.untag("team")
    assert tagged.tags == []


def test_case_tells_keys_of_policies_apart(iam: Any) -> None:
    tagged = Tagged(iam, "policy")
    tagged.tag({"a": "1", "A": "2"})
    assert tagged.tags == [("A", "2"), ("a", "1")]
    tagged.untag("a")
    assert tagged.tags == [("A", "2")]
    assert fault(tagged.tag, [("a", "1"), ("a", "2")]) == (
        "InvalidInput",
        "Duplicate tag keys found.",
    )


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ({"k" * 129: ""}, ("'tags.1.member.key' failed to satisfy constraint: Member must have length"
         " less than or equal to 128")),
        ({"k": "v" * 257}, ("'tags.1.member.value' failed to satisfy constraint: Member must have"
         " length less than or equal to 256")),
        ({"a?": ""}, ("'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular"
         r" expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+")),
    ],
)  # fmt: skip
def test_what_is_no_tag(tagged: Tagged, tags: Tags, text: str) -> None:
    expected = ("ValidationError", f"1 validation error detected: Value at {text}")
    assert fault(tagged.tag, tags) == expected


def test_keys_that_are_aws_s(tagged: Tagged) -> None:
    assert fault(tagged.tag, {"aws:x": ""})[0] == "InvalidInput"
    assert tagged.tags == []


def test_keys_that_are_none(tagged: Tagged) -> None:
    assert fault(tagged.untag, "a?") == (
        "ValidationError",
        (
            "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must"
            " satisfy constraint: [Member must have length less than or equal to 128, Member must have"
            " length greater than or equal to 1, Member must satisfy regular expression pattern:"
            r" [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]"
        ),
    )


def test_conditions_on_tags(world: World, iam: Any) -> None:
    may = allow(
        "iam:GetUser",
        Condition={"StringEquals": {"aws:ResourceTag/Team": "dns", "iam:ResourceTag/team": "dns"}},
    )
    client = as_user(world, iam, "u", may)
    iam.create_user(UserName="other")
    assert fault(client.get_user, UserName="other")[0] == "AccessDenied"
    iam.tag_user(UserName="other", Tags=[{"Key": "team", "Value": "dns"}])
    assert client.get_user(UserName="other")["User"]["Arn"] == f"arn:aws:iam::{FIRST}:user/other"
