"""Actions: in order, each once, and none forgotten."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest

from forecourt.platform.mail import contents, domains, mailboxes, people
from forecourt.services.ses import received, receiving
from forecourt.services.ses.mm_rules import plans
from forecourt.services.ses.receiving import AGAIN, LARGEST_TOLD
from forecourt.store.tx import Tx
from tests.harness import World
from tests.services.lambda_.conftest import register

from .calls import queued, told, topic
from .receipts import MAIL, VERDICTS, Runs, arrive, rule, work
from .test_mm_rules import FACTS


@pytest.fixture
def rules(world: World, ses: Any, domain: str) -> str:
    world.client("s3").create_bucket(Bucket="mail")
    ses.create_receipt_rule_set(RuleSetName="set")
    ses.set_active_receipt_rule_set(RuleSetName="set")
    return topic(world)


def objects(world: World) -> dict[str, bytes]:
    s3 = world.client("s3")
    listed = s3.list_objects_v2(Bucket="mail").get("Contents", [])
    return {e["Key"]: s3.get_object(Bucket="mail", Key=e["Key"])["Body"].read() for e in listed}


def left(tx: Tx) -> int:
    return int(tx.value("SELECT count(*) FROM ses_received WHERE content <> ''"))


S3 = {"S3Action": {"BucketName": "mail", "ObjectKeyPrefix": "in/"}}


def test_into_a_bucket_byte_for_byte(world: World, ses: Any, rules: str) -> None:
    odd = MAIL.replace(b"hi", b"\x00\xff\xfe bare \x0b and \xc3\x28" + bytes(range(32, 256)))
    rule(ses, "r", {"S3Action": {**S3["S3Action"], "TopicArn": rules}})
    id = arrive(world, "info@app.test", content=odd)
    work(world)
    assert objects(world) == {f"in/{id}": odd}
    (event,) = told(world, rules)
    assert event["notificationType"] == "Received"
    assert event["receipt"]["action"]["objectKey"] == f"in/{id}"
    assert event["receipt"]["recipients"] == ["info@app.test"]
    assert event["receipt"]["spfVerdict"] == {"status": "PASS"}
    assert event["mail"]["messageId"] == id
    assert event["mail"]["commonHeaders"]["subject"] == "Hello"
    assert "content" not in event
    assert world.store.read_now(left) == 0


def test_actions_in_order(world: World, ses: Any, rules: str) -> None:
    header = {"AddHeaderAction": {"HeaderName": "X-Before", "HeaderValue": "1"}}
    sns = {"SNSAction": {"TopicArn": rules, "Encoding": "Base64"}}
    stop = {"StopAction": {"Scope": "RuleSet"}}
    rule(ses, "last", S3)
    rule(ses, "first", S3, header, sns, stop)
    id = arrive(world, "info@app.test")
    work(world)
    assert objects(world) == {f"in/{id}": MAIL}  # before the header; and nothing after the stop
    (event,) = told(world, rules)
    assert b64decode(event["content"]) == b"X-Before: 1\r\n" + MAIL
    assert event["receipt"]["action"]["type"] == "SNS"


def test_only_those_a_rule_is_about(world: World, ses: Any, rules: str) -> None:
    rule(ses, "some", {"SNSAction": {"TopicArn": rules}}, Recipients=["b@app.test"])
    to = [f"u{n}@app.test" for n in range(99)]
    assert arrive(world, *to) == ""  # 550, all of them
    assert arrive(world, *to, "b+x@app.test")
    work(world)
    (event,) = told(world, rules)
    assert event["receipt"]["recipients"] == ["b+x@app.test"]
    assert event["mail"]["destination"] == ["b+x@app.test"]


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        (b'{"disposition":"CONTINUE"}', ["a", "b"]), (b'{"disposition":"STOP_RULE"}', ["b"]),
        (b'{"disposition":"STOP_RULE_SET"}', []), (b"nonsense", ["a", "b"]), (b"[1]", ["a", "b"]),
    ],
)  # fmt: skip
def test_a_function_that_decides(
    world: World, ses: Any, rules: str, payload: bytes, kept: list[str]
) -> None:
    arn = register(world, "decide", "echo")
    ask = {"LambdaAction": {"FunctionArn": arn, "InvocationType": "RequestResponse"}}
    for name in ("b", "a"):
        store = {"S3Action": {"BucketName": "mail", "ObjectKeyPrefix": f"{name}/"}}
        rule(ses, name, *([ask] if name == "a" else []), store)
    id = arrive(world, "info@app.test")
    runs = Runs(payload)
    work(world, runs)
    assert sorted(objects(world)) == [f"{name}/{id}" for name in kept]
    (record,) = json.loads(runs.got[0])["Records"]
    assert record["eventSource"] == "aws:ses"
    assert record["ses"]["mail"]["messageId"] == id
    assert record["ses"]["receipt"]["action"]["functionArn"] == arn


def test_a_function_that_nobody_waits_for(world: World, ses: Any, rules: str) -> None:
    arn = register(world, "note", "echo")
    rule(ses, "r", {"LambdaAction": {"FunctionArn": arn, "InvocationType": "Event"}})
    arrive(world, "info@app.test")
    work(world)
    assert world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM function_event")) == 1


BOUNCE = {
    "BounceAction": {
        "SmtpReplyCode": "550", "StatusCode": "5.1.1", "Message": "Mailbox does not exist",
        "Sender": "mailer@app.test",
    }
}  # fmt: skip


def test_a_bounce(world: World, ses: Any, rules: str) -> None:
    rule(ses, "r", BOUNCE)
    arrive(world, "info@app.test")
    work(world)
    ((sender, recipients, message),) = queued(world, ours=True)
    assert (sender, recipients) == ("", ["bob@far.test"])
    assert message.get_content_type() == "multipart/report"
    assert "Mailbox does not exist" in message.as_string()


def test_bounces_never_meet(world: World, ses: Any, rules: str) -> None:
    """Nobody is told of what came from nobody, of what a program wrote, or of one's own."""
    rule(ses, "r", BOUNCE)
    arrive(world, "info@app.test", source="")
    arrive(world, "info@app.test", source="mailer@app.test")
    arrive(world, "info@app.test", content=b"Auto-Submitted: auto-replied\r\n" + MAIL)
    work(world)
    assert queued(world, ours=True) == []
    assert world.store.read_now(left) == 0


