"""Query logging configurations."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from .calls import bare, create, fault

GROUP = f"arn:aws:logs:us-east-1:{FIRST}:log-group:/aws/route53/example.com"


def make(client: Any, zone: str, group: str = GROUP) -> Any:
    made = client.create_query_logging_config(HostedZoneId=zone, CloudWatchLogsLogGroupArn=group)
    return made["QueryLoggingConfig"]


def test_create_list_delete(world: World, route53: Any, stranger: Any, zone: str) -> None:
    made = make(route53, zone)
    assert (made["HostedZoneId"], made["CloudWatchLogsLogGroupArn"]) == (zone, GROUP)
    assert fault(make, route53, zone)[0] == "QueryLoggingConfigAlreadyExists"
    other = make(route53, bare(create(route53, "example.net")))
    of_zone = route53.list_query_logging_configs(HostedZoneId=zone)["QueryLoggingConfigs"]
    assert of_zone == [made]
    pages = route53.get_paginator("list_query_logging_configs").paginate(
        PaginationConfig={"PageSize": 1}
    )
    listed = [each["Id"] for page in pages for each in page["QueryLoggingConfigs"]]
    assert listed == sorted((made["Id"], other["Id"]))
    assert route53.get_query_logging_config(Id=made["Id"])["QueryLoggingConfig"] == made
    assert fault(stranger.get_query_logging_config, Id=made["Id"])[0] == "NoSuchQueryLoggingConfig"
    world.follow()
    zones = world.responder().names.world.zones
    assert zones[zone].logged
    route53.delete_query_logging_config(Id=made["Id"])
    world.follow()
    assert not zones[zone].logged
    assert (
        fault(route53.delete_query_logging_config, Id=made["Id"])[0] == "NoSuchQueryLoggingConfig"
    )


def test_a_deleted_zone_takes_its_configuration_along(route53: Any, zone: str) -> None:
    make(route53, zone)
    route53.delete_hosted_zone(Id=zone)
    assert route53.list_query_logging_configs()["QueryLoggingConfigs"] == []


@pytest.mark.parametrize("group", ["nonsense", GROUP.replace("us-east-1", "eu-west-1")])
def test_groups_that_cannot_be(route53: Any, zone: str, group: str) -> None:
    said = "The ARN for the CloudWatch Logs log group is invalid."
    assert fault(make, route53, zone, group) == ("InvalidInput", said)
