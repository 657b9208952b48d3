"""What happens to objects is told to topics and functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.services.lambda_ import functions
from forecourt.services.s3.notifications import fits, wants
from forecourt.store.tx import Call, Tx
from tests.harness import World

from .calls import fault, put


def test_which_events_are_wanted() -> None:
    assert wants(["s3:ObjectCreated:*"], "ObjectCreated:Put")
    assert wants(["s3:ObjectRemoved:Delete"], "ObjectRemoved:Delete")
    assert not wants(["s3:ObjectCreated:Copy"], "ObjectCreated:Put")
    only = [{"Name": "Prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".eml"}]
    assert fits(only, "in/a.eml")
    assert not fits(only, "out/a.eml")
    assert not fits(only, "in/a.txt")


@pytest.fixture
def function(world: World) -> str:
    call = Call("lambda", "CreateFunction", "000000000000", "us-east-1")

    def register(tx: Tx, _: Any) -> str:
        spec = {"Handler": "a:b", "Path": "/", "Timeout": 3, "MemorySize": 128}
        return functions.register(tx, "f", spec).arn

    import anyio

    return anyio.run(world.store.write_for, call, register, None)


def events(tx: Tx) -> list[Any]:
    rows = tx.all("SELECT payload FROM function_event ORDER BY id")
    return [json.loads(row[0])["Records"][0] for row in rows]


def test_a_function_is_told(world: World, s3: Any, bucket: str, function: str) -> None:
    wanted = {
        "LambdaFunctionArn": function,
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
    }
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    put(s3, bucket, "in/a b", "out/c")
    s3.delete_object(Bucket=bucket, Key="in/a b")
    made, gone = world.store.read_now(events)
    assert (made["eventName"], made["s3"]["object"]["key"]) == ("ObjectCreated:Put", "in/a+b")
    assert made["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    assert gone["eventName"] == "ObjectRemoved:Delete"
    (shown,) = s3.get_bucket_notification_configuration(Bucket=bucket)[
        "LambdaFunctionConfigurations"
    ]
    assert shown["Id"]
    assert shown["Filter"]["Key"]["FilterRules"] == [{"Name": "prefix", "Value": "in/"}]


def test_a_topic_is_told(world: World, s3: Any, bucket: str) -> None:
    topic = world.client("sns").create_topic(Name="t")["TopicArn"]
    wanted = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [wanted]}
    )
    put(s3, bucket, "a")


def test_targets_that_are_none(s3: Any, bucket: str) -> None:
    for wanted, code in (
        ({"TopicConfigurations": [{"TopicArn": "arn:aws:sns:us-east-1:000000000000:no",
                                   "Events": ["s3:ObjectCreated:*"]}]}, "InvalidArgument"),
        ({"QueueConfigurations": [{"QueueArn": "arn:aws:sqs:us-east-1:000000000000:q",
                                   "Events": ["s3:ObjectCreated:*"]}]}, "NotImplemented"),
        ({"LambdaFunctionConfigurations": [
            {"LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:no",
             "Events": ["s3:ObjectCreated:*"]}]}, "InvalidArgument"),
    ):  # fmt: skip
        assert (
            fault(
                s3.put_bucket_notification_configuration,
                Bucket=bucket,
                NotificationConfiguration=wanted,
            )
            == code
        )


def test_configurations_that_overlap(world: World, s3: Any, bucket: str) -> None:
    topic = world.client("sns").create_topic(Name="t")["TopicArn"]

    def wanted(*each: tuple[str, str]) -> dict[str, Any]:
        return {
            "TopicConfigurations": [
                {"TopicArn": topic, "Events": [event],
                 "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}}
                for event, prefix in each
            ]
        }  # fmt: skip

    def put_all(*each: tuple[str, str]) -> None:
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=wanted(*each)
        )

    put_all(("s3:ObjectCreated:*", "a/"), ("s3:ObjectCreated:Put", "b/"))
    put_all(("s3:ObjectCreated:Put", "a/"), ("s3:ObjectCreated:Copy", "a/"))
    for wrong in (
        (("s3:ObjectCreated:*", "a/"), ("s3:ObjectCreated:Put", "a/b")),
        (("s3:ObjectCreated:Put", ""), ("s3:ObjectCreated:Put", "b")),
        tuple(("s3:ObjectCreated:Put", f"{n:03}") for n in range(101)),
    ):
        assert fault(put_all, *wrong) == "InvalidArgument"


def test_another_accounts_put_is_told_too(
    world: World, s3: Any, bucket: str, function: str, stranger: Any
) -> None:
    wanted = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
        },
    }  # fmt: skip
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    put(stranger, bucket, "a")
    assert [each["eventName"] for each in world.store.read_now(events)] == ["ObjectCreated:Put"]
    # And nobody lets events go to functions of others.
    stranger.create_bucket(Bucket="b-bucket")
    assert fault(
        stranger.put_bucket_notification_configuration, Bucket="b-bucket",
        NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]},
    ) == "InvalidArgument"  # fmt: skip
