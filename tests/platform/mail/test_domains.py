"""Hosted domains: their key, and what DNS is to say of them."""

from __future__ import annotations

import dns.rdata

from forecourt.planes.mail import dkim
from forecourt.platform.mail import domains
from tests.harness import World
from tests.roles.mail.conftest import KEY


def test_a_domain_keeps_its_key(world: World) -> None:
    first = world.store.write_now(domains.add, "jpub.co.kr", "000000000000", KEY)
    again = world.store.write_now(domains.add, "jpub.co.kr", "111122223333", domains.new_key())
    assert first == again
    assert world.store.read_now(domains.key_of, first).private_numbers() == KEY.private_numbers()


def test_domains_are_listed_by_who_has_them(world: World) -> None:
    for name, account in (("a.test", "000000000000"), ("b.test", "111122223333")):
        world.store.write_now(domains.add, name, account, KEY)
    assert [each.name for each in world.store.read_now(domains.all_of)] == ["a.test", "b.test"]
    assert [each.name for each in world.store.read_now(domains.all_of, "111122223333")] == [
        "b.test"
    ]
    world.store.write_now(domains.remove, "a.test")
    assert world.store.read_now(domains.get, "a.test") is None


def test_its_records_verify_what_it_signs(world: World) -> None:
    domain = world.store.write_now(domains.add, "jpub.co.kr", "000000000000", KEY)
    records = {
        (name, type_): values for name, type_, values in domains.records(domain, "127.0.0.1")
    }
    assert records["jpub.co.kr", "MX"] == ["10 mail.jpub.co.kr."]
    assert records["mail.jpub.co.kr", "A"] == ["127.0.0.1"]
    (text,) = records["forecourt._domainkey.jpub.co.kr", "TXT"]
    record = dns.rdata.from_text("IN", "TXT", text)
    content = b"From: a@jpub.co.kr\r\n\r\nHi\r\n"
    signed = dkim.sign(content, domain.name, domain.selector, KEY, 0) + content
    (signature,) = dkim.signatures(signed)
    assert isinstance(signature, dkim.Signature)
    dkim.check(signature, signed, b"".join(record.strings).decode(), 0)  # type: ignore[attr-defined]
