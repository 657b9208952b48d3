"""Signed zones: keys out of KMS, and answers that validate with nothing but the DS."""

from __future__ import annotations

import json
from typing import Any

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.names import registry
from forecourt.services.route53 import signing
from forecourt.services.route53.delegating import delegate_zone
from tests.harness import World

from .calls import a, alias, bare, change, create, fault, routed, rrset

ORIGIN = dns.name.from_text("example.com")
SERVICE = {
    "Effect": "Allow",
    "Principal": {"Service": "dnssec-route53.amazonaws.com"},
    "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"],
    "Resource": "*",
}
ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{FIRST}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [ROOT, *statements]})


def kms_key(world: World, *statements: Any, region: str = "us-east-1", **options: Any) -> str:
    given = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", **options}
    made = world.client("kms", region=region).create_key(Policy=policy(*statements), **given)
    return str(made["KeyMetadata"]["Arn"])


def key(world: World, route53: Any, zone: str, name: str = "one", status: str = "ACTIVE") -> Any:
    return route53.create_key_signing_key(
        HostedZoneId=zone, Name=name, CallerReference=name, Status=status,
        KeyManagementServiceArn=kms_key(world, SERVICE),
    )["KeySigningKey"]  # fmt: skip


@pytest.fixture
def signed(world: World, route53: Any, zone: str) -> str:
    key(world, route53, zone)
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone)
    return zone


class Validator:
    """Trusts one DS, and checks what an answer says by it."""

    def __init__(self, world: World, route53: Any, zone: str) -> None:
        self.world = world
        keys = route53.get_dnssec(HostedZoneId=zone)["KeySigningKeys"]
        self.anchors = {each["DSRecord"] for each in keys if each["Status"] == "ACTIVE"}

    def ask(self, name: str, type_: str = "A") -> dns.message.Message:
        """The answer, every set of which has a good signature."""
        keys = self.keys()
        reply = self.world.ask(name, type_, want_dnssec=True)
        for section in (reply.answer, reply.authority):
            for each in section:
                if each.rdtype == dns.rdatatype.RRSIG or (
                    each.rdtype == dns.rdatatype.NS and each.name != ORIGIN
                ):
                    continue
                dns.dnssec.validate(each, signatures(section, each), {ORIGIN: keys})
        return reply

    def keys(self) -> dns.rrset.RRset:
        reply = self.world.ask("example.com", "DNSKEY", want_dnssec=True)
        keys = reply.find_rrset(reply.answer, ORIGIN, dns.rdataclass.IN, dns.rdatatype.DNSKEY)
        trusted = dns.rrset.RRset(ORIGIN, dns.rdataclass.IN, dns.rdatatype.DNSKEY)
        for each in keys:
            made = dns.dnssec.make_ds(ORIGIN, each, "SHA256").to_text().upper()
            if made in {anchor.upper() for anchor in self.anchors}:
                trusted.add(each)
        dns.dnssec.validate(keys, signatures(reply.answer, keys), {ORIGIN: trusted})
        return keys


def signatures(section: Any, rrset: Any) -> Any:
    return next(
        each
        for each in section
        if each.rdtype == dns.rdatatype.RRSIG
        and each.covers == rrset.rdtype
        and each.name == rrset.name
    )


def denied(reply: dns.message.Message) -> tuple[str, set[str]]:
    """The name that an answer's NSEC is of, and the types it has."""
    found = next(each for each in reply.authority if each.rdtype == dns.rdatatype.NSEC)
    _, *types = found[0].to_text().split()
    assert found[0].next == dns.name.Name((b"\0", *found.name.labels))
    return found.name.to_text(), set(types)


RECORDS = (
    a("www.example.com"),
    rrset("www.example.com", "TXT", '"t"'),
    rrset("Mixed.example.com", "MX", "10 Mail.Example.COM"),
    rrset("srv.example.com", "SRV", "1 2 3 Target.Example.COM"),
    rrset("naptr.example.com", "NAPTR", '100 50 "s" "z3950+I2L" "" _z.Example.COM.'),
    rrset("c.example.com", "CNAME", "www.example.com"),
    a("*.wild.example.com"),
    a("deep.empty.example.com"),
    rrset("sub.example.com", "NS", "ns.elsewhere.test"),
    rrset("safe.example.com", "NS", "ns.elsewhere.test"),
    rrset("safe.example.com", "DS", "12345 13 2 " + "AB" * 32),
    routed("w.example.com", "a", "192.0.2.1", Weight=1),
    routed("w.example.com", "b", "192.0.2.2", Weight=1),
)


