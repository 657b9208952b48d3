"""The lesson: each step shows what it says, or fails."""

from __future__ import annotations

from forecourt.planes.tls.lesson import Classroom, steps, tampered, wrong_key


def test_all_of_it() -> None:
    shown = {each.name: " ".join(each.told) for each in steps()}
    assert "does not" in shown["A tampered certificate"]
    assert "KEY_VALUES_MISMATCH" in shown["Another's key"]
    transported, agreed = shown["RSA key transport"], shown["Ephemeral Diffie-Hellman"]
    assert "ServerKeyExchange" not in transported
    assert "ClientKeyExchange" in transported
    assert "TLS 1.3" in agreed
    assert "CertificateVerify" in agreed


def test_alone() -> None:
    room = Classroom()
    assert len(tampered(room)) == 2
    assert wrong_key(room)
