"""Views: what is kept, what is forgotten, and why an answer is what it is."""

from __future__ import annotations

import pytest

from forecourt.planes.dns import names as views
from forecourt.planes.dns import wire
from forecourt.planes.dns.names import SIGNED, Names, question
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.planes.dns.routing import Client, Routing
from forecourt.planes.dns.snapshot import RRset, pack
from forecourt.planes.dns.wire import CNAME, A
from forecourt.planes.dns.world import World

from .building import APEX, START, absolute, nodes, query, read, shown

CLIENT = "198.51.100.1"
WWW = question(absolute("www"), A)


def weighted(*values: str) -> bytes:
    return pack(
        RRset(
            A,
            60,
            (bytes(map(int, value.split("."))),),
            routing=Routing("weighted", value, weight=1),
        )
        for value in values
    )


def filled(text: str = START, world: World | None = None) -> Names:
    names = Names(world)
    zone = names.add_zone(APEX)
    for owner, node in nodes(text).items():
        names.put(zone, owner, node)
    return names


def served(names: Names, name: str, type_: str = "A") -> set[str]:
    respond = Responder(names, Settings(rate=0))
    found = set[str]()
    for _ in range(40):
        found |= shown(read(respond.datagram(query(name, type_), CLIENT)).answer)
    return found


def test_a_chain_into_a_group_is_forgotten_link_by_link() -> None:
    names = filled(START + "a CNAME b\nb CNAME w")
    zone = names.zones[APEX]
    names.put(zone, absolute("w"), weighted("10.0.0.1", "10.0.0.2"))
    names.put(zone, absolute("v"), weighted("10.0.0.3"))
    assert {each.split()[-1] for each in served(names, "a")} >= {"10.0.0.1", "10.0.0.2"}
    names.put(zone, absolute("b"), nodes("b CNAME v")[absolute("b")])
    assert {each.split()[-1] for each in served(names, "a")} == {
        "b.example.",
        "v.example.",
        "10.0.0.3",
    }


def test_a_group_at_a_wildcard_is_forgotten() -> None:
    names = filled()
    zone = names.zones[APEX]
    names.put(zone, absolute("*"), weighted("10.0.0.1"))
    assert served(names, "x") == {"x.example. A 10.0.0.1"}
    names.put(zone, absolute("*"), weighted("10.0.0.2"))
    assert served(names, "x") == {"x.example. A 10.0.0.2"}
    names.put(zone, absolute("x"), weighted("10.0.0.3"))
    assert served(names, "x") == {"x.example. A 10.0.0.3"}


def test_a_logged_zone_never_takes_the_fast_way() -> None:
    names = filled(START + "www A 192.0.2.1")
    names.zones[APEX].logged = True
    told = []
    respond = Responder(names, Settings(rate=0), told=lambda *query: told.append(query))
    for _ in range(3):
        assert read(respond.datagram(query("www"), CLIENT)).answer
    assert not names.ready
    assert [(each[1], each[2], each[4], each[5]) for each in told] == [
        (absolute("www"), A, "UDP", CLIENT)
    ] * 3
    assert WWW in names.slow


def test_why_an_answer_is_what_it_is() -> None:
    names = filled()
    zone = names.zones[APEX]
    near, far = (37.0, 127.0), (50.0, 8.0)
    names.put(
        zone,
        absolute("top"),
        pack(
            RRset(A, 60, (), absolute(name), routing=Routing("latency", name, point=point))
            for name, point in (("near", near), ("far", far))
        ),
    )
    names.put(zone, absolute("near"), weighted("10.0.0.1"))
    names.put(zone, absolute("far"), weighted("10.0.0.2"))
    seoul = Client(places=("country:KR",), point=(37.5, 127.0))
    (top, first, at), (owner, second, _) = names.explain(question(absolute("top"), A), seoul)
    assert (top, first.policy, owner, second.policy) == (
        absolute("top"), "latency", absolute("near"), "weighted"
    )  # fmt: skip
    assert at is not None
    assert first.sets[at].alias == absolute("near")


def test_what_is_large_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = filled(START + 'www TXT "' + "x" * 200 + '"')
    respond = Responder(names, Settings(rate=0))
    first = respond.message(query("www", "TXT"), CLIENT)
    monkeypatch.setattr(names, "_compile", None)
    assert respond.message(query("www", "TXT"), CLIENT) == first


def test_signed_answers_stand_beside_the_others() -> None:
    names = filled(START + "www A 192.0.2.1")
    assert not names.signs
    names.answer(WWW)
    assert set(names.ready) == {WWW}
    assert SIGNED not in [key[-1:] for key in names.ready]


def test_cnames_that_are_routed() -> None:
    names = filled(START + "x A 192.0.2.1\ny A 192.0.2.2")
    zone = names.zones[APEX]
    names.put(
        zone,
        absolute("c"),
        pack(
            RRset(CNAME, 60, (absolute(name),), routing=Routing("weighted", name, weight=1))
            for name in "xy"
        ),
    )
    found = served(names, "c")
    assert {"x.example. A 192.0.2.1", "y.example. A 192.0.2.2"} <= found
    assert wire.to_text(absolute("c")) == "c.example."


def test_a_wide_and_deep_tree_that_is_ill_is_looked_at_once() -> None:
    """Eight evaluated aliases over eight levels: 16 million ways, 64 targets."""
    names = filled()
    zone = names.zones[APEX]

    def branches(level: int) -> bytes:
        return pack(
            RRset(
                A, 60, (), absolute(f"l{level + 1}"), "", True,
                Routing("weighted", f"{n}", weight=1),
            )
            for n in range(8)
        )  # fmt: skip

    for level in range(8):
        names.put(zone, absolute(f"l{level}"), branches(level))
    leaf = RRset(A, 60, (bytes(4),), routing=Routing("weighted", "x", "ill", weight=1))
    names.put(zone, absolute("l8"), pack([leaf]))
    names.set_health("ill", False)
    assert served(names, "l0") == {"l0.example. A 0.0.0.0"}


def test_choices_kept_of_one_question_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_CHOICES", 10)
    names = filled()
    zone = names.zones[APEX]
    for name in "abc":
        following = chr(ord(name) + 1)
        sets = [
            RRset(A, 60, (), absolute(following), routing=Routing("weighted", f"{n}", weight=1))
            for n in range(6)
        ]
        names.put(zone, absolute(name), pack(sets))
    names.put(zone, absolute("d"), weighted("10.0.0.1", "10.0.0.2"))
    assert {each.split()[-1] for each in served(names, "a")} == {"10.0.0.1", "10.0.0.2"}
    assert names.routed[question(absolute("a"), A)]._tree[0] <= 10
