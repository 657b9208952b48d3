"""Messages in, messages out: headers, EDNS, limits, garbage, and answers that are never stale."""

from __future__ import annotations

import struct
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecourt.planes.dns import names as views
from forecourt.planes.dns import protocol, wire
from forecourt.planes.dns.protocol import Names, Responder, Settings

from .building import (
    APEX,
    START,
    WHOLE,
    absolute,
    names_of,
    nodes,
    query,
    read,
    responder,
    shown,
)

CLIENT = "192.0.2.7"
WWW = absolute("www") + b"\0\1\0\1"
OPT = b"\0\0\x29\4\xd0\0\0\0\0\0\0"  # 1232 bytes, nothing else


def raw(flags: int = 0, counts: tuple[int, ...] = (1, 0, 0, 0), rest: bytes = WWW) -> bytes:
    return struct.pack(">HHHHHH", 4711, flags, *counts) + rest


def opt(options: bytes = b"", size: int = 1232, version: int = 0, flags: int = 0) -> bytes:
    return b"\0\0\x29" + struct.pack(">HBBHH", size, 0, version, flags, len(options)) + options


def option(code: int, value: bytes) -> bytes:
    return struct.pack(">HH", code, len(value)) + value


def with_opt(*args: Any, **options: Any) -> bytes:
    return raw(counts=(1, 0, 0, 1), rest=WWW + opt(*args, **options))


def both(data: bytes, respond: Responder | None = None) -> bytes | None:
    """The reply by either way, which must be the same."""
    respond = respond or responder()
    respond.message(raw(), CLIENT)  # an answer that is ready, for the fast way to be tempted by
    slow = respond.message(data, CLIENT, protocol.OUR_SIZE)
    assert respond.datagram(data, CLIENT) == slow  # compiled now
    return slow


# Headers


@pytest.mark.parametrize(
    ("data", "rcode"),
    [
        (raw(0x0800), dns.rcode.NOTIMP),  # IQUERY
        (raw(0x1000), dns.rcode.NOTIMP),  # STATUS
        (raw(0x2000), dns.rcode.NOTIMP),  # NOTIFY
        (raw(0x2800), dns.rcode.NOTIMP),  # UPDATE
        (raw(0x7800), dns.rcode.NOTIMP),
        (raw(counts=(0, 0, 0, 0), rest=b""), dns.rcode.FORMERR),
        (raw(counts=(2, 0, 0, 0), rest=WWW + WWW), dns.rcode.FORMERR),
        (raw(counts=(1, 1, 0, 0)), dns.rcode.FORMERR),
        (raw(counts=(1, 0, 1, 0)), dns.rcode.FORMERR),
        (raw(counts=(1, 0, 0, 1)), dns.rcode.FORMERR),  # and no record there
        (raw(counts=(1, 0, 0, 5), rest=WWW + 5 * OPT), dns.rcode.FORMERR),
        (raw(rest=WWW[:-1]), dns.rcode.FORMERR),
        (raw(rest=b"\x40" + b"x" * 64 + b"\0\0\1\0\1"), dns.rcode.FORMERR),
        (raw(rest=b"\xc0\x0c\0\1\0\1"), dns.rcode.FORMERR),  # a pointer to itself
        (raw(rest=b"\1a\xc0\x0c\0\1\0\1"), dns.rcode.FORMERR),
        (raw(rest=b"\x3fx" * 4 + b"\0\0\1\0\1"), dns.rcode.FORMERR),
        (raw(rest=(b"\x3f" + b"x" * 63) * 4 + b"\0\0\1\0\1"), dns.rcode.FORMERR),  # 257 bytes
    ],
)
def test_errors(data: bytes, rcode: int) -> None:
    reply = both(data)
    assert reply is not None
    assert len(reply) == 12
    assert reply[:2] == data[:2]
    assert reply[2] & 0x80
    assert reply[2] & 0x79 == data[2] & 0x79  # opcode and RD
    assert reply[3] & 0x0F == rcode
    assert reply[4:] == bytes(8)


