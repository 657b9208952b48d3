"""Addresses as SMTP writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail import addresses
from forecourt.planes.mail.addresses import BadAddress

GOOD = {
    "a@b.test": ("a", "b.test"),
    "A.b+c@B.Test": ("A.b+c", "b.test"),
    '"a b"@b.test': ('"a b"', "b.test"),
    '"a\\"@\\\\b"@b.test': ('"a\\"@\\\\b"', "b.test"),
    "!#$%&'*+/=?^_`{|}~-@b.test": ("!#$%&'*+/=?^_`{|}~-", "b.test"),
    "a@[192.0.2.1]": ("a", "[192.0.2.1]"),
    "a@[IPv6:2001:db8::1]": ("a", "[ipv6:2001:db8::1]"),
    "jörg@bücher.test": ("jörg", "xn--bcher-kva.test"),
    "a@localhost": ("a", "localhost"),
}
BAD = [
    "", "a", "@b.test", "a@", "a b@c.test", ".a@b.test", "a.@b.test", "a..b@c.test", "a@b..test", "a@-b.test",
    "a@b-.test", "a@b_c.test", '"a@b.test', 'a"b@c.test', "a@[1.2.3]", "a@[x]", "x" * 65 + "@b.test",
    "a@" + "b." * 130 + "test", "a@" + "x" * 64 + ".test", "a@b." + "x" * 64, "a\0@b.test", "\udcff@b.test", "a@b.test\r\n", "<a@b.test>",
]  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_an_address_has_two_parts(address: str) -> None:
    assert addresses.split(address) == GOOD[address]


@pytest.mark.parametrize("address", BAD, ids=repr)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        addresses.split(address)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Alice@B.test", "alice@b.test"),
        ('"alice"@b.test', "alice@b.test"),
        ('"a b"@b.test', '"a b"@b.test'),
    ],
)
def test_case_and_needless_quotes_make_no_difference(address: str, key: str) -> None:
    assert addresses.key(address) == key


@pytest.mark.parametrize(
    ("address", "plain"),
    [("a+b@c.test", "a@c.test"), ("a+b+c@d", "a@d"), ("+a@b", "+a@b"), ("a@b", "a@b"),
     ('"a +b"@c', '"a +b"@c')],
)  # fmt: skip
def test_labels_come_off(address: str, plain: str) -> None:
    assert addresses.detail_off(address) == plain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<a@b> SIZE=1", ("a@b", "SIZE=1")), ("<>", ("", "")), ("<@x,@y:a@b>", ("a@b", "")),
        ('<"a>b"@c> X', ('"a>b"@c', "X")), ('<"a\\">"@c>', ('"a\\">"@c', "")),
        ('<"a\\\\"@c> X', ('"a\\\\"@c', "X")),
    ],
)  # fmt: skip
def test_a_path_ends_where_it_ends(text: str, found: tuple[str, str]) -> None:
    assert addresses.path(text) == found


@pytest.mark.parametrize("text", ["", "a@b", "<a@b", "<a@b>X", '<"a>@b'])
def test_a_path_without_an_end_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        addresses.path(text)


@given(st.text(max_size=40) | st.from_regex(r"[a-zü.@\"\\\[\]:+ -]{0,30}"))
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    for read in (addresses.split, addresses.key, addresses.domain_of, addresses.path):
        try:
            read(text)
        except BadAddress:
            continue
