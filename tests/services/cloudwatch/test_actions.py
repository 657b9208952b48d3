"""CloudWatch as IAM sees it."""

from __future__ import annotations

import json
from typing import Any

from forecourt.services.cloudwatch import AUTHORIZATION, TABLES
from tests.harness import World

from .calls import fault


def test_every_operation_has_its_action() -> None:
    served = {name for ops in TABLES for name in ops.table}
    assert served == set(AUTHORIZATION.actions)


def test_a_namespace_of_ones_own(world: World) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    statement = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Mine"}},
    }
    iam.put_user_policy(
        UserName="alice", PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )  # fmt: skip
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice: Any = world.client("cloudwatch", (key["AccessKeyId"], key["SecretAccessKey"]))
    data = [{"MetricName": "m", "Value": 1}]
    alice.put_metric_data(Namespace="Mine", MetricData=data)
    refused = fault(alice.put_metric_data, Namespace="Other", MetricData=data)
    assert refused in ("AccessDenied", "AccessDeniedException")
    assert fault(alice.describe_alarms) in ("AccessDenied", "AccessDeniedException")
