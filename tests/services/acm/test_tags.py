"""Tags of certificates, by both of their APIs."""

from __future__ import annotations

from typing import Any

from .calls import Proving, refused


def listed(acm: Any, arn: str) -> dict[str, str]:
    tags = acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
    assert tags == acm.list_tags_for_resource(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in tags}


def test_tags(proving: Proving) -> None:
    acm = proving.acm
    arn = proving.request("a.example.com", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    assert listed(acm, arn) == {"a": "1", "b": ""}
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    acm.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "3"}])
    acm.remove_tags_from_certificate(
        CertificateArn=arn, Tags=[{"Key": "a", "Value": "other"}, {"Key": "b"}]
    )
    assert listed(acm, arn) == {"a": "2", "c": "3"}
    acm.untag_resource(ResourceArn=arn, TagKeys=["a", "none"])
    assert listed(acm, arn) == {"c": "3"}


def test_refused(proving: Proving) -> None:
    arn = proving.request("a.example.com")
    many = [{"Key": f"k{n}"} for n in range(50)]
    proving.acm.add_tags_to_certificate(CertificateArn=arn, Tags=many)
    with refused("TooManyTagsException"):
        proving.acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "more"}])
    with refused("ServiceQuotaExceededException"):
        proving.acm.tag_resource(ResourceArn=arn, Tags=[{"Key": "more"}])
    with refused("InvalidTagException", "AWS internal"):
        proving.acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "AWS:x"}])
    with refused("InvalidTagException", "Duplicate"):
        proving.acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "x"}, {"Key": "x"}])
