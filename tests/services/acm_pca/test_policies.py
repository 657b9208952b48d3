"""Permissions, policies and tags of authorities."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .calls import create, refused

ACM = "acm.amazonaws.com"


@pytest.fixture
def arn(pca: Any) -> str:
    return create(pca)


def test_permissions(pca: Any, arn: str) -> None:
    of = {"CertificateAuthorityArn": arn, "Principal": ACM}
    pca.create_permission(**of, Actions=["IssueCertificate", "GetCertificate", "ListPermissions"])
    with refused("PermissionAlreadyExistsException"):
        pca.create_permission(**of, Actions=["IssueCertificate"])
    with refused("RequestFailedException"):
        pca.create_permission(
            CertificateAuthorityArn=arn, Principal="s3.amazonaws.com", Actions=["GetCertificate"]
        )
    (found,) = pca.list_permissions(CertificateAuthorityArn=arn)["Permissions"]
    assert (found["Principal"], len(found["Actions"])) == (ACM, 3)
    pca.delete_permission(**of)
    with refused("ResourceNotFoundException"):
        pca.delete_permission(**of)
    with refused("InvalidNextTokenException"):
        pca.list_permissions(CertificateAuthorityArn=arn, NextToken="x")


def test_policy(pca: Any, arn: str) -> None:
    with refused("ResourceNotFoundException"):
        pca.get_policy(ResourceArn=arn)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "acm-pca:GetCertificate",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    pca.put_policy(ResourceArn=arn, Policy=policy)
    assert pca.get_policy(ResourceArn=arn)["Policy"] == policy
    for bad in ("x", "[]", json.dumps({"Statement": [{**statement, "Resource": "*"}]})):
        with refused("InvalidPolicyException"):
            pca.put_policy(ResourceArn=arn, Policy=bad)
    for _ in range(2):
        pca.delete_policy(ResourceArn=arn)


def test_tags(pca: Any, arn: str) -> None:
    given = [{"Key": f"k{n}", "Value": "v"} for n in range(50)]
    pca.tag_certificate_authority(CertificateAuthorityArn=arn, Tags=given)
    with refused("TooManyTagsException"):
        pca.tag_certificate_authority(CertificateAuthorityArn=arn, Tags=[{"Key": "more"}])
    gone = [{"Key": "k0"}, {"Key": "k1", "Value": "other"}, {"Key": "k2", "Value": "v"}]
    pca.untag_certificate_authority(CertificateAuthorityArn=arn, Tags=gone)
    page = pca.list_tags(CertificateAuthorityArn=arn, MaxResults=40)
    rest = pca.list_tags(CertificateAuthorityArn=arn, NextToken=page["NextToken"])
    found = {tag["Key"] for tag in [*page["Tags"], *rest["Tags"]]}
    assert found == {f"k{n}" for n in range(50)} - {"k0", "k2"}
