"""SNS as IAM sees it."""

from __future__ import annotations

import json
from typing import Any

from forecourt.services.sns import AUTHORIZATION, TABLES
from tests.harness import World

from .calls import fault


def test_every_operation_has_its_action() -> None:
    served = {name for ops in TABLES for name in ops.table}
    assert served == set(AUTHORIZATION.actions)


def test_a_user_by_the_topics_name(world: World, sns: Any, topic: str) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    iam.put_user_policy(
        UserName="alice", PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )  # fmt: skip
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = world.client("sns", (key["AccessKeyId"], key["SecretAccessKey"]))
    alice.publish(TopicArn=topic, Message="m")
    entries = [{"Id": "a", "Message": "m"}]
    alice.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    other = sns.create_topic(Name="other")["TopicArn"]
    code, text = fault(alice.publish, TopicArn=other, Message="m")
    assert code == "AuthorizationError"
    assert "is not authorized to perform: SNS:Publish" in text or "sns:Publish" in text
    assert fault(alice.list_topics)[0] == "AuthorizationError"
