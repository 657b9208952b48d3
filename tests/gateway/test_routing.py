"""Service, operation and protocol of a request, by what little may tell them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.gateway.http import Malformed, Request
from forecourt.gateway.routing import (
    NotServed,
    Routes,
    Unknown,
    scope_service,
    signing_name,
    spoken,
)
from tests.gateway.several import TABLES

ROUTES = Routes(TABLES)
FORM: dict[str, Any] = {"content-type": "application/x-www-form-urlencoded"}
CBOR: dict[str, Any] = {"smithy-protocol": "rpc-v2-cbor"}


def scope(service: str) -> dict[str, Any]:
    return {
        "authorization": f"AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/{service}/aws4_request"
    }


def asked(
    method: str = "POST", path: str = "/", query: str = "", body: bytes = b"", **headers: Any
) -> Request:
    return Request(method, path, query, {k.replace("_", "-"): v for k, v in headers.items()}, body)


@pytest.mark.parametrize(
    ("request_", "route"),
    [
        # By the scope of the signature.
        (asked(body=b"Action=DescribeVpcs", **FORM, **scope("ec2")), ("ec2", "ec2", "DescribeVpcs")),
        (asked("GET", "/2015-03-31/functions/", **scope("lambda")),
         ("lambda", "rest-json", "ListFunctions")),
        # One service, three protocols.
        (asked(body=b"Action=ListMetrics", **FORM, **scope("monitoring")),
         ("cloudwatch", "query", "ListMetrics")),
        (asked(body=b"{}", x_amz_target="GraniteServiceVersion20100801.ListMetrics"),
         ("cloudwatch", "json", "ListMetrics")),
        (asked(path="/service/GraniteServiceVersion20100801/operation/ListMetrics", **CBOR),
         ("cloudwatch", "smithy-rpc-v2-cbor", "ListMetrics")),
        # By X-Amz-Target, Host, Version, or path.
        (asked(x_amz_target="TrentService.ListKeys"), ("kms", "json", "ListKeys")),
        (asked(body=b"Action=GetCallerIdentity", host="sts.us-east-1.amazonaws.com:443", **FORM),
         ("sts", "query", "GetCallerIdentity")),
        (asked(body=b"Action=GetCallerIdentity&Version=2011-06-15", **FORM),
         ("sts", "query", "GetCallerIdentity")),
        (asked("GET", query="Action=GetCallerIdentity&Version=2011-06-15"),
         ("sts", "query", "GetCallerIdentity")),
        (asked("GET", "/2013-04-01/hostedzonecount"), ("route53", "rest-xml", "GetHostedZoneCount")),
        (asked("GET", "/2013-04-01/hostedzonecount",
               "X-Amz-Credential=K%2F20260101%2Fus-east-1%2Froute53%2Faws4_request"),
         ("route53", "rest-xml", "GetHostedZoneCount")),
    ],
)  # fmt: skip
def test_routes(request_: Request, route: tuple[str, str, str]) -> None:
    found = ROUTES.find(request_)
    assert (found.service, found.protocol, found.operation.name) == route


@pytest.mark.parametrize(
    ("request_", "protocol", "text"),
    [
        (asked(body=b"Action=Nothing&Version=2011-06-15", **FORM, **scope("sts")), "query",
         "Could not find operation Nothing for version 2011-06-15"),
        (asked(body=b"Action=GetCallerIdentity&Version=1", **FORM, **scope("sts")), "query",
         "Could not find operation GetCallerIdentity for version 1"),
        (asked(body=b"", **FORM, **scope("sts")), "query", "Could not find operation  for version "),
        (asked(body=b"Action=Nothing", **FORM, **scope("ec2")), "ec2",
         "The action Nothing is not valid for this web service."),
        (asked(x_amz_target="TrentService.Nothing"), "json", ""),
        (asked(x_amz_target="TrentService."), "json", ""),
        (asked(path="/service/GraniteServiceVersion20100801/operation/Nothing", **CBOR),
         "smithy-rpc-v2-cbor", ""),
        (asked("GET", "/nothing", **scope("lambda")), "rest-json", "Unknown Operation"),
        (asked("GET", "/nothing", **scope("route53")), "rest-xml", "Unknown Operation"),
    ],
)  # fmt: skip
def test_unknown_operations(request_: Request, protocol: str, text: str) -> None:
    with pytest.raises(Unknown) as caught:
        ROUTES.find(request_)
    assert (caught.value.protocol, str(caught.value)) == (protocol, text)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (asked(x_amz_target="TrentService.Encrypt"), "kms Encrypt is not implemented."),
        (asked("GET", "/2013-04-01/hostedzone"), "route53 ListHostedZones is not implemented."),
        (asked("GET", "/", **scope("dynamodb")), "dynamodb is not served here."),
        (asked(x_amz_target="Nobody.ListKeys"), "the service is not served here."),
        (asked("GET", "/nothing"), "the service is not served here."),
    ],
)
def test_what_is_not_served(request_: Request, text: str) -> None:
    with pytest.raises(NotServed) as caught:
        ROUTES.find(request_)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("authorization", "service"),
    [
        ("AWS4-HMAC-SHA256 Credential=K/2/r/s3/aws4_request, SignedHeaders=host", "s3"),
        ("AWS4-HMAC-SHA256 SignedHeaders=host,Credential=K///s3/", "s3"),
        ("AWS4-HMAC-SHA256 Credential=K/2/r/s3", None),
        ("Bearer x", None),
        ("Credential=" + "/" * 60_000, None),
    ],
)
def test_scopes(authorization: str, service: str | None) -> None:
    assert scope_service(authorization) == service
    assert signing_name(asked(authorization=authorization)) == service


def test_no_authorization_takes_long() -> None:
    """It is read before anybody has proved who they are."""
    started = time.perf_counter()
    scope_service("Credential=x" * 5_000)
    assert time.perf_counter() - started < 0.05


@pytest.mark.parametrize("query", ["%ff", "X-Amz-Credential=%ff", "a=1&" * 10_001])
def test_a_query_that_is_none_is_malformed(query: str) -> None:
    with pytest.raises(Malformed):
        ROUTES.find(asked("GET", query=query))


@pytest.mark.parametrize(
    ("headers", "protocol"),
    [
        (CBOR, "smithy-rpc-v2-cbor"),
        ({"x-amz-target": "A.B"}, "json"),
        ({"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, "query"),
        ({"content-type": "application/json"}, None),
        ({}, None),
    ],
)
def test_spoken(headers: dict[str, str], protocol: str | None) -> None:
    assert spoken(Request("POST", "/", "", headers)) == protocol


@given(
    st.sampled_from(["GET", "POST"]),
    st.text(max_size=30),
    st.dictionaries(
        st.sampled_from(
            ["x-amz-target", "content-type", "smithy-protocol", "authorization", "host"]
        ),
        st.one_of(st.text(max_size=30), st.sampled_from([*FORM.values(), *CBOR.values()])),
    ),
    st.binary(max_size=40),
)
def test_any_request_is_routed_or_refused(
    method: str, path: str, headers: Any, body: bytes
) -> None:
    try:
        route = ROUTES.find(Request(method, "/" + path, "", headers, body))
    except (Unknown, NotServed, Malformed):
        return
    assert route.operation.name in ROUTES.services[route.service].table
