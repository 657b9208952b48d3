"""Tags of hosted zones."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import bare, create, fault


def tag(client: Any, zone: str, add: dict[str, str], remove: tuple[str, ...] = ()) -> Any:
    given: dict[str, Any] = {}
    if add:
        given["AddTags"] = [{"Key": key, "Value": value} for key, value in add.items()]
    if remove:
        given["RemoveTagKeys"] = list(remove)
    return client.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, **given)


def tags(client: Any, zone: str) -> dict[str, str]:
    found = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone)
    assert found["ResourceTagSet"]["ResourceType"] == "hostedzone"
    assert found["ResourceTagSet"]["ResourceId"] == zone
    return {each["Key"]: each["Value"] for each in found["ResourceTagSet"]["Tags"]}


def test_tags_are_added_changed_and_removed(route53: Any, zone: str) -> None:
    tag(route53, zone, {"a": "1", "b": "", "caf\u00e9": "<&>"})
    assert tags(route53, zone) == {"a": "1", "b": "", "caf\u00e9": "<&>"}
    tag(route53, zone, {"a": "2"}, ("b", "none"))
    assert tags(route53, zone) == {"a": "2", "caf\u00e9": "<&>"}


def test_a_zone_without_tags(route53: Any, zone: str) -> None:
    assert tags(route53, zone) == {}


def test_removing_comes_before_adding(route53: Any, zone: str) -> None:
    tag(route53, zone, {"a": "1"})
    tag(route53, zone, {"a": "2"}, ("a",))
    assert tags(route53, zone) == {"a": "2"}


def test_50_tags_are_the_most(route53: Any, zone: str) -> None:
    for start in range(0, 50, 10):
        tag(route53, zone, {f"k{n}": "v" for n in range(start, start + 10)})
    assert fault(tag, route53, zone, {"k50": "v"})[0] == "InvalidInput"
    tag(route53, zone, {"k50": "v"}, ("k0",))
    assert len(tags(route53, zone)) == 50


@pytest.mark.parametrize(
    "added",
    [
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        [{"Key": "aws:x", "Value": "1"}],
        [{"Key": "", "Value": "1"}],
        [{"Key": "k" * 129, "Value": "1"}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": f"k{n}", "Value": ""} for n in range(11)],
    ],
    ids=["twice", "aws", "empty", "long key", "long value", "eleven"],
)
def test_tags_that_cannot_be(route53: Any, zone: str, added: list[dict[str, str]]) -> None:
    tag(route53, zone, {"kept": "1"})
    code, _ = fault(
        route53.change_tags_for_resource,
        ResourceType="hostedzone",
        ResourceId=zone,
        AddTags=added,
    )
    assert code == "InvalidInput"
    assert tags(route53, zone) == {"kept": "1"}


def test_tags_of_several(route53: Any, zone: str) -> None:
    other = bare(create(route53, "example.net"))
    tag(route53, zone, {"a": "1"})
    tag(route53, other, {"b": "2"})
    found = route53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[other, zone])
    assert found["ResourceTagSets"] == [
        {"ResourceType": "hostedzone", "ResourceId": other, "Tags": [{"Key": "b", "Value": "2"}]},
        {"ResourceType": "hostedzone", "ResourceId": zone, "Tags": [{"Key": "a", "Value": "1"}]},
    ]


def test_more_than_ten_at_once(route53: Any, zone: str) -> None:
    ids = [zone] * 11
    call = route53.list_tags_for_resources
    assert fault(call, ResourceType="hostedzone", ResourceIds=ids)[0] == "InvalidInput"
    assert (
        fault(call, ResourceType="hostedzone", ResourceIds=[zone, "Z04"])[0] == "NoSuchHostedZone"
    )


@pytest.mark.parametrize(
    ("type_", "given", "code", "said"),
    [
        ("hostedzone", "Z0404", "NoSuchHostedZone", "No hosted zone found with ID: Z0404"),
        (
            "hostedzone",
            "/hostedzone/Z0404",
            "NoSuchHostedZone",
            "No hosted zone found with ID: /hostedzone/Z0404",
        ),
        ("healthcheck", "h", "NoSuchHealthCheck", "A health check with id h does not exist."),
    ],
)
def test_what_is_not_there(route53: Any, type_: str, given: str, code: str, said: str) -> None:
    call = route53.list_tags_for_resource
    assert fault(call, ResourceType=type_, ResourceId=given) == (code, said)


def test_tags_go_with_their_zone(route53: Any, stranger: Any, zone: str) -> None:
    tag(route53, zone, {"a": "1"})
    assert fault(tags, stranger, zone)[0] == "NoSuchHostedZone"
    assert fault(tag, stranger, zone, {"b": "2"})[0] == "NoSuchHostedZone"
    assert tags(route53, zone) == {"a": "1"}
    route53.delete_hosted_zone(Id=zone)
    assert fault(tags, route53, zone)[0] == "NoSuchHostedZone"
