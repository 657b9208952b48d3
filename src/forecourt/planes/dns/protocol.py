"""Bytes in, bytes out: a name server without its sockets.

    names = Names(); names.add_zone(...); names.put(...)      # from the feed
    respond = Responder(names, settings)
    reply = respond.datagram(query, client)                    # None: no answer

The answer to a question is compiled when it is first asked and thrown away when what it hangs on
changes.  The usual query costs a search for the end of its name, one look in a table and a join.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from ipaddress import ip_address
from random import random
from struct import Struct

from forecourt.planes.dns import wire
from forecourt.planes.dns.lookup import LONGEST_CHAIN, WILDCARD, Found, look_up, sets_at
from forecourt.planes.dns.message import HEADER, write
from forecourt.planes.dns.routing import NOWHERE, Client, Group, group_of
from forecourt.planes.dns.snapshot import RRset
from forecourt.planes.dns.wire import AA, ANY, NOERROR, QR, RD, REFUSED, TC
from forecourt.planes.dns.zone import Zone

COUNTS = Struct(">HHHH")
UINT16 = Struct(">H")
PLAIN = COUNTS.pack(1, 0, 0, 0)
WITH_OPT = COUNTS.pack(1, 0, 0, 1)
OPT_START = b"\0\0\x29"  # the root, type 41
OUR_SIZE = 1232  # what we take and send by UDP (DNS flag day 2020)
LEAST_SIZE = 512  # RFC 6891 §6.2.3
STREAM = 65535
NSID, SUBNET, COOKIE = 3, 8, 10  # EDNS options: RFC 5001, RFC 7871, RFC 7873
MOST_READY = 2_000_000  # answers kept
MOST_DERIVED = 65536  # of those for names that are not there
MOST_OPTS = 8192  # OPT records kept for a second
EXEMPTED = -1 << 60  # a count that reaches no limit within a second
KEPT_TYPES = frozenset((*wire.TYPES.values(), ANY))

# By whether recursion was desired and whether the query had EDNS: flags and counts.
Heads = tuple[bytes, bytes, bytes, bytes]
Ready = tuple[Heads, bytes]


@dataclass(frozen=True, slots=True)
class Settings:
    nsid: bytes = b""
    cookie_secret: bytes = b"\0" * 16
    rate: int = 1000  # responses a second for an address without a cookie; 0: no limit
    slip: int = 2  # of those above it, one in this many is answered with TC (0: none), the rest not
    exempt: tuple[str, ...] = ("127.", "::1")  # client addresses not limited, by their start


class Names:
    """The zones of one delegation set, and the answers ready for them."""

    def __init__(self) -> None:
        self.zones: dict[bytes, Zone] = {}
        self.ready: dict[bytes, Ready] = {}  # from records that are there
        self.derived: dict[bytes, Ready] = {}  # from names that are not
        self.routed: dict[bytes, Routed] = {}  # where it is decided for each query
        self.health: dict[str, bool] = {}  # of health checks, by id; of others nothing is known
        self._users: dict[bytes, set[bytes]] = {}  # name -> questions answered with help of it
        self._heads: dict[tuple[int, int, int, int, int], Heads] = {}

    def add_zone(self, origin: bytes) -> Zone:
        self._forget_all()
        return self.zones.setdefault(origin, Zone(origin))

    def drop_zone(self, origin: bytes) -> None:
        self._forget_all()
        self.zones.pop(origin, None)

    def put(self, zone: Zone, owner: bytes, node: bytes | None) -> None:
        """Set or take away one name; forgets the answers that hang on it."""
        existed, was_cut = owner in zone.nodes, owner in zone.cuts
        if node is None:
            zone.drop(owner)
        else:
            zone.put(owner, node)
        if was_cut or owner in zone.cuts:
            self._forget_all()
            return
        if existed != (node is not None) or owner.startswith(WILDCARD):
            self.derived.clear()
        for type_ in KEPT_TYPES:
            self._forget(question(owner, type_))
        for asked in self._users.pop(owner, ()):
            self._forget(asked)

    def set_health(self, check: str, healthy: bool | None) -> None:
        """A health check says otherwise, or (None) is gone; forgets the answers that hang on it."""
        if healthy is None:
            self.health.pop(check, None)
        else:
            self.health[check] = healthy
        for asked in self._users.pop(user_of(check), ()):
            self._forget(asked)

    def find(self, name: bytes) -> Zone | None:
        """The zone that holds a name: the one with the longest origin."""
        for origin in wire.suffixes(name):
            if (zone := self.zones.get(origin)) is not None:
                return zone
        return None

    def answer(self, asked: bytes, client: Client = NOWHERE) -> Ready:
        """The answer to a question (name in lower case, type, class IN), compiled if need be."""
        node = self.routed.get(asked) or self._compile(asked, {})
        return node.decide(client) if isinstance(node, Routed) else node

    def _compile(self, asked: bytes, decided: Decided) -> Ready | Routed:
        """An answer, as far as who asks does not decide it further than was `decided`."""
        name, type_ = asked[:-4], UINT16.unpack_from(asked, len(asked) - 4)[0]
        if (zone := self.find(name)) is None:
            return self._refused
        asked_of: list[bytes] = []

        def decide(owner: bytes, sets: list[RRset]) -> RRset | None:
            if sets[0].routing is None:
                return sets[0]
            key = owner, sets[0].type
            group = group_of(sets, lambda rrset: self._is_healthy(zone, rrset, asked_of))
            if key not in decided:
                raise Undecided(key, group)
            at = decided[key]
            return None if at is None else group.sets[at]

        try:
            found = look_up(zone, name, type_, decide)
        except Undecided as choice:
            node = Routed(self, asked, choice.key, choice.group, decided)
            self._depend(asked, (choice.key[0], *asked_of), b"")
            if type_ in KEPT_TYPES and not decided and len(self.routed) < MOST_DERIVED:
                self.routed[asked] = node
            return node
        counts, body = write(asked, found)
        ready = (self._heads_for(found.rcode, found.authoritative, counts), body)
        if decided:
            self._depend(asked, (*found.looked_at, *asked_of), b"")
        else:
            self._keep(asked, type_, name, found, ready)
        return ready

    def _is_healthy(self, zone: Zone, rrset: RRset, asked_of: list[bytes], depth: int = 0) -> bool:
        """Whether a set's check says so, and of an alias that is evaluated its target's do."""
        if rrset.routing is not None and rrset.routing.check:
            asked_of.append(user_of(rrset.routing.check))
            if not self.health.get(rrset.routing.check, True):
                return False
        if rrset.alias is None or not rrset.evaluate or depth > LONGEST_CHAIN:
            return True
        asked_of.append(rrset.alias)
        targets = sets_at(zone, rrset.alias, rrset.type)
        return any(self._is_healthy(zone, each, asked_of, depth + 1) for each in targets)

    @property
    def _refused(self) -> Ready:
        return self._heads_for(REFUSED, False, (0, 0, 0)), b""

    def _keep(self, asked: bytes, type_: int, name: bytes, found: Found, ready: Ready) -> None:
        if type_ not in KEPT_TYPES:
            return
        if not found.structural:
            if len(self.ready) >= MOST_READY:
                self._forget_all()
            self.ready[asked] = ready
        else:
            if len(self.derived) >= MOST_DERIVED:
                self.derived.clear()
            self.derived[asked] = ready
        self._depend(asked, found.looked_at, name)

    def _depend(self, asked: bytes, others: Iterable[bytes], name: bytes) -> None:
        """Note what the answer to a question hangs on, beside its own name."""
        for other in others:
            if other != name:
                users = self._users.setdefault(other, set())
                if len(users) >= MOST_DERIVED:
                    for each in users:
                        self._forget(each)
                    users.clear()
                users.add(asked)

    def _forget(self, asked: bytes) -> None:
        self.ready.pop(asked, None)
        self.derived.pop(asked, None)
        self.routed.pop(asked, None)

    def _forget_all(self) -> None:
        self.routed.clear()
        self.ready.clear()
        self.derived.clear()
        self._users.clear()

    def _heads_for(self, rcode: int, authoritative: bool, counts: tuple[int, int, int]) -> Heads:
        key = (rcode, authoritative, *counts)
        if key not in self._heads:
            self._heads[key] = heads(rcode, authoritative, counts)
        return self._heads[key]


class Undecided(Exception):
    """An answer hangs on which set of a group is chosen."""

    def __init__(self, key: tuple[bytes, int], group: Group) -> None:
        super().__init__()
        self.key, self.group = key, group


class Routed:
    """A question whose answer is chosen for each query; each choice is compiled once."""

    __slots__ = ("_asked", "_children", "_decided", "_group", "_key", "_names")

    def __init__(
        self, names: Names, asked: bytes, key: tuple[bytes, int], group: Group, decided: Decided
    ) -> None:
        self._names, self._asked, self._decided = names, asked, decided
        self._key, self._group = key, group
        self._children: dict[int | None, Ready | Routed] = {}

    @property
    def located(self) -> bool:
        """Whether it matters where clients are, as far as it was decided yet."""
        children = (each for each in self._children.values() if isinstance(each, Routed))
        return self._group.located or any(each.located for each in children)

    def decide(self, client: Client) -> Ready:
        at = self._group.pick(client, random())
        node = self._children.get(at)
        if node is None:
            decided = {**self._decided, self._key: at}
            node = self._children[at] = self._names._compile(self._asked, decided)
        return node.decide(client) if isinstance(node, Routed) else node


Decided = dict[tuple[bytes, int], "int | None"]  # an owner and a type: which of its sets


def user_of(check: str) -> bytes:
    """What stands for a health check among the names that answers hang on."""
    return b"?" + check.encode()


def question(name: bytes, type_: int) -> bytes:
    return name + UINT16.pack(type_) + b"\0\1"


def heads(rcode: int, authoritative: bool, counts: tuple[int, int, int]) -> Heads:
    answer, authority, additional = counts
    first = QR | (AA if authoritative else 0)

    def head(recursion: int, opt: int) -> bytes:
        flags = bytes((first | recursion, rcode))
        return flags + COUNTS.pack(1, answer, authority, additional + opt)

    return head(0, 0), head(RD, 0), head(0, 1), head(RD, 1)


class Malformed(Exception):
    """The message is not one; answered with FORMERR."""


@dataclass(slots=True)
class Edns:
    """What a query's OPT record says (RFC 6891 §6.1)."""

    size: int = LEAST_SIZE
    version: int = 0
    dnssec_ok: bool = False
    nsid: bool = False
    cookie: bytes | None = None
    subnet: bytes | None = None  # the client's network, as the option has it (RFC 7871 §6)
    scope: int = 0  # for how much of it the answer is


