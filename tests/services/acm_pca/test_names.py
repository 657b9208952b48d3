"""Subjects and alternative names out of requests."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from forecourt.platform.certificates.private import errors
from forecourt.services.acm_pca.names import custom_extension, general_name, subject_of, utf8


def test_subjects() -> None:
    name = subject_of({"CommonName": "a", "Country": "KR", "Organization": "o"})
    assert name.rfc4514_string() == "CN=a,O=o,C=KR"
    custom = {"CustomAttributes": [{"ObjectIdentifier": "2.5.4.3", "Value": "x"}]}
    assert subject_of(custom).rfc4514_string() == "CN=x"
    for bad in ({**custom, "CommonName": "a"}, {"Country": "K"}):
        with pytest.raises(errors.InvalidArgsException):
            subject_of(bad)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"DnsName": "a.com"}, x509.DNSName),
        ({"IpAddress": "::1"}, x509.IPAddress),
        ({"Rfc822Name": "a@b.com"}, x509.RFC822Name),
        ({"UniformResourceIdentifier": "spiffe://a/b"}, x509.UniformResourceIdentifier),
        ({"RegisteredId": "1.2.3"}, x509.RegisteredID),
        ({"DirectoryName": {"CommonName": "a"}}, x509.DirectoryName),
        ({"OtherName": {"TypeId": "1.2.3", "Value": "x" * 200}}, x509.OtherName),
    ],
)
def test_general_names(given: Any, kind: type) -> None:
    assert isinstance(general_name(given), kind)


@pytest.mark.parametrize(
    "given",
    [{}, {"DnsName": "a", "IpAddress": "::1"}, {"IpAddress": "x"}, {"DnsName": "ü"}, {"EdiPartyName": {}}],
)  # fmt: skip
def test_names_that_are_none(given: Any) -> None:
    with pytest.raises(errors.InvalidArgsException):
        general_name(given)


def test_extensions() -> None:
    extension, critical = custom_extension(
        {"ObjectIdentifier": "1.2.3", "Value": "AQI=", "Critical": True}
    )
    assert (extension.oid.dotted_string, critical) == ("1.2.3", True)
    with pytest.raises(errors.InvalidArgsException):
        custom_extension({"ObjectIdentifier": "1.2.3", "Value": "!"})
    assert utf8("ab") == b"\x0c\x02ab"
