"""Mail domains: what DNS is to say, and whether it does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World
from tests.services.workmail.calls import organization, publish, user


def statuses(workmail: Any, org: str, name: str) -> tuple[str, str]:
    found = workmail.get_mail_domain(OrganizationId=org, DomainName=name)
    return found["OwnershipVerificationStatus"], found["DkimVerificationStatus"]


def test_a_domain_is_verified_when_dns_says_so(world: World, workmail: Any, org: str) -> None:
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    assert statuses(workmail, org, "jpub.co.kr") == ("PENDING", "PENDING")
    with pytest.raises(workmail.exceptions.MailDomainStateException):
        user(workmail, org, "alice", "alice@jpub.co.kr")
    records = workmail.get_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")["Records"]
    assert {"Type": "MX", "Hostname": "jpub.co.kr.", "Value": "10 mail.jpub.co.kr."} in records
    publish(world, "jpub.co.kr")
    assert statuses(workmail, org, "jpub.co.kr") == ("VERIFIED", "VERIFIED")
    workmail.update_default_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    found = workmail.list_mail_domains(OrganizationId=org)["MailDomains"]
    assert [(each["DomainName"], each["DefaultDomain"]) for each in found] == [
        ("jpub.awsapps.com", False),
        ("jpub.co.kr", True),
    ]


def test_a_domain_is_one_organization_s(workmail: Any, org: str) -> None:
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    workmail.register_mail_domain(OrganizationId=org, DomainName="JPUB.co.kr")
    other = organization(workmail, "other")
    with pytest.raises(workmail.exceptions.MailDomainInUseException):
        workmail.register_mail_domain(OrganizationId=other, DomainName="jpub.co.kr")
    with pytest.raises(workmail.exceptions.MailDomainNotFoundException):
        workmail.get_mail_domain(OrganizationId=other, DomainName="jpub.co.kr")


def test_a_domain_with_addresses_stays(world: World, workmail: Any, org: str) -> None:
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    publish(world, "jpub.co.kr")
    id = user(workmail, org, "alice", "alice@jpub.co.kr")
    with pytest.raises(workmail.exceptions.MailDomainInUseException):
        workmail.deregister_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    workmail.deregister_from_work_mail(OrganizationId=org, EntityId=id)
    workmail.deregister_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    with pytest.raises(workmail.exceptions.InvalidParameterException):
        workmail.deregister_mail_domain(OrganizationId=org, DomainName="jpub.awsapps.com")
    with pytest.raises(workmail.exceptions.MailDomainNotFoundException):
        workmail.update_default_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