Locate = Callable[[int, int, int], Client]  # IP version, address, prefix length: who that is


class Responder:
    """A name server's address: answers messages from one delegation set."""

    def __init__(self, names: Names, settings: Settings, locate: Locate | None = None) -> None:
        self.names, self.settings = names, settings
        self._locate = locate or nowhere
        self._clients: dict[str, Client] = {}
        self.queries = 0
        self.dropped = 0
        self._rates: dict[str, int] = {}
        self._proven: set[tuple[bytes, str]] = set()  # OPTs with our cookie, and their senders
        self._opts: dict[tuple[bytes, str], bytes] = {}  # by a query's OPT and its sender

    def tick(self) -> None:
        """A second went by: rates are counted anew."""
        self._rates.clear()
        self._opts.clear()
        self._proven.clear()

    def datagram(self, data: bytes, client: str) -> bytes | None:
        """The reply to a datagram from an address, if there is to be one."""
        self.queries += 1
        rates = self._rates
        count = rates[client] = rates.get(client, 0) + 1
        if count > self.settings.rate and self.settings.rate and not self._spared(data, client):
            return self._limited(data, count)
        names = self.names
        try:
            end = data.index(0, HEADER) + 5
            asked = data[HEADER : end - 4].lower() + data[end - 4 : end]
            ready = names.ready.get(asked) or names.derived.get(asked)
            if ready is None:
                ready = names.routed[asked].decide(self._clients[client])
        except (ValueError, KeyError):
            return self.message(data, client, OUR_SIZE)
        flags = data[2]
        if flags & 0xFE:
            return self.message(data, client, OUR_SIZE)
        (plain, plain_rd, edns, edns_rd), body = ready
        if len(data) == end:
            if data[4:HEADER] == PLAIN and end + len(body) <= LEAST_SIZE:
                return data[:2] + (plain_rd if flags else plain) + data[HEADER:end] + body
        elif data[4:HEADER] == WITH_OPT and data[end : end + 3] == OPT_START:
            # Everything of an OPT record but the size it offers decides ours.
            opt = self._opts.get((data[end + 5 :], client))
            if opt is not None and end + len(body) + len(opt) <= min(
                data[end + 3] << 8 | data[end + 4], OUR_SIZE
            ):
                head = edns_rd if flags else edns
                return data[:2] + head + data[HEADER:end] + body + opt
        return self.message(data, client, OUR_SIZE)

    def message(self, data: bytes, client: str, most: int = STREAM) -> bytes | None:
        """The reply to a message, by the book; `most` is how long it may be at most."""
        if len(data) < HEADER or data[2] & QR:
            return None  # not a query: an answer could start a loop
        if data[2] & 0x78:
            return failure(data, wire.NOTIMP)
        try:
            asked, end = read_question(data)
            edns = read_additional(data, end)
        except Malformed:
            return failure(data, wire.FORMERR)
        if edns is not None and edns.version:
            return self._finish(data, end, *self._empty(NOERROR, edns), edns, client, most, 1)
        type_, class_ = UINT16.unpack_from(asked, len(asked) - 4)[0], asked[-2:]
        if class_ != b"\0\1" or type_ in (wire.AXFR, wire.IXFR):
            refused = self._empty(REFUSED, edns)
            return self._finish(data, end, *refused, edns, client, most)
        whose = self._client(client, edns.subnet if edns else None)
        found, body = self.names.answer(asked, whose)
        head = found[(1 if data[2] & RD else 0) + (2 if edns else 0)]
        if edns is not None and edns.subnet is not None:
            node = self.names.routed.get(asked)
            edns.scope = edns.subnet[2] if node is not None and node.located else 0
        return self._finish(data, end, head, body, edns, client, most)

    def _client(self, address: str, subnet: bytes | None) -> Client:
        """Who asks: whom the resolver tells of, or the resolver itself."""
        if subnet is not None and subnet[2]:
            return self._locate(*network_in(subnet))
        if (found := self._clients.get(address)) is None:
            if len(self._clients) >= MOST_OPTS:
                self._clients.clear()
            known = ip_address(address.partition("%")[0])
            found = self._locate(known.version, int(known), known.max_prefixlen)
            self._clients[address] = found
        return found

    def _empty(self, rcode: int, edns: Edns | None) -> tuple[bytes, bytes]:
        found = heads(rcode, False, (0, 0, 0))
        return found[2 if edns else 0], b""

    def _finish(
        self,
        data: bytes,
        end: int,
        head: bytes,
        body: bytes,
        edns: Edns | None,
        client: str,
        most: int,
        extended: int = 0,
    ) -> bytes:
        opt = self._opt_for(edns, client, extended) if edns else b""
        kept = edns is not None and edns.subnet is None and not extended
        if kept and data[4:HEADER] == WITH_OPT and len(self._opts) < MOST_OPTS:
            self._opts[data[end + 5 :], client] = opt
        limit = most
        if most != STREAM:
            limit = min(most, max(LEAST_SIZE, edns.size)) if edns else LEAST_SIZE
        if end + len(body) + len(opt) > limit:  # RFC 2181 §9
            flags = bytes((head[0] | TC, head[1]))
            head, body = flags + (WITH_OPT if edns else PLAIN), b""
        # The question goes back as it came, letter case and all.
        return data[:2] + head + data[HEADER:end] + body + opt

    def _opt_for(self, edns: Edns, client: str, extended: int) -> bytes:
        options = b""
        if edns.nsid and self.settings.nsid:
            options += UINT16.pack(NSID) + UINT16.pack(len(self.settings.nsid)) + self.settings.nsid
        if edns.cookie is not None:
            cookie = edns.cookie[:8] + self._server_cookie(edns.cookie[:8], client)
            options += UINT16.pack(COOKIE) + UINT16.pack(len(cookie)) + cookie
        if edns.subnet is not None:
            told = edns.subnet[:3] + bytes((edns.scope,)) + edns.subnet[4:]
            options += UINT16.pack(SUBNET) + UINT16.pack(len(told)) + told
        flags = 0x8000 if edns.dnssec_ok else 0
        return (
            OPT_START
            + UINT16.pack(OUR_SIZE)
            + bytes((extended, 0))
            + UINT16.pack(flags)
            + UINT16.pack(len(options))
            + options
        )

    def _server_cookie(self, client_cookie: bytes, client: str) -> bytes:
        """RFC 7873 §4.2: known to all servers of an address, and to nobody else."""
        text = client_cookie + client.encode()
        return blake2b(text, digest_size=8, key=self.settings.cookie_secret).digest()

    def _spared(self, data: bytes, client: str) -> bool:
        """Whether a client is not limited: it is one of ours, or proved its address by a cookie."""
        if client.startswith(self.settings.exempt):
            self._rates[client] = EXEMPTED
            return True
        try:
            tail = data[data.index(0, HEADER) + 10 :]
            if (tail, client) in self._proven:
                return True
            _, end = read_question(data)
            edns = read_additional(data, end)
        except (Malformed, ValueError):
            return False
        if edns is None or edns.cookie is None or len(edns.cookie) < 16:
            return False
        good = compare_digest(edns.cookie[8:], self._server_cookie(edns.cookie[:8], client))
        if good and len(self._proven) < MOST_OPTS:
            self._proven.add((tail, client))
        return good

    def _limited(self, data: bytes, count: int) -> bytes | None:
        self.dropped += 1
        slip = self.settings.slip
        if not slip or count % slip or len(data) < HEADER or data[2] & QR:
            return None
        try:
            _, end = read_question(data)
        except Malformed:
            return None
        return data[:2] + bytes((QR | TC | data[2] & RD, 0)) + PLAIN + data[HEADER:end]


