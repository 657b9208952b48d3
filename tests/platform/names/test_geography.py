"""Where addresses are, by the database that is shipped and by others."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from forecourt.planes.dns.routing import Client
from forecourt.platform.names import geography
from forecourt.platform.names.geography import BadDatabase, client_of, locator, places
from tests.harness import World


def where(text: str) -> Client:
    address = ip_address(text)
    return locator("")(address.version, int(address), address.max_prefixlen)


@pytest.mark.parametrize(
    ("address", "country"),
    [("1.208.0.1", "KR"), ("5.1.80.1", "DE"), ("8.8.8.8", "US"), ("2001:4860:4860::8888", "US"), ("::ffff:8.8.8.8", "US")],
)  # fmt: skip
def test_countries(address: str, country: str) -> None:
    found = where(address)
    assert found.places == (
        f"country:{country}",
        f"continent:{places().countries[country].continent}",
    )
    assert found.point == places().countries[country].point


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "192.0.2.1"])
def test_nowhere(address: str) -> None:
    assert (where(address).places, where(address).point) == ((), None)


def test_records_of_larger_databases() -> None:
    record = {
        "country": {"iso_code": "US"},
        "subdivisions": [{"iso_code": "WA"}],
        "location": {"latitude": 47.6, "longitude": -122.3},
    }
    found = client_of(places(), record, 1, 4, 32)
    assert found.places == ("US-WA", "country:US", "continent:NA")
    assert found.point == (47.6, -122.3)
    del record["location"]
    assert client_of(places(), record, 1, 4, 32).point == places().subdivisions["US"]["WA"][1]


@pytest.mark.parametrize(
    "record", [None, {}, "US", {"country": 7}, {"country_code": 7}, {"country_code": "??"}]
)
def test_records_that_say_nothing(record: Any) -> None:
    assert client_of(places(), record, 1, 4, 32) == Client(1, 4, 32)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mmdb"
    bad.write_bytes(b"not a database")
    for path in (bad, tmp_path / "none"):
        with pytest.raises(BadDatabase):
            locator(str(path))


def test_every_region_has_a_place() -> None:
    regions = botocore.session.get_session().get_available_regions("ec2")
    assert set(regions) <= set(places().regions)
    for latitude, longitude in places().regions.values():
        assert abs(latitude) <= 90
        assert abs(longitude) <= 180


def test_which_is_mounted(world: World) -> None:
    assert world.store.read_now(geography.mounted) == ""
    world.store.write_now(geography.mount, "/some/where")
    assert world.store.read_now(geography.mounted) == "/some/where"
    world.store.write_now(geography.mount, "")
