"""Neighbours with other people's clients: the AWS CLI's transfers, django-ses' validator, dig; and a gateway that is killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.starting import FORECOURT, client_of, environment_of, listeners, running
from tests.e2e.test_caches import may_mount

pytestmark = pytest.mark.e2e

NUMBER = 81
BIN = Path(__file__).parents[2] / ".venv-e2e/bin"
SCRIPT = Path(__file__).with_name("neighbour_clients.py")
LARGE = 1 << 30  # bytes of a file
CONSTANT = 128 << 10  # KiB by which the gateway may grow while it passes
WITHIN = 20.0


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    data = tmp_path_factory.mktemp("neighbours") / "data"
    data.mkdir(mode=0o700)
    (data / "forecourt.toml").write_text("[gateway]\naws_names = true\n")
    with running(data, NUMBER, "--testing") as found:
        yield found


@pytest.fixture(scope="module")
def environment(instance: dict[str, Any]) -> dict[str, str]:
    return environment_of(instance)


@pytest.fixture
def s3(environment: dict[str, str]) -> Iterator[Any]:
    with client_of(environment, "s3") as client:
        yield client


def aws(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [str(BIN / "aws"), *words], env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait(condition: Callable[[], Any], seconds: float = WITHIN) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "that did not come about"
        time.sleep(0.02)
    return found


def gateway(supervisor: int) -> int:
    """The process id of the APIs' role."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"gateway" in words and int(parent) == supervisor:
            return int(entry.name)
    raise AssertionError("there is no gateway")