def failure(data: bytes, rcode: int) -> bytes:
    """An error for a message that cannot be read further: its header alone."""
    return data[:2] + bytes((QR | data[2] & 0x79, rcode)) + bytes(8)


def read_question(data: bytes) -> tuple[bytes, int]:
    """The one question, its name in lower case, and where it ends.  Malformed."""
    if data[4:6] != b"\0\1":
        raise Malformed
    at, length = HEADER, len(data)
    while True:
        if at >= length:
            raise Malformed
        size = data[at]
        if not size:
            break
        if size > wire.LONGEST_LABEL:  # a pointer has nothing before it to point at
            raise Malformed
        at += 1 + size
    end = at + 5
    if end > length or at + 1 - HEADER > wire.LONGEST_NAME:
        raise Malformed
    return data[HEADER : at + 1].lower() + data[at + 1 : end], end


def read_additional(data: bytes, at: int) -> Edns | None:
    """The OPT record after the question, if there is one.  Malformed."""
    answers, authority, additional = UINT16_3.unpack_from(data, 6)
    if answers or authority or additional > 4:
        raise Malformed
    found: Edns | None = None
    for owner, type_, class_, ttl, rdata in read_records(data, at, additional):
        if type_ != wire.OPT:
            continue
        if found is not None or owner != b"\0":
            raise Malformed  # RFC 6891 §6.1.1
        found = Edns(max(class_, LEAST_SIZE), ttl >> 16 & 0xFF, bool(ttl & 0x8000))
        read_options(found, rdata)
    return found


