"""Rule sets, rules, filters, and bounces that an application sends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import SECOND_KEY, World

from .calls import fault, queued, topic
from .receipts import arrive, rule, work


@pytest.fixture
def rules(ses: Any, domain: str) -> str:
    ses.create_receipt_rule_set(RuleSetName="set")
    ses.set_active_receipt_rule_set(RuleSetName="set")
    return "set"


def names(ses: Any) -> list[str]:
    return [e["Name"] for e in ses.describe_receipt_rule_set(RuleSetName="set")["Rules"]]


def test_the_order_of_rules(ses: Any, rules: str) -> None:
    rule(ses, "one")
    rule(ses, "two")  # without After: to the front
    rule(ses, "three", after="two")
    assert names(ses) == ["two", "three", "one"]
    ses.set_receipt_rule_position(RuleSetName="set", RuleName="two", After="one")
    assert names(ses) == ["three", "one", "two"]
    ses.set_receipt_rule_position(RuleSetName="set", RuleName="one")
    assert names(ses) == ["one", "three", "two"]
    ses.reorder_receipt_rule_set(RuleSetName="set", RuleNames=["two", "one", "three"])
    assert names(ses) == ["two", "one", "three"]
    assert fault(ses.reorder_receipt_rule_set, RuleSetName="set", RuleNames=["two"])
    wrong = fault(ses.create_receipt_rule, RuleSetName="set", After="none", Rule={"Name": "x"})
    assert wrong == ("RuleDoesNotExist", "Rule does not exist: none")
    ses.delete_receipt_rule(RuleSetName="set", RuleName="one")
    ses.delete_receipt_rule(RuleSetName="set", RuleName="one")
    assert names(ses) == ["two", "three"]


def test_sets(ses: Any, rules: str) -> None:
    rule(ses, "one")
    ses.clone_receipt_rule_set(OriginalRuleSetName="set", RuleSetName="copy")
    assert fault(ses.create_receipt_rule_set, RuleSetName="copy") == (
        "AlreadyExists",
        "Rule set already exists: copy",
    )
    assert [e["Name"] for e in ses.list_receipt_rule_sets()["RuleSets"]] == ["copy", "set"]
    assert fault(ses.delete_receipt_rule_set, RuleSetName="set") == (
        "CannotDelete",
        "Cannot delete active rule set: set",
    )
    active = ses.describe_active_receipt_rule_set()
    assert (active["Metadata"]["Name"], active["Rules"][0]["Name"]) == ("set", "one")
    ses.set_active_receipt_rule_set()
    assert "Rules" not in ses.describe_active_receipt_rule_set()
    ses.delete_receipt_rule_set(RuleSetName="set")
    for call, more in (
        (ses.describe_receipt_rule_set, {}),
        (ses.describe_receipt_rule, {"RuleName": "one"}),
        (ses.set_active_receipt_rule_set, {}),
    ):
        assert fault(call, RuleSetName="set", **more) == (
            "RuleSetDoesNotExist",
            "Rule set does not exist: set",
        )


def test_what_a_rule_says(world: World, ses: Any, rules: str) -> None:
    world.client("s3").create_bucket(Bucket="mail")
    wanted = {
        "Name": "one", "Enabled": True, "TlsPolicy": "Require", "ScanEnabled": True,
        "Recipients": ["app.test"], "Actions": [{"S3Action": {"BucketName": "mail"}}],
    }  # fmt: skip
    ses.create_receipt_rule(RuleSetName="set", Rule=wanted)
    assert ses.describe_receipt_rule(RuleSetName="set", RuleName="one")["Rule"] == wanted
    ses.update_receipt_rule(RuleSetName="set", Rule={"Name": "one"})
    found = ses.describe_receipt_rule(RuleSetName="set", RuleName="one")["Rule"]
    assert (found["Enabled"], found["TlsPolicy"]) == (False, "Optional")
    assert fault(ses.update_receipt_rule, RuleSetName="set", Rule={"Name": "no"})[0] == (
        "RuleDoesNotExist"
    )


def test_what_is_checked(world: World, ses: Any, rules: str) -> None:
    arn = topic(world)
    theirs = world.client("s3", SECOND_KEY)
    theirs.create_bucket(Bucket="theirs")
    world.client("s3").create_bucket(Bucket="ours")
    function = "arn:aws:lambda:us-east-1:000000000000:function:none"
    bounce = {"SmtpReplyCode": "550", "Message": "no", "Sender": "x@app.test"}
    for action, code in (
        ({"S3Action": {"BucketName": "none"}}, "InvalidS3Configuration"),
        ({"S3Action": {"BucketName": "theirs"}}, "InvalidS3Configuration"),
        (
            {"S3Action": {"BucketName": "ours", "ObjectKeyPrefix": "x" * 985}},
            "InvalidS3Configuration",
        ),
        ({"S3Action": {"BucketName": "ours", "ObjectKeyPrefix": "a\0"}}, "InvalidS3Configuration"),
        ({"SNSAction": {"TopicArn": arn + "x"}}, "InvalidSnsTopic"),
        ({"StopAction": {"Scope": "RuleSet", "TopicArn": arn + "x"}}, "InvalidSnsTopic"),
        ({"LambdaAction": {"FunctionArn": function}}, "InvalidLambdaFunction"),
        ({"BounceAction": {**bounce, "SmtpReplyCode": "250"}}, "InvalidParameterValue"),
        ({"BounceAction": {**bounce, "Sender": "x@other.test"}}, "InvalidParameterValue"),
        ({"BounceAction": {**bounce, "Message": "a\r\nb"}}, "InvalidParameterValue"),
        ({"AddHeaderAction": {"HeaderName": "a b", "HeaderValue": "x"}}, "InvalidParameterValue"),
        ({"AddHeaderAction": {"HeaderName": "A", "HeaderValue": "a\nb"}}, "InvalidParameterValue"),
    ):
        assert fault(rule, ses, "r", action)[0] == code, action
    many = [{"AddHeaderAction": {"HeaderName": "A", "HeaderValue": "x"}}] * 11
    assert fault(rule, ses, "r", *many)[0] == "LimitExceeded"
    rule(ses, "r", {"BounceAction": bounce}, {"SNSAction": {"TopicArn": arn}})
    assert fault(rule, ses, "r") == ("AlreadyExists", "Rule already exists: r")


def test_filters(ses: Any) -> None:
    def create(name: str, policy: str, cidr: str) -> Any:
        return ses.create_receipt_filter(
            Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}}
        )

    create("a", "Block", "192.0.2.0/24")
    assert fault(create, "a", "Block", "192.0.2.0/24")[0] == "AlreadyExists"
    assert fault(create, "b", "Block", "nonsense")[0] == "InvalidParameterValue"
    (found,) = ses.list_receipt_filters()["Filters"]
    assert found == {"Name": "a", "IpFilter": {"Policy": "Block", "Cidr": "192.0.2.0/24"}}
    ses.delete_receipt_filter(FilterName="a")
    ses.delete_receipt_filter(FilterName="a")
    assert ses.list_receipt_filters()["Filters"] == []


def test_a_bounce_of_the_applications(world: World, ses: Any, rules: str) -> None:
    rule(ses, "r", {"StopAction": {"Scope": "RuleSet"}})
    id = arrive(world, "info@app.test")
    work(world)
    given: dict[str, Any] = {
        "BounceSender": "mailer@app.test",
        "BouncedRecipientInfoList": [{"Recipient": "info@app.test", "BounceType": "DoesNotExist"}],
    }
    assert ses.send_bounce(OriginalMessageId=id, **given)["MessageId"]
    ((_, recipients, message),) = queued(world, ours=True)
    assert recipients == ["bob@far.test"]
    assert "5.1.1" in message.as_string()
    assert message["From"] == "mailer@app.test"
    other_info = {"Recipient": "else@app.test", "BounceType": "DoesNotExist"}
    bad = [{**given["BouncedRecipientInfoList"][0], "RecipientDsnFields": {
        "Action": "failed", "Status": "5.1.1\r\nX-Evil: 1"}}]  # fmt: skip
    for listed, code in (
        ([other_info], "MessageRejected"),
        (bad, "InvalidParameterValue"),
        (given["BouncedRecipientInfoList"] * 2, "MessageRejected"),
    ):
        more = {**given, "BouncedRecipientInfoList": listed}
        assert fault(ses.send_bounce, OriginalMessageId=id, **more)[0] == code
    assert fault(ses.send_bounce, OriginalMessageId="none", **given)[0] == "MessageRejected"
    other = world.client("ses", SECOND_KEY)
    assert fault(other.send_bounce, OriginalMessageId=id, **given)[0] == "MessageRejected"
    wrong = {**given, "BounceSender": "x@other.test"}
    assert fault(ses.send_bounce, OriginalMessageId=id, **wrong)[0] == "MessageRejected"
