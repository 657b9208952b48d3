"""SPF: pyspf decides, our names answer."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail import spf
from tests.roles.mail.conftest import Names


def check(
    names: Names, address: str = "192.0.2.1", sender: str = "a@b.test", helo: str = "h.test"
) -> tuple[str, str]:
    return asyncio.run(spf.check(names, address, sender, helo))


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass"), ("v=spf1 ip4:192.0.3.0/24 -all", "fail"), ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"), ("v=spf1", "neutral"), ("v=spf10 -all", "none"), ("nothing", "none"),
        ("v=spf1 mx -all", "pass"), ("v=spf1 a:mx.b.test -all", "pass"), ("v=spf1 include:c.test -all", "pass"),
        ("v=spf1 redirect=c.test", "pass"), ("v=spf1 nonsense:x -all", "permerror"), ("v=spf1 exists:mx.b.test -all", "pass"),
        ("v=spf1 include:b.test -all", "permerror"), ("v=spf1 include:slow.test -all", "temperror"),
        ("v=spf1 " + "a:x.test " * 11 + "-all", "permerror"),
    ],
)  # fmt: skip
def test_each_mechanism_decides(record: str, result: str) -> None:
    names = Names(failing={"slow.test"})
    names.add("b.test", "TXT", f'"{record}"')
    names.add("b.test", "MX", "10 mx.b.test.")
    names.add("mx.b.test", "A", "192.0.2.1")
    names.add("c.test", "TXT", '"v=spf1 ip4:192.0.2.1 -all"')
    assert check(names) == (result, "b.test")


def test_two_records_are_an_error() -> None:
    names = Names()
    names.add("b.test", "TXT", '"v=spf1 -all"', '"v=spf1 +all"')
    assert check(names)[0] == "permerror"


def test_mail_from_nobody_is_its_server_s() -> None:
    names = Names()
    names.add("h.test", "TXT", '"v=spf1 ip4:192.0.2.1 -all"')
    assert check(names, sender="") == ("pass", "h.test")
    assert check(names, sender="", helo="[192.0.2.1]") == ("none", "[192.0.2.1]")


def test_ipv6_is_looked_at_too() -> None:
    names = Names()
    names.add("b.test", "TXT", '"v=spf1 ip6:2001:db8::/32 -all"')
    assert check(names, "2001:db8::1")[0] == "pass"
    assert check(names, "2001:db9::1")[0] == "fail"


def test_dns_that_does_not_answer_is_no_verdict() -> None:
    assert check(Names(failing={"b.test"}))[0] == "temperror"


def test_macros_are_filled_in() -> None:
    """RFC 7208 §7.4"""
    names = Names()
    names.add("b.test", "TXT", '"v=spf1 exists:%{ir}.%{l}._spf.%{d2} -all"')
    names.add("1.2.0.192.a._spf.b.test", "A", "127.0.0.2")
    assert check(names)[0] == "pass"
    assert check(names, "192.0.2.2")[0] == "fail"


def test_names_that_lead_nowhere_are_counted() -> None:
    """RFC 7208 §4.6.4: two void lookups are the most."""
    names = Names()
    names.add("b.test", "TXT", '"v=spf1 a:u.test a:v.test a:w.test a:x.test +all"')
    assert check(names)[0] == "permerror"


@pytest.mark.parametrize("address", ["::ffff:192.0.2.1", "fe80::1%eth0"])
def test_addresses_are_read_as_sockets_write_them(address: str) -> None:
    names = Names()
    names.add("b.test", "TXT", '"v=spf1 ip4:192.0.2.1 ip6:fe80::/10 -all"')
    assert check(names, address)[0] == "pass"


TERMS = st.sampled_from(
    ["a", "mx", "ptr", "all", "include:b.test", "redirect=b.test", "exp=b.test", "exists:%{i}", "a:%{d9r}.x", "ip4:1", "ip6:::/x",
     "a/33", "a//129", "mx:..", "-", "?", "%{", "a:%{z}", "x=y", "ip4:192.0.2.0/24", "include:", "\\\\255", "a:" + "x." * 90]
)  # fmt: skip


@given(st.lists(TERMS, max_size=6))
def test_any_record_has_a_result(terms: list[str]) -> None:
    names = Names()
    names.add("b.test", "TXT", '"' + " ".join(["v=spf1", *terms])[:250] + '"')
    assert check(names)[0] in spf.RESULTS
