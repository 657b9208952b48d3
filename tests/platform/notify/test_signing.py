"""Signatures of messages, verified as AWS's documentation says."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from forecourt.platform.notify import signing
from tests.harness import World

DOCUMENT = {
    "Type": "Notification",
    "MessageId": "1",
    "TopicArn": "arn",
    "Message": "m",
    "Timestamp": "2026-01-01T00:00:00.000Z",
    "UnsubscribeURL": "not signed",
}


@pytest.mark.parametrize(("version", "kind"), [("1", hashes.SHA1()), ("2", hashes.SHA256())])
def test_signatures(world: World, version: str, kind: hashes.HashAlgorithm) -> None:
    signer = world.store.read_now(signing.signer, "http://p")
    found = signer.sign(DOCUMENT, version)
    id = found["SigningCertURL"].rpartition("-")[2].removesuffix(".pem")
    text = world.store.read_now(signing.certificate, id)
    assert text is not None
    key = x509.load_pem_x509_certificates(text.encode())[0].public_key()
    names = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
    signed = "".join(f"{name}\n{DOCUMENT[name]}\n" for name in names).encode()
    signature = b64decode(found["Signature"])
    key.verify(signature, signed, padding.PKCS1v15(), kind)  # type: ignore[union-attr,call-arg,arg-type]
    with pytest.raises(InvalidSignature):
        key.verify(signature, signed + b" ", padding.PKCS1v15(), kind)  # type: ignore[union-attr,call-arg,arg-type]


def test_a_subject_is_signed_where_there_is_one(world: World) -> None:
    signer = world.store.read_now(signing.signer, "http://p")
    plain, titled = signer.sign(DOCUMENT, "2"), signer.sign({**DOCUMENT, "Subject": "s"}, "2")
    assert plain["Signature"] != titled["Signature"]


def test_one_key_until_its_certificate_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.store.read_now(signing.stored)
    world.store.write_now(signing.ensure)
    assert world.store.read_now(signing.stored) == before
    monkeypatch.setattr(signing, "RENEWED", timedelta(days=199))
    world.store.write_now(signing.ensure)
    after = world.store.read_now(signing.stored)
    assert len(after) == len(before) + 1
    assert world.store.read_now(signing.certificate, before[0]["Id"]) is not None
    assert world.store.read_now(signing.certificate, "0") is None
    assert datetime.fromisoformat(after[0]["Until"]) > datetime.now(UTC)
