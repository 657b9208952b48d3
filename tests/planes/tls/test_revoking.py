"""CRLs and OCSP: what they say, who may say it, and what is not believed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.tls.building import Issuer
from forecourt.planes.tls.profiles import OCSP, SERVER_DV
from forecourt.planes.tls.revoking import (
    LARGEST_REQUEST,
    Revoked,
    Unusable,
    answer,
    crl,
    hashes_of,
    in_answer,
    in_crl,
    request_for,
)
from forecourt.platform.certificates.authorities import subject

from .authority import NOW, issue, issuing, new_key, root, span

WEEK = NOW, NOW + timedelta(days=7)


def responder(profile: object = OCSP) -> Issuer:
    key = new_key()
    made = issue(profile=OCSP if profile is OCSP else SERVER_DV, subject=subject("R"), key=key)
    return Issuer(made, key)


@pytest.mark.parametrize("reason", ["UNSPECIFIED", "KEY_COMPROMISE"])
def test_a_crl(reason: str) -> None:
    leaf, other = issue("a.com"), issue("b.com")
    gone = Revoked(leaf.serial_number, NOW, reason)
    data = crl(issuing(), [gone], 7, WEEK)
    assert in_crl(data, leaf, issuing().certificate, NOW) == gone
    assert in_crl(data, other, issuing().certificate, NOW) is None
    found = x509.load_der_x509_crl(data)
    assert found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 7


def test_a_crl_of_a_part() -> None:
    found = x509.load_der_x509_crl(crl(issuing(), [], 1, WEEK, "http://x/1.crl"))
    scope = found.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert scope.critical
    assert scope.value.full_name is not None
    assert scope.value.full_name[0].value == "http://x/1.crl"


def test_crls_that_say_nothing() -> None:
    leaf = issue("a.com")
    foreign = crl(root(), [], 1, WEEK)
    for data, now in (
        (foreign, NOW),
        (b"-----", NOW),
        (crl(issuing(), [], 1, WEEK), NOW + timedelta(8)),
    ):
        with pytest.raises(Unusable):
            in_crl(data, leaf, issuing().certificate, now)


@pytest.mark.parametrize("known", [True, "KEY_COMPROMISE", "UNSPECIFIED"])
def test_ocsp(known: object) -> None:
    leaf = issue("a.com")
    found = Revoked(leaf.serial_number, NOW, known) if isinstance(known, str) else True
    asked = request_for(leaf, issuing().certificate)
    data = answer(asked, issuing().certificate, responder(), lambda serial: found, NOW)
    said = in_answer(data, leaf, issuing().certificate, NOW)
    assert said == (found if isinstance(found, Revoked) else None)


def test_the_authority_may_answer_itself() -> None:
    leaf = issue("a.com")
    asked = request_for(leaf, issuing().certificate)
    data = answer(asked, issuing().certificate, issuing(), lambda serial: True, NOW)
    assert in_answer(data, leaf, issuing().certificate, NOW) is None


def test_ocsp_that_is_not_believed() -> None:
    leaf, other = issue("a.com"), issue("b.com")
    authority = issuing().certificate
    asked = request_for(leaf, authority)
    known = {
        "does not know": answer(asked, authority, responder(), lambda serial: False, NOW),
        "another certificate": answer(request_for(other, authority), authority, responder(), lambda _: True, NOW),
        "UNAUTHORIZED": answer(asked, root().certificate, responder(), lambda _: True, NOW),
        "not to be trusted": answer(asked, authority, responder(SERVER_DV), lambda _: True, NOW),
        "is old": answer(asked, authority, responder(), lambda _: True, NOW - timedelta(hours=2)),
        "cannot|not to be trusted": b"garbage",
    }  # fmt: skip
    for words, data in known.items():
        with pytest.raises(Unusable, match=words):
            in_answer(data, leaf, authority, NOW)


def test_a_nonce_comes_back() -> None:
    leaf = issue("a.com")
    builder = ocsp.OCSPRequestBuilder().add_extension(x509.OCSPNonce(b"n" * 16), critical=False)
    asked = builder.add_certificate(leaf, issuing().certificate, hashes.SHA256()).build()
    data = answer(
        asked.public_bytes(serialization.Encoding.DER),
        issuing().certificate, responder(), lambda serial: True, NOW,
    )  # fmt: skip
    found = ocsp.load_der_ocsp_response(data)
    assert found.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 16


def test_rsa_authorities() -> None:
    key = rsa.generate_private_key(65537, 2048)
    made = issue("x.com", key=key)
    assert hashes_of(made, hashes.SHA1())[0] != hashes_of(root().certificate, hashes.SHA1())[0]
    authority = Issuer(made, key)
    leaf = issue("a.com", issuer=authority)
    data = answer(request_for(leaf, made), made, authority, lambda serial: True, NOW)
    assert in_answer(data, leaf, made, NOW) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    said = answer(data, issuing().certificate, issuing(), lambda serial: True, NOW)
    assert ocsp.load_der_ocsp_response(said).response_status != ocsp.OCSPResponseStatus.SUCCESSFUL


def test_large_requests_are_not_read() -> None:
    said = answer(bytes(LARGEST_REQUEST + 1), issuing().certificate, issuing(), lambda _: True, NOW)
    status = ocsp.load_der_ocsp_response(said).response_status
    assert status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_spans() -> None:
    assert span(1)[1] - span(1)[0] == timedelta(days=1, seconds=-1)


def test_requests_of_several() -> None:
    """Two in one, and a negative serial number: refused, and nothing more."""
    leaf = issue("a.com")
    one = request_for(leaf, issuing().certificate)
    entry = one[one.index(b"\x30", 6) :]
    number = leaf.serial_number.to_bytes(21, "big").lstrip(b"\0")
    assert number in one
    negative = one.replace(number, bytes((0xFF,)) + number[1:]) if number[0] < 0x80 else one
    for asked in (negative, b"\x30\x06\x30\x04\x30\x02\x30\x00", one + entry):
        said = answer(asked, issuing().certificate, issuing(), lambda _: True, NOW)
        status = ocsp.load_der_ocsp_response(said).response_status
        assert status != ocsp.OCSPResponseStatus.SUCCESSFUL or asked is one
