"""Permissions, policies and tags of authorities."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from tests.harness import SECOND, World

from .calls import create, describe, refused

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


def statement(arn: str, principal: str, effect: str = "Allow") -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": {"AWS": principal},
        "Action": "acm-pca:DescribeCertificateAuthority",
        "Resource": arn,
    }


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_policy(world: World, pca: Any, arn: str) -> None:
    """What it allows is allowed, and for as long as it stands."""
    with refused("ResourceNotFoundException"):
        pca.get_policy(ResourceArn=arn)
    iam = world.client("iam")
    user = iam.create_user(UserName="alice")["User"]["Arn"]
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = world.client("acm-pca", (key["AccessKeyId"], key["SecretAccessKey"]))
    with refused("AccessDeniedException"):
        describe(alice, arn)
    given = document(statement(arn, user))
    pca.put_policy(ResourceArn=arn, Policy=given)
    assert pca.get_policy(ResourceArn=arn)["Policy"] == given
    assert describe(alice, arn)["Arn"] == arn
    with refused("AccessDeniedException"):
        alice.list_tags(CertificateAuthorityArn=arn)
    for _ in range(2):
        pca.delete_policy(ResourceArn=arn)
    with refused("AccessDeniedException"):
        describe(alice, arn)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda arn: "x", ""),
        (lambda arn: "[]", ""),
        (lambda arn: document({**statement(arn, FIRST), "Resource": "*"}), "must allow"),
        (lambda arn: document(statement(arn, FIRST, "Deny")), "must allow"),
        (lambda arn: document(statement(arn, SECOND)), "other accounts is not implemented"),
        (lambda arn: document(statement(arn, "*")), "other accounts is not implemented"),
    ],
)
def test_policies_that_would_have_no_effect(
    pca: Any, arn: str, make: Callable[[str], str], words: str
) -> None:
    with refused("InvalidPolicyException", words):
        pca.put_policy(ResourceArn=arn, Policy=make(arn))


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