def test_every_answer_validates(world: World, route53: Any, signed: str) -> None:
    change(route53, signed, *(("CREATE", each) for each in RECORDS))
    change(route53, signed, ("CREATE", alias("alias.example.com", signed, "www.example.com")))
    validator = Validator(world, route53, signed)
    for name, type_ in (
        ("example.com", "SOA"), ("example.com", "NS"), ("www.example.com", "A"),
        ("WWW.example.com", "TXT"), ("mixed.example.com", "MX"), ("srv.example.com", "SRV"),
        ("naptr.example.com", "NAPTR"), ("c.example.com", "A"), ("x.y.wild.example.com", "A"),
        ("alias.example.com", "A"), ("w.example.com", "A"), ("safe.example.com", "DS"),
    ):  # fmt: skip
        assert validator.ask(name, type_).answer, (name, type_)


def test_what_is_not_there_is_denied(world: World, route53: Any, signed: str) -> None:
    """RFC 4470's minimally covering NSEC, with the name itself: nothing can be walked."""
    change(route53, signed, *(("CREATE", each) for each in RECORDS))
    validator = Validator(world, route53, signed)
    base = {"RRSIG", "NSEC"}
    for name, type_, types in (
        ("nothing.example.com", "A", base),
        ("www.example.com", "AAAA", {*base, "A", "TXT"}),
        ("empty.example.com", "A", base),
        ("x.wild.example.com", "TXT", {*base, "A"}),
        ("example.com", "A", {*base, "SOA", "NS", "DNSKEY"}),
        ("sub.example.com", "DS", {*base, "NS"}),
    ):
        reply = validator.ask(name, type_)
        assert reply.rcode() == dns.rcode.NOERROR
        assert denied(reply) == (f"{name}.", types)


def test_referrals(world: World, route53: Any, signed: str) -> None:
    change(route53, signed, *(("CREATE", each) for each in RECORDS))
    validator = Validator(world, route53, signed)
    unsigned = validator.ask("www.sub.example.com")
    assert denied(unsigned) == ("sub.example.com.", {"NS", "RRSIG", "NSEC"})
    safe = validator.ask("www.safe.example.com")
    assert {each.rdtype for each in safe.authority} == {
        dns.rdatatype.NS, dns.rdatatype.DS, dns.rdatatype.RRSIG
    }  # fmt: skip
    assert not safe.flags & dns.flags.AA


def test_without_the_do_bit_nothing_is_signed(world: World, signed: str) -> None:
    choices: tuple[dict[str, Any], ...] = ({}, {"use_edns": 0})
    for options in choices:
        reply = world.ask("nothing.example.com", **options)
        assert reply.rcode() == dns.rcode.NXDOMAIN
        assert {each.rdtype for each in reply.authority} == {dns.rdatatype.SOA}


def test_a_key_is_replaced_without_a_gap(world: World, route53: Any, signed: str) -> None:
    old = Validator(world, route53, signed)
    key(world, route53, signed, "two")
    both = Validator(world, route53, signed)
    assert old.ask("example.com", "SOA").answer  # by the DS that the parent still has
    assert len(both.anchors) == 2
    new = Validator(world, route53, signed)
    new.anchors = both.anchors - old.anchors
    assert new.ask("example.com", "SOA").answer  # by the one it has next
    route53.deactivate_key_signing_key(HostedZoneId=signed, Name="one")
    assert new.ask("example.com", "SOA").answer
    route53.delete_key_signing_key(HostedZoneId=signed, Name="one")
    assert new.ask("nothing.example.com").rcode() == dns.rcode.NOERROR


def test_what_is_shown(world: World, route53: Any, zone: str) -> None:
    found = route53.get_dnssec(HostedZoneId=zone)
    assert (found["Status"], found["KeySigningKeys"]) == ({"ServeSignature": "NOT_SIGNING"}, [])
    made = key(world, route53, zone)
    assert (made["Flag"], made["Status"]) == (257, "ACTIVE")
    assert (made["SigningAlgorithmMnemonic"], made["SigningAlgorithmType"]) == (
        "ECDSAP256SHA256",
        13,
    )
    assert made["DSRecord"] == f"{made['KeyTag']} 13 2 {made['DigestValue']}"
    assert made["DNSKEYRecord"] == f"257 3 13 {made['PublicKey']}"
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone)
    found = route53.get_dnssec(HostedZoneId=zone)
    assert found["Status"] == {"ServeSignature": "SIGNING"}
    assert world.ask("example.com", "SOA", want_dnssec=True).answer[1:]
    route53.disable_hosted_zone_dnssec(HostedZoneId=zone)
    assert not world.ask("example.com", "SOA", want_dnssec=True).answer[1:]
    assert fault(route53.disable_hosted_zone_dnssec, HostedZoneId=zone)[0] == "DNSSECNotFound"


