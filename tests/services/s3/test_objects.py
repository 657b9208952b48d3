"""Objects: put, read, deleted; two at once, and on disk."""

from __future__ import annotations

import os
import threading
from typing import Any

import anyio

from forecourt.platform.objects import stored
from tests.harness import World

from .calls import fault, files, get, put, status


def test_what_is_put_is_what_is_read(s3: Any, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket, Key="a/b ü+%.txt", Body=b"hello", ContentType="text/plain",
        Metadata={"Who": "me"}, CacheControl="no-store", ContentEncoding="gzip,aws-chunked",
    )  # fmt: skip
    found = s3.get_object(Bucket=bucket, Key="a/b ü+%.txt")
    assert found["Body"].read() == b"hello"
    assert found["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert (found["ContentType"], found["CacheControl"]) == ("text/plain", "no-store")
    assert found["Metadata"] == {"who": "me"}
    assert found["ContentEncoding"] == "gzip"
    assert found["ContentLength"] == 5
    head = s3.head_object(Bucket=bucket, Key="a/b ü+%.txt")
    assert {**head, "ResponseMetadata": 0} == {
        **{k: v for k, v in found.items() if k != "Body" and "Checksum" not in k},
        "ResponseMetadata": 0,
    }


def test_keys_are_no_paths(world: World, s3: Any, bucket: str) -> None:
    for key in ("../../etc/passwd", "a//b", ".", "a/../b", "\u202e", "x" * 1024):
        put(s3, bucket, key, body=key.encode())
        assert get(s3, bucket, key) == key.encode()
    assert fault(s3.put_object, Bucket=bucket, Key="x" * 1025, Body=b"") == "KeyTooLongError"


def test_an_empty_object(s3: Any, bucket: str) -> None:
    put(s3, bucket, "empty", body=b"")
    assert get(s3, bucket, "empty") == b""
    assert s3.head_object(Bucket=bucket, Key="empty")["ContentLength"] == 0


def test_what_is_not_there(s3: Any, bucket: str) -> None:
    assert fault(s3.get_object, Bucket=bucket, Key="a") == "NoSuchKey"
    assert fault(s3.head_object, Bucket=bucket, Key="a") == "404"
    assert fault(s3.get_object, Bucket="no-bucket", Key="a") == "NoSuchBucket"
    assert fault(s3.put_object, Bucket="no-bucket", Key="a", Body=b"x") == "NoSuchBucket"
    put(s3, bucket, "a")
    assert fault(s3.get_object, Bucket=bucket, Key="a", VersionId="v2") == "NoSuchVersion"


def test_nothing_is_left_of_what_was_refused(world: World, s3: Any) -> None:
    before = files(world)
    assert fault(s3.put_object, Bucket="no-bucket", Key="a", Body=b"x" * 100) == "NoSuchBucket"
    assert files(world) == before


def test_ranges_and_parts(s3: Any, bucket: str) -> None:
    put(s3, bucket, "a", body=b"0123456789")
    part = s3.get_object(Bucket=bucket, Key="a", Range="bytes=2-4")
    assert (part["Body"].read(), part["ContentRange"], status(part)) == (
        b"234",
        "bytes 2-4/10",
        206,
    )
    assert get(s3, bucket, "a", Range="bytes=-3") == b"789"
    assert get(s3, bucket, "a", Range="bytes=8-99") == b"89"
    assert fault(s3.get_object, Bucket=bucket, Key="a", Range="bytes=10-") == "InvalidRange"
    assert get(s3, bucket, "a", PartNumber=1) == b"0123456789"
    assert fault(s3.get_object, Bucket=bucket, Key="a", PartNumber=2) == "InvalidRange"


def test_an_answers_headers_as_asked_for(s3: Any, bucket: str) -> None:
    put(s3, bucket, "a")
    found = s3.get_object(
        Bucket=bucket, Key="a", ResponseContentType="text/x", ResponseCacheControl="max-age=1"
    )
    assert (found["ContentType"], found["CacheControl"]) == ("text/x", "max-age=1")


def test_deleting(s3: Any, bucket: str) -> None:
    put(s3, bucket, "a", "b", "c")
    assert status(s3.delete_object(Bucket=bucket, Key="a")) == 204
    assert status(s3.delete_object(Bucket=bucket, Key="a")) == 204
    wanted = [{"Key": "b"}, {"Key": "zz"}, {"Key": "c", "VersionId": "v"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted})
    assert [each["Key"] for each in answer["Deleted"]] == ["b", "zz"]
    assert [each["Code"] for each in answer["Errors"]] == ["NoSuchVersion"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    too_many = {"Objects": [{"Key": str(n)} for n in range(1001)]}
    assert fault(s3.delete_objects, Bucket=bucket, Delete=too_many) == "MalformedXML"


def test_tags(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"", Tagging="k=v&l=m%20n")
    found = s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"]
    assert found == [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "m n"}]
    assert s3.head_object(Bucket=bucket, Key="a")["TagCount"] == 2
    s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "x", "Value": ""}]})
    assert len(s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"]) == 1
    s3.delete_object_tagging(Bucket=bucket, Key="a")
    assert s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"] == []
    many = {"TagSet": [{"Key": str(n), "Value": ""} for n in range(11)]}
    assert fault(s3.put_object_tagging, Bucket=bucket, Key="a", Tagging=many) == "InvalidTag"


def test_attributes(s3: Any, bucket: str) -> None:
    put(s3, bucket, "a", body=b"abc")
    found = s3.get_object_attributes(
        Bucket=bucket, Key="a", ObjectAttributes=["ETag", "ObjectSize", "StorageClass", "Checksum"]
    )
    assert (found["ObjectSize"], found["StorageClass"]) == (3, "STANDARD")
    assert found["Checksum"]["ChecksumCRC32"] == "NSRBwg=="


def test_two_put_one_key_at_once(s3: Any, bucket: str) -> None:
    bodies = [bytes([n]) * 300_000 for n in range(6)]
    threads = [
        threading.Thread(target=put, args=(s3, bucket, "a"), kwargs={"body": body})
        for body in bodies
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert get(s3, bucket, "a") in bodies


def test_what_was_replaced_goes_after_a_while(world: World, s3: Any, bucket: str) -> None:
    before = files(world)
    put(s3, bucket, "a", body=b"one")
    (old,) = files(world) - before
    put(s3, bucket, "a", body=b"two")
    assert old.exists()  # somebody may be reading it
    anyio.run(stored.clean, world.store, world.objects, old.name)
    assert not old.exists()
    assert get(s3, bucket, "a") == b"two"


def test_what_has_no_row_is_swept(world: World, s3: Any, bucket: str) -> None:
    before = files(world)
    put(s3, bucket, "a", body=b"one")
    (mine,) = files(world) - before
    lost = world.objects.path(world.objects.put([b"lost"]))
    for path in (mine, lost):
        os.utime(path, (0, 0))
    anyio.run(stored.sweep, world.store, world.objects)
    assert mine.exists()
    assert not lost.exists()


def test_what_is_not_here_is_refused(s3: Any, bucket: str) -> None:
    for asked in (
        {"ServerSideEncryption": "aws:kms"},
        {"ACL": "public-read"},
        {"GrantRead": "id=1"},
        {"ObjectLockLegalHoldStatus": "ON"},
    ):
        assert fault(s3.put_object, Bucket=bucket, Key="a", Body=b"", **asked) == "NotImplemented"
    large = {"a": "x" * 2048}
    assert (
        fault(s3.put_object, Bucket=bucket, Key="a", Body=b"", Metadata=large) == "MetadataTooLarge"
    )
