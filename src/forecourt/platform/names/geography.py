"""Where addresses are: countries by a database, and coordinates of countries, regions and states.

    locate = locator("")                        # the database that is shipped, or a path to another
    locate(4, int(IPv4Address("192.0.2.1")), 24) -> Client

Any MaxMind DB file may be mounted: with `country_code` or `country.iso_code` in its records, and where
they have them subdivisions and coordinates.  places.json has the names and codes that Route 53 lists.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import maxminddb

from forecourt.planes.dns.protocol import Locate
from forecourt.planes.dns.routing import Client

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

Point = tuple[float, float]  # latitude and longitude, degrees
SHIPPED = "country.mmdb"
SETTING = "country data"


class BadDatabase(Exception):
    """The database of countries cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Country:
    name: str
    continent: str
    point: Point


@dataclass(frozen=True, slots=True)
class Places:
    continents: Mapping[str, str]  # code: name
    countries: Mapping[str, Country]
    unlisted: frozenset[str]  # of those, the ones that Route 53 does not list
    subdivisions: Mapping[str, Mapping[str, tuple[str, Point]]]  # by country: code: name, point
    regions: Mapping[str, Point]
    local_zone_groups: Mapping[str, Point]


@cache
def places() -> Places:
    given = json.loads((files(__package__) / "places.json").read_text())
    return Places(
        given["continents"],
        {
            code: Country(each["name"], each["continent"], point_of(each["point"]))
            for code, each in given["countries"].items()
        },
        frozenset(given["unlisted_countries"]),
        {
            country: {code: (each["name"], point_of(each["point"])) for code, each in codes.items()}
            for country, codes in given["subdivisions"].items()
        },
        {name: point_of(each) for name, each in given["regions"].items()},
        {name: point_of(each) for name, each in given["local_zone_groups"].items()},
    )


def point_of(given: list[float]) -> Point:
    latitude, longitude = given
    return float(latitude), float(longitude)


def mount(tx: Tx, path: str) -> None:
    """Note which database this instance was started with."""
    tx.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=SETTING,
        value=path,
    )


def mounted(tx: Tx) -> str:
    """The path of the database in place of the one shipped; empty for none."""
    return str(tx.value("SELECT value FROM setting WHERE name = :name", name=SETTING) or "")


@cache
def locator(path: str) -> Locate:
    """A function that says who an address is.  BadDatabase."""
    try:
        reader = maxminddb.open_database(path or str(shipped()))
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise BadDatabase(f"{path or SHIPPED} cannot be used: {error}") from None
    known = places()

    def locate(version: int, address: int, prefix: int) -> Client:
        if version == 6 and address >> 32 == 0xFFFF:  # an IPv4 address within IPv6
            version, address, prefix = 4, address & 0xFFFFFFFF, max(prefix - 96, 0)
        if version == 6 and reader.metadata().ip_version == 4:
            return Client(address, version, prefix)
        found = reader.get(IPv4Address(address) if version == 4 else IPv6Address(address))
        return client_of(known, found, address, version, prefix)

    return locate


def shipped() -> Path:
    return Path(str(files(__package__) / SHIPPED))


def client_of(known: Places, record: Any, address: int, version: int, prefix: int) -> Client:
    """A client by what the database says of its address."""
    if not isinstance(record, Mapping):
        return Client(address, version, prefix)
    code = record.get("country_code") or member(record, "country", "iso_code")
    country = known.countries.get(code) if isinstance(code, str) else None
    if country is None:
        return Client(address, version, prefix)
    found, point = [f"country:{code}", f"continent:{country.continent}"], country.point
    for state in reversed(record.get("subdivisions") or []):
        state_code = str(state.get("iso_code", ""))
        found.insert(0, f"{code}-{state_code}")
        point = known.subdivisions.get(code, {}).get(state_code, ("", point))[1]
    latitude, longitude = (
        member(record, "location", "latitude"),
        member(record, "location", "longitude"),
    )
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        point = float(latitude), float(longitude)
    return Client(address, version, prefix, tuple(found), point)


def member(record: Mapping[str, Any], *names: str) -> Any:
    found: Any = record
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
