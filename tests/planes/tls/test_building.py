"""What is in a certificate that was built."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from forecourt.planes.tls.building import (
    Urls,
    common_name,
    der,
    distribution_point,
    hash_for,
    host_names,
    key_usage,
    pem,
    pointers,
)

from .authority import issue, issuing, new_key, root


def test_a_leaf_is_its_issuers() -> None:
    leaf = issue("*.example.com", "192.0.2.1")
    leaf.verify_directly_issued_by(issuing().certificate)
    issuing().certificate.verify_directly_issued_by(root().certificate)
    key_id = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    above = issuing().certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert key_id.key_identifier == above.value.digest
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert (len(list(names.value)), names.critical) == (2, False)
    assert leaf.serial_number.bit_length() > 64
    assert x509.load_der_x509_certificate(der(leaf)) == leaf
    assert x509.load_pem_x509_certificates(pem(leaf, leaf).encode()) == [leaf, leaf]


def test_without_a_subject_the_names_are_critical() -> None:
    long = ".".join(["a" * 60, "b" * 60, "com"])
    leaf = issue(long)
    assert not list(leaf.subject)
    assert leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical


@pytest.mark.parametrize(
    ("hosts", "common"),
    [(["a.com", "b.com"], "a.com"), (["a" * 63 + ".com", "b.com"], "b.com"), (["a" * 63 + ".com"], "")],
)  # fmt: skip
def test_common_name(hosts: list[str], common: str) -> None:
    found = common_name(hosts).get_attributes_for_oid(NameOID.COMMON_NAME)
    assert (found[0].value if found else "") == common


def test_pointers() -> None:
    assert pointers(Urls()) == []
    (crl, _), (access, _) = pointers(Urls("http://i", "http://o", "http://c"))
    assert crl == distribution_point("http://c")
    assert isinstance(access, x509.AuthorityInformationAccess)
    assert [each.access_location.value for each in access] == ["http://o", "http://i"]


def test_keys() -> None:
    assert hash_for(ed25519.Ed25519PrivateKey.generate()) is None
    digest = hash_for(new_key(), "SHA512")
    assert digest is not None and digest.name == "sha512"
    assert key_usage(["crl_sign"]).crl_sign
    assert [type(each) for each in host_names(["a.com", "::1"])] == [x509.DNSName, x509.IPAddress]
