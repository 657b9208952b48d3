"""What IAM is asked for ACM's operations."""

from __future__ import annotations

import json

from tests.harness import World

from .calls import Proving, refused
from .test_imports import given


def test_a_certificate_by_its_tags(world: World, proving: Proving) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    allowed = {
        "Effect": "Allow",
        "Action": "acm:DescribeCertificate",
        "Resource": "arn:aws:acm:*:*:certificate/*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "web"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = world.client("acm", (made["AccessKeyId"], made["SecretAccessKey"]))
    ours = proving.request("a.example.com", Tags=[{"Key": "team", "Value": "web"}])
    other = proving.request("b.example.com")
    assert alice.describe_certificate(CertificateArn=ours)
    with refused("AccessDeniedException", "acm:DescribeCertificate"):
        alice.describe_certificate(CertificateArn=other)
    with refused("AccessDeniedException", "acm:ListCertificates"):
        alice.list_certificates()


def test_a_certificate_that_may_not_be_imported_over(world: World, proving: Proving) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    arn = proving.acm.import_certificate(**given())["CertificateArn"]
    statements = [
        {"Effect": "Allow", "Action": "acm:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "acm:ImportCertificate", "Resource": arn},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = world.client("acm", (made["AccessKeyId"], made["SecretAccessKey"]))
    assert alice.import_certificate(**given())
    with refused("AccessDeniedException", "acm:ImportCertificate"):
        alice.import_certificate(**given(), CertificateArn=arn)
