"""Temporary credentials.  A session token holds all there is to know, sealed: nothing is stored,
and every node with the master key can read it.  What a session may do is looked up when it asks, so
that a role that changes, or goes, changes its sessions.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import cbor2

from . import accounts

if TYPE_CHECKING:
    from forecourt.store.seal import Seal

SHORT_TERM = "ASIA"
PURPOSE = "session token"
LONGEST = 16_384  # characters of a token
UNPACKED = 65_536  # bytes of what is in it
# What readers say of a token that is none, or one of another version's.
OTHERS = (binascii.Error, zlib.error, cbor2.CBORDecodeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Session:
    """What was agreed when temporary credentials were given."""

    key_id: str
    secret: str = field(repr=False)
    kind: str  # role, federated, or user (GetSessionToken)
    account: str
    entity: str  # the unique id of the role, or of the user; empty: a root's
    name: str  # of the session, or of the federated user
    issued: int  # seconds since 1970, by the real clock
    expires: int
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: tuple[str, ...] = ()  # the keys of tags that go on to sessions made out of this one
    source_identity: str = ""


def new_credentials(account: str) -> tuple[str, str]:
    """A key id and its secret."""
    return accounts.new_key_id(account, SHORT_TERM), accounts.new_secret()


def token_of(seal: Seal, session: Session) -> str:
    packed = zlib.compress(cbor2.dumps(asdict(session)))
    return base64.b64encode(seal.close(packed, PURPOSE)).decode()


def read(seal: Seal, token: str) -> Session:
    """What a token holds.  ValueError: it is none of ours."""
    if len(token) > LONGEST:
        raise ValueError("a session token is not so long")
    try:
        packed = seal.open(base64.b64decode(token, validate=True), PURPOSE)
        given: dict[str, Any] = cbor2.loads(zlib.decompressobj().decompress(packed, UNPACKED))
        for name in ("policy_arns", "transitive"):
            given[name] = tuple(given[name])
        return Session(**given)
    except OTHERS as error:
        raise ValueError(f"no session token: {error}") from None
