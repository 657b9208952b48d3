"""Presigned URLs of the old kind: botocore's own signature is the one that is wanted."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from forecourt.platform.identity import sigv2
from forecourt.platform.identity.sigv4 import Refused


def signed(url: str, method: str = "GET", **headers: str) -> tuple[str, list[tuple[str, str]]]:
    request: Any = AWSRequest(method, url, headers=headers)
    request.auth_path = None
    HmacV1QueryAuth(Credentials("AKID", "secret", "token"), 60).add_auth(request)
    parts = urlsplit(request.url)
    return parts.path, parse_qsl(parts.query, keep_blank_values=True)


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "http://h/bucket/key"),
        ("GET", "http://h/bucket/a%20b/%C3%BC"),
        ("PUT", "http://h/bucket/key?partNumber=1&uploadId=x"),
        ("GET", "http://h/bucket/key?response-content-type=text%2Fplain&other=1"),
        ("GET", "http://h/bucket?uploads"),
    ],
)
def test_what_botocore_signs(method: str, url: str) -> None:
    path, parameters = signed(url, method)
    assert sigv2.is_claimed(parameters)
    sigv2.verify(method, path, parameters, {}, "secret", 0.0)
    for wrong in ("other", ""):
        with pytest.raises(Refused):
            sigv2.verify(method, path, parameters, {}, wrong, 0.0)
    with pytest.raises(Refused):
        sigv2.verify("DELETE", path, parameters, {}, "secret", 0.0)
    with pytest.raises(Refused):
        sigv2.verify(method, path + "x", parameters, {}, "secret", 0.0)


def test_headers_are_part_of_it() -> None:
    path, parameters = signed("http://h/bucket/key", "PUT", **{"Content-Type": "text/x"})
    sigv2.verify("PUT", path, parameters, {}, "secret", 0.0)


def test_it_ends() -> None:
    path, parameters = signed("http://h/bucket/key")
    expires = int(dict(parameters)["Expires"])
    sigv2.verify("GET", path, parameters, {}, "secret", expires)
    with pytest.raises(Refused) as raised:
        sigv2.verify("GET", path, parameters, {}, "secret", expires + 1)
    assert raised.value.fault == "expired"


def test_what_is_no_claim() -> None:
    assert not sigv2.is_claimed([("AWSAccessKeyId", "a"), ("Signature", "b")])
    for expires in ("", "x", "-1", "9" * 20):
        parameters = [("AWSAccessKeyId", "a"), ("Signature", "b"), ("Expires", expires)]
        with pytest.raises(Refused):
            sigv2.verify("GET", "/", parameters, {}, "secret", 0.0)