def highest(pid: int) -> int:
    """KiB of memory a process had at most."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0])


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_a_large_file_both_ways(
    instance: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    with there.open("wb") as file:
        for _ in range(LARGE >> 20):
            file.write(os.urandom(1 << 20))
    aws(environment, "s3", "mb", "s3://large")
    pid = gateway(instance["pid"])
    before = highest(pid)
    aws(environment, "s3", "cp", str(there), "s3://large/file", "--no-progress")
    aws(environment, "s3", "cp", "s3://large/file", str(back), "--no-progress")
    assert highest(pid) - before < CONSTANT
    assert digest(there) == digest(back)
    aws(environment, "s3", "rb", "s3://large", "--force")


def test_sync_and_presign(environment: dict[str, str], tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "sub").mkdir(parents=True)
    for at in range(30):
        (one / f"f{at}").write_text(str(at))
        (one / "sub" / f"g {at} ü").write_text(str(at))
    aws(environment, "s3", "mb", "s3://synced")
    assert aws(environment, "s3", "sync", str(one), "s3://synced/x").count("upload:") == 60
    assert aws(environment, "s3", "sync", str(one), "s3://synced/x") == ""
    (one / "f1").write_text("changed")
    (one / "f2").unlink()
    said = aws(environment, "s3", "sync", str(one), "s3://synced/x", "--delete")
    assert (said.count("upload:"), said.count("delete:")) == (1, 1)
    aws(environment, "s3", "sync", "s3://synced/x", str(other))
    assert sorted(p.relative_to(other) for p in other.rglob("*")) == sorted(
        p.relative_to(one) for p in one.rglob("*")
    )
    url = aws(environment, "s3", "presign", "s3://synced/x/f1").strip()
    asked = subprocess.run(["curl", "-s", url], capture_output=True, timeout=30, check=True)
    assert asked.stdout == b"changed"
    aws(environment, "s3", "mv", "s3://synced/x/f1", "s3://synced/y")
    aws(environment, "s3", "rb", "s3://synced", "--force")


def test_killed_in_the_middle_of_an_upload(
    instance: dict[str, Any], environment: dict[str, str], s3: Any
) -> None:
    s3.create_bucket(Bucket="killed")
    s3.put_object(Bucket="killed", Key="k", Body=b"old")
    import http.client

    url = urlsplit(environment["AWS_ENDPOINT_URL"])
    body = os.urandom(8 << 20)
    made = AWSRequest("PUT", f"{environment['AWS_ENDPOINT_URL']}/killed/k", data=body)
    key = (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    S3SigV4Auth(Credentials(*key), "s3", "us-east-1").add_auth(made)
    connection = http.client.HTTPConnection(url.hostname or "", url.port)
    connection.putrequest("PUT", "/killed/k")
    for name, value in made.prepare().headers.items():
        if name.lower() != "host":
            connection.putheader(name, value)
    connection.endheaders(body[: len(body) // 2])
    objects = Path(instance["data"]) / "blobs/objects"
    wait(lambda: any(p.stat().st_size > 1 << 20 for p in objects.rglob("*.part")))
    os.kill(gateway(instance["pid"]), signal.SIGKILL)
    connection.close()

    def read() -> bytes:
        try:
            return bytes(s3.get_object(Bucket="killed", Key="k")["Body"].read())
        except Exception:  # noqa: BLE001  it is being started again
            return b""

    assert wait(read) == b"old"
    s3.delete_object(Bucket="killed", Key="k")
    s3.delete_bucket(Bucket="killed")


class Subscriber:
    """An endpoint on the instance's network; it answers what it is told to."""

    def __init__(self) -> None:
        got: list[dict[str, Any]] = []
        self.got, self.status = got, 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got.append({"headers": dict(self.headers), "body": body.decode()})
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer((f"127.{NUMBER}.200.1", 0), Handler)
        self.url = f"http://127.{NUMBER}.200.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def next(self, so_far: int) -> dict[str, Any]:
        found: dict[str, Any] = wait(lambda: len(self.got) > so_far and self.got[so_far])
        return found


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    found = Subscriber()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def among_us(
    instance: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> Callable[..., Any]:
    """A story told by others' libraries, which resolve names our way and trust our root."""
    if not may_mount():
        pytest.skip("names can be resolved our way with a mount namespace alone")
    hosts = tmp_path / "resolv.conf"
    address, port = listeners(instance)["resolver"]
    if port != 53:
        pytest.skip("port 53 may not be bound here")
    hosts.write_text(f"nameserver {address}\n")
    root = Path(instance["data"]) / "tls/root.pem"
    kept = {k: v for k, v in environment.items() if k != "AWS_ENDPOINT_URL"}
    trusting = {
        name: str(root) for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
    }

    def run(story: str, **arguments: Any) -> Any:
        mount = f'mount --bind {hosts} /etc/resolv.conf && exec "$@"'
        words = [str(BIN / "python"), str(SCRIPT), story, json.dumps(arguments)]
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", mount, "sh", *words], env=kept | trusting,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_what_validators_accept(
    environment: dict[str, str], subscriber: Subscriber, among_us: Callable[..., Any]
) -> None:
    topic = json.loads(aws(environment, "sns", "create-topic", "--name", "signed"))["TopicArn"]
    of = ("--topic-arn", topic)
    endpoint = ("--protocol", "http", "--notification-endpoint", subscriber.url)
    aws(environment, "sns", "subscribe", *of, *endpoint)
    asked = json.loads(subscriber.next(0)["body"])
    found = among_us("validate", message=asked)
    assert found == {"verified": True, "forged": False, "trusted": True}
    assert "<SubscriptionArn>" in among_us("follow", url=asked["SubscribeURL"])
    aws(environment, "sns", "publish", *of, "--message", "hello", "--subject", "s")
    told = json.loads(subscriber.next(1)["body"])
    assert told["Message"] == "hello"
    assert among_us("validate", message=told)["verified"]
    said = among_us("without_an_endpoint", topic=topic)
    assert (said["body"], said["account"]) == ("data", "000000000000")
    assert json.loads(subscriber.next(2)["body"])["MessageId"] == said["id"]


