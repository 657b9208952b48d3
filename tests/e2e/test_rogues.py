"""Name servers that lie, dawdle or lead in circles: bounded work, SERVFAIL, and why."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec

from tests.services.route53domains.calls import ask

from .starting import client_of, environment_of, listeners, running
from .test_routing import dig, wait_for

pytestmark = pytest.mark.e2e

NUMBER = 68
ADDRESS, ELSEWHERE = "127.240.0.1", "127.240.0.2"
MOST_ASKED = 100  # of a rogue, for one question
WITHIN = 12.0  # seconds
SIGNED = ("expired", "trap", "forged")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with running(tmp_path_factory.mktemp("rogues"), NUMBER, "--testing") as status:
        yield status


class Rogue:
    """Serves rogue-KIND.com, each in its way."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        secret = ec.generate_private_key(ec.SECP256R1())
        self.secret = secret
        self.key = dns.dnssec.make_dnskey(secret.public_key(), "ECDSAP256SHA256", flags=257)

    def reply(self, query: dns.message.Message, kind: str, *, stream: bool) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        name, type_ = query.question[0].name, query.question[0].rdtype
        zone = dns.name.from_text(f"rogue-{kind}.com.")
        if kind == "lame":
            reply.set_rcode(dns.rcode.REFUSED)
        elif kind == "drip" and not stream:
            reply.flags |= dns.flags.TC
        elif kind == "circle":
            there = "b" if name.labels[0].lower() == b"a" else "a"
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", f"{there}.{zone}"))
        elif kind == "nxns":
            reply.flags &= ~dns.flags.AA
            below = dns.name.from_text("www", zone)
            hosts = (f"n{n}.x{n}.rogue-nxns.com." for n in range(60))
            reply.authority.append(dns.rrset.from_text(below, 60, "IN", "NS", *hosts))
        elif kind in SIGNED and type_ == dns.rdatatype.DNSKEY:
            keys = [self.key]
            if kind == "trap":  # KeyTrap: keys and signatures by the hundred
                keys += [self.other_key() for _ in range(200)]
            self.sign(reply, kind, zone, dns.rrset.from_rdata_list(zone, 60, keys))
        elif type_ == dns.rdatatype.A:
            found = dns.rrset.from_text(name, 60, "IN", "A", "192.0.2.66")
            if kind in SIGNED:
                self.sign(reply, kind, zone, found)
            else:
                reply.answer.append(found)
        return reply

    def other_key(self) -> Any:
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        return dns.dnssec.make_dnskey(public, "ECDSAP256SHA256", flags=257)

    def sign(self, reply: Any, kind: str, zone: dns.name.Name, rrset: Any) -> None:
        now = int(time.time())
        until = now - 60 if kind == "expired" else now + 3600
        signature = dns.dnssec.sign(
            rrset, self.secret, zone, self.key, inception=now - 7200, expiration=until
        )
        signatures: list[Any] = [signature]
        if kind == "trap":
            bad = [
                signature.replace(signature=n.to_bytes(64, "big")) for n in range(300)
            ]  # as many as fit
            signatures = bad
        reply.answer += [rrset, dns.rrset.from_rdata_list(rrset.name, 60, signatures)]

    def datagram(self, data: bytes) -> tuple[bytes, bool]:
        """The answer, and whether it comes from elsewhere."""
        query = dns.message.from_wire(data)
        kind = self.kind_of(query)
        wire = self.reply(query, kind, stream=False).to_wire(max_size=65000)
        if len(wire) > 1232:
            short = dns.message.make_response(query)
            short.flags |= dns.flags.TC
            wire = short.to_wire()
        if kind == "number":
            wire = bytes((wire[0] ^ 1,)) + wire[1:]
        if kind == "question":
            other = dns.message.make_query("other.example.", "A")
            other.id = query.id
            wire = dns.message.make_response(other).to_wire()
        return wire, kind == "elsewhere"

    def kind_of(self, query: dns.message.Message) -> str:
        found = re.search(r"rogue-(\w+)\.com", query.question[0].name.to_text().lower())
        assert found is not None
        self.asked[found[1]] += 1
        return found[1]

    def stream(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(WITHIN)
            data = connection.recv(2)
            query = dns.message.from_wire(connection.recv(int.from_bytes(data, "big")))
            kind = self.kind_of(query)
            wire = self.reply(query, kind, stream=True).to_wire(max_size=65535)
            wire = len(wire).to_bytes(2, "big") + wire
            try:
                if kind != "drip":
                    connection.sendall(wire)
                    return
                for byte in wire:  # one byte at a time, slower than anybody waits
                    connection.sendall(bytes((byte,)))
                    time.sleep(0.4)
            except OSError:
                return


@contextmanager
def serving(rogue: Rogue) -> Iterator[None]:
    plain, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        plain.bind((ADDRESS, 53))
        other.bind((ELSEWHERE, 53))
        stream.bind((ADDRESS, 53))
    except PermissionError:
        pytest.skip("name servers of others are asked on port 53, which only root may listen on")
    stream.listen()
    ending = threading.Event()

    def datagrams() -> None:
        while not ending.is_set():
            try:
                data, where = plain.recvfrom(4096)
            except TimeoutError:
                continue
            wire, elsewhere = rogue.datagram(data)
            (other if elsewhere else plain).sendto(wire, where)

    def connections() -> None:
        while not ending.is_set():
            try:
                connection, _ = stream.accept()
            except TimeoutError:
                continue
            threading.Thread(target=rogue.stream, args=(connection,), daemon=True).start()

    threads = [threading.Thread(target=each) for each in (datagrams, connections)]
    for each in (plain, stream):
        each.settimeout(0.05)
    for thread in threads:
        thread.start()
    yield
    ending.set()
    for thread in threads:
        thread.join()
    for each in (plain, other, stream):
        each.close()


@pytest.fixture(scope="module")
def rogue(instance: dict[str, Any]) -> Iterator[Rogue]:
    found = Rogue()
    kinds = (
        "lame", "number", "elsewhere", "question", "drip", "circle", "nxns", "good", *SIGNED,
        "glue", "glueless",
    )  # fmt: skip
    with serving(found), client_of(environment_of(instance), "route53domains") as domains:
        operations = [ask(domains, f"rogue-{kind}.com") for kind in kinds]
        done(domains, operations)
        operations = []
        for kind in kinds:
            servers: list[dict[str, Any]] = [
                {"Name": f"ns.rogue-{kind}.com", "GlueIps": [ADDRESS]},
            ]
            if kind.startswith("glue"):  # each is served below the other, and none has an address
                other = {"glue": "glueless", "glueless": "glue"}[kind]
                servers = [{"Name": f"ns.rogue-{other}.com"}]
            operations.append(
                domains.update_domain_nameservers(
                    DomainName=f"rogue-{kind}.com", Nameservers=servers
                )["OperationId"]
            )
        done(domains, operations)
        operations = [
            domains.associate_delegation_signer_to_domain(
                DomainName=f"rogue-{kind}.com",
                SigningAttributes={
                    "Algorithm": 13, "Flags": 257, "PublicKey": base64_of(key),
                },
            )["OperationId"]
            for kind, key in (
                ("expired", found.key), ("trap", found.key), ("forged", found.other_key()),
            )
        ]  # fmt: skip
        done(domains, operations)
        yield found


def base64_of(key: Any) -> str:
    return str(key.to_text().split(" ", 3)[3]).replace(" ", "")


def done(domains: Any, operations: list[str]) -> None:
    for each in operations:
        wait_for(
            lambda: domains.get_operation_detail(OperationId=each)["Status"] == "SUCCESSFUL"  # noqa: B023
        )


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("lame", 22), ("number", 22), ("elsewhere", 22), ("question", 22), ("drip", 22),
        ("circle", None), ("nxns", 22), ("glue", 22), ("expired", 6), ("forged", 6), ("trap", 6),
    ],
)  # fmt: skip
def test_a_rogue_is_bounded(
    instance: dict[str, Any], rogue: Rogue, kind: str, error: int | None
) -> None:
    where = listeners(instance)["resolver"]
    before, began = rogue.asked[kind], time.monotonic()
    label = "a" if kind == "circle" else "www"
    said = dig(where, f"{label}.rogue-{kind}.com", "+dnssec", "+time=15", "+tries=1")
    assert time.monotonic() - began < WITHIN
    assert rogue.asked[kind] - before <= MOST_ASKED
    if error is not None:
        assert "status: SERVFAIL" in said, said
        assert f"EDE: {error} " in said, said
    assert "192.0.2.66" not in said
    assert "192.0.2.66" in dig(where, "www.rogue-good.com", "+time=3", "+tries=1")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("co.kr", "InvalidInput"),
        ("bücher.com", "InvalidInput"),
        ("rogue-good.com", "DuplicateRequest"),
    ],
)
def test_what_cannot_be_registered(
    instance: dict[str, Any], rogue: Rogue, name: str, code: str
) -> None:
    with (
        client_of(environment_of(instance), "route53domains") as domains,
        pytest.raises(ClientError, match=rf"\({code}\)"),
    ):
        ask(domains, name)


def test_a_transfer_with_a_wrong_code(instance: dict[str, Any], rogue: Rogue) -> None:
    with (
        client_of(environment_of(instance), "route53domains") as domains,
        pytest.raises(ClientError, match="InvalidInput"),
    ):
        domains.accept_domain_transfer_from_another_aws_account(
            DomainName="rogue-good.com", Password="wrong"
        )
