"""The engines that are here, and what AWS lists of what there is not: updates, reserved nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from forecourt.aws.operations import Operations

from .placing import family_of
from .stored import errors, installation, page

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")


@ops.read
def describe_cache_engine_versions(
    tx: Tx, req: t.DescribeCacheEngineVersionsMessage
) -> t.CacheEngineVersionMessage:
    found = [
        {
            "Engine": engine,
            "EngineVersion": offered(engine, version),
            "CacheParameterGroupFamily": family_of(engine, version),
            "CacheEngineDescription": engine.capitalize(),
            "CacheEngineVersionDescription": f"{engine} version {version}",
        }
        for engine, version in installation(tx).engines
    ]
    wanted = [
        each
        for each in found
        if req.get("Engine", each["Engine"]) == each["Engine"]
        and req.get("EngineVersion", each["EngineVersion"]) == each["EngineVersion"]
        and req.get("CacheParameterGroupFamily", each["CacheParameterGroupFamily"])
        == each["CacheParameterGroupFamily"]
    ]
    return page(  # type: ignore[return-value]
        "CacheEngineVersions", wanted, req, by=lambda each: each["Engine"], show=lambda each: each
    )


def offered(engine: str, version: str) -> str:
    """As it is asked for: major and minor, with Memcached the patch too."""
    return version if engine == "memcached" else version.rpartition(".")[0]


@ops.read
def describe_service_updates(
    tx: Tx, req: t.DescribeServiceUpdatesMessage
) -> t.ServiceUpdatesMessage:
    """There are none: an engine is as new as what is installed."""
    if name := req.get("ServiceUpdateName"):
        raise errors.ServiceUpdateNotFoundFault(f"Service update {name} not found.")
    return {"ServiceUpdates": []}


@ops.read
def describe_update_actions(tx: Tx, req: t.DescribeUpdateActionsMessage) -> t.UpdateActionsMessage:
    return {"UpdateActions": []}


@ops.read
def describe_reserved_cache_nodes(
    tx: Tx, req: t.DescribeReservedCacheNodesMessage
) -> t.ReservedCacheNodeMessage:
    """There are none: nothing is sold here."""
    if name := req.get("ReservedCacheNodeId"):
        raise errors.ReservedCacheNodeNotFoundFault(f"Reserved cache node {name} not found.")
    return {"ReservedCacheNodes": []}


@ops.read
def describe_reserved_cache_nodes_offerings(
    tx: Tx, req: t.DescribeReservedCacheNodesOfferingsMessage
) -> t.ReservedCacheNodesOfferingMessage:
    if name := req.get("ReservedCacheNodesOfferingId"):
        raise errors.ReservedCacheNodesOfferingNotFoundFault(f"Offering {name} not found.")
    return {"ReservedCacheNodesOfferings": []}


@ops.write
def purchase_reserved_cache_nodes_offering(
    tx: Tx, req: t.PurchaseReservedCacheNodesOfferingMessage
) -> NoReturn:
    name = req["ReservedCacheNodesOfferingId"]
    raise errors.ReservedCacheNodesOfferingNotFoundFault(f"Offering {name} not found.")


@ops.write
def batch_apply_update_action(tx: Tx, req: t.BatchApplyUpdateActionMessage) -> NoReturn:
    name = req["ServiceUpdateName"]
    raise errors.ServiceUpdateNotFoundFault(f"Service update {name} not found.")


@ops.write
def batch_stop_update_action(tx: Tx, req: t.BatchStopUpdateActionMessage) -> NoReturn:
    name = req["ServiceUpdateName"]
    raise errors.ServiceUpdateNotFoundFault(f"Service update {name} not found.")
