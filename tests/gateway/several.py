"""A gateway that serves an operation or two in every protocol, on a world's store."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Any

from forecourt.aws.errors import Errors
from forecourt.aws.operations import Operations
from forecourt.gateway.app import Gateway
from forecourt.gateway.http import Answer, Request
from forecourt.gateway.throttle import Throttle
from tests.gateway.wire import FORM, Reply, Signer, request
from tests.harness import World

kms, functions, ec2, metrics, sts, names = (
    Operations(name) for name in ("kms", "lambda", "ec2", "cloudwatch", "sts", "route53")
)


class Bug(Exception):
    """What a broken handler raises."""


@kms.read
def list_keys(tx: Any, req: Any) -> Any:
    return {"Keys": [{"KeyId": tx.call.account}], "Undeclared": 1}


@kms.read
def describe_key(tx: Any, req: Any) -> Any:
    raise Errors("kms").NotFoundException(f"Key {req['KeyId']} does not exist")


@kms.write
def create_key(tx: Any, req: Any) -> Any:
    raise Bug("secret detail")


@functions.read
def list_functions(tx: Any, req: Any) -> Any:
    return {"Functions": [], "NextMarker": req.get("Marker", "none")}


@ec2.read
def describe_vpcs(tx: Any, req: Any) -> Any:
    return {"Vpcs": [{"VpcId": "vpc-1", "OwnerId": tx.call.account}]}


@metrics.read
def list_metrics(tx: Any, req: Any) -> Any:
    return {"Metrics": [{"Namespace": req.get("Namespace", "x")}]}


@sts.read
def get_caller_identity(tx: Any, req: Any) -> Any:
    return {"Account": tx.call.account}


@names.read
def get_hosted_zone_count(tx: Any, req: Any) -> Any:
    return {"HostedZoneCount": 7}


TABLES = (kms, functions, ec2, metrics, sts, names)

# By protocol: how an operation is asked for.
ASKED: dict[str, dict[str, Any]] = {
    "query": {"headers": FORM, "body": b"Action=GetCallerIdentity&Version=2011-06-15"},
    "rest-xml": {"method": "GET", "path": "/2013-04-01/hostedzonecount"},
    "json": {"headers": {"x-amz-target": "TrentService.ListKeys"}, "body": b"{}"},
    "rest-json": {"method": "GET", "path": "/2015-03-31/functions"},
    "ec2": {"headers": FORM, "body": b"Action=DescribeVpcs&Version=2016-11-15"},
    "smithy-rpc-v2-cbor": {
        "path": "/service/GraniteServiceVersion20100801/operation/ListMetrics",
        "headers": {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"},
        "body": b"\xa0",
    },
}
SIGNED_FOR = {
    "query": "sts",
    "rest-xml": "route53",
    "json": "kms",
    "rest-json": "lambda",
    "ec2": "ec2",
    "smithy-rpc-v2-cbor": "monitoring",
}


def ask(world: World, protocol: str, signer: Signer | None = None, **changes: Any) -> Request:
    """A signed request of a protocol."""
    signer = signer or Signer(service=SIGNED_FOR[protocol])
    return request(**{**ASKED[protocol], "signer": signer, **changes})


def answer(world: World, sent: Request, throttle: Throttle | None = None) -> Reply:
    with closing(Gateway(TABLES, {}, world.store, throttle or Throttle({}))) as gateway:
        given: Answer = asyncio.run(gateway.answer(sent))
    return Reply(given.status, dict(given.headers), given.body)