@pytest.mark.parametrize("length", range(12))
def test_less_than_a_header_is_not_answered(length: int) -> None:
    assert both(raw()[:length]) is None


def test_answers_are_not_answered() -> None:
    assert both(raw(0x8000)) is None
    assert both(raw(0x8180)) is None


@pytest.mark.parametrize("rd", [False, True])
@pytest.mark.parametrize("edns", [False, True])
def test_rd_is_copied_and_ra_is_not_set(rd: bool, edns: bool) -> None:
    data = query("www", use_edns=edns, flags=dns.flags.RD if rd else 0)
    said = read(both(data))
    assert bool(said.flags & dns.flags.RD) is rd
    assert not said.flags & dns.flags.RA
    assert said.flags & dns.flags.AA
    assert said.id == 4711
    assert (said.edns == 0) is edns


@pytest.mark.parametrize("flag", [0x0200, 0x0400, 0x0080, 0x0040, 0x0020, 0x0010])
def test_other_flags_of_a_query_are_not_copied(flag: int) -> None:
    said = both(raw(flag))
    assert said is not None
    assert said[2:4] == b"\x84\0"
    assert len(shown(read(said).answer)) == 2


@pytest.mark.parametrize("edns", [False, True])
def test_letter_case_is_given_back(edns: bool) -> None:
    asked = b"\3wWw\7eXAmplE\0\0\1\0\1"
    data = raw(counts=(1, 0, 0, int(edns)), rest=asked + (OPT if edns else b""))
    reply = both(data)
    assert reply is not None
    assert reply[12 : 12 + len(asked)] == asked
    assert len(read(reply).answer[0]) == 2


@pytest.mark.parametrize(
    ("asked", "rcode"),
    [
        (b"\7version\4bind\0\0\x10\0\3", dns.rcode.REFUSED),  # CHAOS
        (absolute("www") + b"\0\1\0\xff", dns.rcode.REFUSED),
        (absolute("@") + b"\0\xfc\0\1", dns.rcode.REFUSED),  # AXFR
        (absolute("@") + b"\0\xfb\0\1", dns.rcode.REFUSED),  # IXFR
        (wire.from_text("www.example.com") + b"\0\1\0\1", dns.rcode.REFUSED),
        (b"\0\0\2\0\1", dns.rcode.REFUSED),  # the root's NS
    ],
)
def test_what_is_not_ours_is_refused(asked: bytes, rcode: int) -> None:
    said = read(both(raw(rest=asked)))
    assert said.rcode() == rcode
    assert not said.flags & dns.flags.AA
    assert not said.answer + said.authority + said.additional
    assert said.question


# EDNS


@pytest.mark.parametrize("flags", [0, 0x8000])
def test_do_is_copied(flags: int) -> None:
    said = read(both(with_opt(flags=flags)))
    assert said.ednsflags & 0xFFFF == flags
    assert said.payload == 1232


def test_other_edns_flags_are_not_copied() -> None:
    assert read(both(with_opt(flags=0x7FFF))).ednsflags & 0xFFFF == 0  # RFC 6891 §6.1.4


def test_a_version_we_do_not_know() -> None:
    said = read(both(with_opt(version=1)))
    assert said.rcode() == dns.rcode.BADVERS
    assert said.edns == 0
    assert not said.answer


@pytest.mark.parametrize(
    "additional",
    [
        OPT + OPT,
        b"\1x\0\0\x29\4\xd0\0\0\0\0\0\0",  # an owner other than the root
        opt(b"\0"),
        opt(option(3, b"")[:-1]),
        opt(b"\0\3\0\5x"),
        OPT[:-1],
        opt(b"xxxx")[:-2],
    ],
)
def test_broken_opt_records(additional: bytes) -> None:
    count = 2 if additional == OPT + OPT else 1
    reply = both(raw(counts=(1, 0, 0, count), rest=WWW + additional))
    assert reply is not None
    assert reply[3] == dns.rcode.FORMERR


def test_other_additional_records_are_passed_over() -> None:
    record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4abcd"
    said = read(both(raw(counts=(1, 0, 0, 2), rest=WWW + record + OPT)))
    assert said.edns == 0
    assert said.answer


