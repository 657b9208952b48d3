"""Methods and paths of the REST protocols: which operation, with which labels."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.aws.models import service_model
from forecourt.gateway.http import Malformed, Request
from forecourt.gateway.paths import Paths


@cache
def paths(service: str) -> Paths:
    return Paths(service_model(service))


def find(service: str, method: str, target: str) -> tuple[str, dict[str, str]] | None:
    path, _, query = target.partition("?")
    return paths(service).find(Request(method, path, query, {}))


@pytest.mark.parametrize(
    ("method", "target", "operation", "labels"),
    [
        ("GET", "/2013-04-01/hostedzone", "ListHostedZones", {}),
        ("GET", "/2013-04-01/hostedzone/", "ListHostedZones", {}),
        ("GET", "/2013-04-01/hostedzone/Z1", "GetHostedZone", {"Id": "Z1"}),
        ("GET", "/2013-04-01/hostedzone/Z1/", "GetHostedZone", {"Id": "Z1"}),
        ("DELETE", "/2013-04-01/hostedzone/Z1", "DeleteHostedZone", {"Id": "Z1"}),
        ("POST", "/2013-04-01/hostedzone/Z1/rrset/", "ChangeResourceRecordSets",
         {"Id": "Z1"}),
        ("POST", "/2013-04-01/hostedzone/Z1/rrset", "ChangeResourceRecordSets",
         {"Id": "Z1"}),
        ("GET", "/2013-04-01/hostedzone/a%2Fb", "GetHostedZone", {"Id": "a%2Fb"}),
        ("GET", "/2013-04-01/tags/hostedzone/Z1", "ListTagsForResource",
         {"ResourceType": "hostedzone", "ResourceId": "Z1"}),
        ("GET", "/2013-04-01/hostedzonesbyname?dnsname=x", "ListHostedZonesByName", {}),
        ("GET", "/2013-04-01/change/C1", "GetChange", {"Id": "C1"}),
    ],
)  # fmt: skip
def test_route_53(method: str, target: str, operation: str, labels: dict[str, str]) -> None:
    assert find("route53", method, target) == (operation, labels)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("PUT", "/2013-04-01/hostedzone"),
        ("get", "/2013-04-01/hostedzone"),
        ("GET", "/2013-04-02/hostedzone"),
        ("GET", "/2013-04-01"),
        ("GET", "/"),
        ("GET", ""),
        ("GET", "/2013-04-01/hostedzone/Z1/nothing"),
        ("GET", "/2013-04-01/hostedzone/Z1//"),
        ("GET", "/2013-04-01/change/"),
        ("GET", "/2013-04-01//change/C1"),
        ("GET", "/x" * 30_000),
    ],
)
def test_no_operation(method: str, target: str) -> None:
    if target.endswith("Z1//"):
        assert find("route53", method, target) in (None, ("GetHostedZone", {"Id": "Z1"}))
        return
    assert find("route53", method, target) is None


@pytest.mark.parametrize(
    ("method", "target", "operation", "labels"),
    [
        ("GET", "/", "ListBuckets", {}),
        ("PUT", "/b", "CreateBucket", {"Bucket": "b"}),
        ("PUT", "/b?tagging", "PutBucketTagging", {"Bucket": "b"}),
        ("PUT", "/b?tagging=", "PutBucketTagging", {"Bucket": "b"}),
        ("PUT", "/b/k", "PutObject", {"Bucket": "b", "Key": "k"}),
        ("PUT", "/b/a/b/c", "PutObject", {"Bucket": "b", "Key": "a/b/c"}),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart", {"Bucket": "b", "Key": "k"}),
        ("GET", "/b?list-type=2", "ListObjectsV2", {"Bucket": "b"}),
        ("GET", "/b?list-type=1", "ListObjects", {"Bucket": "b"}),
        ("POST", "/b?delete", "DeleteObjects", {"Bucket": "b"}),
        # Keys that end with a slash are folders; those that begin with one are keys too.
        ("PUT", "/b/folder/", "PutObject", {"Bucket": "b", "Key": "folder/"}),
        ("PUT", "/b//k", "PutObject", {"Bucket": "b", "Key": "/k"}),
        ("PUT", "/b/", "CreateBucket", {"Bucket": "b"}),
    ],
)  # fmt: skip
def test_s3(method: str, target: str, operation: str, labels: dict[str, str]) -> None:
    assert find("s3", method, target) == (operation, labels)


def test_every_operation_is_found_by_its_own_template() -> None:
    for service in ("route53", "s3", "lambda", "sesv2"):
        model = service_model(service)
        for name in model.operation_names:
            http = model.operation_model(name).http
            path, _, query = http["requestUri"].partition("?")
            text = path.replace("{", "x-").replace("+}", "").replace("}", "")
            found = find(service, http["method"], f"{text}?{query}")
            assert found is not None
            other = model.operation_model(found[0]).http
            assert (other["requestUri"], other["method"]) == (http["requestUri"], http["method"])


@given(st.text(alphabet="/ab.%2F{}+?&=-", max_size=40), st.sampled_from(["GET", "PUT", "X"]))
def test_any_path_finds_something_or_nothing(target: str, method: str) -> None:
    for service in ("route53", "s3"):
        try:
            found = find(service, method, target)
        except Malformed:
            continue
        assert found is None or found[0] in service_model(service).operation_names
