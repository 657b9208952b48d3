"""Session tokens: read back whole, or refused with ValueError and nothing else."""

from __future__ import annotations

import base64
import zlib

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.platform.identity import accounts, sessions
from forecourt.platform.identity.sessions import LONGEST, PURPOSE, UNPACKED, Session
from forecourt.store.seal import Seal

SEAL, OTHER = Seal(bytes(32)), Seal(bytes([1]) * 32)
SESSION = Session(
    "ASIAQAAAAAAAAAAAAAAA",
    "secret",
    "role",
    "111122223333",
    "AROA2AAAAAAAAAAAAAAAA",
    "build",
    1_600_000_000,
    1_600_003_600,
    '{"Statement": []}',
    ("arn:aws:iam::aws:policy/PowerUserAccess",),
    {"Team": "red"},
    ("Team",),
    "ann",
)


def test_round_trip() -> None:
    assert sessions.read(SEAL, sessions.token_of(SEAL, SESSION)) == SESSION


texts = st.text(max_size=20)


@settings(deadline=None)
@given(
    st.builds(
        Session,
        *[texts] * 6,
        st.integers(0, 1 << 40),
        st.integers(0, 1 << 40),
        texts,
        st.lists(texts, max_size=3).map(tuple),
        st.dictionaries(texts, texts, max_size=3),
        st.lists(texts, max_size=3).map(tuple),
        texts,
    )
)
def test_round_trip_of_anything(session: Session) -> None:
    assert sessions.read(SEAL, sessions.token_of(SEAL, session)) == session


def test_the_least_a_session_has() -> None:
    session = Session("ASIA", "s", "user", "1", "", "", 1, 2)
    assert sessions.read(SEAL, sessions.token_of(SEAL, session)) == session


def test_tokens_hide_what_is_in_them() -> None:
    token = sessions.token_of(SEAL, SESSION)
    assert b"build" not in base64.b64decode(token)
    assert token != sessions.token_of(SEAL, SESSION)
    assert "secret" not in repr(SESSION)


def test_of_another_master_key() -> None:
    with pytest.raises(ValueError):
        sessions.read(SEAL, sessions.token_of(OTHER, SESSION))


def test_sealed_for_something_else() -> None:
    sealed = SEAL.close(zlib.compress(cbor2.dumps({})), "access key AKIA")
    with pytest.raises(ValueError):
        sessions.read(SEAL, base64.b64encode(sealed).decode())


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_tampered_with(data: st.DataObject) -> None:
    """Any byte that is changed, cut off, or put at the end."""
    sealed = bytearray(base64.b64decode(sessions.token_of(SEAL, SESSION)))
    at = data.draw(st.integers(0, len(sealed) - 1))
    match data.draw(st.sampled_from(["change", "cut", "add"])):
        case "change":
            sealed[at] ^= data.draw(st.integers(1, 255))
        case "cut":
            del sealed[at:]
        case _:
            sealed += data.draw(st.binary(min_size=1, max_size=4))
    with pytest.raises(ValueError):
        sessions.read(SEAL, base64.b64encode(sealed).decode())


@settings(deadline=None, max_examples=300)
@given(st.text() | st.binary(max_size=200).map(lambda b: base64.b64encode(b).decode()))
def test_garbage(token: str) -> None:
    with pytest.raises(ValueError):
        sessions.read(SEAL, token)


@pytest.mark.parametrize("token", ["", "=", "A", "AAAA", "ä", "\0", "AAAA\n", "A" * LONGEST])
def test_some_garbage(token: str) -> None:
    with pytest.raises(ValueError):
        sessions.read(SEAL, token)


def test_too_long() -> None:
    """Refused before it is opened."""
    token = sessions.token_of(SEAL, SESSION)
    with pytest.raises(ValueError, match="not so long"):
        sessions.read(SEAL, token + "A" * (LONGEST - len(token) + 1))


def test_what_unpacks_to_too_much() -> None:
    """Sealed by us: even so no more is unpacked than there may be."""
    packed = zlib.compress(cbor2.dumps({"policy": "x" * 2 * UNPACKED}))
    token = base64.b64encode(SEAL.close(packed, PURPOSE)).decode()
    assert len(token) < LONGEST
    with pytest.raises(ValueError):
        sessions.read(SEAL, token)


@pytest.mark.parametrize(
    "content", [b"", b"no zlib", zlib.compress(b"\xff\xff"), zlib.compress(cbor2.dumps([1])),
                zlib.compress(cbor2.dumps({"policy_arns": [], "transitive": [], "new": 1}))],
    ids=["empty", "unpacked", "no cbor", "list", "members"],
)  # fmt: skip
def test_what_another_version_sealed(content: bytes) -> None:
    token = base64.b64encode(SEAL.close(content, PURPOSE)).decode()
    with pytest.raises(ValueError):
        sessions.read(SEAL, token)


def test_new_credentials() -> None:
    key_id, secret = sessions.new_credentials("111122223333")
    assert key_id.startswith("ASIA")
    assert (len(key_id), len(secret)) == (20, 40)
    assert accounts.account_of(key_id) == "111122223333"
    assert sessions.new_credentials("111122223333") != (key_id, secret)