def test_a_message_that_is_too_large_for_a_topic(world: World, ses: Any, rules: str) -> None:
    rule(ses, "r", {"SNSAction": {"TopicArn": rules}})
    arrive(world, "info@app.test", content=MAIL + b"x" * LARGEST_TOLD)
    work(world)
    assert told(world, rules) == []
    assert len(queued(world, ours=True)) == 1


def test_into_mailboxes(world: World, ses: Any, rules: str) -> None:
    def furnish(tx: Tx) -> str:
        domains.add(tx, "app.test", "000000000000", domains.new_key())
        made = people.create(tx, "info@app.test", "Info", "", "info", quota=2**30)
        mailboxes.furnish(tx, made.id) if not tx.one(
            "SELECT 1 FROM mailbox WHERE person = :id", id=made.id
        ) else None
        return str(made.id)

    person = world.store.write_now(furnish)
    organization = "arn:aws:workmail:us-east-1:000000000000:organization/m-1"
    rule(ses, "r", {"WorkmailAction": {"OrganizationArn": organization}})
    arrive(world, "info@app.test")
    work(world)

    def count(tx: Tx) -> int:
        return int(
            tx.value(
                "SELECT count(*) FROM mail_message m JOIN mailbox b ON b.id = m.mailbox"
                " WHERE b.person = :person",
                person=person,
            )
        )

    assert world.store.read_now(count) == 1
    arrive(world, "info@app.test", "nobody@app.test")
    work(world)
    assert world.store.read_now(count) == 2
    ((_, _, report),) = queued(world, ours=True)
    assert report["From"] == "postmaster@app.test"
    assert "Final-Recipient: rfc822; nobody@app.test" in report.as_string()
    assert "info@app.test>: 550" not in report.as_string()

    def fill(tx: Tx) -> None:
        tx.run("UPDATE mail_person SET quota = used WHERE id = :id", id=person)

    world.store.write_now(fill)
    arrive(world, "info@app.test")
    work(world)
    assert "5.2.2" in queued(world, ours=True)[-1][2].as_string()


