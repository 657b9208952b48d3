"""CIDR collections: versions, refusals, listings."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import fault


def create(client: Any, name: str = "c", reference: str = "") -> Any:
    return client.create_cidr_collection(Name=name, CallerReference=reference or name)["Collection"]


def put(
    client: Any, collection: str, location: str, *blocks: str, action: str = "PUT", **options: Any
) -> Any:
    changes = [{"LocationName": location, "Action": action, "CidrList": list(blocks)}]
    return client.change_cidr_collection(Id=collection, Changes=changes, **options)


def test_create(route53: Any) -> None:
    made = create(route53)
    assert made["Version"] == 1
    assert made["Arn"].endswith(f":cidrcollection/{made['Id']}")
    assert create(route53) == made
    assert fault(create, route53, "c", "other")[0] == "CidrCollectionAlreadyExistsException"
    (summary,) = route53.list_cidr_collections()["CidrCollections"]
    assert summary == {k: made[k] for k in ("Arn", "Id", "Name", "Version")}


def test_change_and_list(route53: Any, stranger: Any) -> None:
    one = create(route53)["Id"]
    change = put(route53, one, "seoul", "10.0.0.0/8", "192.0.2.0/24")
    assert route53.get_change(Id=change["Id"])["ChangeInfo"]["Id"] == f"/change/{change['Id']}"
    put(route53, one, "berlin", "2001:db8::/48", CollectionVersion=2)
    code, _ = fault(put, route53, one, "x", "10.1.0.0/16", CollectionVersion=2)
    assert code == "CidrCollectionVersionMismatchException"
    names = route53.list_cidr_locations(CollectionId=one)["CidrLocations"]
    assert [each["LocationName"] for each in names] == ["berlin", "seoul"]
    pages = route53.get_paginator("list_cidr_blocks").paginate(
        CollectionId=one, PaginationConfig={"PageSize": 1}
    )
    found = [(b["LocationName"], b["CidrBlock"]) for page in pages for b in page["CidrBlocks"]]
    assert found == [
        ("berlin", "2001:db8::/48"),
        ("seoul", "10.0.0.0/8"),
        ("seoul", "192.0.2.0/24"),
    ]
    blocks = route53.list_cidr_blocks(CollectionId=one, LocationName="berlin")["CidrBlocks"]
    assert [each["CidrBlock"] for each in blocks] == ["2001:db8::/48"]
    code, _ = fault(route53.list_cidr_blocks, CollectionId=one, LocationName="none")
    assert code == "NoSuchCidrLocationException"
    assert fault(stranger.list_cidr_blocks, CollectionId=one)[0] == "NoSuchCidrCollectionException"
    assert fault(route53.delete_cidr_collection, Id=one)[0] == "CidrCollectionInUseException"
    put(route53, one, "berlin", "2001:db8::/48", action="DELETE_IF_EXISTS")
    put(
        route53,
        one,
        "seoul",
        "10.0.0.0/8",
        "192.0.2.0/24",
        "203.0.113.0/24",
        action="DELETE_IF_EXISTS",
    )
    route53.delete_cidr_collection(Id=one)
    assert fault(route53.delete_cidr_collection, Id=one)[0] == "NoSuchCidrCollectionException"


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("nonsense", "Invalid CIDR Prefix"),
        ("192.0.2.1/24", "Invalid CIDR Prefix"),
        ("0.0.0.0/0", "Cidr prefix length must not be 0"),
        ("192.0.2.0/25", "IPv4 cidr block 192.0.2.0/25 has network prefix length greater than account limit of 24"),
        ("2001:db8::/49", "IPv6 cidr block 2001:db8::/49 has network prefix length greater than account limit of 48"),
    ],
)  # fmt: skip
def test_blocks_that_cannot_be(route53: Any, block: str, said: str) -> None:
    one = create(route53)["Id"]
    assert fault(put, route53, one, "x", block) == ("InvalidInput", said)


def test_a_block_is_in_one_location(route53: Any) -> None:
    one = create(route53)["Id"]
    put(route53, one, "x", "192.0.2.0/24")
    assert fault(put, route53, one, "y", "192.0.2.0/24")[0] == "CidrBlockInUseException"


def test_limits(route53: Any) -> None:
    one = create(route53)["Id"]
    put(route53, one, "x", *(f"10.{n // 200}.{n % 200}.0/24" for n in range(1000)))
    assert fault(put, route53, one, "x", "192.0.2.0/24")[0] == "LimitsExceeded"
    for n in range(4):
        create(route53, f"c{n}")
    assert fault(create, route53, "more")[0] == "LimitsExceeded"
