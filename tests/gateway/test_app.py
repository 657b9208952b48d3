"""The whole way: what clients get for success, for every kind of failure, and for nonsense."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from uuid import UUID

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.gateway.app import Gateway
from forecourt.gateway.http import Request
from forecourt.gateway.throttle import Throttle
from forecourt.roles.gateway import TABLES
from forecourt.store.store import Unavailable
from tests.gateway.several import ASKED, answer, ask
from tests.gateway.wire import FORM, WHO_AM_I, Signer, request, send
from tests.harness import World

BAD_PARAMETERS = [
    "Action=GetAccessKeyInfo&AccessKeyId.=x",
    "Action=GetAccessKeyInfo&AccessKeyId=AKIAQAAAAAAAAFIRSTAA&AccessKeyId.=x",
    "Action=GetAccessKeyInfo&AccessKeyId=AKIAQAAAAAAAAFIRSTAA&AccessKeyId..x=x",
    "Action=GetAccessKeyInfo&AccessKeyId.x=1",
    "Action=GetAccessKeyInfo&" + ".".join("x" * 100) + "=1",
    "Action=GetAccessKeyInfo&AccessKeyId=%ff",
    "Action=GetAccessKeyInfo" + "&a=1" * 10_001,
]


@pytest.mark.parametrize("protocol", ASKED)
def test_every_answer_names_its_request(world: World, protocol: str) -> None:
    good = answer(world, ask(world, protocol))
    bad = answer(world, ask(world, protocol, Signer(service="nobody")))
    assert (good.status, bad.status) == (200, 501)
    assert UUID(good.headers["x-amzn-requestid"]) != UUID(bad.headers["x-amzn-requestid"])


def test_members_that_the_model_lacks_are_left_out(world: World) -> None:
    assert answer(world, ask(world, "json")).body == b'{"Keys":[{"KeyId":"000000000000"}]}'


def test_a_modelled_error(world: World) -> None:
    headers = {"x-amz-target": "TrentService.DescribeKey"}
    given_back = answer(world, ask(world, "json", headers=headers, body=b'{"KeyId":"k"}'))
    assert (given_back.status, given_back.code) == (400, "NotFoundException")
    assert given_back.message == "Key k does not exist"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'{"KeyId":1}', "SerializationException"),
        (b'{"KeyId":NaN}', "SerializationException"),
        (b'{"KeyId":null}', "ValidationException"),
        (b"{}", "ValidationException"),
        (b'{"KeyId":""}', "ValidationException"),
        (b'{"KeyId":"\\ud800"}', "SerializationException"),
        (b"[" * 100_000, "SerializationException"),
        (b'{"KeyId":"\xff"}', "SerializationException"),
    ],
)
def test_parameters_that_are_none(world: World, body: bytes, code: str) -> None:
    headers = {"x-amz-target": "TrentService.DescribeKey"}
    given_back = answer(world, ask(world, "json", headers=headers, body=body))
    assert (given_back.status, given_back.code) == (400, code)


def test_a_bug_of_ours_is_logged_and_not_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"x-amz-target": "TrentService.CreateKey"}
    with caplog.at_level(logging.ERROR):
        given_back = answer(world, ask(world, "json", headers=headers))
    assert (given_back.status, given_back.code) == (500, "InternalFailure")
    assert b"secret detail" not in given_back.body
    [record] = [r for r in caplog.records if r.exc_info]
    assert "secret detail" in caplog.text
    assert vars(record)["request_id"] == given_back.headers["x-amzn-requestid"]


def test_a_store_that_is_gone_is_unavailable(world: World) -> None:
    class Gone:
        bells = world.store.bells

        async def read(self, *args: object) -> None:
            raise Unavailable("disk")

    with closing(Gateway(TABLES, {}, Gone(), Throttle({}))) as gateway:  # type: ignore[arg-type]
        given_back = asyncio.run(gateway.answer(request(headers=FORM, body=WHO_AM_I)))
    assert given_back.status == 503
    assert b"<Code>ServiceUnavailable</Code>" in given_back.body
    assert b"disk" not in given_back.body


@pytest.mark.parametrize("text", BAD_PARAMETERS)
def test_malformed_forms_are_the_callers_fault(world: World, text: str) -> None:
    sent = request(headers=FORM, body=f"{text}&Version=2011-06-15".encode())
    given_back = send(world.url, sent)
    assert (given_back.status, given_back.code) in (
        (400, "MalformedInput"),
        (400, "ValidationError"),
    )


@pytest.mark.parametrize(
    "query",
    [
        "a=%ff",
        "X-Amz-Credential=%ff",
        "Action=%ff",
        "a=1&" * 10_001,
        "X-Amz-Algorithm=&X-Amz-Date=%ff",
    ],
    ids=["value", "credential", "action", "many", "algorithm"],
)
@pytest.mark.parametrize("path", ["/", "/2013-04-01/hostedzone"])
def test_a_malformed_query_is_the_callers_fault(world: World, path: str, query: str) -> None:
    given_back = send(world.url, Request("GET", path, query, {"host": "localhost"}))
    assert given_back.status == 400
    assert "Malformed" in given_back.code


@pytest.mark.parametrize("char", ["\x00", "\x01", "\x0b", "\x1f", "￾", "￿", "é", "<&>\"'"])
def test_an_error_repeats_what_was_sent_in_xml_that_can_be_read(world: World, char: str) -> None:
    with pytest.raises(ClientError) as caught:
        world.client("route53").get_hosted_zone(Id=f"Z{char}1")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404)


@pytest.mark.parametrize("char", ["%00", "%01", "%0B", "%EF%BF%BF"])
def test_an_unknown_action_repeated_in_xml_that_can_be_read(world: World, char: str) -> None:
    body = f"Action=X{char}&Version=2011-06-15".encode()
    assert send(world.url, request(headers=FORM, body=body)).code == "InvalidAction"


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b"", "InvalidInput", "validation errors"),
        (b"x", "MalformedInput", "Could not parse XML"),
        (b"<a>", "MalformedInput", "Could not parse XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "MalformedInput", "Could not parse XML"),
        (b"<a/>", "MalformedInput", "a is not valid, expected CreateHostedZoneRequest"),
        (b"<a>" * 50_000, "MalformedInput", "Could not parse XML"),
        (
            b"<CreateHostedZoneRequest><Name><b/></Name></CreateHostedZoneRequest>",
            "MalformedInput",
            "",
        ),
        (b"\xff\xfe<\x00a\x00/\x00>\x00", "MalformedInput", "Could not parse XML"),
    ],
    ids=["empty", "text", "open", "doctype", "root", "deep", "complex", "utf-16"],
)
def test_bodies_of_route_53(world: World, body: bytes, code: str, text: str) -> None:
    sent = request(path="/2013-04-01/hostedzone", body=body, signer=Signer(service="route53"))
    given_back = send(world.url, sent)
    assert (given_back.status, given_back.code) == (400, code)
    assert text in given_back.message


def test_a_type_that_curl_sends_does_not_matter_to_rest(world: World) -> None:
    """curl --aws-sigv4 -d sends a form's content type, whatever the body is."""
    body = b"<CreateHostedZoneRequest><Name>curl.test</Name><CallerReference>1</CallerReference></CreateHostedZoneRequest>"
    sent = request(
        path="/2013-04-01/hostedzone", headers=FORM, body=body, signer=Signer(service="route53")
    )
    assert send(world.url, sent).status == 201


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["GET", "POST", "HEAD", "X"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20),
    st.dictionaries(
        st.sampled_from(
            ["x-amz-target", "content-type", "smithy-protocol", "authorization", "host"]
        ),
        st.one_of(
            st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
            st.sampled_from([FORM["content-type"], "rpc-v2-cbor", "TrentService.ListKeys"]),
        ),
    ),
    st.binary(max_size=30),
)
def test_nonsense_is_never_our_fault(
    world: World, method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    given_back = answer(world, Request(method, "/" + path, query, headers, body))
    assert 400 <= given_back.status < 500 or given_back.status == 501
