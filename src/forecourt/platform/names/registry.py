"""The local internet's registries: the root, top-level domains and second-level registries, as zones.

    delegate(tx, "jpub.co.kr", ["ns-1.awsdns-01.com"], ds)      # kr and co.kr are made when needed
    undelegate(tx, "jpub.co.kr")
    add_host(tx, "ns-1.awsdns-01.com", [address])                # a name of ours that hosts something

Each zone is published as every other and shown in a view of its level: "root", "registry-1" (top-level),
"registry-2" and so on, so that parent and child never share an address and every step of the walk is a
referral.  The names of our own servers lie in ordinary zones too, in the view "hosts".  All zones are
signed; keys are sealed in the store.
"""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from forecourt.aws.errors import AwsError
from forecourt.planes.dns import wire
from forecourt.planes.dns.dnssec import (
    DNSKEY_TTL,
    SECURE_ENTRY_POINT,
    SHA256_DIGEST,
    ZONE_KEY,
    digest,
    dnskey,
    key_tag,
    sign_set,
)
from forecourt.planes.dns.snapshot import RRset
from forecourt.planes.dns.wire import AAAA, DNSKEY, DS, NS, SOA, TXT, A
from forecourt.platform.network.addresses import name_server_offset
from forecourt.store.resources import Kind, Resource

from . import publishing, server_sets, signing, suffixes
from .server_sets import PRIVATE, REGISTRY, private

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

__all__ = ["REGISTRY", "Delegation", "delegate", "delegation", "reconcile", "undelegate"]

ZONES = Kind("registry", "zone", AwsError, is_global=True, is_shared=True)  # named ".", "kr."
DELEGATIONS = Kind("registry", "delegation", AwsError, is_global=True, is_shared=True)
HOSTS = Kind("registry", "host", AwsError, is_global=True, is_shared=True)

ROOT, HOSTED = "root", "hosts"
DEEPEST = 4  # levels of registries
# Places in the network, by view; ports are DNS's.
PLACES = {ROOT: 4, HOSTED: 5, **{f"registry-{level}": 5 + level for level in range(1, DEEPEST + 1)}}
NETWORK = "network"  # the setting: on which network addresses are
DEFAULT_NETWORK = "127.53.0.0/16"
TTL = 60  # of delegations: what is deleted is soon gone
APEX_TTL = 3600
SOA_REST = (1, 1800, 900, 604800, 60)
SIGNED_FOR = 86400.0  # seconds after which DNSKEYs are signed anew
PURPOSE = "registry key"


@dataclass(frozen=True, slots=True)
class Delegation:
    name: str  # with its final dot
    hosts: tuple[str, ...]
    ds: tuple[bytes, ...]  # rdata
    glue: dict[str, tuple[str, ...]]  # addresses of hosts below the name


def network(tx: Tx) -> IPv4Network:
    found = tx.value("SELECT value FROM setting WHERE name = :name", name=NETWORK)
    return IPv4Network(found or DEFAULT_NETWORK)


def ensure(tx: Tx, on: IPv4Network | None = None) -> None:
    """Have a root; after a change of the network, or a day, publish what is there anew."""
    if on is not None and on != network(tx):
        tx.run(
            "INSERT INTO setting (name, value) VALUES (:name, :value)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name=NETWORK,
            value=str(on),
        )
        for each in ZONES.all(tx):
            publish_apex(tx, each)
        for host in HOSTS.all(tx):
            publish_host(tx, host)
    zone_for(tx, ".")
    refresh(tx)


async def reconcile(store: Store, key: str) -> float | None:
    """Let a delegation set's name servers be found by their names; "." for the root alone."""
    await store.write(tend, key)
    return None


def tend(tx: Tx, key: str) -> None:
    zone_for(tx, ".")
    if key == ".":
        return
    for place, host in enumerate(server_sets.get(tx, int(key)).hosts):
        add_host(tx, host, name_server_offset(int(key), place))


