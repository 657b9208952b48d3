"""Who a message is from: SPF, DKIM, DMARC and ARC together, and how that is written down."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail import authentication, dkim
from forecourt.planes.mail.authentication import Results
from forecourt.planes.mail.smtp import Peer
from forecourt.roles.mail.intake import organization_of
from tests.planes.mail.test_dkim import MESSAGE, NOW, ours, record
from tests.roles.mail.conftest import KEY, Names


@pytest.fixture
def names() -> Names:
    found = Names()
    found.add("jpub.co.kr", "TXT", '"v=spf1 ip4:192.0.2.1 -all"')
    found.add("_dmarc.jpub.co.kr", "TXT", '"v=DMARC1; p=reject"')
    key = record(KEY)
    found.add("sel._domainkey.jpub.co.kr", "TXT", f'"{key[:200]}" "{key[200:]}"')
    return found


def results(
    names: Names, message: bytes, address: str = "192.0.2.9", sender: str = "x@elsewhere.test"
) -> Results:
    peer = Peer(address, "helo.test")
    return asyncio.run(
        authentication.authenticate(names, organization_of, peer, sender, message, NOW)
    )


def test_a_signature_of_the_domain_passes(names: Names) -> None:
    found = results(names, ours())
    assert [each.result for each in found.dkim] == ["pass"]
    assert found.dmarc.result == "pass" and found.spf[0] == "none"


def test_an_address_of_the_domain_passes(names: Names) -> None:
    found = results(names, MESSAGE, "192.0.2.1", "alice@jpub.co.kr")
    assert found.spf == ("pass", "jpub.co.kr") and found.dmarc.result == "pass"


def test_neither_fails_as_the_domain_says(names: Names) -> None:
    found = results(names, MESSAGE, sender="alice@jpub.co.kr")
    assert found.spf[0] == "fail"
    assert (found.dmarc.result, found.dmarc.disposition) == ("fail", "reject")


def test_a_key_that_is_not_there_or_not_now(names: Names) -> None:
    del names.records["sel._domainkey.jpub.co.kr", "TXT"]
    assert results(names, ours()).dkim[0].result == "permerror"
    names.failing.add("sel._domainkey.jpub.co.kr")
    assert results(names, ours()).dkim[0].result == "temperror"


def test_what_is_found_is_written_down(names: Names) -> None:
    fields = results(names, ours()).fields("mx.test", "192.0.2.9").decode()
    assert fields.startswith(
        "Authentication-Results: mx.test;\r\n spf=none smtp.mailfrom=x@elsewhere.test;"
    )
    assert "dkim=pass header.d=jpub.co.kr header.s=sel" in fields
    assert "dmarc=pass header.from=jpub.co.kr" in fields
    assert "Received-SPF: none (mx.test) client-ip=192.0.2.9;" in fields


def test_nothing_of_a_stranger_s_ends_a_field() -> None:
    assert authentication.plain('a\r\nb";c d') == "abc d"


@pytest.mark.parametrize(
    ("header", "domain"),
    [(b"From: a@B.test\r\n", "b.test"), (b"From: a@b.test, c@b.test\r\n", "b.test"), (b"", ""),
     (b"From: a@b.test, c@d.test\r\n", ""), (b"From: a@b.test\r\nFrom: a@b.test\r\n", ""), (b"From: nobody\r\n", "")],
)  # fmt: skip
def test_a_message_is_from_one_domain_or_none(header: bytes, domain: str) -> None:
    assert authentication.from_domain(dkim.header_of(header + b"\r\n")) == domain


@pytest.mark.parametrize(
    "host",
    [b"mx.test", b"MX.test;", b"(x) mx.test", b"mx.test.", b"mx.test 1", b'"mx.test"', b"mx.test\t1", b"((x)) mx.test",
     b"mx.test(x(y))", b"mx.test(x)1", b"(a\\)b) mx.test", b"\r\n mx.test"],
)  # fmt: skip
def test_results_that_claim_to_be_ours_go(host: bytes) -> None:
    message = b"Authentication-Results: " + host + b"; spf=pass\r\n" + MESSAGE
    assert authentication.without_claims(message, "mx.test") == MESSAGE


def test_others_results_stay() -> None:
    message = b"Authentication-Results: other.test; spf=pass\r\n" + MESSAGE
    assert authentication.without_claims(message, "mx.test") == message
    assert dkim.header_of(message)[0][0] == "authentication-results"


def test_a_second_from_cannot_hide_behind_other_fields() -> None:
    header = b"From: a@b.test\r\n" + b"X: y\r\n" * 3_000 + b"From: c@d.test\r\n"
    assert authentication.from_domain(dkim.header_of(header + b"\r\n")) == ""


def test_a_from_in_the_middle_of_a_line_is_none() -> None:
    assert (
        authentication.from_domain(dkim.header_of(b"junk From: a@b.test\r\nFrom: c@d.test\r\n\r\n"))
        == "d.test"
    )


@given(st.binary(max_size=60))
def test_any_from_is_of_a_domain_or_none(value: bytes) -> None:
    field = b"From: " + value.replace(b"\n", b"") + b"\r\n"
    assert isinstance(authentication.from_domain(dkim.header_of(field + b"\r\n")), str)
    authentication.claims(field, "mx.test")
