"""Signing by itself: canonical forms, bitmaps, tags and digests beside dnspython's; age of signatures."""

from __future__ import annotations

from typing import Any

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.dns import dnssec, protocol, wire
from forecourt.planes.dns.dnssec import FRESH, LASTS, Signing
from forecourt.planes.dns.names import SIGNED, Names, question
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.planes.dns.snapshot import RRset
from forecourt.planes.dns.wire import DNSKEY, A

from .building import APEX, ORIGIN, WHOLE, absolute, names_of, nodes, query, read

NOW = 1_800_000_000.0
KEY = ec.generate_private_key(ec.SECP256R1())
RDATA = dnssec.dnskey(257, KEY.public_key())


def signed() -> Names:
    names = names_of(WHOLE)
    names.tick(NOW)
    signing = Signing(KEY, dnssec.key_tag(RDATA), RRset(DNSKEY, 3600, (RDATA,)), (b"",))
    names.world.set_signing(names.zones[APEX], signing)
    return names


def test_tags_and_digests_are_those_of_dnspython() -> None:
    for flags in (256, 257):
        rdata = dnssec.dnskey(flags, KEY.public_key())
        known: Any = dns.rdata.from_wire("IN", "DNSKEY", rdata, 0, len(rdata))
        assert dnssec.key_tag(rdata) == dns.dnssec.key_id(known)
        assert dnssec.digest(APEX, rdata) == dns.dnssec.make_ds(ORIGIN, known, "SHA256").digest


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("NS", "Ns.Example."), ("MX", "10 Mail.Example."), ("SRV", "1 2 3 T.Example."),
        ("NAPTR", '100 50 "S" "Z3950+I2L" "!A!B!" _Z.Example.'), ("CNAME", "X.Example."),
        ("SOA", "Ns.Example. Admin.Example. 1 2 3 4 5"), ("PTR", "P.Example."),
        ("TXT", '"Stays"'), ("CAA", '0 issue "Stays.Example"'), ("A", "192.0.2.1"),
        ("HTTPS", "1 Svc.Example. alpn=h2"), ("SVCB", "1 Svc.Example."),
    ],
)  # fmt: skip
def test_canonical_rdata(type_: str, text: str) -> None:
    rdata = dns.rdata.from_text("IN", type_, text)
    plain = rdata.to_wire() or b""
    digestable = rdata.to_digestable()
    assert dnssec.canonical(int(dns.rdatatype.from_text(type_)), plain) == digestable


@given(st.sets(st.integers(1, 65535), max_size=20))
def test_bitmaps_are_those_of_dnspython(types: set[int]) -> None:
    from dns.rdtypes.util import Bitmap

    class Types(Bitmap):
        type_name = "test"

    wanted = b"".join(
        bytes((window, len(bits))) + bits
        for window, bits in Types.from_rdtypes(
            list(map(dns.rdatatype.RdataType.make, types))
        ).windows
    )
    assert dnssec.bitmap(types) == wanted


@pytest.mark.parametrize("length", [1, 20, 63])
def test_the_next_name(length: int) -> None:
    owner = bytes((length,)) + b"a" * length + APEX
    after = dnssec.after(owner)
    assert dns.name.from_wire(after, 0)[0] > dns.name.from_wire(owner, 0)[0]
    longest = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"b" * 61 + b"\0"
    assert len(longest) == 255
    after = dnssec.after(longest)
    assert len(after) <= 255
    assert dns.name.from_wire(after, 0)[0] > dns.name.from_wire(longest, 0)[0]


def test_signatures_are_made_anew_before_they_are_old() -> None:
    names = signed()
    asked = question(absolute("www"), A) + SIGNED
    first = names.answer(asked)
    assert names.answer(asked) is first
    names.tick(NOW + FRESH - 1)
    assert names.answer(asked) is first
    names.tick(NOW + FRESH + 1)
    second = names.answer(asked)
    assert second[1] != first[1]
    assert LASTS > 2 * FRESH
    names.tick(NOW - FRESH)  # the clock was set back
    assert names.answer(asked)[1] not in (first[1], second[1])


def test_the_fast_way_gives_what_was_asked_for() -> None:
    names = signed()
    respond = Responder(names, Settings(rate=0))
    for _ in range(3):
        for do in (False, True):
            wanted = query("www", want_dnssec=True) if do else query("www", use_edns=0)
            reply = read(respond.datagram(wanted, "198.51.100.1"))
            types = {each.rdtype for each in reply.answer}
            assert (dns.rdatatype.RRSIG in types) == do
    names.world.set_signing(names.zones[APEX], None)
    reply = read(respond.datagram(query("www", want_dnssec=True), "198.51.100.1"))
    assert {each.rdtype for each in reply.answer} == {dns.rdatatype.A}


def test_a_change_is_signed_at_once() -> None:
    names = signed()
    respond = Responder(names, Settings(rate=0))
    ask = query("www", want_dnssec=True)
    respond.datagram(ask, "198.51.100.1")
    names.put(names.zones[APEX], absolute("www"), nodes("www A 192.0.2.77")[absolute("www")])
    reply = read(respond.datagram(ask, "198.51.100.1"))
    (found,) = [each for each in reply.answer if each.rdtype == dns.rdatatype.A]
    assert [each.to_text() for each in found] == ["192.0.2.77"]
    sig: Any = next(each for each in reply.answer if each.rdtype == dns.rdatatype.RRSIG)
    known: Any = dns.rdata.from_wire("IN", "DNSKEY", RDATA, 0, len(RDATA))
    keys = {ORIGIN: dns.rdataset.from_rdata(3600, known)}
    dns.dnssec.validate(found, sig, keys, now=NOW)  # type: ignore[arg-type]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dnssec, "MOST_KEPT", 5)
    names = signed()
    for n in range(50):
        names.answer(question(wire.from_text(f"n{n}.wild.example"), A) + SIGNED)
    signing = names.zones[APEX].signing
    assert signing is not None
    assert len(signing.kept) <= 6


def test_what_is_kept_of_senders_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_OPTS", 5)
    respond = Responder(signed(), Settings(rate=0))
    for n in range(20):
        respond.datagram(query("www", want_dnssec=True), f"198.51.100.{n}")
        respond.datagram(query("www", use_edns=0), f"198.51.100.{n}")
        respond.message(query("www", want_dnssec=True), f"198.51.101.{n}")
    assert len(respond._opts) <= 5
    assert len(respond._signed_opts) <= 5


def test_the_proof_itself_can_be_asked_for() -> None:
    respond = Responder(signed(), Settings(rate=0))
    for name in ("www", "nothing"):
        wanted = query(name, "NSEC", want_dnssec=True)
        reply = read(respond.datagram(wanted, "198.51.100.1"))
        assert [each.rdtype for each in reply.answer] == [dns.rdatatype.NSEC, dns.rdatatype.RRSIG]
        assert not reply.authority