def refresh(tx: Tx) -> None:
    """Sign the DNSKEYs that were signed long ago."""
    for zone in ZONES.all(tx):
        if not 0 <= time.time() - zone.status["Signed"] < SIGNED_FOR:
            publish_keys(tx, ZONES.change(tx, zone, status={**zone.status, "Signed": time.time()}))


def delegate(
    tx: Tx,
    name: str,
    hosts: Sequence[str],
    ds: Iterable[bytes] = (),
    glue: dict[str, tuple[str, ...]] | None = None,
) -> int:
    """Delegate a name, in lower case without a final dot, to name servers; the feed's number."""
    spec = {
        "Hosts": [host.rstrip(".") for host in hosts],
        "DS": [b64encode(each).decode() for each in ds],
        "Glue": {host: list(addresses) for host, addresses in (glue or {}).items()},
    }
    found = DELEGATIONS.find(tx, f"{name}.")
    if found is None:
        DELEGATIONS.create(tx, f"{name}.", spec, {})
    else:
        DELEGATIONS.change(tx, found, spec=spec)
    return publish_delegation(tx, name)


def undelegate(tx: Tx, name: str) -> int:
    """Take a name off the internet; the feed's number."""
    glue: Iterable[str] = ()
    if (found := DELEGATIONS.find(tx, f"{name}.")) is not None:
        glue = found.spec["Glue"]
        DELEGATIONS.remove(tx, found)
    parent = registry_of(tx, name)
    gone: Any = {wire.from_text(each): [] for each in (name, *glue)}
    return publishing.publish_names(tx, zone_id(parent.name), gone)


def delegation(tx: Tx, name: str) -> Delegation | None:
    """What is delegated of a name."""
    if (found := DELEGATIONS.find(tx, f"{name}.")) is None:
        return None
    spec = found.spec
    return Delegation(
        found.name,
        tuple(spec["Hosts"]),
        tuple(b64decode(each) for each in spec["DS"]),
        {host: tuple(addresses) for host, addresses in spec["Glue"].items()},
    )


def add_host(tx: Tx, host: str, place: int) -> None:
    """Let a name of ours have the address at a place of the network."""
    if HOSTS.find(tx, host) is None:
        publish_host(tx, HOSTS.create(tx, host, {"Place": place}, {}))


def set_host(tx: Tx, host: str, address: str) -> None:
    """Let a name of ours have an address, wherever that is."""
    put_host(tx, host, {"Address": address})


def set_hosts(tx: Tx, host: str, places: Sequence[int], ttl: int) -> None:
    """Let a name of ours have the addresses at places of the network, or none, for `ttl` seconds."""
    put_host(tx, host, {"Places": sorted(places), "TTL": ttl})


def set_text(tx: Tx, host: str, text: str, address: str = "") -> None:
    """Let a name of ours have a TXT record, and maybe an address."""
    put_host(tx, host, {"Text": text, **({"Address": address} if address else {})})


def put_host(tx: Tx, host: str, spec: dict[str, Any]) -> None:
    found = HOSTS.find(tx, host)
    if found is None:
        publish_host(tx, HOSTS.create(tx, host, spec, {}))
    elif found.spec != spec:
        publish_host(tx, HOSTS.change(tx, found, spec=spec))


def drop_host(tx: Tx, host: str) -> None:
    """A name of ours is no more."""
    if (found := HOSTS.find(tx, host)) is not None:
        HOSTS.remove(tx, found)
        zone = zone_id(f"{suffixes.registrable(host) or host}.")
        publishing.publish_names(tx, zone, {wire.from_text(host): []})


def anchors(tx: Tx) -> list[bytes]:
    """The DS rdata that validate the root."""
    zone_for(tx, ".")
    root = ZONES.find(tx, ".")
    assert root is not None
    return [ds_of(tx, root)]


def known_anchors(tx: Tx) -> list[bytes]:
    """Those of the root that is there; none before there is one."""
    root = ZONES.find(tx, ".")
    return [] if root is None else [ds_of(tx, root)]


# ----- zones


