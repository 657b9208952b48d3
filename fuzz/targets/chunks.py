"""aws-chunked bodies: in pieces of any size the same comes out; what we frame is read back."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from hashlib import sha256

from forecourt.platform.identity.chunks import MODES, SIGNED, UNSIGNED_TRAILER, Broken, Decoder
from forecourt.platform.identity.sigv4 import EMPTY_SHA256, Refused

STAMP, SCOPE, KEY, SEED = "20260301T120000Z", "20260301/us-east-1/s3/aws4_request", b"k", "0" * 64
TOKENS = (
    b";chunk-signature=", b"\r\n", b"0\r\n", b"\r\n\r\n", b"x-amz-trailer-signature:",
    b"x-amz-checksum-crc32:", b"10\r\n", b"00000000000000000000", b"4000001",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    for mode in range(len(MODES)):
        yield (
            bytes((mode, 3)) + b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
        )
        yield bytes((mode, 3)) + framed([b"abc", b"d" * 20])


def framed(chunks: list[bytes]) -> bytes:
    out, previous = b"", SEED
    for chunk in [*chunks, b""]:
        digest = sha256(chunk).hexdigest()
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{STAMP}\n{SCOPE}\n{previous}\n{EMPTY_SHA256}\n{digest}"
        previous = hmac.new(KEY, text.encode(), sha256).hexdigest()
        out += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
    return out


def check(data: bytes) -> None:
    mode, size = MODES[data[0] % 3] if data else SIGNED, data[1] % 64 + 1 if len(data) > 1 else 1
    body = data[2:]
    whole = decoded(mode, [body])
    assert whole == decoded(mode, [body[at : at + size] for at in range(0, len(body), size)])
    assert len(whole[0]) <= len(body)
    chunks = [body[at : at + 97] for at in range(0, len(body), 97)]
    assert decoded(SIGNED, [framed(chunks)]) == (body, {}, "")


def decoded(mode: str, pieces: list[bytes]) -> tuple[bytes, dict[str, str], str]:
    """The payload that was given out, the trailers, and how it ended.

    Where a body is refused depends on how it is cut, so what is given out before is not compared.
    """
    decoder = Decoder(mode, SEED, STAMP, SCOPE, KEY)
    out = b""
    try:
        for piece in pieces:
            out += decoder.feed(piece)
        decoder.finish()
    except (Broken, Refused) as refused:
        return b"", {}, type(refused).__name__
    assert mode == UNSIGNED_TRAILER or decoder.trailers.keys() != {"x-amz-trailer-signature"}
    return out, decoder.trailers, ""
