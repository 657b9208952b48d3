"""Handshake messages as they are read: of either version, and bytes that are none."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.tls.handshake import Handshake, extensions_in
from forecourt.planes.tls.lesson import Classroom, handshake


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(version: ssl.TLSVersion) -> None:
    room = Classroom()
    client, server = room.client(), room.server()
    client.maximum_version = client.minimum_version = version
    seen = handshake(client, server)
    assert seen.version == f"TLS 1.{2 if version == ssl.TLSVersion.TLSv1_2 else 3}"
    assert seen.certificates == [room.leaf]
    assert (seen.group, seen.scheme) == ("X25519", "RSA-PSS with SHA-256")
    assert next(each.name for each in seen.messages if each.sent) == "ClientHello"


def test_an_alert() -> None:
    room, seen = Classroom(), Handshake()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which trusts nobody
    seen.watch(client)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(client, room.server())


@given(st.binary(max_size=120), st.sampled_from([2, 11, 12, 15]))
def test_any_bytes(data: bytes, kind: int) -> None:
    seen = Handshake()
    seen._told(None, "read", 0, 22, kind, bytes((kind,)) + b"\0\0\0" + data)
    assert len(seen.messages) == 1
    list(extensions_in(data))
