"""Who calls: real signatures through the socket, each broken in one way, with each protocol's code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from forecourt.gateway.authenticate import payload_of, unframed
from forecourt.gateway.http import Malformed, Request
from forecourt.platform.identity import sigv4
from forecourt.platform.identity.accounts import TOPIC
from forecourt.platform.identity.chunks import MODES
from forecourt.store.tx import Tx
from tests.gateway.several import SIGNED_FOR, answer, ask
from tests.gateway.wire import FORM, WHO_AM_I, Reply, Signer, request, send
from tests.harness import FIRST_KEY, SECOND, SECOND_KEY, World

PROTOCOLS = list(SIGNED_FOR)


def codes(xml: Any, json: Any, rest_json: Any, ec2: Any) -> dict[str, tuple[str, int]]:
    return {
        "query": xml, "rest-xml": xml, "json": json, "smithy-rpc-v2-cbor": json,
        "rest-json": rest_json, "ec2": ec2,
    }  # fmt: skip


UNKNOWN_KEY = codes(
    ("InvalidClientTokenId", 403), ("UnrecognizedClientException", 400),
    ("UnrecognizedClientException", 403), ("AuthFailure", 401),
)  # fmt: skip
MISMATCH = codes(
    ("SignatureDoesNotMatch", 403), ("InvalidSignatureException", 400),
    ("InvalidSignatureException", 403), ("AuthFailure", 401),
)  # fmt: skip
INCOMPLETE = codes(
    ("IncompleteSignature", 400), ("IncompleteSignatureException", 400),
    ("IncompleteSignatureException", 403), ("IncompleteSignature", 400),
)  # fmt: skip


def with_header(sent: Request, name: str, value: str) -> Request:
    sent.headers = {**sent.headers, name: value}
    return sent


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_right_signature(world: World, protocol: str) -> None:
    assert answer(world, ask(world, protocol)).status == 200


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("key", "wanted", "text"),
    [
        (
            ("AKIDNOBODY", "x"),
            UNKNOWN_KEY,
            "The security token included in the request is invalid.",
        ),
        ((FIRST_KEY[0], "wrong"), MISMATCH, "The request signature we calculated does not match"),
        ((FIRST_KEY[0], SECOND_KEY[1]), MISMATCH, "The request signature we calculated"),
    ],
)
def test_a_wrong_key(
    world: World, protocol: str, key: tuple[str, str], wanted: dict[str, Any], text: str
) -> None:
    signer = Signer(service=SIGNED_FOR[protocol], key=key)
    given = answer(world, ask(world, protocol, signer))
    assert (given.code, given.status) == wanted[protocol]
    assert given.message.startswith(text)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"moment": datetime.now(UTC) - timedelta(hours=1)}, MISMATCH),
        ({"moment": datetime.now(UTC) + timedelta(hours=1)}, MISMATCH),
        ({"scope_date": "20200101"}, MISMATCH),
        ({"terminator": "aws5_request"}, MISMATCH),
        ({"region": ""}, MISMATCH),
        ({"signed_headers": ("x-amz-date",)}, MISMATCH),
        ({"region": "a/b"}, INCOMPLETE),
    ],
    ids=["old", "early", "date", "terminator", "region", "host", "slash"],
)
def test_a_wrong_claim(
    world: World, protocol: str, change: dict[str, Any], wanted: dict[str, Any]
) -> None:
    signer = replace(Signer(service=SIGNED_FOR[protocol]), **change)
    if change.get("region"):  # five parts are signed, six are sent
        sent = ask(world, protocol)
        text = sent.headers["authorization"].replace("us-east-1", change["region"])
        # The scope's service is then another: routing goes by the rest of the request.
        sent = with_header(sent, "authorization", text)
        sent = with_header(sent, "host", f"{SIGNED_FOR[protocol]}.localhost")
        given = answer(world, sent)
        assert given.status >= 400
        return
    given = answer(world, ask(world, protocol, signer))
    assert (given.code, given.status) == wanted[protocol]


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256 x",
        "AWS4-HMAC-SHA256 Credential=a",
        "AWS4-HMAC-SHA512 Credential=a/b/c/sts/d",
    ],
)
def test_an_incomplete_header(world: World, authorization: str) -> None:
    sent = with_header(request(headers=FORM, body=WHO_AM_I), "authorization", authorization)
    given = send(world.url, sent)
    assert (given.code, given.status) == ("IncompleteSignature", 400)


def who_am_i(world: World, sent: Request) -> Reply:
    return send(world.url, sent)


def test_the_second_account_is_itself(world: World) -> None:
    for key, account in ((FIRST_KEY, "000000000000"), (SECOND_KEY, SECOND)):
        assert world.client("sts", key).get_caller_identity()["Account"] == account


@pytest.mark.parametrize(
    "change",
    [
        {"body": WHO_AM_I + b"&a=b"},
        {"body": WHO_AM_I + b"&"},
        {"query": "x=y"},
        {"headers": {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}},
        {"headers": {"x-amz-date": "20260101T000000Z"}},
        {"headers": {"host": "elsewhere"}},
        {"method": "PUT"},
        {"path": "/x"},
    ],
    ids=lambda change: "".join(change),
)
def test_an_altered_request(world: World, change: dict[str, Any]) -> None:
    sent = request(headers=FORM, body=WHO_AM_I)
    assert who_am_i(world, sent).status == 200
    for name, value in change.items():
        value = {**sent.headers, **value} if name == "headers" else value
        setattr(sent, name, value)
    given = who_am_i(world, sent)
    assert (given.code, given.status) == ("SignatureDoesNotMatch", 403)


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", *MODES])
def test_only_some_services_take_unsigned_bodies(world: World, payload: str) -> None:
    headers = {**FORM, "x-amz-content-sha256": payload}
    sent = request(headers=headers, body=WHO_AM_I, signer=Signer(payload=payload))
    assert who_am_i(world, sent).code == "SignatureDoesNotMatch"


def test_a_session_token_that_nobody_gave(world: World) -> None:
    headers = {**FORM, "x-amz-security-token": "x"}
    given = who_am_i(world, request(headers=headers, body=WHO_AM_I))
    assert (given.code, given.status) == ("InvalidClientTokenId", 403)
    assert given.message == "The security token included in the request is invalid"


@pytest.mark.parametrize("status", ["Inactive", "Active"])
def test_a_key_switched_off(world: World, status: str) -> None:
    def switch(tx: Tx, status: str) -> None:
        sql = "UPDATE access_key SET status = :status WHERE id = :id"
        tx.run(sql, status=status, id=SECOND_KEY[0])
        tx.ring(TOPIC)

    world.store.write_now(switch, status)
    given = who_am_i(world, request(headers=FORM, body=WHO_AM_I, signer=Signer(key=SECOND_KEY)))
    world.store.write_now(switch, "Active")
    assert given.code == ("InvalidClientTokenId" if status == "Inactive" else "")
    assert given.status == (403 if status == "Inactive" else 200)


def presigned(signer: Signer, expires: int = 900, path: str = "/", **query: str) -> Request:
    query = query or {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
    text = signer.presigned("GET", path, query, "localhost", expires=expires)
    return Request("GET", path, text, {"host": "localhost"})


def test_presigned(world: World) -> None:
    sent = presigned(Signer())
    assert b"<Account>000000000000</Account>" in send(world.url, sent).body
    sent.headers = {"host": "elsewhere"}
    assert send(world.url, sent).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        (
            lambda q: q.replace("X-Amz-Signature=", "X-Amz-Signature=0"),
            "SignatureDoesNotMatch",
            403,
        ),
        (
            lambda q: q.replace("X-Amz-Expires=900", "X-Amz-Expires=901"),
            "SignatureDoesNotMatch",
            403,
        ),
        (lambda q: q + "&AccessKeyId=x", "SignatureDoesNotMatch", 403),
        (lambda q: q.replace("X-Amz-Expires=900", "X-Amz-Expires=x"), "IncompleteSignature", 400),
        (lambda q: q.replace("X-Amz-Date", "X-Amz-Day"), "IncompleteSignature", 400),
        (lambda q: q.replace(FIRST_KEY[0], "AKIDNOBODY"), "InvalidClientTokenId", 403),
        (lambda q: q.replace("X-Amz-Algorithm", "X-Amz-Algo"), "MissingAuthenticationToken", 403),
    ],
)
def test_presigned_wrongly(world: World, change: Any, code: str, status: int) -> None:
    sent = presigned(Signer())
    sent.query = change(sent.query)
    given = send(world.url, sent)
    assert (given.code, given.status) == (code, status)


@pytest.mark.parametrize(
    ("moment", "expires", "code", "status"),
    [
        (datetime.now(UTC) - timedelta(hours=2), 3600, "RequestExpired", 400),
        (datetime.now(UTC) - timedelta(hours=2), 3 * 3600, "", 200),
        (datetime.now(UTC) + timedelta(hours=1), 3600, "SignatureDoesNotMatch", 403),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 900, "SignatureDoesNotMatch", 403),
    ],
)
def test_presigned_for_a_time(
    world: World, moment: datetime, expires: int, code: str, status: int
) -> None:
    given = send(world.url, presigned(Signer(moment=moment), expires))
    assert (given.code, given.status) == (code, status)


@pytest.mark.parametrize("key", [(FIRST_KEY[0], "wrong"), ("AKIDNOBODY", "x")])
def test_a_client_is_told(world: World, key: tuple[str, str]) -> None:
    client = boto3.client(
        "route53", "us-east-1", endpoint_url=world.url, aws_access_key_id=key[0],
        aws_secret_access_key=key[1], config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip
    with pytest.raises(ClientError) as caught:
        client.list_hosted_zones()
    client.close()
    wanted = "InvalidClientTokenId" if key[0] == "AKIDNOBODY" else "SignatureDoesNotMatch"
    assert caught.value.response["Error"]["Code"] == wanted
    assert caught.value.response["Error"]["Type"] == "Sender"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


CLAIM = sigv4.Claim(
    "K", "20260101", "us-east-1", "s3", "aws4_request", ("host",), "sig", "20260101T000000Z", None,
    None, presigned=False,
)  # fmt: skip
BODY = b"body"
HASH = "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"


@pytest.mark.parametrize(
    ("service", "presigned_", "header", "marker"),
    [
        ("s3", False, None, HASH),
        ("s3", False, HASH, HASH),
        ("s3", False, "UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD"),
        ("s3", False, MODES[0], MODES[0]),
        ("s3", False, "x", HASH),
        ("s3", True, None, "UNSIGNED-PAYLOAD"),
        ("s3", True, "UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD"),
        # A hash that was signed must be the body's.
        ("s3", True, "0" * 64, HASH),
        ("sts", False, "UNSIGNED-PAYLOAD", HASH),
        ("sts", True, "UNSIGNED-PAYLOAD", HASH),
        ("sts", True, None, HASH),
    ],
)
def test_what_stands_for_the_body(
    service: str, presigned_: bool, header: str | None, marker: str
) -> None:
    headers = {} if header is None else {"x-amz-content-sha256": header}
    claimed = replace(CLAIM, service=service, presigned=presigned_)
    assert payload_of(Request("PUT", "/", "", headers, BODY), claimed) == marker


@pytest.mark.parametrize("body", [b"", b"5;chunk-signature=x\r\nabc", b"zz\r\n"])
def test_a_body_badly_framed_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        unframed(body, MODES[0], CLAIM, b"key")
