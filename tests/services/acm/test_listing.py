"""ListCertificates and SearchCertificates: filters, pages, order."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import Proving, refused
from .test_imports import given as imported


@pytest.fixture
def four(proving: Proving) -> list[str]:
    """One issued, one waiting, one that is RSA, one imported."""
    return [
        proving.issued("jpub.co.kr"),
        proving.request("b.example.com"),
        proving.request("c.example.com", KeyAlgorithm="RSA_2048", Options={"Export": "ENABLED"}),
        proving.acm.import_certificate(**imported())["CertificateArn"],
    ]


def arns(page: dict[str, Any], member: str = "CertificateSummaryList") -> list[str]:
    return [each["CertificateArn"] for each in page[member]]


ALL = {"keyTypes": ["RSA_2048", "EC_prime256v1"]}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [2]),
        ({"Includes": ALL}, [0, 1, 2, 3]),
        ({"Includes": ALL, "CertificateStatuses": ["ISSUED"]}, [0, 3]),
        ({"Includes": {**ALL, "exportOption": "ENABLED"}}, [2]),
        ({"Includes": {**ALL, "keyUsage": ["DIGITAL_SIGNATURE"]}}, [0, 3]),
        ({"Includes": {**ALL, "extendedKeyUsage": ["TLS_WEB_CLIENT_AUTHENTICATION"]}}, []),
        ({"Includes": {**ALL, "extendedKeyUsage": ["NONE"]}}, [1, 2]),
        ({"Includes": ALL, "CertificateKeyPairOrigins": ["CUSTOMER_PROVIDED"]}, [3]),
        ({"Includes": ALL, "SortBy": "CREATED_AT", "SortOrder": "DESCENDING"}, [3, 2, 1, 0]),
    ],
)
def test_listed(proving: Proving, four: list[str], asked: Any, found: list[int]) -> None:
    assert arns(proving.acm.list_certificates(**asked)) == [four[n] for n in found]


@pytest.mark.parametrize("order", ["ASCENDING", "DESCENDING"])
def test_pages(proving: Proving, four: list[str], order: str) -> None:
    seen: list[str] = []
    pages = proving.acm.get_paginator("list_certificates").paginate(
        Includes=ALL, SortBy="CREATED_AT", SortOrder=order, PaginationConfig={"PageSize": 3}
    )
    for page in pages:
        seen += arns(page)
    assert seen == (four if order == "ASCENDING" else four[::-1])
    with refused("InvalidArgsException"):
        proving.acm.list_certificates(NextToken="!")
    with refused("ValidationException"):
        proving.acm.list_certificates(SortBy="CREATED_AT")


def of(**members: Any) -> dict[str, Any]:
    ((kind, value),) = members.items()
    return {"Filter": {kind: value}}


STATUS = of(AcmCertificateMetadataFilter={"Status": "ISSUED"})
NAMED = of(
    X509AttributeFilter={
        "Subject": {"CommonName": {"Value": "EXAMPLE", "ComparisonOperator": "CONTAINS"}}
    }
)
EXACT = of(
    X509AttributeFilter={
        "SubjectAlternativeName": {
            "DnsName": {"Value": "example.com", "ComparisonOperator": "EQUALS"}
        }
    }
)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (None, [0, 1, 2, 3]),
        (STATUS, [0, 3]),
        (NAMED, [1, 2, 3]),
        (EXACT, [3]),
        ({"And": [STATUS, NAMED]}, [3]),
        ({"Or": [EXACT, of(X509AttributeFilter={"KeyAlgorithm": "RSA_2048"})]}, [2, 3]),
        ({"Not": NAMED}, [0]),
        (of(X509AttributeFilter={"KeyUsage": "DIGITAL_SIGNATURE"}), [0, 3]),
        (of(X509AttributeFilter={"NotAfter": {"Start": "2000-01-01T00:00:00Z"}}), [0, 3]),
        (of(X509AttributeFilter={"NotAfter": {"End": "2000-01-01T00:00:00Z"}}), []),
        (of(AcmCertificateMetadataFilter={"ValidationMethod": "DNS"}), [0, 1, 2]),
        (of(AcmCertificateMetadataFilter={"InUse": True}), []),
    ],
)
def test_found(proving: Proving, four: list[str], statement: Any, found: list[int]) -> None:
    given = {} if statement is None else {"FilterStatement": statement}
    page = proving.acm.search_certificates(**given)
    assert arns(page, "Results") == [four[n] for n in found]


def test_order_and_pages(proving: Proving, four: list[str]) -> None:
    page = proving.acm.search_certificates(
        SortBy="COMMON_NAME", SortOrder="DESCENDING", MaxResults=3
    )
    assert arns(page, "Results") == [four[3], four[0], four[2]]
    rest = proving.acm.search_certificates(
        SortBy="COMMON_NAME", SortOrder="DESCENDING", NextToken=page["NextToken"], MaxResults=3
    )
    assert arns(rest, "Results") == [four[1]]
    arn = of(CertificateArn=four[1])
    assert arns(proving.acm.search_certificates(FilterStatement=arn), "Results") == [four[1]]
    by_end = proving.acm.search_certificates(SortBy="NOT_AFTER")
    assert set(arns(by_end, "Results")[2:]) == {four[1], four[2]}  # without an end: last
    with refused("ValidationException"):
        proving.acm.search_certificates(NextToken="x")
    deep: Any = STATUS
    for _ in range(10):
        deep = {"Not": deep}
    with refused("ValidationException", "few levels"):
        proving.acm.search_certificates(FilterStatement=deep)