@pytest.mark.parametrize(
    "data",
    [
        raw(rest=WWW + OPT),  # bytes that no count announces
        raw(counts=(2, 0, 0, 1), rest=WWW + OPT),
        raw(counts=(0, 0, 0, 1), rest=WWW + OPT),
        raw(counts=(1, 1, 0, 0), rest=WWW + OPT),
        raw(counts=(1, 0, 1, 0), rest=WWW + OPT),
        raw(counts=(1, 0, 0, 9), rest=WWW + OPT),
    ],
)
def test_counts_decide_whether_there_is_an_opt(data: bytes) -> None:
    both(data)


def test_unknown_options_are_passed_over() -> None:
    said = read(both(with_opt(option(65001, b"x" * 30))))
    assert said.edns == 0
    assert not said.options


@pytest.mark.parametrize(("ours", "asked"), [(b"ns1.test", True), (b"", True), (b"x", False)])
def test_nsid(ours: bytes, asked: bool) -> None:
    options = option(3, b"") if asked else b""
    said = read(both(with_opt(options), responder(nsid=ours)))
    found = [each.to_wire() for each in said.options if each.otype == dns.edns.OptionType.NSID]
    assert found == ([ours] if ours and asked else [])


def cookie_in(reply: bytes | None) -> bytes | None:
    for each in read(reply).options:
        if isinstance(each, dns.edns.CookieOption):
            return each.client + each.server
    return None


def test_cookies() -> None:
    respond = responder()
    first = cookie_in(both(with_opt(option(10, b"clientck")), respond))
    assert first is not None
    assert first[:8] == b"clientck"
    assert len(first) == 16
    assert cookie_in(both(with_opt(option(10, first)), respond)) == first
    other = respond.message(with_opt(option(10, b"clientck")), "192.0.2.8")
    assert cookie_in(other) != first  # it hangs on the address
    same = responder().message(with_opt(option(10, b"clientck")), CLIENT)
    assert cookie_in(same) == first  # and on nothing that another process would not know
    strange = responder(cookie_secret=b"t" * 16).message(with_opt(option(10, first)), CLIENT)
    assert cookie_in(strange) != first


@pytest.mark.parametrize("length", [0, 1, 7, 9, 15, 41])
def test_cookies_of_wrong_length(length: int) -> None:
    reply = both(with_opt(option(10, b"x" * length)))  # RFC 7873 §5.2.2
    assert reply is not None
    assert reply[3] == dns.rcode.FORMERR


@pytest.mark.parametrize("length", [8, 16, 40])
def test_cookies_of_right_length(length: int) -> None:
    assert read(both(with_opt(option(10, b"x" * length)))).answer


# Truncation


