"""What IAM is asked for Private CA's operations, and that a template can be a condition."""

from __future__ import annotations

import json
from typing import Any

from forecourt.aws.models import service_model
from forecourt.services.acm_pca.actions import ACTIONS
from tests.harness import World

from .calls import TEMPLATE, csr, issue, refused, root


def test_every_operation_has_an_action() -> None:
    assert set(ACTIONS) == set(service_model("acm-pca").operation_names)


def test_by_template(world: World, pca: Any) -> None:
    arn = root(pca)
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    allowed = {
        "Effect": "Allow",
        "Action": "acm-pca:IssueCertificate",
        "Resource": arn,
        "Condition": {
            "StringEquals": {
                "acm-pca:TemplateArn": TEMPLATE.format("EndEntityClientAuthCertificate")
            }
        },
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = world.client("acm-pca", (key["AccessKeyId"], key["SecretAccessKey"]))
    assert issue(alice, arn, csr(), "EndEntityClientAuthCertificate")
    with refused("AccessDeniedException", "acm-pca:IssueCertificate"):
        issue(alice, arn, csr())
