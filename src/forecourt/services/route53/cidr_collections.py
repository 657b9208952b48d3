"""CIDR collections: networks in named locations, by which record sets are routed.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.names import publishing
from forecourt.store.resources import Kind, Resource

from .changes import record_change
from .zones import API, errors

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
collections = Kind(
    "route53", "cidrcollection", errors.NoSuchCidrCollectionException, is_global=True
)
MOST = 100  # on a page, and where none is asked for
LONGEST = {4: 24, 6: 48}  # prefix lengths, by IP version


@ops.write
def create_cidr_collection(
    tx: Tx, req: t.CreateCidrCollectionRequest
) -> t.CreateCidrCollectionResponse:
    """A collection without locations; the same request again answers the same collection."""
    name, reference = req["Name"], req["CallerReference"]
    for each in collections.all(tx):
        if each.spec["CallerReference"] == reference and each.spec["Name"] == name:
            return {"Collection": document(each), "Location": location(each)}
        if each.spec["Name"] == name or each.spec["CallerReference"] == reference:
            raise errors.CidrCollectionAlreadyExistsException(
                "A CIDR collection with this name and a different caller reference already exists"
                " in this account."
            )
    if collections.count(tx) >= quotas.limit(tx, "MAX_CIDR_COLLECTIONS_BY_OWNER"):
        raise errors.LimitsExceeded("The number of CIDR collections exceeds the limit.")
    spec = {"Name": name, "CallerReference": reference}
    made = collections.create(tx, str(uuid.uuid4()), spec, {"Locations": {}, "Version": 1})
    return {"Collection": document(made), "Location": location(made)}


@ops.write
def change_cidr_collection(
    tx: Tx, req: t.ChangeCidrCollectionRequest
) -> t.ChangeCidrCollectionResponse:
    """Put blocks into locations and take them out, all changes or none."""
    found = get(tx, req["Id"])
    version = found.status["Version"]
    if req.get("CollectionVersion", version) != version:
        raise errors.CidrCollectionVersionMismatchException(
            f"The CIDR collection version you provided, {req.get('CollectionVersion')}, does not"
            f" match the one in the {found.name} collection: {version}"
        )
    locations: dict[str, list[str]] = {k: list(v) for k, v in found.status["Locations"].items()}
    touched = list(dict.fromkeys(change["LocationName"] for change in req["Changes"]))
    for change in req["Changes"]:
        blocks = locations.setdefault(change["LocationName"], [])
        given = [str(network(block)) for block in change["CidrList"]]
        if change["Action"] == "PUT":
            blocks += [block for block in given if block not in blocks]
        else:
            blocks[:] = [block for block in blocks if block not in given]
    for name in touched:
        if not locations[name]:
            del locations[name]
            if users(tx, f"{found.name}/{name}"):
                raise errors.CidrBlockInUseException(
                    f"The CIDR location {name} is used by a record set."
                )
    check(tx, locations)
    collections.change(tx, found, status={"Locations": locations, "Version": version + 1})
    seq = 0
    for name in touched:
        seq = publishing.publish_location(tx, f"{found.name}/{name}", locations.get(name, ()))
    return {"Id": record_change(tx, seq)["Id"].removeprefix("/change/")}


@ops.write
def delete_cidr_collection(
    tx: Tx, req: t.DeleteCidrCollectionRequest
) -> t.DeleteCidrCollectionResponse:
    """Delete a collection that is empty."""
    found = get(tx, req["Id"])
    if found.status["Locations"] or users(tx, f"{found.name}/*"):
        raise errors.CidrCollectionInUseException(
            f"This CIDR collection is in use, and isn't empty: {found.name}"
        )
    collections.remove(tx, found)
    return {}


@ops.read
def list_cidr_collections(
    tx: Tx, req: t.ListCidrCollectionsRequest
) -> t.ListCidrCollectionsResponse:
    shown = [
        {
            "Arn": arn(each),
            "Id": each.name,
            "Name": each.spec["Name"],
            "Version": each.status["Version"],
        }
        for each in collections.all(tx)
    ]
    found: Any = page(shown, req, "CidrCollections", lambda each: str(each["Id"]))
    return found


@ops.read
def list_cidr_locations(tx: Tx, req: t.ListCidrLocationsRequest) -> t.ListCidrLocationsResponse:
    names = sorted(get(tx, req["CollectionId"]).status["Locations"])
    shown = [{"LocationName": name} for name in names]
    found: Any = page(shown, req, "CidrLocations", lambda each: each["LocationName"])
    return found


@ops.read
def list_cidr_blocks(tx: Tx, req: t.ListCidrBlocksRequest) -> t.ListCidrBlocksResponse:
    locations = get(tx, req["CollectionId"]).status["Locations"]
    wanted = req.get("LocationName")
    if wanted is not None and wanted not in locations:
        raise errors.NoSuchCidrLocationException(
            f"The CIDR collection location doesn't match any locations in your account: {wanted}"
        )
    shown = [
        {"CidrBlock": block, "LocationName": name}
        for name in sorted(locations)
        if wanted in (None, name)
        for block in sorted(locations[name])
    ]
    found: Any = page(
        shown, req, "CidrBlocks", lambda each: f"{each['LocationName']} {each['CidrBlock']}"
    )
    return found


def get(tx: Tx, collection_id: str) -> Resource:
    return collections.get(
        tx,
        collection_id,
        f"The CIDR collection you specified, doesn't exist: {collection_id}",
    )


def network(block: str) -> IPv4Network | IPv6Network:
    """A block as it is kept.  InvalidInput."""
    try:
        found = ip_network(block)
    except ValueError:
        raise errors.InvalidInput("Invalid CIDR Prefix") from None
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-ipbased.html
    if not found.prefixlen:
        raise errors.InvalidInput("Cidr prefix length must not be 0")
    most = LONGEST[found.version]
    if found.prefixlen > most:
        raise errors.InvalidInput(
            f"IPv{found.version} cidr block {found} has network prefix length greater than account"
            f" limit of {most}"
        )
    return found


def check(tx: Tx, locations: dict[str, list[str]]) -> None:
    """No block is in two locations, and there are not too many.  CidrBlockInUseException, LimitsExceeded."""
    owners: dict[str, str] = {}
    for name, blocks in locations.items():
        for block in blocks:
            if owners.setdefault(block, name) != name:
                raise errors.CidrBlockInUseException(
                    f"The CIDR block {block} is already in the location {owners[block]}."
                )
    if len(owners) > quotas.limit(tx, "MAX_CIDR_BLOCKS_BY_COLLECTION"):
        raise errors.LimitsExceeded("The number of CIDR blocks exceeds the limit.")


def users(tx: Tx, location_id: str) -> bool:
    """Whether record sets are routed by a location."""
    sql = "SELECT 1 FROM route53_record_set WHERE location = :location LIMIT 1"
    return tx.one(sql, location=location_id) is not None


def page(shown: Iterable[dict[str, Any]], req: Any, member: str, key_of: Any) -> dict[str, Any]:
    """A page of a listing, from a token on: the key of the first that is shown."""
    size = min(int(req.get("MaxResults") or MOST), MOST)
    start = req.get("NextToken", "")
    left = [each for each in shown if not start or key_of(each) >= start]
    found: dict[str, Any] = {member: left[:size]}
    if len(left) > size:
        found["NextToken"] = key_of(left[size])
    return found


def document(found: Resource) -> t.CidrCollection:
    return {
        "Arn": arn(found),
        "Id": found.name,
        "Name": found.spec["Name"],
        "Version": found.status["Version"],
    }


def arn(found: Resource) -> str:
    return found.arn


def location(found: Resource) -> str:
    return f"{API}/cidrcollection/{found.name}"
