"""Mail that runs actions: by SMTP into buckets, topics, functions and mailboxes, whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sysconfig
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.starting import environment_of, listeners, running
from tests.e2e.test_ses import BIN, BOB, PASSWORD, SCRIPT, Shop, eventually, forecourt, prove

pytestmark = pytest.mark.e2e

NUMBER = 83
HOST = f"127.{NUMBER}.0.1"
ODD = Path(sysconfig.get_paths()["stdlib"]) / "test/test_email/data"
FUNCTION = """
def decide(event, context):
    subject = event["Records"][0]["ses"]["mail"]["commonHeaders"]["subject"]
    return {"disposition": "STOP_RULE" if "stop" in subject else "CONTINUE"}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("receiving")
    data = folder / "data"
    data.mkdir(mode=0o700)
    (data / "forecourt.toml").write_text("[gateway]\naws_names = true\n")
    (folder / "deciding.py").write_text(FUNCTION)
    posts: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            posts.append({"headers": {k.lower(): v for k, v in self.headers.items()}, "body": body})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    webhook = ThreadingHTTPServer((f"127.{NUMBER}.9.9", 0), Handler)
    thread = threading.Thread(target=webhook.serve_forever, args=(0.05,))
    thread.start()
    with running(data, NUMBER, "--testing") as instance:
        found = Shop(instance, environment_of(instance), posts)
        forecourt("mailbox", "add", BOB, "--password", PASSWORD, "--data", str(data))
        prove(found, data)
        forecourt(
            "lambda", "add", "decide", "deciding:decide", "--path", str(folder), "--data", str(data)
        )
        furnish(found, f"http://127.{NUMBER}.9.9:{webhook.server_port}/")
        yield found
    webhook.shutdown()
    webhook.server_close()
    thread.join()


def furnish(shop: Shop, url: str) -> None:
    """A bucket, a topic with a webhook, and a rule set that has all kinds of actions."""
    with shop.client("sns") as sns, shop.client("s3") as s3, shop.client("ses") as ses:
        s3.create_bucket(Bucket="mail")
        topic = sns.create_topic(Name="mail")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        asked = eventually(lambda: shop.posts and json.loads(shop.posts[0]["body"]))
        sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
        ses.create_receipt_rule_set(RuleSetName="set")
        function = "arn:aws:lambda:us-east-1:000000000000:function:decide"
        organization = "arn:aws:workmail:us-east-1:000000000000:organization/m-1"
        rules: list[tuple[str, list[str], list[dict[str, Any]]]] = [
            ("gone", ["nobody@app.test"], [
                {"BounceAction": {"SmtpReplyCode": "550", "StatusCode": "5.1.1",
                                  "Message": "Nobody of that name", "Sender": "info@app.test"}},
                {"StopAction": {"Scope": "RuleSet"}},
            ]),
            ("all", ["app.test"], [
                {"S3Action": {"BucketName": "mail", "ObjectKeyPrefix": "first/"}},
                {"LambdaAction": {"FunctionArn": function, "InvocationType": "RequestResponse"}},
                {"AddHeaderAction": {"HeaderName": "X-Decided", "HeaderValue": "yes"}},
                {"SNSAction": {"TopicArn": topic, "Encoding": "Base64"}},
                {"WorkmailAction": {"OrganizationArn": organization}},
            ]),
            ("then", ["app.test"], [
                {"S3Action": {"BucketName": "mail", "ObjectKeyPrefix": "then/"}},
            ]),
        ]  # fmt: skip
        behind = ""
        for name, recipients, actions in rules:
            rule = {"Name": name, "Enabled": True, "Recipients": recipients, "Actions": actions}
            more = {"After": behind} if behind else {}
            ses.create_receipt_rule(RuleSetName="set", Rule=rule, **more)
            behind = name
        ses.set_active_receipt_rule_set(RuleSetName="set")


def send(shop: Shop, to: str, content: bytes, sender: str = "someone@people.test") -> str:
    """By SMTP, as another server; the message's id."""
    with smtplib.SMTP(HOST, shop.port("smtp"), timeout=30) as client:
        client.ehlo("far.people.test")
        client.mail(sender)
        code, said = client.rcpt(to)
        assert code == 250, said
        code, said = client.data(content)
        assert code == 250, said
        return said.decode().split()[-1]


def letter(subject: str, to: str = "info@app.test") -> bytes:
    return (
        f"From: Someone <someone@people.test>\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nhi\r\n"
    ).encode()


def objects(shop: Shop) -> dict[str, bytes]:
    with shop.client("s3") as s3:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="mail")
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return {key: s3.get_object(Bucket="mail", Key=key)["Body"].read() for key in keys}


def told(shop: Shop) -> list[dict[str, Any]]:
    return [
        json.loads(json.loads(each["body"])["Message"])
        for each in shop.posts
        if each["headers"]["x-amz-sns-message-type"] == "Notification"
    ]