def test_states(world: World, route53: Any, zone: str) -> None:
    of = {"HostedZoneId": zone}
    none = f"Hosted zone with ID '{zone}' does not have a Key Signing Key in ACTIVE status."
    assert fault(route53.enable_hosted_zone_dnssec, **of) == (
        "KeySigningKeyWithActiveStatusNotFound",
        none,
    )
    key(world, route53, zone, "one", "INACTIVE")
    assert fault(route53.enable_hosted_zone_dnssec, **of) == (
        "KeySigningKeyWithActiveStatusNotFound",
        none,
    )
    route53.activate_key_signing_key(**of, Name="one")
    route53.enable_hosted_zone_dnssec(**of)
    assert fault(route53.deactivate_key_signing_key, **of, Name="one")[0] == "KeySigningKeyInUse"
    code, said = fault(route53.delete_key_signing_key, **of, Name="one")
    assert code == "InvalidKeySigningKeyStatus"
    assert (
        said
        == "Key Signing Key with name one cannot be deleted because current status is not INACTIVE."
    )
    code, said = fault(route53.delete_hosted_zone, Id=zone)
    assert code == "HostedZoneNotEmpty"
    assert (
        said
        == "The specified hosted zone contains DNSSEC Key Signing Keys and so cannot be deleted."
    )
    assert fault(route53.activate_key_signing_key, **of, Name="none")[0] == "NoSuchKeySigningKey"
    key(world, route53, zone, "two")
    assert fault(key, world, route53, zone, "two")[0] == "KeySigningKeyAlreadyExists"
    assert fault(key, world, route53, zone, "three")[0] == "TooManyKeySigningKeys"


def test_keys_that_cannot_sign(world: World, route53: Any, zone: str) -> None:
    def refused(arn: str) -> tuple[str, str]:
        return fault(
            route53.create_key_signing_key, HostedZoneId=zone, Name="one", CallerReference="1",
            Status="ACTIVE", KeyManagementServiceArn=arn,
        )  # fmt: skip

    for arn in (
        kms_key(world, SERVICE, KeySpec="ECC_NIST_P384"),
        kms_key(world, SERVICE, region="eu-west-1"),
        f"arn:aws:kms:us-east-1:{FIRST}:key/none",
    ):
        code, said = refused(arn)
        assert code == "InvalidKMSArn"
        assert said.startswith(f"The customer managed key with ARN '{arn}' could not be used")
    unwilling = kms_key(world)
    code, said = refused(unwilling)
    assert code == "InvalidKMSArn"
    assert "does not grant all the required permissions" in said
    assert refused(kms_key(world, {**SERVICE, "Action": "kms:Sign"}))[0] == "InvalidKMSArn"


def test_a_zone_below_a_signed_one(world: World, route53: Any, signed: str) -> None:
    """Equal names never share servers; a second signed zone has keys of its own."""
    made = create(route53, "example.net")
    assert made["DelegationSet"]["NameServers"]
    assert world.ask("example.net", "SOA", want_dnssec=True).answer[1:] == []


def test_a_key_of_kms_that_is_disabled(world: World, route53: Any, signed: str) -> None:
    """What was signed stays as long as it is good, and the key asks for action."""
    validator = Validator(world, route53, signed)
    (shown,) = route53.get_dnssec(HostedZoneId=signed)["KeySigningKeys"]
    world.client("kms").disable_key(KeyId=shown["KmsArn"])
    assert world.store.write_now(signing.tend, signed) == signing.HOUR
    (shown,) = route53.get_dnssec(HostedZoneId=signed)["KeySigningKeys"]
    assert shown["Status"] == "ACTION_NEEDED"
    assert validator.ask("example.com", "SOA").answer


def test_a_key_that_the_zone_above_vouches_for_stays(
    world: World, route53: Any, signed: str
) -> None:
    world.store.write_now(delegate_zone, "example.com")
    key(world, route53, signed, "two")
    code, text = fault(route53.disable_hosted_zone_dnssec, HostedZoneId=signed)
    assert (code, "name one" in text) == ("KeySigningKeyInParentDSRecord", True)
    of = {"HostedZoneId": signed, "Name": "one"}
    assert fault(route53.deactivate_key_signing_key, **of)[0] == "KeySigningKeyInParentDSRecord"
    route53.deactivate_key_signing_key(HostedZoneId=signed, Name="two")
    world.store.write_now(registry.undelegate, "example.com")
    route53.disable_hosted_zone_dnssec(HostedZoneId=signed)


def test_a_zone_of_the_account_vouches_too(world: World, route53: Any, zone: str) -> None:
    child = bare(create(route53, "b.example.com"))
    ds = key(world, route53, child)["DSRecord"]
    route53.enable_hosted_zone_dnssec(HostedZoneId=child)
    sets = (rrset("b.example.com", "NS", "ns.example.net"), rrset("b.example.com", "DS", ds))
    change(route53, zone, *(("CREATE", each) for each in sets))
    code, _ = fault(route53.disable_hosted_zone_dnssec, HostedZoneId=child)
    assert code == "KeySigningKeyInParentDSRecord"
    change(route53, zone, ("DELETE", sets[1]))
    route53.disable_hosted_zone_dnssec(HostedZoneId=child)
