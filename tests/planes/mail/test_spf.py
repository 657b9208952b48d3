"""SPF: pyspf decides, our names answer."""

from __future__ import annotations

import asyncio

import pytest

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
