"""Bodies that are read only once their sender is known, and may be of any size: S3's.

request.framing = Framing(marker, claim, key)     # what the signature says of the body
request.received = await to_blob(request, blobs)  # or: request.body = await whole(request, most)
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import anyio.to_thread

from forecourt.aws.errors import common
from forecourt.gateway.http import Malformed
from forecourt.platform.identity import chunks
from forecourt.platform.identity.sigv4 import UNSIGNED, Claim
from forecourt.platform.objects.bodies import Received
from forecourt.platform.objects.checksums import ALGORITHMS, DEFAULT, Sums, header

if TYPE_CHECKING:
    from forecourt.gateway.http import Request
    from forecourt.store.blobs import Blobs

AT_ONCE = 1024 * 1024  # bytes that are hashed and written together
SMALL = 64 * 1024  # bytes that are hashed and written at once, on the loop
LARGEST = 5 * 1024**3  # bytes of one object, or part, that is put
TRAILED = re.compile(r"x-amz-checksum-([a-z0-9]+)\Z")

BadDigest = common("BadDigest", 400)
InvalidDigest = common("InvalidDigest", 400)
EntityTooLarge = common("EntityTooLarge", 400)
InvalidRequest = common("InvalidRequest", 400)
MalformedTrailer = common("MalformedTrailerError", 400)
OtherHash = common("XAmzContentSHA256Mismatch", 400)
IncompleteBody = common("IncompleteBody", 400)


class Gone(Exception):
    """The client left before its request was whole."""


class Framing:
    """How a body is wrapped, and what its signature says of it."""

    def __init__(self, marker: str, claim: Claim | None, key: bytes) -> None:
        self._hash = sha256() if marker not in (UNSIGNED, *chunks.MODES) else None
        self._wanted = marker
        self._decoder = (
            chunks.Decoder(marker, claim.signature, claim.stamp, claim.scope, key)
            if claim is not None and marker in chunks.MODES
            else None
        )

    @property
    def trailers(self) -> dict[str, str]:
        return self._decoder.trailers if self._decoder else {}

    def feed(self, piece: bytes) -> bytes:
        """What of the payload is whole now.  Malformed; Refused where a signature is wrong."""
        if self._hash is not None:
            self._hash.update(piece)
        if self._decoder is None:
            return piece
        try:
            return self._decoder.feed(piece)
        except chunks.Broken as broken:
            raise Malformed(str(broken)) from None

    def finish(self) -> None:
        """The body is over.  Malformed, XAmzContentSHA256Mismatch."""
        if self._decoder is not None:
            try:
                self._decoder.finish()
            except chunks.Broken as broken:
                raise Malformed(str(broken)) from None
        if self._hash is not None and self._hash.hexdigest() != self._wanted:
            raise OtherHash(
                "The provided 'x-amz-content-sha256' header does not match what was computed."
            )


async def whole(request: Request, most: int) -> bytes:
    """A body that is a document.  EntityTooLarge, and what its sums say."""
    assert request.pieces is not None and request.framing is not None
    found = bytearray()
    async for piece in request.pieces:
        found += request.framing.feed(piece)
        if len(found) > most:
            raise EntityTooLarge("Your proposed upload exceeds the maximum allowed size")
    request.framing.finish()
    sums = Sums(algorithms(request))
    sums.add(bytes(found))
    check(request, sums)
    return bytes(found)


async def to_blob(request: Request, blobs: Blobs) -> Received:
    """Write a body to disk while it comes; nothing is kept of one that is not what it says."""
    assert request.pieces is not None and request.framing is not None
    declared = request.headers.get("x-amz-decoded-content-length") or request.headers.get(
        "content-length", "0"
    )
    if declared.isdecimal() and int(declared[:20]) > LARGEST:
        raise EntityTooLarge("Your proposed upload exceeds the maximum allowed size")
    framing, sums = request.framing, Sums(algorithms(request))
    blob = blobs.new()

    def take(data: bytes) -> None:
        payload = framing.feed(data)
        sums.add(payload)
        blob.write(payload)
        if blob.size > LARGEST:
            raise EntityTooLarge("Your proposed upload exceeds the maximum allowed size")

    try:
        waiting = bytearray()
        async for piece in request.pieces:
            waiting += piece
            if len(waiting) >= AT_ONCE:
                await anyio.to_thread.run_sync(take, bytes(waiting))
                waiting.clear()
        if len(waiting) > SMALL:
            await anyio.to_thread.run_sync(take, bytes(waiting))
        else:
            take(bytes(waiting))
        framing.finish()
        if declared.isdecimal() and blob.size != int(declared[:20]):
            raise IncompleteBody(
                "You did not provide the number of bytes specified by the Content-Length HTTP"
                " header"
            )
        found = check(request, sums)
        await anyio.to_thread.run_sync(blob.keep)
    except BaseException:
        blob.drop()
        raise
    return Received(blob.id, blob.size, sums.md5.hexdigest(), found)


def algorithms(request: Request) -> tuple[str, ...]:
    """The sums a request says something of, or S3's default.  InvalidRequest."""
    wanted = []
    for name in (*request.headers, *request.headers.get("x-amz-trailer", "").split(",")):
        if (found := TRAILED.match(name.strip().lower())) is None:
            continue
        if (algorithm := found[1].upper()) in ALGORITHMS:
            wanted.append(algorithm)
        elif algorithm not in ("ALGORITHM", "TYPE", "MODE"):
            raise common("NotImplemented", 501)(
                f"The checksum algorithm {algorithm} is not implemented here."
            )
    named = request.headers.get("x-amz-sdk-checksum-algorithm", "").upper()
    if named in ALGORITHMS:
        wanted.append(named)
    return tuple(dict.fromkeys(wanted)) or (DEFAULT,)


def check(request: Request, sums: Sums) -> dict[str, str]:
    """The sums of a body that is what its sender says.  BadDigest, InvalidDigest."""
    found = sums.all()
    trailers = request.framing.trailers if request.framing else {}
    given = {**request.headers, **trailers}
    for name in filter(None, request.headers.get("x-amz-trailer", "").split(",")):
        if name.strip().lower() not in trailers:
            raise MalformedTrailer("The request contained trailing data that was not well-formed")
    for algorithm, value in found.items():
        if (claimed := given.get(header(algorithm))) is not None and claimed != value:
            raise BadDigest(f"The {algorithm} you specified did not match the calculated checksum.")
    if (claimed := request.headers.get("content-md5")) is not None:
        try:
            if len(b64decode(claimed, validate=True)) != 16:
                raise ValueError
        except ValueError:
            raise InvalidDigest("The Content-MD5 you specified is not valid.") from None
        if claimed != b64encode(sums.md5.digest()).decode():
            raise BadDigest("The Content-MD5 you specified did not match what we received.")
    return found
