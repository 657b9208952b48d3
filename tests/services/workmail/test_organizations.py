"""Organizations."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.mail import access_rules, domains
from tests.harness import SECOND_KEY, World
from tests.services.workmail.calls import organization, user


def test_an_organization_has_a_domain_to_try_things_with(workmail: Any, org: str) -> None:
    found = workmail.describe_organization(OrganizationId=org)
    assert found["Alias"] == "jpub" and found["State"] == "Active"
    assert found["DefaultMailDomain"] == "jpub.awsapps.com"
    assert found["ARN"] == f"arn:aws:workmail:us-east-1:000000000000:organization/{org}"


def test_a_token_makes_one_organization(workmail: Any) -> None:
    first = organization(workmail, ClientToken="t")
    assert organization(workmail, ClientToken="t") == first
    with pytest.raises(workmail.exceptions.InvalidParameterException):
        organization(workmail, "other", ClientToken="t")


def test_aliases_are_taken_once(workmail: Any, org: str) -> None:
    with pytest.raises(workmail.exceptions.NameAvailabilityException):
        organization(workmail)
    with pytest.raises(workmail.exceptions.DirectoryUnavailableException):
        organization(workmail, "other", DirectoryId="d-0123456789")
    with pytest.raises(workmail.exceptions.InvalidParameterException):
        organization(workmail, "other", Domains=[{"DomainName": "a.test", "HostedZoneId": "Z1"}])
    for option in (
        {"KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/a"},
        {"EnableInteroperability": True},
    ):
        with pytest.raises(workmail.exceptions.InvalidParameterException):
            organization(workmail, "other", **option)


def test_listing_goes_page_by_page(workmail: Any) -> None:
    made = sorted(organization(workmail, f"a{n}") for n in range(3))
    pages = workmail.get_paginator("list_organizations").paginate(PaginationConfig={"PageSize": 2})
    assert [
        each["OrganizationId"] for page in pages for each in page["OrganizationSummaries"]
    ] == made
    with pytest.raises(workmail.exceptions.InvalidParameterException):
        workmail.list_organizations(NextToken="!")


def test_others_do_not_see_it(world: World, org: str) -> None:
    other = world.client("workmail", SECOND_KEY)
    assert other.list_organizations()["OrganizationSummaries"] == []
    with pytest.raises(other.exceptions.OrganizationNotFoundException):
        other.describe_organization(OrganizationId=org)


def test_deleting_takes_everything(world: World, workmail: Any, org: str) -> None:
    user(workmail, org, "alice", "alice@jpub.awsapps.com")
    with pytest.raises(workmail.exceptions.OrganizationStateException):
        workmail.delete_organization(OrganizationId=org, DeleteDirectory=True)
    workmail.delete_organization(OrganizationId=org, DeleteDirectory=True, ForceDelete=True)
    workmail.delete_organization(OrganizationId=org, DeleteDirectory=True)
    assert workmail.describe_organization(OrganizationId=org)["State"] == "Deleted"
    with pytest.raises(workmail.exceptions.OrganizationStateException):
        workmail.list_users(OrganizationId=org)
    assert world.store.read_now(domains.all_of) == []
    assert world.store.read_now(access_rules.of, org) == []
    organization(workmail)


def test_what_is_not_there_says_so(workmail: Any, org: str) -> None:
    with pytest.raises(workmail.exceptions.ClientError) as refused:
        workmail.list_resources(OrganizationId=org)
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