def test_filters_raw_delivery_and_dead_letters(
    instance: dict[str, Any], environment: dict[str, str], subscriber: Subscriber
) -> None:
    queue = "arn:aws:sqs:us-east-1:000000000000:dead"
    with client_of(environment, "sns") as sns:
        topic = sns.create_topic(Name="filtered")["TopicArn"]
        arn = sns.subscribe(
            TopicArn=topic, Protocol="http", Endpoint=subscriber.url, ReturnSubscriptionArn=True,
            Attributes={
                "FilterPolicy": '{"kind": ["wanted"]}', "RawMessageDelivery": "true",
                "DeliveryPolicy": '{"healthyRetryPolicy": {"numRetries": 2, "minDelayTarget": 1,'
                                  ' "maxDelayTarget": 1}}',
                "RedrivePolicy": json.dumps({"deadLetterTargetArn": queue}),
            },
        )["SubscriptionArn"]  # fmt: skip
        sns.confirm_subscription(
            TopicArn=topic, Token=json.loads(subscriber.next(0)["body"])["Token"]
        )
        wanted = {"kind": {"DataType": "String", "StringValue": "wanted"}}
        sns.publish(TopicArn=topic, Message="not wanted")
        sns.publish(TopicArn=topic, Message="as it is", MessageAttributes=wanted)
        assert subscriber.next(1)["body"] == "as it is"
        subscriber.status = 503
        sns.publish(TopicArn=topic, Message="refused", MessageAttributes=wanted)
        assert [subscriber.next(at)["body"] for at in (2, 3, 4)] == ["refused"] * 3

        def letters() -> Any:
            words = [*FORECOURT, "topics", "dead-letters", queue, "--json", "--data"]
            done = subprocess.run(
                [*words, instance["data"]], capture_output=True, text=True, timeout=30, check=True
            )
            return json.loads(done.stdout)

        (letter,) = wait(letters)
        assert (letter["Body"], letter["Reason"]) == ("refused", "answered 503")
        sns.unsubscribe(SubscriptionArn=arn)


def test_a_metric_turns_an_answer(instance: dict[str, Any], environment: dict[str, str]) -> None:
    """An alarm on a metric that boto3 publishes, a health check of it, and dig."""
    with (
        client_of(environment, "route53") as route53,
        client_of(environment, "cloudwatch") as cloudwatch,
    ):
        cloudwatch.put_metric_alarm(
            AlarmName="errors", Namespace="Shop", MetricName="Errors", Statistic="Maximum",
            Period=60, EvaluationPeriods=1, Threshold=5, TreatMissingData="notBreaching",
            ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        config = {
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Region": "us-east-1", "Name": "errors"},
        }
        check = route53.create_health_check(CallerReference="c", HealthCheckConfig=config)
        zone = route53.create_hosted_zone(Name="shop.example", CallerReference="z")
        server, port = listeners(instance)["ns1"]
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": "www.shop.example", "Type": "A", "TTL": 5, "SetIdentifier": which,
                    "Failover": which, "ResourceRecords": [{"Value": address}], **more,
                },
            }
            for which, address, more in (
                ("PRIMARY", "192.0.2.1", {"HealthCheckId": check["HealthCheck"]["Id"]}),
                ("SECONDARY", "192.0.2.2", {}),
            )
        ]  # fmt: skip
        route53.change_resource_record_sets(
            HostedZoneId=zone["HostedZone"]["Id"], ChangeBatch={"Changes": changes}
        )

        def dig() -> str:
            words = ["dig", "+short", f"@{server}", "-p", str(port), "www.shop.example"]
            return subprocess.run(
                words, capture_output=True, text=True, timeout=30, check=True
            ).stdout.strip()

        wait(lambda: dig() == "192.0.2.1")
        cloudwatch.put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 9}]
        )
        wait(lambda: dig() == "192.0.2.2")
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"]
        assert alarm["StateValue"] == "ALARM"