def registry_of(tx: Tx, name: str) -> Resource:
    """The registry's zone that a name is delegated from; it and those above are made if need be."""
    suffix = suffixes.public_suffix(name)
    if suffix == name:
        above = suffixes.registries(suffix)[:-1]
        return zone_for(tx, f"{above[-1]}." if above else ".")
    return zone_for(tx, f"{suffix}.")


def zone_for(tx: Tx, name: str) -> Resource:
    """The zone of the root or of a registry, delegated from the one above."""
    if (found := ZONES.find(tx, name)) is not None:
        return found
    if name == ".":
        return make_zone(tx, name, ROOT)
    chain = suffixes.registries(name.rstrip("."))
    zone_for(tx, f"{chain[-2]}." if len(chain) > 1 else ".")
    return make_zone(tx, name, f"registry-{min(len(chain), DEEPEST)}")


def has_zone(tx: Tx, name: str) -> bool:
    """Whether a name, with its final dot, is the root or a registry that delegates."""
    found = ZONES.find(tx, name)
    return found is not None and found.status["View"] != HOSTED


def holds(tx: Tx, name: str) -> bool:
    """Whether a name, in lower case without a final dot, is in a domain that is delegated here."""
    labels = name.split(".")
    least = len((suffixes.registrable(name) or name).split("."))
    above = (".".join(labels[at:]) for at in range(len(labels) - least + 1))
    return any(DELEGATIONS.find(tx, f"{each}.") is not None for each in above)


def make_zone(tx: Tx, name: str, view: str) -> Resource:
    """A new signed zone, shown in a view and delegated from its parent."""
    keys = {"Ksk": new_key(tx), "Zsk": new_key(tx)}
    status = {**keys, "View": view, "Signed": time.time()}
    made = ZONES.create(tx, name, {}, status)
    private(tx)
    origin = wire.from_text(name)
    publishing.publish_zone(tx, zone_id(name), origin, sort_key(name), PRIVATE)
    publish_apex(tx, made)
    publish_keys(tx, made)
    publishing.show_in(tx, zone_id(name), view)
    if name != ".":
        host = server_of(name)
        address = str(network(tx).network_address + PLACES[view])
        spec = {
            "Hosts": [host],
            "DS": [b64encode(ds_of(tx, made)).decode()],
            "Glue": {host: [address]},
        }
        DELEGATIONS.create(tx, name, spec, {})
        publish_delegation(tx, name.rstrip("."))
    return made


def publish_apex(tx: Tx, zone: Resource) -> None:
    name, view = zone.name, zone.status["View"]
    origin, host = wire.from_text(name), wire.from_text(server_of(name))
    contact = wire.from_text(f"hostmaster.{server_of(name).partition('.')[2]}")
    numbers = b"".join(each.to_bytes(4, "big") for each in SOA_REST)
    address = network(tx).network_address + PLACES[view]
    own = HOSTS.find(tx, name.rstrip("."))
    publishing.publish_names(
        tx,
        zone_id(name),
        {
            origin: [
                RRset(SOA, APEX_TTL, (host + contact + numbers,)),
                RRset(NS, APEX_TTL, (host,)),
                *(records_of(tx, own) if own is not None else []),
            ],
            host: [RRset(A, APEX_TTL, (address.packed,))],
        },
    )
    if name != "." and (found := DELEGATIONS.find(tx, name)) is not None:
        spec = {**found.spec, "Glue": {server_of(name): [str(address)]}}
        DELEGATIONS.change(tx, found, spec=spec)
        publish_delegation(tx, name.rstrip("."))


def publish_delegation(tx: Tx, name: str) -> int:
    """Hand a delegation to its registry's name servers."""
    found = delegation(tx, name)
    assert found is not None
    names: dict[bytes, list[RRset]] = {
        wire.from_text(name): [
            RRset(NS, TTL, tuple(wire.from_text(host) for host in found.hosts)),
            *([RRset(DS, TTL, found.ds)] if found.ds else []),
        ]
    }
    for host, addresses in found.glue.items():
        packed = tuple(bytes(map(int, each.split("."))) for each in addresses)
        names[wire.from_text(host)] = [RRset(A, TTL, packed)]
    return publishing.publish_names(tx, zone_id(registry_of(tx, name).name), names)


