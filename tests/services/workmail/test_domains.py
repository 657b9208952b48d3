"""Mail domains: what DNS is to say, and whether it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forecourt.platform.mail import domains, people
from forecourt.services.route53.delegating import delegate_zone
from tests.harness import SECOND_KEY, World
from tests.services.route53.calls import bare, change, create, rrset
from tests.services.workmail.calls import group, look, organization, publish, user


def statuses(workmail: Any, org: str, name: str) -> tuple[str, str]:
    found = workmail.get_mail_domain(OrganizationId=org, DomainName=name)
    return found["OwnershipVerificationStatus"], found["DkimVerificationStatus"]


def test_a_domain_is_verified_when_dns_says_so(world: World, workmail: Any, org: str) -> None:
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    assert statuses(workmail, org, "jpub.co.kr") == ("PENDING", "PENDING")
    assert not world.store.read_now(people.is_hosted, "jpub.co.kr")
    assert look(world, "jpub.co.kr")
    assert statuses(workmail, org, "jpub.co.kr") == ("PENDING", "PENDING")
    with pytest.raises(workmail.exceptions.MailDomainStateException):
        user(workmail, org, "alice", "alice@jpub.co.kr")
    records = workmail.get_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")["Records"]
    assert {"Type": "MX", "Hostname": "jpub.co.kr.", "Value": "10 mail.jpub.co.kr."} in records
    publish(world, "jpub.co.kr")
    assert statuses(workmail, org, "jpub.co.kr") == ("VERIFIED", "VERIFIED")
    assert world.store.read_now(people.is_hosted, "jpub.co.kr")
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


def test_another_s_domain_cannot_be_had(world: World, workmail: Any, org: str) -> None:
    """The records of its owner, a zone of the same name that nobody delegates to: neither proves anything."""
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    publish(world, "jpub.co.kr")
    route53 = world.client("route53")
    zone = bare(create(route53, "victim.com"))
    change(route53, zone, ("CREATE", rrset("victim.com", "MX", "10 mail.victim.com.")))
    world.store.write_now(delegate_zone, "victim.com")

    others = world.client("workmail", SECOND_KEY)
    theirs = organization(others, "thieves")
    others.register_mail_domain(OrganizationId=theirs, DomainName="victim.com")
    found = world.store.read_now(domains.get, "victim.com")
    assert found is not None
    name, type_, (value,) = domains.proof(found)
    false = world.client("route53", SECOND_KEY)
    zone = bare(create(false, "victim.com"))
    change(false, zone, ("CREATE", rrset(name, type_, value)))
    assert look(world, "victim.com")
    assert statuses(others, theirs, "victim.com") == ("PENDING", "PENDING")
    with pytest.raises(others.exceptions.MailDomainStateException):
        user(others, theirs, "ceo", "ceo@victim.com")


def test_a_domain_that_is_never_proven_fails(
    world: World, workmail: Any, org: str, later: Callable[[float], None]
) -> None:
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    later(3.1)
    assert look(world, "jpub.co.kr") is None
    assert statuses(workmail, org, "jpub.co.kr")[0] == "FAILED"
    other = organization(workmail, "other")
    workmail.register_mail_domain(OrganizationId=other, DomainName="jpub.co.kr")
    assert statuses(workmail, other, "jpub.co.kr") == ("PENDING", "PENDING")


def test_a_key_that_goes_is_missed(world: World, workmail: Any, org: str) -> None:
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    publish(world, "jpub.co.kr")
    found = world.store.read_now(domains.get, "jpub.co.kr")
    assert found is not None
    route53 = world.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    name = f"{found.selector}._domainkey.jpub.co.kr"
    change(route53, bare({"HostedZone": zone}), ("UPSERT", rrset(name, "TXT", '"v=DKIM1; p="')))
    assert look(world, "jpub.co.kr")
    assert statuses(workmail, org, "jpub.co.kr") == ("VERIFIED", "PENDING")


@pytest.mark.parametrize("name", ["...", "a..b.com", "-x.com", ".com", "com", f"{'a' * 64}.com"])
def test_what_is_no_domain_is_refused(workmail: Any, org: str, name: str) -> None:
    with pytest.raises(workmail.exceptions.InvalidParameterException):
        workmail.register_mail_domain(OrganizationId=org, DomainName=name)


def test_an_empty_group_s_address_keeps_its_domain(world: World, workmail: Any, org: str) -> None:
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    publish(world, "jpub.co.kr")
    group(workmail, org, "all", "all@jpub.co.kr")
    with pytest.raises(workmail.exceptions.MailDomainInUseException):
        workmail.deregister_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
