"""Bodies that are read once their sender is known: what they say of themselves must be true."""

from __future__ import annotations

import hashlib
import http.client
import io
import os
import time
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request as Ask
from urllib.request import urlopen

import anyio
import boto3
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from forecourt.aws.errors import AwsError
from forecourt.gateway.http import Request
from forecourt.gateway.receiving import (
    BadDigest,
    EntityTooLarge,
    Framing,
    OtherHash,
    to_blob,
    whole,
)
from forecourt.platform.identity import chunks
from forecourt.platform.identity.sigv4 import UNSIGNED
from forecourt.store.blobs import Blobs
from forecourt.store.store import Unavailable
from tests.harness import FIRST_KEY, World


async def in_pieces(data: bytes) -> Any:
    for at in range(0, len(data), 70_000):
        yield data[at : at + 70_000]


def request(data: bytes, marker: str = UNSIGNED, **headers: str) -> Request:
    made = Request("PUT", "/b/k", "", {"content-length": str(len(data)), **headers})
    made.pieces = in_pieces(data)
    made.framing = Framing(marker, None, b"")
    return made


def files(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_a_body_goes_to_disk(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    found = anyio.run(to_blob, request(data), Blobs(tmp_path))
    assert b"".join(Blobs(tmp_path).get(found.blob)) == data
    assert (found.size, found.md5) == (len(data), hashlib.md5(data).hexdigest())
    assert list(found.sums) == ["CRC64NVME"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
        ({"content-md5": b64encode(bytes(16)).decode()}, "BadDigest"),
        ({"content-md5": "x"}, "InvalidDigest"),
        ({"content-length": "5"}, "IncompleteBody"),
        ({"content-length": str(6 * 1024**3)}, "EntityTooLarge"),
        ({"x-amz-checksum-xxhash3": "x"}, "NotImplemented"),
    ],
)
def test_nothing_is_kept_of_one_that_is_not_what_it_says(
    tmp_path: Path, headers: dict[str, str], code: str
) -> None:
    with pytest.raises(AwsError) as raised:
        anyio.run(to_blob, request(b"x" * 100, **headers), Blobs(tmp_path))
    assert raised.value.code == code
    assert files(tmp_path) == []


def test_a_hash_that_is_anothers(tmp_path: Path) -> None:
    good = request(b"data", hashlib.sha256(b"data").hexdigest())
    anyio.run(to_blob, good, Blobs(tmp_path))
    with pytest.raises(OtherHash):
        anyio.run(to_blob, request(b"data", "0" * 64), Blobs(tmp_path))
    assert len(files(tmp_path)) == 1


def test_documents_are_bounded() -> None:
    assert anyio.run(whole, request(b"<a/>"), 100) == b"<a/>"
    with pytest.raises(EntityTooLarge):
        anyio.run(whole, request(bytes(101)), 100)
    with pytest.raises(BadDigest):
        anyio.run(whole, request(b"a", **{"x-amz-checksum-crc32": "AAAAAA=="}), 100)


def signed(world: World, method: str, path: str, body: bytes, **headers: str) -> Any:
    made = AWSRequest(method, f"{world.url}{path}", data=body, headers=headers)
    S3SigV4Auth(Credentials(*FIRST_KEY), "s3", "us-east-1").add_auth(made)
    return made.prepare()


def test_unknown_callers_fill_no_disk(world: World, bucket: str) -> None:
    before = files(world.objects._directory)
    host = urlsplit(world.url)
    connection = http.client.HTTPConnection(host.hostname or "", host.port)
    connection.putrequest("PUT", f"/{bucket}/k")
    connection.putheader("Content-Length", str(10**9))
    connection.putheader(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
    )
    connection.putheader("x-amz-date", "20260101T000000Z")
    connection.putheader("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    connection.endheaders()
    with connection.getresponse() as answer:
        assert answer.status == 403
        assert answer.headers["connection"] == "close"
    connection.close()
    assert files(world.objects._directory) == before


def test_a_client_that_leaves_in_the_middle(world: World, bucket: str) -> None:
    before = set(files(world.objects._directory))
    s3 = world.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")
    made = signed(world, "PUT", f"/{bucket}/k", b"x" * 1_000_000)
    host = urlsplit(world.url)
    connection = http.client.HTTPConnection(host.hostname or "", host.port)
    connection.putrequest("PUT", f"/{bucket}/k", skip_host=True, skip_accept_encoding=True)
    for name, value in made.headers.items():
        connection.putheader(name, value)
    connection.putheader("Host", host.netloc)
    connection.endheaders(b"x" * 500_000)
    connection.close()
    end = time.monotonic() + 20
    while len(set(files(world.objects._directory)) - before) > 1 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(set(files(world.objects._directory)) - before) == 1
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"old"


def test_chunked_bodies_with_trailers(world: World, bucket: str) -> None:
    """As SDKs send a stream whose length and sum they do not know before."""
    session = boto3.session.Session()
    client = session.client(
        "s3", region_name="us-east-1", endpoint_url=world.url,
        aws_access_key_id=FIRST_KEY[0], aws_secret_access_key=FIRST_KEY[1],
        config=Config(s3={"payload_signing_enabled": False}),
    )  # fmt: skip
    data = os.urandom(2_500_000)
    client.put_object(Bucket=bucket, Key="k", Body=io.BytesIO(data), ChecksumAlgorithm="SHA256")
    found = client.get_object(Bucket=bucket, Key="k")
    assert found["Body"].read() == data
    client.close()


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls(world: World, bucket: str, version: str) -> None:
    session = boto3.session.Session()
    client = session.client(
        "s3", region_name="us-east-1", endpoint_url=world.url,
        aws_access_key_id=FIRST_KEY[0], aws_secret_access_key=FIRST_KEY[1],
        config=Config(signature_version=version),
    )  # fmt: skip
    given = {"Bucket": bucket, "Key": "a b/ü"}
    put = client.generate_presigned_url("put_object", Params=given, ExpiresIn=60)
    urlopen(Ask(put, b"hello", {"Content-Type": ""}, method="PUT")).read()
    get = client.generate_presigned_url("get_object", Params=given, ExpiresIn=60)
    assert urlopen(get).read() == b"hello"
    for wrong in (get.replace("Signature=", "Signature=x"), get.replace("a%20b", "c")):
        with pytest.raises(Exception, match="403"):
            urlopen(wrong)
    client.close()


def test_presigned_urls_end(world: World, bucket: str) -> None:
    made = AWSRequest("GET", f"{world.url}/{bucket}/k")
    S3SigV4QueryAuth(Credentials(*FIRST_KEY), "s3", "us-east-1", expires=0).add_auth(made)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            urlopen(made.url)
        except OSError as error:
            if "403" in str(error):
                return
    raise AssertionError("it holds still")


def test_a_body_without_its_hash(world: World, bucket: str) -> None:
    made = signed(world, "PUT", f"/{bucket}/k", b"x")
    headers = {k: v for k, v in made.headers.items() if k != "X-Amz-Content-SHA256"}
    with pytest.raises(Exception, match="400"):
        urlopen(Ask(made.url, b"x", headers, method="PUT"))


@pytest.fixture
def bucket(world: World) -> str:
    world.client("s3").create_bucket(Bucket="a-bucket")
    return "a-bucket"


def test_hosts_that_name_a_bucket(world: World, bucket: str) -> None:
    world.client("s3").put_object(Bucket=bucket, Key="k", Body=b"data")
    for host in (
        f"{bucket}.s3.localhost",
        f"{bucket}.localhost",
        f"{bucket}.s3.eu-west-1.aws.test",
    ):
        made = AWSRequest("GET", f"http://{host}:{urlsplit(world.url).port}/k")
        S3SigV4Auth(Credentials(*FIRST_KEY), "s3", "us-east-1").add_auth(made)
        headers = {**dict(made.headers), "Host": f"{host}:{urlsplit(world.url).port}"}
        assert urlopen(Ask(f"{world.url}/k", headers=headers)).read() == b"data"


def test_nobody_without_a_signature(world: World, bucket: str) -> None:
    with pytest.raises(Exception, match="403"):
        urlopen(Ask(f"{world.url}/k", headers={"Host": f"{bucket}.s3.localhost"}))
    with pytest.raises(ClientError):
        world.client("s3", ("AKIAQAAAAAAAUNKNOWN0", "x")).list_buckets()


def test_headers_that_were_not_signed(world: World, bucket: str) -> None:
    world.client("s3").put_object(Bucket=bucket, Key="secret", Body=b"s")
    extra = {"x-amz-copy-source": f"/{bucket}/secret"}
    made = AWSRequest("PUT", f"{world.url}/{bucket}/k")
    S3SigV4QueryAuth(Credentials(*FIRST_KEY), "s3", "us-east-1", expires=60).add_auth(made)
    assert refusal(Ask(made.url, b"", extra, method="PUT")) == "AccessDenied"
    by_header = signed(world, "PUT", f"/{bucket}/k", b"")
    headers = {**dict(by_header.headers), **extra}
    assert refusal(Ask(by_header.url, b"", headers, method="PUT")) == "AccessDenied"


def test_headers_beside_an_old_presigned_url(world: World, bucket: str) -> None:
    s3 = old_client(world)
    for key in ("a", "secret"):
        world.client("s3").put_object(Bucket=bucket, Key=key, Body=key.encode())
    url = s3.generate_presigned_url(
        "copy_object", Params={"Bucket": bucket, "Key": "b", "CopySource": f"{bucket}/a"}
    )
    other = {"x-amz-copy-source": f"/{bucket}/secret", "Content-Type": ""}
    assert refusal(Ask(url, b"", other, method="PUT")) == "AccessDenied"
    urlopen(Ask(url, b"", {"Content-Type": ""}, method="PUT")).read()
    found = world.client("s3").get_object(Bucket=bucket, Key="b")
    assert found["Body"].read() == b"a"
    listed = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": bucket})
    assert b"secret" in urlopen(listed).read()
    s3.close()


def old_client(world: World) -> Any:
    return boto3.session.Session().client(
        "s3", region_name="us-east-1", endpoint_url=world.url,
        aws_access_key_id=FIRST_KEY[0], aws_secret_access_key=FIRST_KEY[1],
        config=Config(signature_version="s3", s3={"addressing_style": "path"}),
    )  # fmt: skip


def refusal(ask: Ask) -> str:
    """The code of the error that a request must be answered with."""
    with pytest.raises(HTTPError) as raised:
        urlopen(ask)
    text = raised.value.read().decode()
    return text.partition("<Code>")[2].partition("</Code>")[0]


def test_a_trailer_that_is_announced_and_does_not_come(world: World, bucket: str) -> None:
    for trailer, code in (("", "MalformedTrailerError"), ("x" * 100_000, "MalformedXML")):
        body = f"4\r\ndata\r\n0\r\n\r\n{trailer}".encode()
        made = AWSRequest(
            "PUT", f"{world.url}/{bucket}/k", data=body,
            headers={
                "x-amz-trailer": "x-amz-checksum-crc32", "x-amz-decoded-content-length": "4",
            },
        )  # fmt: skip
        auth = S3SigV4Auth(Credentials(*FIRST_KEY), "s3", "us-east-1")
        auth.payload = lambda _: chunks.UNSIGNED_TRAILER
        auth.add_auth(made)
        assert refusal(Ask(made.url, body, dict(made.headers), method="PUT")) == code


def test_those_who_may_not_fill_no_disk(world: World, bucket: str) -> None:
    made = AWSRequest("PUT", f"{world.url}/none-of-it/k", data=b"x" * 100)
    S3SigV4Auth(Credentials(*FIRST_KEY), "s3", "us-east-1").add_auth(made)
    host = urlsplit(world.url)
    connection = http.client.HTTPConnection(host.hostname or "", host.port)
    connection.putrequest("PUT", "/none-of-it/k", skip_host=True, skip_accept_encoding=True)
    for name, value in made.headers.items():
        connection.putheader(name, value)
    connection.putheader("Host", host.netloc)
    connection.putheader("Content-Length", "100")
    connection.endheaders()  # and nothing of the body
    with connection.getresponse() as answer:
        assert answer.status == 404
    connection.close()


def test_keys_are_utf8(world: World, bucket: str) -> None:
    for key in ("%FE", "a%00b"):
        made = signed(world, "PUT", f"/{bucket}/{key}", b"x")
        assert refusal(Ask(made.url, b"x", dict(made.headers), method="PUT")) == "MalformedXML"


def test_a_body_whose_row_may_be_there_stays(
    world: World, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store may have committed before it could say so."""
    write_for = world.store.write_for

    async def lost(*args: Any) -> Any:
        await write_for(*args)
        raise Unavailable("the connection is gone")

    monkeypatch.setattr(world.store, "write_for", lost)
    with pytest.raises(ClientError):
        world.client("s3").put_object(Bucket=bucket, Key="k", Body=b"data")
    monkeypatch.undo()
    assert world.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"data"
