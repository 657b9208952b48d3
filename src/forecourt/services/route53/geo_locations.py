"""The places that record sets can be for: continents, countries and subdivisions.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListGeoLocations.html
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.names.geography import places

from .zones import errors, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
MOST = 100  # on a page
Code = tuple[str, str, str]  # continent, country, subdivision
DEFAULT: Code = ("", "*", "")


@ops.read
def list_geo_locations(tx: Tx, req: t.ListGeoLocationsRequest) -> t.ListGeoLocationsResponse:
    """The default, countries, each followed by its subdivisions, and last the continents."""
    if "StartSubdivisionCode" in req and "StartCountryCode" not in req:
        raise errors.InvalidInput("StartSubdivisionCode was given without StartCountryCode.")
    start: Code = (
        req.get("StartContinentCode", ""),
        req.get("StartCountryCode", ""),
        req.get("StartSubdivisionCode", ""),
    )
    size = page_size(req.get("MaxItems"), MOST)
    known = list(every())
    if any(start):
        known = [code for code in known if order(code) >= order(start)]
    page: t.ListGeoLocationsResponse = {
        "GeoLocationDetailsList": [details(code) for code in known[:size]],
        "IsTruncated": len(known) > size,
        "MaxItems": str(size),
    }
    if page["IsTruncated"]:
        names = ("NextContinentCode", "NextCountryCode", "NextSubdivisionCode")
        following: Any = {k: v for k, v in zip(names, known[size], strict=True) if v}
        page.update(following)
    return page


@ops.read
def get_geo_location(tx: Tx, req: t.GetGeoLocationRequest) -> t.GetGeoLocationResponse:
    """One place; the default where none is asked for."""
    code: Code = (
        req.get("ContinentCode", ""),
        req.get("CountryCode", ""),
        req.get("SubdivisionCode", ""),
    )
    if code[2] and not code[1]:
        raise errors.InvalidInput("SubdivisionCode was given without CountryCode.")
    code = code if any(code) else DEFAULT
    if code not in every():
        raise errors.NoSuchGeoLocation("The geolocation you are looking for does not exist.")
    return {"GeoLocationDetails": details(code)}


@cache
def every() -> dict[Code, None]:
    known = places()
    codes: list[Code] = [(continent, "", "") for continent in known.continents]
    codes.append(DEFAULT)
    for country in known.countries.keys() - known.unlisted:
        codes.append(("", country, ""))
        codes += [("", country, each) for each in known.subdivisions.get(country, {})]
    return dict.fromkeys(sorted(codes, key=order))


def order(code: Code) -> tuple[str, str, str]:
    """The default, the countries with their subdivisions, the continents."""
    continent, country, subdivision = code
    return continent, country, subdivision


def details(code: Code) -> t.GeoLocationDetails:
    continent, country, subdivision = code
    known = places()
    if continent:
        return {"ContinentCode": continent, "ContinentName": known.continents[continent]}
    if code == DEFAULT:
        return {"CountryCode": "*", "CountryName": "Default"}
    shown: t.GeoLocationDetails = {
        "CountryCode": country,
        "CountryName": known.countries[country].name,
    }
    if subdivision:
        shown["SubdivisionCode"] = subdivision
        shown["SubdivisionName"] = known.subdivisions[country][subdivision][0]
    return shown
