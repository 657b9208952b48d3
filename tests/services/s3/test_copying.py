"""Copies, on the server's side."""

from __future__ import annotations

from typing import Any

from tests.harness import World

from .calls import fault, get, put


def test_a_copy_is_the_same_and_its_own(s3: Any, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket, Key="a b", Body=b"data", ContentType="text/x", Metadata={"k": "v"},
        Tagging="t=1",
    )  # fmt: skip
    answer = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b"})
    assert answer["CopyObjectResult"]["ETag"] == s3.head_object(Bucket=bucket, Key="a b")["ETag"]
    s3.delete_object(Bucket=bucket, Key="a b")
    found = s3.get_object(Bucket=bucket, Key="copy")
    assert (found["Body"].read(), found["Metadata"], found["ContentType"]) == (
        b"data",
        {"k": "v"},
        "text/x",
    )
    assert found["TagCount"] == 1


def test_other_headers(s3: Any, bucket: str) -> None:
    put(s3, bucket, "a")
    source = f"{bucket}/a"
    assert fault(s3.copy_object, Bucket=bucket, Key="a", CopySource=source) == "InvalidRequest"
    s3.copy_object(
        Bucket=bucket, Key="a", CopySource=source, MetadataDirective="REPLACE",
        Metadata={"n": "1"}, TaggingDirective="REPLACE", Tagging="x=y",
    )  # fmt: skip
    assert get(s3, bucket, "a") == b"x"
    found = s3.head_object(Bucket=bucket, Key="a")
    assert (found["Metadata"], found["TagCount"]) == ({"n": "1"}, 1)


def test_sources_that_are_none(s3: Any, bucket: str) -> None:
    put(s3, bucket, "a")
    for source, code in (
        (f"{bucket}/no", "NoSuchKey"),
        ("no-bucket/a", "NoSuchBucket"),
        ("nothing", "InvalidArgument"),
        (f"{bucket}/a?versionId=1", "InvalidArgument"),
    ):
        assert fault(s3.copy_object, Bucket=bucket, Key="b", CopySource=source) == code
    match = fault(
        s3.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/a", CopySourceIfMatch='"n"'
    )
    assert match == "PreconditionFailed"


def test_a_part_of_another_object(world: World, s3: Any, bucket: str) -> None:
    put(s3, bucket, "a", body=bytes(range(100)))
    id = s3.create_multipart_upload(Bucket=bucket, Key="b")["UploadId"]

    def copy(**options: Any) -> Any:
        return s3.upload_part_copy(
            Bucket=bucket, Key="b", UploadId=id, PartNumber=1, CopySource=f"{bucket}/a", **options
        )

    etag = copy(CopySourceRange="bytes=10-19")["CopyPartResult"]["ETag"]
    for wrong in ("bytes=90-100", "bytes=5-1", "5-6"):
        assert fault(copy, CopySourceRange=wrong) == "InvalidArgument"
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="b", UploadId=id, MultipartUpload=parts)
    assert get(s3, bucket, "b") == bytes(range(10, 20))
