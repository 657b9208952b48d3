"""aws-chunked bodies: the examples of AWS's documentation, in pieces of any size, and after changes.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.platform.identity.chunks import (
    LARGEST_CHUNK,
    MOST_TRAILERS,
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    Broken,
    Decoder,
)
from forecourt.platform.identity.sigv4 import Refused, signing_key

KEY = signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3")
STAMP, SCOPE = "20130524T000000Z", "20130524/us-east-1/s3/aws4_request"
PAYLOAD = b"a" * 65536 + b"a" * 1024
SIGNED_SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
EMPTY = sha256(b"").hexdigest()

SIGNED_BODY = (
    b"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
    + b"a" * 65536
    + b"\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n"
    + b"a" * 1024
    + b"\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
)
TRAILER_BODY = (
    b"10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n"
    + b"a" * 65536
    + b"\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n"
    + b"a" * 1024
    + b"\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
    b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
    b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"
    b"\r\n"
)
UNSIGNED_BODY = b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"

EXAMPLES = {
    SIGNED: (SIGNED_SEED, SIGNED_BODY, PAYLOAD, {}),
    SIGNED_TRAILER: (TRAILER_SEED, TRAILER_BODY, PAYLOAD, {"x-amz-checksum-crc32c": "sOO8/Q=="}),
    UNSIGNED_TRAILER: ("", UNSIGNED_BODY, b"abcde", {"x-amz-checksum-crc32": "AAAAAA=="}),
}
each = pytest.mark.parametrize("mode", EXAMPLES)


def decoder(mode: str) -> Decoder:
    return Decoder(mode, EXAMPLES[mode][0], STAMP, SCOPE, KEY)


def decode(mode: str, body: bytes) -> bytes:
    taking = decoder(mode)
    payload = taking.feed(body)
    taking.finish()
    return payload


def body_of(chunks: list[bytes], seed: str) -> bytes:
    """A signed body, made independently of what is tested."""
    out, previous = b"", seed
    for chunk in [*chunks, b""]:
        text = (
            f"AWS4-HMAC-SHA256-PAYLOAD\n{STAMP}\n{SCOPE}\n{previous}\n{EMPTY}\n"
            f"{sha256(chunk).hexdigest()}"
        )
        previous = hmac.new(KEY, text.encode(), sha256).hexdigest()
        out += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
    return out


@each
@pytest.mark.parametrize("size", [1, 2, 7, 83, 1024, 65536, 10**6])
def test_examples_in_pieces(mode: str, size: int) -> None:
    _, body, payload, trailers = EXAMPLES[mode]
    taking = decoder(mode)
    given_back = b"".join(taking.feed(body[at : at + size]) for at in range(0, len(body), size))
    taking.finish()
    assert given_back == payload
    assert taking.trailers == trailers


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=5), st.data())
def test_any_chunks_in_any_pieces(chunks: list[bytes], data: st.DataObject) -> None:
    body = body_of(chunks, SIGNED_SEED)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    taking = decoder(SIGNED)
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert b"".join(map(taking.feed, pieces)) == b"".join(chunks)
    taking.finish()


def test_lines_that_end_as_in_the_documentation() -> None:
    r"""Its trailers end with \n\r\n where SDKs send \r\n\r\n."""
    body = TRAILER_BODY.replace(b"sOO8/Q==\r\n", b"sOO8/Q==\n")
    assert decode(SIGNED_TRAILER, body) == PAYLOAD


@pytest.mark.parametrize("mode", [SIGNED, SIGNED_TRAILER])
@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"a" * 1024, b"b" + b"a" * 1023),
        lambda body: body.replace(b"a" * 65536, b"a" * 65535 + b"b"),
        lambda body: body.replace(b"400;chunk-signature=", b"400;chunk-signature=0"),
        lambda body: body.replace(b";chunk-signature=", b""),
        lambda body: body.replace(b"10000;", b"10000;x="),
    ],
    ids=["second", "first", "signature", "none", "name"],
)
def test_a_changed_chunk_is_refused(mode: str, change: Callable[[bytes], bytes]) -> None:
    body = change(EXAMPLES[mode][1])
    assert body != EXAMPLES[mode][1]
    with pytest.raises((Refused, Broken), match="chunk signature|too large"):
        decode(mode, body)


def test_nothing_of_a_changed_chunk_is_given_out() -> None:
    taking = decoder(SIGNED)
    with pytest.raises(Refused):
        taking.feed(SIGNED_BODY[:90] + b"b" + SIGNED_BODY[91 : 90 + 65536])


@pytest.mark.parametrize(
    "change",
    [
        (b"sOO8/Q==", b"sOO8/R=="),
        (b"crc32c:", b"crc32:"),
        (b"signature:d8", b"signature:d9"),
        (b"x-amz-trailer-signature:d81f82fc", b"x-amz-other:d81f82fc"),
        (b"x-amz-checksum-crc32c:", b"x-amz-more:1\r\nx-amz-checksum-crc32c:"),
    ],
)
def test_a_changed_trailer_is_refused(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(Refused):
        decode(SIGNED_TRAILER, TRAILER_BODY.replace(*change))


def test_chunks_cannot_change_places_nor_be_left_out() -> None:
    body = body_of([b"one", b"two", b"end"], SIGNED_SEED)
    at = [body.index(b"3;chunk", start) for start in (0, 5)]
    end = body.index(b"3;chunk", at[1] + 5)
    first, second, rest = body[: at[1]], body[at[1] : end], body[end:]
    for changed in (second + first + rest, first + rest, second + rest):
        with pytest.raises(Refused):
            decode(SIGNED, changed)


def test_the_seed_is_the_requests_own() -> None:
    with pytest.raises(Refused):
        Decoder(SIGNED, TRAILER_SEED, STAMP, SCOPE, KEY).feed(SIGNED_BODY)


@each
def test_a_body_cut_short_is_broken(mode: str) -> None:
    body = EXAMPLES[mode][1]
    for end in (0, 1, 50, len(body) // 2, len(body) - 90, len(body) - 2):
        with pytest.raises(Broken, match="missing"):
            decode(mode, body[: max(0, end)])


@pytest.mark.parametrize(
    "length", [b"", b"g", b"-1", b"+3", b"0x3", b"0_3", b" 3", b"3 ", "٣".encode()]
)
def test_a_length_is_hexadecimal_digits_only(length: bytes) -> None:
    """A proxy that reads a length in another way sees other chunks."""
    with pytest.raises(Broken):
        decode(UNSIGNED_TRAILER, length + b"\r\nabc\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "body",
    [
        b"2\r\nabc\r\n0\r\n\r\n",
        b"4\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabc0\r\n\r\n",
        f"{LARGEST_CHUNK + 1:x}\r\n".encode(),
        b"f" * 400 + b"\r\n",
        b"3" * 2000,
        b"3;" + b"x" * 2000,
        b"0\r\n" + b"".join(b"t%d:x\r\n" % n for n in range(MOST_TRAILERS + 1)) + b"\r\n",
        b"0\r\nx:" + b"y" * 2000,
    ],
)
def test_broken_framing(body: bytes) -> None:
    with pytest.raises(Broken):
        decode(UNSIGNED_TRAILER, body)


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_any_bytes_are_broken_or_refused(body: bytes) -> None:
    for mode in EXAMPLES:
        with pytest.raises((Broken, Refused)):
            decode(mode, b"\x00" + body)