def sized(body: int) -> Responder:
    """A server whose answer to www TXT is about so long."""
    strings = " ".join(f'"{"x" * 63}"' for _ in range(body // 64))
    return responder(START + f"www TXT {strings}")


TXT = absolute("www") + b"\0\x10\0\1"


@pytest.mark.parametrize(
    ("body", "size", "whole"),
    [
        (320, None, True),
        (512, None, False),
        (1024, None, False),
        (512, 100, False),  # RFC 6891 §6.2.3: less than 512 is 512
        (320, 100, True),
        (1024, 1100, True),
        (1024, 1000, False),
        (1024, 4096, True),
        (1280, 4096, False),  # never more than 1232
        (1280, 1232, False),
    ],
)
def test_truncation(body: int, size: int | None, whole: bool) -> None:
    rest = TXT if size is None else TXT + opt(size=size)
    data = raw(0x0100, (1, 0, 0, 0 if size is None else 1), rest)
    reply = both(data, sized(body))
    assert reply is not None
    assert len(reply) <= min(max(size or 512, 512), 1232)
    said = read(reply)
    assert bool(said.flags & dns.flags.TC) is not whole
    assert bool(said.answer) is whole
    assert (said.edns == 0) is (size is not None)
    assert said.flags & dns.flags.RD


@pytest.mark.parametrize("edns", [False, True])
def test_the_limit_is_reached_to_the_byte(edns: bool) -> None:
    """Of 512 or 1232 bytes each may be used, and not one more."""
    limit = 1232 if edns else 512
    fixed = 12 + len(TXT) + 2 + 10 + (len(OPT) if edns else 0)
    for length, whole in ((limit, True), (limit + 1, False)):
        left, strings = length - fixed, []
        while left:
            take = min(left - 1, 200) if left != 202 else 100
            strings.append(f'"{"x" * take}"')
            left -= take + 1
        text = START + f"www TXT {' '.join(strings)}"
        rest = TXT + (OPT if edns else b"")
        reply = both(raw(counts=(1, 0, 0, int(edns)), rest=rest), responder(text))
        assert reply is not None
        assert bool(reply[2] & 0x02) is not whole
        assert (len(reply) == limit) is whole


def test_whole_over_a_stream() -> None:
    respond = sized(60_000)
    assert read(respond.datagram(query("www", "TXT", use_edns=True), CLIENT)).flags & dns.flags.TC
    said = read(respond.message(query("www", "TXT", use_edns=True), CLIENT))
    assert not said.flags & dns.flags.TC
    assert sum(map(len, said.answer[0][0].strings)) > 59_000


def test_what_no_message_can_hold_is_truncated_even_there() -> None:
    lines = "\n".join(f'www TXT "{n}{"x" * 240}"' for n in range(300))
    reply = responder(START + lines).message(query("www", "TXT"), CLIENT)
    assert reply is not None
    assert len(reply) <= 65535
    assert read(reply).flags & dns.flags.TC


# Rate limits


def limited(**settings: Any) -> Responder:
    defaults: dict[str, Any] = {"rate": 3, "slip": 2, "exempt": ("127.",)}
    return responder(WHOLE, **defaults | settings)


def test_above_the_rate_every_other_answer_is_truncated_or_missing() -> None:
    respond = limited()
    replies = [respond.datagram(query("www", use_edns=edns), CLIENT) for edns in (False, True) * 4]
    assert all(read(reply).answer for reply in replies[:3])
    said = [reply and read(reply).flags & dns.flags.TC for reply in replies[3:]]
    assert said == [dns.flags.TC, None, dns.flags.TC, None, dns.flags.TC]
    assert (respond.queries, respond.dropped) == (8, 5)


def test_a_slipped_answer_is_short_and_keeps_the_question() -> None:
    respond = limited(slip=1)
    data = raw(0x0100, rest=b"\3wWw\7example\0\0\1\0\1")
    replies = [respond.datagram(data, CLIENT) for _ in range(4)]
    assert replies[3] is not None
    assert replies[3] == data[:2] + b"\x83\0" + data[4:]


def test_slip_0_never_answers() -> None:
    respond = limited(slip=0)
    assert [respond.datagram(query("www"), CLIENT) for _ in range(6)][3:] == [None] * 3


def test_the_rate_is_of_a_second_and_of_one_client() -> None:
    respond = limited(slip=1000)
    for _ in range(3):
        assert respond.datagram(query("www"), CLIENT)
    assert respond.datagram(query("www"), CLIENT) is None
    assert respond.datagram(query("www"), "192.0.2.8")
    respond.tick()
    assert respond.datagram(query("www"), CLIENT)


@pytest.mark.parametrize(("rate", "client"), [(0, CLIENT), (1, "127.0.0.1")])
def test_who_is_not_limited(rate: int, client: str) -> None:
    respond = limited(rate=rate)
    assert all(respond.datagram(query("www"), client) for _ in range(10))
    assert respond.dropped == 0


def test_a_cookie_of_ours_lifts_the_limit() -> None:
    respond = limited(slip=1000)
    cookie = cookie_in(respond.message(with_opt(option(10, b"clientck")), CLIENT))
    assert cookie is not None
    known, forged = with_opt(option(10, cookie)), with_opt(option(10, cookie[:-1] + b"?"))
    bare = with_opt(option(10, cookie[:8]))
    for _ in range(3):
        respond.datagram(query("www"), CLIENT)
    assert respond.datagram(known, CLIENT)
    assert respond.datagram(forged, CLIENT) is None
    assert respond.datagram(bare, CLIENT) is None
    other = "192.0.2.9"
    for _ in range(3):
        respond.datagram(query("www"), other)
    assert respond.datagram(known, other) is None


@pytest.mark.parametrize("data", [b"", b"\0" * 12, raw(0x8000), raw(rest=b"\xc0\x0c")])
def test_garbage_above_the_rate_is_not_answered(data: bytes) -> None:
    respond = limited(rate=1, slip=1)
    respond.datagram(query("www"), CLIENT)
    assert respond.datagram(data, CLIENT) is None


# Garbage


FULL = with_opt(option(3, b"") + option(10, b"clientck"))
MUTATED = st.tuples(
    st.integers(0, len(FULL)),
    st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.integers(0, 255))),
)
FUZZED = responder(rate=0)