def test_every_action_in_order(shop: Shop) -> None:
    id = send(shop, "info@app.test", letter("hello"))
    eventually(lambda: f"then/{id}" in objects(shop))
    kept = objects(shop)[f"first/{id}"]
    message = message_from_bytes(kept, policy=policy.default)
    for name in ("Return-Path", "Received", "X-SES-Spam-Verdict", "X-SES-RECEIPT",
                 "Authentication-Results", "Received-SPF"):  # fmt: skip
        assert name in message
    assert message["X-SES-Spam-Verdict"] == "GRAY"
    assert "X-Decided" not in message
    assert kept.endswith(letter("hello"))
    event = eventually(lambda: next((e for e in told(shop) if e["mail"]["messageId"] == id), None))
    assert event["receipt"]["action"]["type"] == "SNS"


def test_a_function_stops_a_rule(shop: Shop) -> None:
    id = send(shop, "info@app.test", letter("please stop"))
    eventually(lambda: f"then/{id}" in objects(shop))
    assert f"first/{id}" in objects(shop)
    assert all(each["mail"]["messageId"] != id for each in told(shop))


def test_a_bounce(shop: Shop) -> None:
    send(shop, "nobody@app.test", letter("lost", "nobody@app.test"), BOB)
    report = shop.arrives("Undelivered Mail Returned to Sender")
    assert "Nobody of that name" in report.as_string()


def test_what_no_rule_takes(shop: Shop) -> None:
    with smtplib.SMTP(HOST, shop.port("smtp"), timeout=30) as client:
        client.ehlo("far.people.test")
        client.mail("someone@people.test")
        assert client.rcpt("x@sub.app.test")[0] == 550
        assert client.rcpt("x@elsewhere.test")[0] == 554


@pytest.mark.skipif(not ODD.is_dir(), reason="Python's own tests are not installed")
def test_odd_messages_arrive_byte_for_byte(shop: Shop) -> None:
    sent = {}
    for path in sorted(ODD.glob("msg_*.txt")):
        data = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        content = data.rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"
        sent[send(shop, "info@app.test", content)] = content
    assert len(sent) > 30
    eventually(lambda: {f"then/{id}" for id in sent} <= set(objects(shop)))
    kept = objects(shop)
    for id, content in sent.items():
        assert kept[f"first/{id}"].endswith(content), id


def test_anymails_inbound_webhook(shop: Shop) -> None:
    id = send(shop, "info@app.test", letter("for anymail"))
    eventually(lambda: any(each["mail"]["messageId"] == id for each in told(shop)))
    posts = [each for each in shop.posts if id in each["body"]]
    done = subprocess.run(
        [str(BIN / "python"), str(SCRIPT), "inbound", json.dumps({"posts": posts})],
        env=shop.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (event,) = json.loads(done.stdout)
    assert (event["subject"], event["to"], event["id"]) == (
        "for anymail", "info@app.test", id,
    )  # fmt: skip


def test_an_ingress_point_of_mail_manager(shop: Shop) -> None:
    role = "arn:aws:iam::000000000000:role/mail"
    with shop.client("mailmanager") as manager:
        allowed = manager.create_traffic_policy(
            TrafficPolicyName="all",
            DefaultAction="ALLOW",
            PolicyStatements=[],
        )["TrafficPolicyId"]
        actions = [
            {"WriteToS3": {"RoleArn": role, "S3Bucket": "mail", "S3Prefix": "managed/"}},
            {"ReplaceRecipient": {"ReplaceWith": [BOB]}},
            {"Send": {"RoleArn": role}},
        ]
        rules = manager.create_rule_set(RuleSetName="all", Rules=[{"Actions": actions}])
        id = manager.create_ingress_point(
            IngressPointName="door", Type="AUTH", RuleSetId=rules["RuleSetId"],
            TrafficPolicyId=allowed, IngressPointConfiguration={"SmtpPassword": PASSWORD * 2},
        )["IngressPointId"]  # fmt: skip
    content = letter("by the door").replace(b"someone@people.test", b"shop@app.test")
    with smtplib.SMTP(HOST, shop.port("submission"), timeout=30) as client:
        client.starttls(context=shop.tls)
        client.login(id, PASSWORD * 2)
        client.sendmail("shop@app.test", ["someone@app.test"], content)
    eventually(lambda: any(each.startswith("managed/") for each in objects(shop)))
    assert shop.arrives("by the door")["From"] == "Someone <shop@app.test>"


def test_kill_9_in_the_middle(shop: Shop) -> None:
    """Each action ran at least once, none is forgotten, and the id is the same."""
    ids = []
    for number in range(20):
        ids.append(send(shop, "info@app.test", letter(f"number {number}")))
        if number % 7 == 3:
            os.kill(control(shop.instance["pid"]), signal.SIGKILL)
    eventually(lambda: {f"then/{id}" for id in ids} <= set(objects(shop)))
    eventually(lambda: set(ids) <= {each["mail"]["messageId"] for each in told(shop)})


def control(supervisor: int) -> int:
    """The process id of the control role, once it runs."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if b"control" in words and int(parent) == supervisor:
                return int(entry.name)
        time.sleep(0.05)
    raise AssertionError("there is no control role")


def test_its_listeners(shop: Shop) -> None:
    assert "smtp" in listeners(shop.instance)
