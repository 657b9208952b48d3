"""Copies, on the server's side."""

from __future__ import annotations

from typing import Any

from forecourt.services.s3 import copying
from tests.harness import World

from .calls import fault, files, get, put


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


def test_a_source_that_is_replaced_meanwhile(world: World, s3: Any, bucket: str) -> None:
    """What is copied is what was there when it was looked up."""
    put(s3, bucket, "a", body=b"old")
    linked, copy = copying.linked, copying.ops.table["CopyObject"]

    def replacing(blobs: Any, req: Any, source: Any) -> Any:
        found = linked(blobs, req, source)
        put(s3, bucket, "a", body=b"other, longer")
        return found

    object.__setattr__(copy, "ahead", replacing)
    try:
        answer = s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
    finally:
        object.__setattr__(copy, "ahead", linked)
    assert get(s3, bucket, "b") == b"old"
    assert answer["CopyObjectResult"]["ETag"] == s3.head_object(Bucket=bucket, Key="b")["ETag"]


def test_a_class_is_not_copied(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", StorageClass="GLACIER_IR")
    s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="b")
    s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/b", StorageClass="STANDARD_IA")
    assert s3.head_object(Bucket=bucket, Key="b")["StorageClass"] == "STANDARD_IA"


def test_parts_have_the_checksum_of_their_upload(world: World, s3: Any, bucket: str) -> None:
    put(s3, bucket, "a", body=b"data")
    before = files(world)
    assert fault(
        s3.upload_part_copy, Bucket=bucket, Key="b", UploadId="none", PartNumber=1,
        CopySource=f"{bucket}/a",
    ) == "NoSuchUpload"  # fmt: skip
    assert files(world) == before
    for algorithm in ("SHA256", "SHA1", "CRC64NVME"):
        id = s3.create_multipart_upload(Bucket=bucket, Key="b", ChecksumAlgorithm=algorithm)[
            "UploadId"
        ]
        copied = s3.upload_part_copy(
            Bucket=bucket, Key="b", UploadId=id, PartNumber=1, CopySource=f"{bucket}/a"
        )["CopyPartResult"]
        part = {k: copied[k] for k in ("ETag", f"Checksum{algorithm}")}
        s3.complete_multipart_upload(
            Bucket=bucket, Key="b", UploadId=id,
            MultipartUpload={"Parts": [{"PartNumber": 1, **part}]},
        )  # fmt: skip
        assert get(s3, bucket, "b") == b"data"