def check(data: bytes) -> None:
    slow = FUZZED.message(data, CLIENT, protocol.OUR_SIZE)
    assert FUZZED.datagram(data, CLIENT) == slow
    assert FUZZED.message(data, CLIENT) is None or slow is not None
    if slow is not None:
        assert len(slow) <= protocol.OUR_SIZE
        assert slow[:2] == data[:2]
        assert slow[2] & 0x80
        dns.message.from_wire(slow, question_only=len(slow) > 12)


@given(st.binary(max_size=100))
@example(b"")
def test_garbage_never_raises(data: bytes) -> None:
    check(data)


@given(st.binary(max_size=60))
def test_a_header_and_garbage(rest: bytes) -> None:
    check(raw(rest=rest))
    check(raw(counts=(1, 0, 0, 1), rest=WWW + rest))
    check(raw(counts=(1, 0, 0, 4), rest=WWW + OPT + rest))


@given(MUTATED)
def test_a_query_cut_and_changed(change: tuple[int, list[tuple[int, int]]]) -> None:
    length, bytes_ = change
    data = bytearray(FULL)
    for at, value in bytes_:
        data[at] = value
    check(bytes(data[:length]))


@given(st.lists(st.sampled_from([0, 0, 1, 1, 2, 255]), min_size=8, max_size=8), st.booleans())
def test_counts_at_random(counts: list[int], edns: bool) -> None:
    check(b"\x12\x67\0\0" + bytes(counts) + WWW + (OPT if edns else b""))


# Answers that are kept are the answers a fresh server gives


LABELS = ("a", "b", "*", "c")
OWNERS = ["@"] + [f"{x}" for x in LABELS] + [f"{x}.{y}" for x in LABELS for y in "ab"]
TYPES = ("A", "TXT", "NS", "CNAME", "DS", "ANY", "SOA", "TYPE65000")
LINES = (
    "A 192.0.2.1",
    "A 192.0.2.2",
    'TXT "x"',
    "NS ns.elsewhere.test.",
    "NS a.b",
    "CNAME a",
    "CNAME b.a",
    "CNAME x.b",
    "A -> a",
    "A -> b.b",
    "A -> x.a",
    "CNAME -> a",
)
STEPS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(OWNERS[1:]), st.sampled_from(LINES)),
    st.tuples(st.just("drop"), st.sampled_from(OWNERS[1:]), st.just("")),
    st.tuples(st.just("ask"), st.sampled_from([*OWNERS, "x.a", "x.b.a"]), st.sampled_from(TYPES)),
)


def ask_all(names: Names) -> dict[tuple[str, str], bytes | None]:
    respond = Responder(names, Settings(rate=0))
    return {
        (owner, type_): respond.datagram(query(owner, type_), CLIENT)
        for owner in [*OWNERS, "x.a", "x.b", "x.b.a"]
        for type_ in TYPES[:4] + ("ANY",)
    }


