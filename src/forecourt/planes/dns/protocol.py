"""Bytes in, bytes out: a name server without its sockets.

    names = Names(); names.add_zone(...); names.put(...)      # from the feed
    respond = Responder(names, settings)
    reply = respond.datagram(query, client)                    # None: no answer

The answer to a question is compiled when it is first asked and thrown away when what it hangs on
changes.  The usual query costs a search for the end of its name, one look in a table and a join.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from ipaddress import ip_address
from struct import Struct
from typing import Protocol

from forecourt.planes.dns import wire
from forecourt.planes.dns.message import HEADER
from forecourt.planes.dns.names import SIGNED, Names, heads, question
from forecourt.planes.dns.routing import Client
from forecourt.planes.dns.wire import NOERROR, QR, RD, REFUSED, TC
from forecourt.planes.dns.zone import Zone

__all__ = ["Names", "Responder", "Settings", "question"]

UINT16 = Struct(">H")
PLAIN = Struct(">HHHH").pack(1, 0, 0, 0)
WITH_OPT = Struct(">HHHH").pack(1, 0, 0, 1)
OPT_START = b"\0\0\x29"  # the root, type 41
OUR_SIZE = 1232  # what we take and send by UDP (DNS flag day 2020)
LEAST_SIZE = 512  # RFC 6891 §6.2.3
STREAM = 65535
NSID, SUBNET, COOKIE = 3, 8, 10  # EDNS options: RFC 5001, RFC 7871, RFC 7873
MOST_OPTS = 8192  # OPT records kept for a second
EXEMPTED = -1 << 60  # a count that reaches no limit within a second


@dataclass(frozen=True, slots=True)
class Settings:
    nsid: bytes = b""
    cookie_secret: bytes = b"\0" * 16
    rate: int = 1000  # responses a second for an address without a cookie; 0: no limit
    slip: int = 2  # of those above it, one in this many is answered with TC (0: none), the rest not
    exempt: tuple[str, ...] = ("127.", "::1")  # client addresses not limited, by their start


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


class Transfers(Protocol):
    """What answers secondaries (transfers.py)."""

    def answer(self, data: bytes, names: Names, *, stream: bool) -> Iterator[bytes] | None: ...


Locate = Callable[[int, int, int], Client]  # IP version, address, prefix length: who that is
# A query of a zone that is logged: its name, type, rcode, transport, client, client subnet.
Told = Callable[[Zone, bytes, int, int, str, str, "bytes | None"], None]


class Responder:
    """A name server's address: answers messages from one delegation set."""

    def __init__(
        self,
        names: Names,
        settings: Settings,
        locate: Locate | None = None,
        told: Told | None = None,
        transfers: Transfers | None = None,
    ) -> None:
        self.names, self.settings = names, settings
        self._locate, self._told, self._transfers = locate or nowhere, told, transfers
        self._clients: dict[str, Client] = {}
        self.queries = 0
        self.dropped = 0
        self._rates: dict[str, int] = {}
        self._proven: set[tuple[bytes, str]] = set()  # OPTs with our cookie, and their senders
        # By a query's OPT, its sender, and whether signatures may be wanted.
        self._opts: dict[tuple[bytes, str, bool], bytes] = {}
        self._signed_opts: dict[tuple[bytes, str], bytes] = {}  # of those that want them

    def tick(self) -> None:
        """A second went by: rates are counted anew."""
        self._signed_opts.clear()
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
            opt = self._opts.get((data[end + 5 :], client, names.signs))
            if opt is None and names.signs:
                opt = self._signed_opts.get((data[end + 5 :], client))
                signed = names.ready.get(asked + SIGNED)
                if signed is None:
                    return self.message(data, client, OUR_SIZE)
                (_, _, edns, edns_rd), body = signed
            if opt is not None and end + len(body) + len(opt) <= min(
                data[end + 3] << 8 | data[end + 4], OUR_SIZE
            ):
                head = edns_rd if flags else edns
                return data[:2] + head + data[HEADER:end] + body + opt
        return self.message(data, client, OUR_SIZE)

    def messages(self, data: bytes, client: str, transport: str = "TCP") -> Iterator[bytes]:
        """What answers a message on a stream: several where a zone is transferred, or nothing."""
        if self._transfers is not None:
            found = self._transfers.answer(data, self.names, stream=True)
            if found is not None:
                return found
        reply = self.message(data, client, transport=transport)
        return iter(() if reply is None else (reply,))

    def message(
        self, data: bytes, client: str, most: int = STREAM, transport: str = ""
    ) -> bytes | None:
        """The reply to a message, by the book; `most` is how long it may be at most."""
        if len(data) < HEADER or data[2] & QR:
            return None  # not a query: an answer could start a loop
        if data[2] & 0x78:
            return failure(data, wire.NOTIMP)
        if self._transfers is not None and most != STREAM:
            found = self._transfers.answer(data, self.names, stream=False)
            if found is not None:
                return next(found)
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
        names = self.names
        wanted = asked + SIGNED if names.signs and edns is not None and edns.dnssec_ok else asked
        (choices, body), located = names.answer_node(wanted, whose)
        head = choices[(1 if data[2] & RD else 0) + (2 if edns else 0)]
        if edns is not None and edns.subnet is not None:
            edns.scope = edns.subnet[2] if located else 0
        if self._told is not None and (zone := names.find(asked[:-4])) and zone.logged:
            subnet = edns.subnet if edns is not None else None
            name = transport or ("TCP" if most == STREAM else "UDP")
            self._told(zone, asked[:-4], type_, head[1] & 0x0F, name, client, subnet)
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
        kept = edns is not None and edns.subnet is None and not extended and most != STREAM
        if kept and data[4:HEADER] == WITH_OPT:
            if edns is not None and edns.dnssec_ok and self.names.signs:
                if len(self._signed_opts) < MOST_OPTS:
                    self._signed_opts[data[end + 5 :], client] = opt
            elif len(self._opts) < MOST_OPTS:
                self._opts[data[end + 5 :], client, self.names.signs] = opt
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