def test_mailboxes_of_others_are_not_reached(world: World, ses: Any, rules: str) -> None:
    def furnish(tx: Tx) -> None:
        domains.add(tx, "app.test", "111122223333", domains.new_key())
        people.create(tx, "info@app.test", "Info", "", "info")

    arn = "arn:aws:workmail:us-east-1:000000000000:organization/m-1"
    rule(ses, "r", {"WorkmailAction": {"OrganizationArn": arn}})
    arrive(world, "info@app.test")
    world.store.write_now(furnish)
    work(world)
    assert "5.1.1" in queued(world, ours=True)[0][2].as_string()


def test_a_header_whose_rule_was_stopped(world: World, ses: Any, rules: str) -> None:
    function = register(world, "decide", "echo")
    ask = {"LambdaAction": {"FunctionArn": function, "InvocationType": "RequestResponse"}}
    rule(ses, "then", S3)
    rule(ses, "one", ask, {"AddHeaderAction": {"HeaderName": "X-Never", "HeaderValue": "1"}})
    id = arrive(world, "info@app.test")
    work(world, Runs(b'{"disposition": "STOP_RULE"}'))
    assert objects(world) == {f"in/{id}": MAIL}


def test_rules_go_by_their_order_whoever_comes_first(world: World, ses: Any, rules: str) -> None:
    def into(prefix: str) -> dict[str, Any]:
        return {"S3Action": {"BucketName": "mail", "ObjectKeyPrefix": prefix}}

    stop = {"StopAction": {"Scope": "RuleSet"}}
    rule(ses, "third", into("third/"))
    rule(ses, "second", into("second/"), Recipients=["a@app.test"])
    rule(ses, "first", into("first/"), stop, Recipients=["b@app.test"])
    ids = [
        arrive(world, *to) for to in (("a@app.test", "b@app.test"), ("b@app.test", "a@app.test"))
    ]

    def rules_of(tx: Tx) -> list[list[str]]:
        found = [received.find(tx, id) for id in ids]
        return [[step["Rule"] for step in of.plan] for of in found if of is not None]

    assert world.store.read_now(rules_of) == [["first", "first", "second", "third"]] * 2
    work(world)
    assert sorted(objects(world)) == sorted(
        f"{name}/{id}" for name in ("first", "second", "third") for id in ids
    )

    def third(tx: Tx) -> Any:
        found = received.find(tx, ids[0])
        return found.plan[-1]["Recipients"] if found is not None else None

    assert world.store.read_now(third) == ["a@app.test"]


def test_whatever_an_action_makes_of_a_message_the_next_has_its_turn(
    world: World, ses: Any, rules: str, later: Any
) -> None:
    rule(ses, "r", BOUNCE, S3)
    id = arrive(world, "info@app.test", source="a\u2028b@far.test")
    for seconds in (*AGAIN, 0):
        work(world)
        later(seconds / 86400)
    assert list(objects(world)) == [f"in/{id}"]
    assert world.store.read_now(left) == 0


def test_documents_that_no_topic_takes(world: World, ses: Any, rules: str) -> None:
    rule(ses, "r", {"SNSAction": {"TopicArn": rules}})
    arrive(world, "info@app.test", content=MAIL + b"\0" * 100_000)
    work(world)
    assert told(world, rules) == []
    assert len(queued(world, ours=True)) == 1


def test_long_headers_are_cut(world: World, ses: Any, rules: str) -> None:
    rule(ses, "r", {**S3, "S3Action": {**S3["S3Action"], "TopicArn": rules}})
    content = b"Subject: s\r\n" + b"A: =?utf-8?q?b=20?=\r\n" * 10_000 + b"\r\nhi\r\n"
    id = arrive(world, "info@app.test", content=content)
    header = receiving.header_of(content)
    assert len(header) < 64 * 1024
    assert header.endswith(b"\r\n")
    work(world)
    assert objects(world)[f"in/{id}"] == content
    (event,) = told(world, rules)
    assert event["mail"]["headersTruncated"]


