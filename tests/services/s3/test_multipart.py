"""Uploads in parts."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest

from forecourt.platform.objects import stored

from .calls import fault, get, put

FIVE = 5 * 1024**2


def begin(s3: Any, bucket: str, key: str = "big", **options: Any) -> str:
    return str(s3.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"])


def part(s3: Any, bucket: str, id: str, number: int, body: bytes, **options: Any) -> Any:
    answer = s3.upload_part(
        Bucket=bucket, Key="big", UploadId=id, PartNumber=number, Body=body, **options
    )
    sums = {name: value for name, value in answer.items() if name.startswith("Checksum")}
    sums.pop("ChecksumType", None)
    return {"PartNumber": number, "ETag": answer["ETag"], **sums}


def complete(s3: Any, bucket: str, id: str, parts: list[Any], **options: Any) -> Any:
    return s3.complete_multipart_upload(
        Bucket=bucket, Key="big", UploadId=id, MultipartUpload={"Parts": parts}, **options
    )


def test_an_object_of_parts(s3: Any, bucket: str) -> None:
    data = os.urandom(FIVE + 100)
    id = begin(s3, bucket, ContentType="text/plain", Tagging="a=b")
    parts = [part(s3, bucket, id, 1, data[:FIVE]), part(s3, bucket, id, 7, data[FIVE:])]
    answer = complete(s3, bucket, id, parts)
    assert answer["ETag"].endswith('-2"')
    assert get(s3, bucket, "big") == data
    assert (
        get(s3, bucket, "big", Range=f"bytes={FIVE - 10}-{FIVE + 9}") == data[FIVE - 10 : FIVE + 10]
    )
    second = s3.get_object(Bucket=bucket, Key="big", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (data[FIVE:], 2)
    assert s3.head_object(Bucket=bucket, Key="big")["ContentType"] == "text/plain"
    assert fault(complete, s3, bucket, id, parts) == "NoSuchUpload"


def test_the_sdks_own_transfer(s3: Any, bucket: str) -> None:
    data = os.urandom(17 * 1024**2)
    s3.upload_fileobj(io.BytesIO(data), bucket, "big")
    back = io.BytesIO()
    s3.download_fileobj(bucket, "big", back)
    assert back.getvalue() == data
    shown = s3.get_object_attributes(Bucket=bucket, Key="big", ObjectAttributes=["ObjectParts"])
    assert shown["ObjectParts"]["TotalPartsCount"] == 3


@pytest.mark.parametrize(
    ("algorithm", "type_"),
    [("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("CRC64NVME", "FULL_OBJECT"),
     ("SHA256", "COMPOSITE")],
)  # fmt: skip
def test_checksums(s3: Any, bucket: str, algorithm: str, type_: str) -> None:
    data = os.urandom(FIVE + 5)
    id = begin(s3, bucket, ChecksumAlgorithm=algorithm, ChecksumType=type_)
    given = {"ChecksumAlgorithm": algorithm}
    parts = [
        part(s3, bucket, id, 1, data[:FIVE], **given),
        part(s3, bucket, id, 2, data[FIVE:], **given),
    ]
    answer = complete(s3, bucket, id, parts, ChecksumType=type_)
    found = answer[f"Checksum{algorithm}"]
    assert answer["ChecksumType"] == type_
    if type_ == "COMPOSITE":
        assert found.endswith("-2")
    else:
        once = s3.put_object(Bucket=bucket, Key="whole", Body=data, ChecksumAlgorithm=algorithm)
        assert found == once[f"Checksum{algorithm}"]


def test_wrong_kinds_of_checksums(s3: Any, bucket: str) -> None:
    for algorithm, type_ in (("SHA256", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")):
        wrong = fault(
            s3.create_multipart_upload,
            Bucket=bucket,
            Key="a",
            ChecksumAlgorithm=algorithm,
            ChecksumType=type_,
        )
        assert wrong == "InvalidRequest"
    id = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    assert fault(part, s3, bucket, id, 1, b"x", ChecksumAlgorithm="CRC32") == "InvalidRequest"


def test_parts_that_do_not_fit(s3: Any, bucket: str) -> None:
    id = begin(s3, bucket)
    small, last = part(s3, bucket, id, 1, b"small"), part(s3, bucket, id, 2, b"last")
    assert fault(complete, s3, bucket, id, [small, last]) == "EntityTooSmall"
    assert fault(complete, s3, bucket, id, [last, small]) == "InvalidPartOrder"
    assert fault(complete, s3, bucket, id, [{**small, "ETag": '"no"'}]) == "InvalidPart"
    assert fault(complete, s3, bucket, id, [{**small, "PartNumber": 3}]) == "InvalidPart"
    assert fault(complete, s3, bucket, id, []) == "MalformedXML"
    assert fault(part, s3, bucket, id, 10_001, b"x") == "InvalidArgument"
    assert fault(part, s3, bucket, "no-upload", 1, b"x") == "NoSuchUpload"
    assert fault(complete, s3, bucket, id, [small], MpuObjectSize=9) == "InvalidRequest"
    complete(s3, bucket, id, [small], MpuObjectSize=5)
    assert get(s3, bucket, "big") == b"small"


def test_a_part_again_is_another(s3: Any, bucket: str) -> None:
    id = begin(s3, bucket)
    first = part(s3, bucket, id, 1, b"first")
    second = part(s3, bucket, id, 1, b"second")
    assert fault(complete, s3, bucket, id, [first]) == "InvalidPart"
    complete(s3, bucket, id, [second])
    assert get(s3, bucket, "big") == b"second"


def test_until_it_is_complete_the_old_object_stays(s3: Any, bucket: str) -> None:
    put(s3, bucket, "big", body=b"old")
    id = begin(s3, bucket)
    part(s3, bucket, id, 1, b"new")
    assert get(s3, bucket, "big") == b"old"
    s3.abort_multipart_upload(Bucket=bucket, Key="big", UploadId=id)
    assert get(s3, bucket, "big") == b"old"
    assert fault(s3.list_parts, Bucket=bucket, Key="big", UploadId=id) == "NoSuchUpload"


def test_lists(s3: Any, bucket: str) -> None:
    ids = {begin(s3, bucket, key): key for key in ("a/1", "a/2", "b")}
    listed = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert {each["UploadId"]: each["Key"] for each in listed} == ids
    page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=2)
    assert page["IsTruncated"]
    rest = s3.list_multipart_uploads(
        Bucket=bucket, KeyMarker=page["NextKeyMarker"], UploadIdMarker=page["NextUploadIdMarker"]
    )
    assert [each["Key"] for each in rest["Uploads"]] == ["b"]
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [each["Prefix"] for each in grouped["CommonPrefixes"]] == ["a/"]
    id = begin(s3, bucket)
    for number in (1, 2, 3):
        part(s3, bucket, id, number, b"x")
    first = s3.list_parts(Bucket=bucket, Key="big", UploadId=id, MaxParts=2)
    assert (first["IsTruncated"], first["NextPartNumberMarker"]) == (True, 2)
    more = s3.list_parts(Bucket=bucket, Key="big", UploadId=id, PartNumberMarker=2)
    assert [each["PartNumber"] for each in more["Parts"]] == [3]
    s3.delete_bucket(Bucket=bucket)  # uploads alone do not keep it


def test_lists_are_bounded_and_by_prefix(
    s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "UPLOADS_AT_ONCE", 3)
    for key in ("a/1", "a/2", "b/1", "b/2", "b/3", "c"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    found = s3.list_multipart_uploads(Bucket=bucket, Prefix="b/")
    assert [each["Key"] for each in found["Uploads"]] == ["b/1", "b/2", "b/3"]
    assert not found["IsTruncated"]
    assert fault(s3.list_multipart_uploads, Bucket=bucket, MaxUploads=-1) == "InvalidArgument"
    # What is left of them goes with the bucket.
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
