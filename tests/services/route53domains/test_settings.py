"""What owners change of their domains, and see on the wire."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from forecourt.platform import links, outbox
from forecourt.roles.gateway import LINKS
from tests.harness import World
from tests.services.route53.calls import bare
from tests.services.route53.test_dnssec import key

from .calls import CONTACT, detail, refused, registered, settle

PUBLIC = b64encode(bytes(range(64))).decode()


def test_name_servers(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")
    servers = [
        {"Name": "NS1.example.com", "GlueIps": ["192.0.2.53"]},
        {"Name": "ns.elsewhere.net"},
    ]
    domains.update_domain_nameservers(DomainName="example.com", Nameservers=servers)
    settle(world)
    reply = world.ask("example.com", view="registry-1")
    assert {each.to_text() for each in reply.authority[0]} == {
        "ns1.example.com.",
        "ns.elsewhere.net.",
    }
    assert [each.to_text() for rrset in reply.additional for each in rrset] == ["192.0.2.53"]
    assert detail(domains, "example.com")["Nameservers"][1]["GlueIps"] == []


@pytest.mark.parametrize(
    "servers",
    [
        [],
        [{"Name": "a"}],
        [{"Name": "ns.example.com"}],
        [{"Name": "example.com", "GlueIps": ["192.0.2.1"]}],
        [{"Name": "ns.example.com", "GlueIps": ["::1"]}],
        [{"Name": ".".join(["a" * 60] * 4 + ["a" * 10])}],
        [{"Name": "ns.example.net", "GlueIps": ["192.0.2.1"]}],
        [{"Name": "ns.example.com", "GlueIps": ["nowhere"]}],
        [{"Name": f"ns{each}.example.net"} for each in range(14)],
    ],
)
def test_name_servers_that_are_none(world: World, domains: Any, servers: list[Any]) -> None:
    registered(world, domains, "example.com")
    with refused("InvalidInput"):
        domains.update_domain_nameservers(DomainName="example.com", Nameservers=servers)


def test_keys(world: World, domains: Any, route53: Any) -> None:
    """A key as GetDNSSEC shows it becomes the DS that GetDNSSEC shows."""
    registered(world, domains, "example.com")
    zone = bare({"HostedZone": route53.list_hosted_zones()["HostedZones"][0]})
    key(world, route53, zone)
    (shown,) = route53.get_dnssec(HostedZoneId=zone)["KeySigningKeys"]
    signing = {
        "Algorithm": shown["SigningAlgorithmType"],
        "Flags": shown["Flag"],
        "PublicKey": shown["PublicKey"],
    }
    domains.associate_delegation_signer_to_domain(
        DomainName="example.com", SigningAttributes=signing
    )
    settle(world)
    (given,) = detail(domains, "example.com")["DnssecKeys"]
    assert given["KeyTag"] == shown["KeyTag"]
    assert given["Digest"] == shown["DigestValue"]
    ds = world.ask("example.com", "DS", view="registry-1").answer[0][0].to_text()
    assert ds.upper() == shown["DSRecord"]
    with refused("DuplicateRequest"):
        domains.associate_delegation_signer_to_domain(
            DomainName="example.com", SigningAttributes=signing
        )
    domains.disassociate_delegation_signer_from_domain(DomainName="example.com", Id=given["Id"])
    settle(world)
    assert not world.ask("example.com", "DS", view="registry-1").answer
    with refused("InvalidInput"):
        domains.disassociate_delegation_signer_from_domain(DomainName="example.com", Id=given["Id"])


def test_too_many_keys_and_bad_ones(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")

    def give(**members: Any) -> None:
        signing = {"Algorithm": 13, "Flags": 257, "PublicKey": PUBLIC, **members}
        domains.associate_delegation_signer_to_domain(
            DomainName="example.com", SigningAttributes=signing
        )
        settle(world)

    for bad in ({"Algorithm": 0}, {"Flags": 1}, {"PublicKey": "?"}, {"PublicKey": ""}):
        with refused("InvalidInput"):
            give(**bad)
    for each in range(4):
        give(PublicKey=b64encode(bytes([each]) * 64).decode())
    with refused("DnssecLimitExceeded"):
        give()


def test_contacts_and_privacy(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")
    domains.update_domain_contact(
        DomainName="example.com", TechContact={**CONTACT, "FirstName": "Bob"}
    )
    domains.update_domain_contact_privacy(DomainName="example.com", TechPrivacy=False)
    settle(world)
    found = detail(domains, "example.com")
    assert found["TechContact"]["FirstName"] == "Bob"
    assert found["AdminContact"]["FirstName"] == "Alice"
    assert (found["TechPrivacy"], found["AdminPrivacy"]) == (False, True)
    with refused("InvalidInput"):
        domains.update_domain_contact(DomainName="example.com")


def test_tags(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    domains.update_tags_for_domain(DomainName="example.com", TagsToUpdate=tags)
    domains.delete_tags_for_domain(DomainName="example.com", TagsToDelete=["a"])
    assert domains.list_tags_for_domain(DomainName="example.com")["TagList"] == tags[1:]
    many = [{"Key": str(each), "Value": ""} for each in range(50)]
    with refused("OperationLimitExceeded"):
        domains.update_tags_for_domain(DomainName="example.com", TagsToUpdate=many)


def test_reachability(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")
    asked = {"domainName": "example.com"}
    assert domains.get_contact_reachability_status(**asked)["status"] == "PENDING"
    sent = domains.resend_contact_reachability_email(**asked)
    assert sent["emailAddress"] == "alice@example.com"
    last = world.store.read_now(outbox.sent)[-1]
    assert last.spec["To"] == "alice@example.com"
    assert "Verify" in last.spec["Subject"]
    (token,) = re.findall(r"/confirm/(\S+)", last.spec["Text"])
    link = world.store.read_now(links.find, token)
    assert link is not None
    world.store.write_now(LINKS[link.spec["Purpose"]], link.spec["Subject"])
    assert domains.get_contact_reachability_status(**asked)["status"] == "DONE"
    assert domains.resend_contact_reachability_email(**asked)["isAlreadyVerified"]


def test_an_address_that_nobody_reads(
    world: World, domains: Any, later: Callable[[float], None]
) -> None:
    registered(world, domains, "example.com")
    later(16)
    status = domains.get_contact_reachability_status(domainName="example.com")["status"]
    assert status == "EXPIRED"
    said = world.store.write_now(LINKS["domain-contact"], "example.com other@example.com")
    assert "not the address" in said


def test_a_key_of_any_algorithm(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")
    signing = {"Algorithm": 15, "Flags": 257, "PublicKey": b64encode(bytes(32)).decode()}
    for _ in range(2):  # the second, asked for before the first was there, comes too late
        last = domains.associate_delegation_signer_to_domain(
            DomainName="example.com", SigningAttributes=signing
        )
    settle(world)
    assert domains.get_operation_detail(OperationId=last["OperationId"])["Status"] == "FAILED"
    (ds,) = world.ask("example.com", "DS", view="registry-1").answer[0]
    assert (ds.algorithm, ds.digest_type) == (15, 2)
