"""Where connections made for callers may go."""

from __future__ import annotations

import pytest

from forecourt.platform.egress import NEVER, Egress

OWN = "127.53.0.0/16"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.53.0.1", True), ("127.53.255.255", True),  # the instance's own
        ("127.0.0.1", False), ("127.54.0.1", False), ("::1", False),  # this machine is not
        ("10.0.0.1", True), ("172.16.0.1", True), ("172.31.255.255", True), ("192.168.1.1", True),
        ("172.15.255.255", False), ("172.32.0.1", False), ("192.169.0.1", False), ("11.0.0.1", False),
        ("fc00::1", True), ("fdff::1", True), ("fe00::1", False), ("2001:db8::1", False),
        ("192.0.2.1", False), ("8.8.8.8", False),
        ("169.254.169.254", False), ("fe80::1", False), ("0.0.0.0", False), ("::", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("ff02::1", False),
        ("::ffff:10.0.0.1", True), ("::ffff:127.0.0.1", False), ("::ffff:169.254.169.254", False),
    ],
)  # fmt: skip
def test_by_default(address: str, allowed: bool) -> None:
    assert Egress(OWN).allows(address) is allowed


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("192.0.2.0/24", "192.0.2.9"),
        ("2001:db8::/32", "2001:db8::9"),
        ("127.0.0.1/32", "127.0.0.1"),
    ],
)
def test_what_is_allowed_beside(network: str, address: str) -> None:
    assert not Egress(OWN).allows(address)
    assert Egress(OWN, (network,)).allows(address)


@pytest.mark.parametrize("network", NEVER)
def test_never_whatever_is_allowed(network: str) -> None:
    first = network.partition("/")[0]
    assert not Egress(OWN, ("0.0.0.0/0", "::/0")).allows(first)


def test_a_name_is_no_address() -> None:
    with pytest.raises(ValueError, match="internal"):
        Egress(OWN).allows("internal")
