"""The places that record sets can be for."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import fault


def test_the_first_page(route53: Any) -> None:
    found = route53.list_geo_locations(MaxItems="10")
    listed = [each["CountryCode"] for each in found["GeoLocationDetailsList"]]
    assert listed == ["*", "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ"]
    assert found["GeoLocationDetailsList"][1] == {"CountryCode": "AD", "CountryName": "Andorra"}
    assert (found["IsTruncated"], found["NextCountryCode"], found["MaxItems"]) == (True, "AR", "10")


def test_all_of_them(route53: Any) -> None:
    found: list[Any] = []
    start: dict[str, str] = {}
    while True:
        page = route53.list_geo_locations(**start)
        found += page["GeoLocationDetailsList"]
        if not page["IsTruncated"]:
            break
        start = {k.replace("Next", "Start"): v for k, v in page.items() if k.startswith("Next")}
    assert len(found) == len({tuple(sorted(each.items())) for each in found})
    states = [each for each in found if each.get("CountryCode") == "US"]
    assert len(states) == 52
    at = found.index({"CountryCode": "US", "CountryName": "United States"})
    assert found[at + 1]["SubdivisionCode"] == "AK"
    continents = [each["ContinentCode"] for each in found if "ContinentCode" in each]
    assert continents == ["AF", "AN", "AS", "EU", "NA", "OC", "SA"]
    assert found[-7:] == [each for each in found if "ContinentCode" in each]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {"CountryCode": "*", "CountryName": "Default"}),
        ({"ContinentCode": "EU"}, {"ContinentCode": "EU", "ContinentName": "Europe"}),
        ({"CountryCode": "KR"}, {"CountryCode": "KR", "CountryName": "Republic of Korea"}),
        (
            {"CountryCode": "US", "SubdivisionCode": "WA"},
            {"CountryCode": "US", "CountryName": "United States", "SubdivisionCode": "WA", "SubdivisionName": "Washington"},
        ),
    ],
)  # fmt: skip
def test_one(route53: Any, given: Any, found: Any) -> None:
    assert route53.get_geo_location(**given)["GeoLocationDetails"] == found


def test_none(route53: Any) -> None:
    assert fault(route53.get_geo_location, CountryCode="ZZ")[0] == "NoSuchGeoLocation"
    assert fault(route53.get_geo_location, SubdivisionCode="WA")[0] == "InvalidInput"
    assert fault(route53.list_geo_locations, StartSubdivisionCode="WA")[0] == "InvalidInput"