UINT16_3 = Struct(">HHH")
FIXED = Struct(">HHIH")


def read_records(data: bytes, at: int, count: int) -> Iterator[tuple[bytes, int, int, int, bytes]]:
    for _ in range(count):
        start = at
        while at < len(data) and data[at]:
            if data[at] >= 0xC0:  # owners other than the root do not matter here
                at += 1
                break
            at += 1 + data[at]
        at += 1
        if at + FIXED.size > len(data):
            raise Malformed
        type_, class_, ttl, length = FIXED.unpack_from(data, at)
        owner, at = data[start:at], at + FIXED.size
        if at + length > len(data):
            raise Malformed
        yield owner, type_, class_, ttl, data[at : at + length]
        at += length


def read_options(edns: Edns, rdata: bytes) -> None:
    at = 0
    while at < len(rdata):
        if at + 4 > len(rdata):
            raise Malformed
        code, length = UINT16.unpack_from(rdata, at)[0], UINT16.unpack_from(rdata, at + 2)[0]
        value = rdata[at + 4 : at + 4 + length]
        if len(value) < length:
            raise Malformed
        at += 4 + length
        if code == NSID:
            edns.nsid = True
        elif code == SUBNET:
            if not is_subnet(value):
                raise Malformed  # RFC 7871 §7.1.2
            edns.subnet = value
        elif code == COOKIE:
            if length != 8 and not 16 <= length <= 40:  # RFC 7873 §5.2.2
                raise Malformed
            edns.cookie = value


FAMILIES = {b"\0\1": (4, 32), b"\0\2": (6, 128)}  # address family: IP version, bits


def is_subnet(value: bytes) -> bool:
    """Whether a client subnet option is well formed: no more octets, and no more bits, than it says."""
    if len(value) < 4 or value[3]:
        return False
    known = FAMILIES.get(value[:2])
    prefix, address = value[2], value[4:]
    if known is None or prefix > known[1] or len(address) != (prefix + 7) // 8:
        return False
    return not prefix % 8 or not address[-1] & 0xFF >> prefix % 8


def network_in(subnet: bytes) -> tuple[int, int, int]:
    """A client subnet option's IP version, address and prefix length."""
    version, bits = FAMILIES[subnet[:2]]
    return version, int.from_bytes(subnet[4:].ljust(bits // 8, b"\0"), "big"), subnet[2]


def nowhere(version: int, address: int, prefix: int) -> Client:
    """A client of whom only the address is known."""
    return Client(address, version, prefix)
