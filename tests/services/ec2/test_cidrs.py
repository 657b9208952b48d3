"""CIDR blocks."""

from __future__ import annotations

import pytest

from forecourt.aws.errors import AwsError
from forecourt.services.ec2.cidrs import ipv4, ipv6, of_subnet, of_vpc


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("10.0.1.2/16", "10.0.0.0/16"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("192.0.2.1/32", "192.0.2.1/32"),
    ],
)
def test_ipv4(given: str, canonical: str) -> None:
    assert str(ipv4(given)) == canonical


@pytest.mark.parametrize(
    "given",
    ["", "10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "10.0.0/8", "::/0", "10.0.0.0/255.0.0.0", "x/8",
     "\u0661.0.0.0/8", " 10.0.0.0/8"],
)  # fmt: skip
def test_what_is_no_ipv4_block(given: str) -> None:
    with pytest.raises(AwsError) as raised:
        ipv4(given, "destinationCidrBlock")
    assert raised.value.code == "InvalidParameterValue"
    assert str(raised.value) == (
        f"Value ({given}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR"
        " block."
    )


def test_ipv6() -> None:
    assert str(ipv6("2001:DB8::1/32", "x")) == "2001:db8::/32"
    for given in ("2001:db8::", "10.0.0.0/8", "::/129"):
        with pytest.raises(AwsError, match="parameter x is invalid"):
            ipv6(given, "x")


@pytest.mark.parametrize(("size", "good"), [(15, False), (16, True), (28, True), (29, False)])
def test_sizes(size: int, good: bool) -> None:
    for make in (of_vpc, lambda given: of_subnet(given, ["10.0.0.0/8"], [])):
        if good:
            assert make(f"10.0.0.0/{size}").prefixlen == size
        else:
            with pytest.raises(AwsError, match=f"The CIDR '10.0.0.0/{size}' is invalid."):
                make(f"10.0.0.0/{size}")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("10.1.1.0/24", ""),
        ("10.1.0.0/24", "InvalidSubnet.Conflict"),
        ("10.1.0.0/23", "InvalidSubnet.Conflict"),
        ("10.1.0.0/25", "InvalidSubnet.Conflict"),
        ("10.2.0.0/24", "InvalidSubnet.Range"),
        ("10.0.0.0/16", "InvalidSubnet.Range"),
    ],
)
def test_subnets(given: str, code: str) -> None:
    blocks, others = ["10.3.0.0/16", "10.1.0.0/16"], ["10.1.0.0/24"]
    if not code:
        assert str(of_subnet(given, blocks, others)) == given
        return
    with pytest.raises(AwsError) as raised:
        of_subnet(given, blocks, others)
    assert raised.value.code == code