def test_a_bucket_that_is_gone_meanwhile(world: World, ses: Any, rules: str, later: Any) -> None:
    """It is tried again for a while; then the next action has its turn."""
    rule(ses, "r", S3, {"SNSAction": {"TopicArn": rules}})
    arrive(world, "info@app.test")
    world.client("s3").delete_bucket(Bucket="mail")
    assert work(world) == 1
    assert told(world, rules) == []
    world.client("s3").create_bucket(Bucket="mail")
    later(0.01)
    work(world)
    assert len(objects(world)) == len(told(world, rules)) == 1
    arrive(world, "info@app.test")
    for key in objects(world):
        world.client("s3").delete_object(Bucket="mail", Key=key)
    world.client("s3").delete_bucket(Bucket="mail")
    for _ in range(len(AGAIN) + 1):
        work(world)
        later(0.1)
    assert len(told(world, rules)) == 2
    assert world.store.read_now(left) == 0


def test_what_was_done_is_not_done_again(world: World, ses: Any, rules: str) -> None:
    """A process is killed after any action: the next goes on with the next."""
    rule(ses, "r", {"SNSAction": {"TopicArn": rules}}, {"SNSAction": {"TopicArn": rules}})
    id = arrive(world, "info@app.test")

    def once(tx: Tx) -> None:
        of = received.find(tx, id)
        assert of is not None
        step = of.plan[0]
        receiving.to_topic(tx, of, step, step["Action"]["SNSAction"], MAIL)

    world.store.write_now(once)
    work(world)
    assert [each["mail"]["messageId"] for each in told(world, rules)] == [id, id]


def test_what_is_old_is_forgotten(world: World, ses: Any, rules: str, later: Any) -> None:
    rule(ses, "r", {"StopAction": {"Scope": "RuleSet"}})
    id = arrive(world, "info@app.test")
    work(world)
    assert world.store.read_now(received.find, id) is not None
    later(1.1)
    world.store.write_now(received.forget)
    assert world.store.read_now(received.find, id) is None


def managed(world: World, content: bytes, *actions: Any) -> str:
    """A message that came by an ingress point of Mail Manager."""
    ((whom, plan),) = plans("r", [{"Actions": list(actions)}], FACTS, ["info@app.test"])
    made, id = contents.prepare(content, None), received.new_id()
    world.store.write_now(
        receiving.keep, "000000000000", "us-east-1", id, "bob@far.test", whom, VERDICTS, made,
        receiving.header_of(content), plan,
    )  # fmt: skip
    return id


def test_what_is_sent_on(
    world: World, ses: Any, rules: str, production: None, later: Any, sesv2: Any
) -> None:
    role = "arn:aws:iam::000000000000:role/r"
    onward = {"ReplaceRecipient": {"ReplaceWith": ["n@y.test"]}}
    sending = {"Send": {"RoleArn": role, "ActionFailurePolicy": "DROP"}}
    telling = {"PublishToSns": {"TopicArn": rules, "RoleArn": role, "PayloadType": "HEADERS"}}
    ours = b"Return-Path: <x@y.test>\r\n" + MAIL.replace(b"bob@far", b"shop@app")
    managed(world, ours, onward, sending, telling)
    work(world)
    ((_, recipients, message),) = queued(world)
    assert (recipients, message["From"]) == (["n@y.test"], "Bob <shop@app.test>")
    assert sesv2.get_account()["SendQuota"]["SentLast24Hours"] == 1
    (event,) = told(world, rules)
    assert "\nhi" not in event["content"]
    assert "Subject: Hello" in event["content"]
    lent = b"X-SES-FROM-ARN: arn:aws:ses:us-east-1:000000000000:identity/app.test\r\n"
    managed(world, lent + MAIL, onward, sending, telling)  # bob@far.test is nobody's identity
    for seconds in (*AGAIN, 0):
        work(world)
        later(seconds / 86400)
    assert len(queued(world)) == 1
    assert len(told(world, rules)) == 1
    assert world.store.read_now(left) == 0
