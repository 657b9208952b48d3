"""Neighbours: a file in a bucket, a topic that is told of it, a metric that turns a name."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from forecourt.tour.routing import wait_for

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Neighbours: where things are put, who is told, what is watched"


def chapter(guide: Guide) -> None:
    s3, sns, cloudwatch = (guide.client(each) for each in ("s3", "sns", "cloudwatch"))
    name = guide.unique()
    # Topics go to this network, and to private ones.
    with listening(guide.listener("ns1")[0]) as (url, got):
        try:
            with guide.step("A topic, and somebody who agrees to be told") as step:
                topic = sns.create_topic(Name=name)["TopicArn"]
                sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
                asked = wait_for(lambda: got and json.loads(got[0]))
                urllib.request.urlopen(asked["SubscribeURL"]).read()
                step.evidence = f"{asked['Type']} came, and its SubscribeURL was opened"
            with guide.step("A file is put into a bucket, and the topic tells of it") as step:
                step.evidence = put(s3, name, topic, got)
            with guide.step("A metric goes too high: an alarm turns, and tells") as step:
                step.evidence = alarm(cloudwatch, name, topic, got)
        finally:
            sns.delete_topic(TopicArn=f"arn:aws:sns:us-east-1:000000000000:{name}")
            cloudwatch.delete_alarms(AlarmNames=[name])
            clean(s3, name)


def put(s3: Any, name: str, topic: str, got: list[bytes]) -> str:
    s3.create_bucket(Bucket=name)
    wanted = [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"TopicConfigurations": wanted}
    )
    s3.put_object(Bucket=name, Key="a letter.txt", Body=b"Dear reader")
    told = wait_for(lambda: next((each for each in got if b"ObjectCreated:Put" in each), None))
    (record,) = json.loads(json.loads(told)["Message"])["Records"]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "a letter.txt"})
    read = urllib.request.urlopen(url).read().decode()
    return (
        f"told: {record['eventName']} {record['s3']['object']['key']}\nby a presigned URL: {read}"
    )


def alarm(cloudwatch: Any, name: str, topic: str, got: list[bytes]) -> str:
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="Tour", MetricName=name, Statistic="Maximum", Period=60,
        EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching", AlarmActions=[topic],
    )  # fmt: skip
    data = [{"MetricName": name, "Value": 9}]
    cloudwatch.put_metric_data(Namespace="Tour", MetricData=data)
    told = wait_for(lambda: next((each for each in got if b"StateChangeTime" in each), None))
    message = json.loads(json.loads(told)["Message"])
    return f"{message['OldStateValue']} -> {message['NewStateValue']}\n{message['NewStateReason']}"


def clean(s3: Any, name: str) -> None:
    if name not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
        return
    for each in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=each["Key"])
    s3.delete_bucket(Bucket=name)


@contextlib.contextmanager
def listening(address: str) -> Iterator[tuple[str, list[bytes]]]:
    """An HTTP server that keeps the bodies that are posted to it."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer((address, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://{address}:{server.server_port}/", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
