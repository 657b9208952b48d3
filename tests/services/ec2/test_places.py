"""Regions, zones, account attributes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World

from .calls import code, default_vpc, fault, filters


def test_zones(ec2: Any, elsewhere: Any) -> None:
    found = ec2.describe_availability_zones()["AvailabilityZones"]
    assert found[0] == {
        "GroupName": "us-east-1-zg-1",
        "Messages": [],
        "NetworkBorderGroup": "us-east-1",
        "OptInStatus": "opt-in-not-required",
        "RegionName": "us-east-1",
        "State": "available",
        "ZoneId": "use1-az1",
        "ZoneName": "us-east-1a",
        "ZoneType": "availability-zone",
    }
    assert [each["ZoneName"][-1] for each in found] == ["a", "b", "c"]
    there = elsewhere.describe_availability_zones()["AvailabilityZones"]
    assert [(z["ZoneName"], z["ZoneId"]) for z in there] == [
        ("eu-central-1a", "euc1-az1"),
        ("eu-central-1b", "euc1-az2"),
        ("eu-central-1c", "euc1-az3"),
    ]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"ZoneNames": ["us-east-1b"]}, ["b"]),
        ({"ZoneIds": ["use1-az3", "use1-az1"]}, ["a", "c"]),
        ({"Filters": filters(state="available")}, ["a", "b", "c"]),
        ({"Filters": filters(zone_id="*-az2", opt_in_status="opt-in-not-required")}, ["b"]),
        ({"Filters": filters(zone_type="local-zone")}, []),
        ({"ZoneNames": ["us-east-1a"], "Filters": filters(zone_name="us-east-1b")}, []),
    ],
)
def test_which_zones(ec2: Any, given: dict[str, Any], found: list[str]) -> None:
    answered = ec2.describe_availability_zones(**given)["AvailabilityZones"]
    assert [each["ZoneName"][-1] for each in answered] == found


def test_zones_that_are_not_there(ec2: Any) -> None:
    assert fault(ec2.describe_availability_zones, ZoneNames=["us-east-1z"]) == (
        "InvalidParameterValue",
        "Invalid availability zone: [us-east-1z]",
    )
    assert code(ec2.describe_availability_zones, ZoneIds=["x"]) == "InvalidParameterValue"


def test_regions(ec2: Any) -> None:
    found = {each["RegionName"]: each for each in ec2.describe_regions()["Regions"]}
    assert len(found) >= 34
    assert found["eu-west-1"] == {
        "Endpoint": "ec2.eu-west-1.amazonaws.com",
        "OptInStatus": "opt-in-not-required",
        "RegionName": "eu-west-1",
    }
    assert found["af-south-1"]["OptInStatus"] == "opted-in"
    given = filters(opt_in_status="opt-in-not-required")
    assert len(ec2.describe_regions(Filters=given)["Regions"]) == 17
    one = ec2.describe_regions(RegionNames=["us-west-2"], AllRegions=True)["Regions"]
    assert [each["RegionName"] for each in one] == ["us-west-2"]
    assert fault(ec2.describe_regions, RegionNames=["us-west-9"]) == (
        "InvalidParameterValue",
        "Invalid region: [us-west-9]",
    )


def test_account_attributes(world: World, ec2: Any) -> None:
    def shown(client: Any, *names: str) -> dict[str, list[str]]:
        given = {"AttributeNames": list(names)} if names else {}
        found = client.describe_account_attributes(**given)["AccountAttributes"]
        return {
            each["AttributeName"]: [v["AttributeValue"] for v in each["AttributeValues"]]
            for each in found
        }

    assert shown(ec2) == {
        "default-vpc": [default_vpc(ec2)["VpcId"]],
        "supported-platforms": ["VPC"],
        "vpc-max-security-groups-per-interface": ["5"],
    }
    assert shown(ec2, "supported-platforms") == {"supported-platforms": ["VPC"]}
    far = world.client("ec2", region="af-south-1")
    assert shown(far, "default-vpc") == {"default-vpc": ["none"]}
