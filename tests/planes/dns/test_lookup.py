"""Which records answer a question: transcripts over one zone (building.WHOLE)."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import pytest

from forecourt.planes.dns import wire
from forecourt.planes.dns.lookup import LONGEST_CHAIN, look_up
from forecourt.planes.dns.zone import Zone

from .building import START, WHOLE, absolute, query, read, responder, shown, zone_of

SOA = {"example. SOA ns.example. admin.example. 1 7200 900 1209600 60"}
WWW = {"www.example. A 192.0.2.1", "www.example. A 192.0.2.2"}
NODATA: set[str] = set()
DENIED = [("c", "MX")]  # no such data at the end of a chain


def ask(name: str, type_: str, text: str = WHOLE) -> dns.message.Message:
    return read(responder(text).message(query(name, type_), "192.0.2.7"))


@pytest.mark.parametrize(
    ("name", "type_", "answer"),
    [
        ("www", "A", WWW),
        ("www", "AAAA", {"www.example. AAAA 2001:db8::1"}),
        ("@", "MX", {"example. MX 10 mail.example."}),
        ("@", "SOA", SOA),
        ("@", "NS", {"example. NS ns.example."}),
        ("www", "MX", NODATA),
        ("empty.place", "A", NODATA),  # an empty non-terminal
        ("place", "A", NODATA),
        ("@", "DS", NODATA),  # the parent's to answer
        # wildcards, RFC 4592
        ("x.wild", "A", {"x.wild.example. A 192.0.2.9"}),
        ("x.y.wild", "A", {"x.y.wild.example. A 192.0.2.9"}),
        ("*.wild", "A", {"*.wild.example. A 192.0.2.9"}),
        ("x.wild", "AAAA", NODATA),
        ("there.wild", "A", NODATA),  # a name that is there
        ("b.wild", "A", NODATA),  # an empty non-terminal is there too
        # chains
        ("c", "CNAME", {"c.example. CNAME www.example."}),
        ("c", "A", {"c.example. CNAME www.example."} | WWW),
        ("c2", "A", {"c2.example. CNAME c.example.", "c.example. CNAME www.example."} | WWW),
        ("c", "MX", {"c.example. CNAME www.example."}),
        ("away", "A", {"away.example. CNAME www.elsewhere.test."}),
        ("x.wc", "A", {"x.wc.example. CNAME www.example."} | WWW),
        ("self", "A", {"self.example. CNAME self.example."}),
        (
            "loop1",
            "A",
            {"loop1.example. CNAME loop2.example.", "loop2.example. CNAME loop1.example."},
        ),
        # aliases
        ("alias", "A", {"alias.example. A 192.0.2.1", "alias.example. A 192.0.2.2"}),
        ("alias2", "A", {"alias2.example. A 192.0.2.1", "alias2.example. A 192.0.2.2"}),
        ("alias", "AAAA", NODATA),
        ("aliasnone", "A", NODATA),
    ],
)
def test_answers(name: str, type_: str, answer: set[str]) -> None:
    said = ask(name, type_)
    assert said.rcode() == dns.rcode.NOERROR
    assert said.flags & dns.flags.AA
    assert shown(said.answer) == answer
    assert shown(said.authority) == (SOA if (name, type_) in DENIED or not answer else set())


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("nothing", set()),
        ("www.www", set()),
        ("x.there.wild", set()),  # the closest encloser has no wildcard
        ("x.a.b.wild", set()),
        ("dead", {"dead.example. CNAME nothing.here.example."}),  # RFC 6604 §3
    ],
)
def test_names_that_are_not_there(name: str, answer: set[str]) -> None:
    said = ask(name, "A")
    assert said.rcode() == dns.rcode.NXDOMAIN
    assert said.flags & dns.flags.AA
    assert shown(said.answer) == answer
    assert shown(said.authority) == SOA


@pytest.mark.parametrize("name", ["sub", "host.sub", "a.b.sub", "ns.sub"])
def test_referrals_with_glue(name: str) -> None:
    said = ask(name, "A")
    assert not said.flags & dns.flags.AA
    assert not said.answer
    assert shown(said.authority) == {
        "sub.example. NS ns.sub.example.",
        "sub.example. NS ns.elsewhere.test.",
    }
    assert shown(said.additional) == {
        "ns.sub.example. A 192.0.2.54",
        "ns.sub.example. AAAA 2001:db8::54",
    }


def test_ds_at_a_cut_is_ours() -> None:
    said = ask("sub", "DS")  # RFC 4035 §3.1.4.1
    assert said.flags & dns.flags.AA
    assert len(said.answer) == 1
    assert not ask("x.sub", "DS").flags & dns.flags.AA


def test_a_chain_into_a_delegation_ends_in_its_referral() -> None:
    said = ask("intosub", "A")
    assert said.flags & dns.flags.AA
    assert shown(said.answer) == {"intosub.example. CNAME host.sub.example."}
    assert "sub.example. NS ns.sub.example." in shown(said.authority)
    assert said.additional


def test_the_highest_cut_counts() -> None:
    text = START + "sub NS ns.other.test.\ndeep.sub NS ns.another.test."
    assert shown(ask("x.deep.sub", "A", text).authority) == {"sub.example. NS ns.other.test."}


def test_negative_answers_may_be_kept_for_the_lesser_time() -> None:
    (soa,) = ask("nothing", "A").authority
    assert soa.ttl == 60  # RFC 2308 §3: of the SOA's own 300 and its minimum


def test_long_chains_are_cut() -> None:
    text = START + "\n".join(f"n{i} CNAME n{i + 1}" for i in range(40))
    said = ask("n0", "A", text)
    assert len(said.answer) == LONGEST_CHAIN
    assert said.rcode() == dns.rcode.NOERROR


def test_alias_loops_are_no_data() -> None:
    assert not ask("x", "A", START + "x A -> y\ny A -> x").answer


def test_an_alias_of_a_wildcard() -> None:
    said = ask("x", "A", START + "x A -> any.w\n*.w A 192.0.2.3")
    assert shown(said.answer) == {"x.example. A 192.0.2.3"}


def test_an_alias_of_an_empty_non_terminal_is_no_data() -> None:
    text = START + "x A -> ent\n*.example. A 192.0.2.3\nbelow.ent A 192.0.2.4"
    assert not ask("x", "A", text).answer  # RFC 4592 §2.2.2: ent is there, and has no records


def test_an_alias_of_a_cname_answers_any_type() -> None:
    said = ask("x", "A", START + "x CNAME -> c\nc CNAME www\nwww A 192.0.2.3")
    assert shown(said.answer) == {"x.example. CNAME www.example.", "www.example. A 192.0.2.3"}


@pytest.mark.parametrize("name", ["www", "@", "x.wild", "there.wild"])
def test_any_is_one_set(name: str) -> None:
    said = ask(name, "ANY")  # RFC 8482 §4.1
    assert len(said.answer) == 1
    assert said.rcode() == dns.rcode.NOERROR


def test_any_of_an_alias_is_what_it_stands_for() -> None:
    assert shown(ask("alias", "ANY").answer) == {
        "alias.example. A 192.0.2.1",
        "alias.example. A 192.0.2.2",
    }


@pytest.mark.parametrize(
    ("name", "type_", "structural"),
    [
        ("www", wire.A, False),
        ("c", wire.A, False),
        ("www", wire.MX, False),
        ("nothing", wire.A, True),
        ("empty.place", wire.A, True),
        ("x.wild", wire.A, True),
        ("aliasnone", wire.A, True),
    ],
)
def test_what_an_answer_hangs_on(name: str, type_: int, structural: bool) -> None:
    assert look_up(zone_of(WHOLE), absolute(name), type_).structural is structural


def test_a_chain_hangs_on_each_of_its_names() -> None:
    found = look_up(zone_of(WHOLE), absolute("c2"), wire.A)
    assert set(found.looked_at) == {absolute(name) for name in ("c2", "c", "www")}


def test_a_zone_without_records_denies_all() -> None:
    zone = Zone(absolute("@"))
    assert look_up(zone, zone.origin, wire.A).rcode == wire.NXDOMAIN