def publish_host(tx: Tx, host: Resource) -> None:
    """A host's address, in the zone of its registrable name, which is made if need be."""
    name = suffixes.registrable(host.name) or host.name
    host_zone(tx, name)
    zone = ZONES.find(tx, f"{name}.")
    assert zone is not None
    if host.name == name:
        publish_apex(tx, zone)
        return
    records = {wire.from_text(host.name): records_of(tx, host)}
    publishing.publish_names(tx, zone_id(zone.name), records)


def records_of(tx: Tx, host: Resource) -> list[RRset]:
    """The records of a name of ours."""
    text = [text_of(host)] if "Text" in host.spec else []
    if text and "Address" not in host.spec:
        return text
    given, ttl = host.spec.get("Address"), host.spec.get("TTL", APEX_TTL)
    places = host.spec.get("Places", [host.spec.get("Place", 0)])
    addresses = (
        [ip_address(given)] if given else [network(tx).network_address + int(p) for p in places]
    )
    return text + [
        RRset(type_, ttl, tuple(found))
        for type_, version in ((A, 4), (AAAA, 6))
        if (found := [each.packed for each in addresses if each.version == version])
    ]


def text_of(host: Resource) -> RRset:
    """Its TXT record, in strings of 255 bytes (RFC 1035 §3.3.14)."""
    data = host.spec["Text"].encode()
    parts = (data[at : at + 255] for at in range(0, len(data), 255))
    return RRset(TXT, TTL, (b"".join(bytes((len(part),)) + part for part in parts),))


def host_zone(tx: Tx, name: str) -> None:
    """Have a zone for names of ours, delegated like any other."""
    if ZONES.find(tx, f"{name}.") is None:
        registry_of(tx, name)
        make_zone(tx, f"{name}.", HOSTED)


def zone_id(name: str) -> str:
    return f"registry/{name}"


def sort_key(name: str) -> str:
    return ".".join(reversed(name.rstrip(".").split("."))) + "."


def server_of(name: str) -> str:
    """The name server of a registry's zone, which lies in it."""
    return "a.root-servers" if name == "." else f"a.nic.{name.rstrip('.')}"


# ----- keys


def new_key(tx: Tx) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return b64encode(tx.seal.close(secret, PURPOSE)).decode()


def opened(tx: Tx, sealed: str) -> ec.EllipticCurvePrivateKey:
    found = load_der_private_key(tx.seal.open(b64decode(sealed), PURPOSE), None)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    return found


def publish_keys(tx: Tx, zone: Resource) -> None:
    """Sign the DNSKEYs, and hand the zone-signing key to the name servers."""
    ksk, zsk = opened(tx, zone.status["Ksk"]), opened(tx, zone.status["Zsk"])
    rdata = dnskey(SECURE_ENTRY_POINT, ksk.public_key())
    dnskeys = (dnskey(ZONE_KEY, zsk.public_key()), rdata)
    origin = wire.from_text(zone.name)
    rrset = RRset(DNSKEY, DNSKEY_TTL, dnskeys)
    signature = sign_set(ksk, key_tag(rdata), origin, origin, rrset, time.time())
    secret = zsk.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    text = signing.dump(tx.seal, secret, dnskeys, [signature])
    publishing.publish_signing(tx, zone_id(zone.name), text)


def ds_of(tx: Tx, zone: Resource) -> bytes:
    """The DS rdata of a zone's key-signing key."""
    rdata = dnskey(SECURE_ENTRY_POINT, opened(tx, zone.status["Ksk"]).public_key())
    return ds_rdata(wire.from_text(zone.name), rdata)


def ds_rdata(origin: bytes, rdata: bytes) -> bytes:
    """RFC 4034 §5.1"""
    head = key_tag(rdata).to_bytes(2, "big") + bytes((rdata[3], SHA256_DIGEST))
    return head + digest(origin, rdata)
