"""Health checks through the API: defaults, refusals, versions, listings, what was seen."""

from __future__ import annotations

import time
from typing import Any

import pytest

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from forecourt.store.tx import Tx
from tests.harness import World

from .calls import check, fault

HTTP = {"Type": "HTTP", "IPAddress": "127.53.99.1"}


def create(client: Any, reference: str = "c", **config: Any) -> Any:
    return client.create_health_check(CallerReference=reference, HealthCheckConfig=config)


def test_defaults(route53: Any) -> None:
    made = create(route53, **HTTP)["HealthCheck"]
    assert made["HealthCheckConfig"] == {
        **HTTP, "Port": 80, "RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False,
        "Inverted": False, "Disabled": False, "EnableSNI": False,
    }  # fmt: skip
    assert made["HealthCheckVersion"] == 1
    secure = create(route53, "s", Type="HTTPS", FullyQualifiedDomainName="www.example.com")
    config = secure["HealthCheck"]["HealthCheckConfig"]
    assert (config["Port"], config["EnableSNI"]) == (443, True)
    assert secure["Location"].endswith(f"/healthcheck/{secure['HealthCheck']['Id']}")


def test_the_same_again_is_the_same_check(route53: Any) -> None:
    one = check(route53)
    assert check(route53) == one
    code, said = fault(create, route53, **HTTP, Port=81)
    assert code == "HealthCheckAlreadyExists"
    assert (
        said
        == "A different health check has already been created with the specified caller reference."
    )
    route53.delete_health_check(HealthCheckId=one)
    assert fault(create, route53, **HTTP)[0] == "HealthCheckAlreadyExists"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"Type": "HTTP"}, "Invalid parameter : IP address and fully qualified domain name can not be both empty."),
        ({"Type": "TCP", "Port": 1, "IPAddress": "127.0.0.1", "FullyQualifiedDomainName": "a.test"}, "TCP health checks that have IP address must not have a fully qualified domain name specified."),
        ({"Type": "TCP", "Port": 1, "IPAddress": "127.0.0.1", "ResourcePath": "/"}, "TCP health checks must not have a resource path specified."),
        ({**HTTP, "EnableSNI": True}, "Invalid parameter : Health checks with HTTP type must not enable SNI support."),
        ({**HTTP, "Type": "HTTP_STR_MATCH"}, "String match health checks must have a search string specified."),
        ({**HTTP, "SearchString": "x"}, "HTTP health checks must not have a search string specified."),
        ({**HTTP, "IPAddress": "169.254.169.254"}, "IPv4 address 169.254.169.254 is forbidden"),
        ({**HTTP, "HealthThreshold": 1}, "Invalid parameter : Only calculated health checks can have a health threshold specified."),
        ({"Type": "CALCULATED", "HealthThreshold": 1, "IPAddress": "127.0.0.1"}, "Invalid parameter : Calculated health checks must not have an IP address specified."),
        ({"Type": "CALCULATED", "HealthThreshold": 1, "ChildHealthChecks": ["nothing"]}, "Invalid parameter : Child health check IDs do not exist or are deleted: nothing"),
        ({"Type": "CLOUDWATCH_METRIC"}, "Alarm identifier must not be null."),
        ({"Type": "RECOVERY_CONTROL"}, "Routing control ARN must not be null"),
        ({**HTTP, "AlarmIdentifier": {"Region": "us-east-1", "Name": "a"}}, "Invalid parameter : Basic health checks must not have an metric region specified."),
    ],
)  # fmt: skip
def test_what_cannot_be(route53: Any, config: Any, said: str) -> None:
    assert fault(create, route53, **config) == ("InvalidInput", said)


def test_an_interval_of_twenty_seconds(route53: Any) -> None:
    code, said = fault(create, route53, **HTTP, RequestInterval=20)
    assert code == "InvalidInput"
    assert "enumeration '[10, 30]'" in said


def test_update(route53: Any) -> None:
    one = check(route53, ResourcePath="/health")
    changed = route53.update_health_check(
        HealthCheckId=one, HealthCheckVersion=1, Port=8080, ResetElements=["ResourcePath"]
    )["HealthCheck"]
    assert changed["HealthCheckVersion"] == 2
    assert changed["HealthCheckConfig"]["Port"] == 8080
    assert changed["HealthCheckConfig"]["ResourcePath"] == "/"
    code, _ = fault(route53.update_health_check, HealthCheckId=one, HealthCheckVersion=1)
    assert code == "HealthCheckVersionMismatch"
    named = check(route53, "n", Type="HTTP", IPAddress="127.53.99.2")
    assert (
        fault(route53.update_health_check, HealthCheckId=named, SearchString="x")[0]
        == "InvalidInput"
    )
    assert fault(route53.update_health_check, HealthCheckId="none")[0] == "NoSuchHealthCheck"


def test_listing_and_counting(world: World, route53: Any, stranger: Any) -> None:
    made = sorted(check(route53, f"c{n}") for n in range(5))
    assert route53.get_health_check_count()["HealthCheckCount"] == 5
    pages = route53.get_paginator("list_health_checks").paginate(PaginationConfig={"PageSize": 2})
    assert [each["Id"] for page in pages for each in page["HealthChecks"]] == made
    assert stranger.list_health_checks()["HealthChecks"] == []
    assert fault(stranger.get_health_check, HealthCheckId=made[0])[0] == "NoSuchHealthCheck"
    world.store.write_now(quotas.set_limit, FIRST, "MAX_HEALTH_CHECKS_BY_OWNER", 5)
    assert fault(check, route53, "more")[0] == "TooManyHealthChecks"
    found = route53.get_account_limit(Type="MAX_HEALTH_CHECKS_BY_OWNER")
    assert (found["Limit"]["Value"], found["Count"]) == (5, 5)


def test_tags(route53: Any) -> None:
    one = check(route53)
    route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=one, AddTags=[{"Key": "k", "Value": "v"}]
    )
    found = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=one)
    assert found["ResourceTagSet"]["Tags"] == [{"Key": "k", "Value": "v"}]


def test_what_was_seen(world: World, route53: Any) -> None:
    one = check(route53)
    assert route53.get_health_check_status(HealthCheckId=one)["HealthCheckObservations"] == []

    def see(tx: Tx) -> None:
        tx.run(
            "INSERT INTO route53_observation (health_check, checker, region, address, healthy,"
            " status, checked) VALUES (:id, 'n/us-east-1', 'us-east-1', '127.0.0.1', :yes,"
            " 'Success: HTTP Status Code 200, OK', :now)",
            id=one,
            yes=True,
            now=time.time(),
        )

    world.store.write_now(see)
    (seen,) = route53.get_health_check_status(HealthCheckId=one)["HealthCheckObservations"]
    assert (seen["Region"], seen["IPAddress"]) == ("us-east-1", "127.0.0.1")
    assert seen["StatusReport"]["Status"] == "Success: HTTP Status Code 200, OK"
    (never,) = route53.get_health_check_last_failure_reason(HealthCheckId=one)[
        "HealthCheckObservations"
    ]
    assert never["StatusReport"]["Status"].startswith("The health check endpoint has not failed")
    above = create(route53, "up", Type="CALCULATED", HealthThreshold=1, ChildHealthChecks=[one])
    code, _ = fault(route53.get_health_check_status, HealthCheckId=above["HealthCheck"]["Id"])
    assert code == "InvalidInput"


def test_checkers_have_addresses(route53: Any) -> None:
    assert route53.get_checker_ip_ranges()["CheckerIpRanges"] == ["127.0.0.0/8"]