@settings(max_examples=30)
@given(st.lists(STEPS, min_size=3, max_size=25))
def test_kept_answers_are_those_of_a_fresh_server(steps: list[tuple[str, str, str]]) -> None:
    names, there = Names(), nodes("@ SOA ns.test. admin.test. 1 2 3 4 5\n@ NS ns.test.")
    zone = names.add_zone(APEX)
    for owner, node in there.items():
        names.put(zone, owner, node)
    ask_all(names)
    for verb, name, rest in steps:
        owner = absolute(name)
        if verb == "ask":
            Responder(names, Settings(rate=0)).datagram(query(name, rest), CLIENT)
        elif verb == "put":
            there |= (made := nodes(f"{name} {rest}"))
            names.put(zone, owner, made[owner])
        else:
            there.pop(owner, None)
            names.put(zone, owner, None)
        fresh = Names()
        index = fresh.add_zone(APEX)
        for each, node in there.items():
            fresh.put(index, each, node)
        if verb != "ask":
            assert ask_all(names) == ask_all(fresh)


@pytest.mark.parametrize(
    ("name", "lines"), [("c", ("CNAME gone", "CNAME gone2")), ("a", ("A -> x.w", "A -> y.v"))]
)
def test_an_answer_made_from_what_is_not_there_may_change(name: str, lines: list[str]) -> None:
    text = START + "*.w A 192.0.2.1\n*.v A 192.0.2.2\n"
    names = names_of(text + f"{name} {lines[0]}")
    respond = Responder(names, Settings(rate=0))
    before = respond.datagram(query(name), CLIENT)
    names.put(names.zones[APEX], absolute(name), nodes(f"{name} {lines[1]}")[absolute(name)])
    after = respond.datagram(query(name), CLIENT)
    assert after == responder(text + f"{name} {lines[1]}").datagram(query(name), CLIENT)
    assert after != before


def test_a_zone_below_another_takes_its_names() -> None:
    names = Names()
    respond = Responder(names, Settings(rate=0))
    names.put(names.add_zone(APEX), absolute("x.sub"), nodes("x A 192.0.2.1")[absolute("x")])
    assert shown(read(respond.datagram(query("x.sub"), CLIENT)).answer)
    names.add_zone(absolute("sub"))
    assert not shown(read(respond.datagram(query("x.sub"), CLIENT)).answer)
    names.drop_zone(absolute("sub"))
    assert shown(read(respond.datagram(query("x.sub"), CLIENT)).answer)
    names.drop_zone(APEX)
    assert read(respond.datagram(query("x.sub"), CLIENT)).rcode() == dns.rcode.REFUSED


def test_a_change_forgets_only_what_hangs_on_it() -> None:
    names = names_of(WHOLE)
    respond, zone = Responder(names, Settings(rate=0)), names.zones[APEX]
    for name in ("www", "c2", "mail", "x.wild", "nothing"):
        respond.datagram(query(name), CLIENT)
    names.put(zone, absolute("www"), nodes("www A 192.0.2.3")[absolute("www")])
    left = {asked[:-4] for asked in (*names.ready, *names.derived)}
    assert left == {absolute(name) for name in ("mail", "x.wild", "nothing")}


@pytest.mark.parametrize("limit", ["MOST_READY", "MOST_DERIVED"])
def test_what_is_kept_is_bounded(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, limit, 4)
    names = names_of(WHOLE)
    respond = Responder(names, Settings(rate=0))
    for n in range(50):
        respond.datagram(query(f"n{n}.wild"), CLIENT)
        respond.datagram(query("www", ("A", "AAAA", "MX", "TXT", "SRV", "NS")[n % 6]), CLIENT)
        kept = names.derived if limit == "MOST_DERIVED" else names.ready
        assert len(kept) <= 4
    names.put(names.zones[APEX], absolute("*.wild"), None)
    assert read(respond.datagram(query("n49.wild"), CLIENT)).rcode() == dns.rcode.NXDOMAIN


def test_types_that_are_none_of_ours_are_not_kept() -> None:
    names = names_of(WHOLE)
    respond = Responder(names, Settings(rate=0))
    for type_ in range(60_000, 60_100):
        respond.datagram(raw(rest=absolute("www") + struct.pack(">HH", type_, 1)), CLIENT)
    assert not names.ready
    assert not names.derived
