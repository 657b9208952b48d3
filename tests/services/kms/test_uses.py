"""What is complained about first of a key that is put to use."""

from __future__ import annotations

from typing import Any

from .calls import NO_KEY, fault, signer


def test_the_order(kms: Any) -> None:
    """Whether it is there, what it is for, its state, its algorithms."""
    key = signer(kms)
    message = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_512"}
    assert fault(kms.sign, KeyId=NO_KEY, **message)[0] == "NotFoundException"
    assert fault(kms.sign, KeyId=key, **message)[0] == "InvalidKeyUsageException"
    kms.disable_key(KeyId=key)
    assert fault(kms.sign, KeyId=key, **message)[0] == "DisabledException"
    assert fault(kms.encrypt, KeyId=key, Plaintext=b"x")[0] == "InvalidKeyUsageException"
    kms.schedule_key_deletion(KeyId=key)
    assert fault(kms.sign, KeyId=key, **message)[0] == "KMSInvalidStateException"


def test_what_is_slow_answers_the_same(kms: Any) -> None:
    """Errors of what is done after the transaction are errors of the operation."""
    for spec, algorithm in (
        ("ECC_NIST_P256", "ECDSA_SHA_256"),
        ("ECC_NIST_P384", "ECDSA_SHA_384"),
    ):
        given = {
            "KeyId": signer(kms, spec),
            "Message": b"m",
            "Signature": b"none",
            "SigningAlgorithm": algorithm,
        }
        assert fault(kms.verify, **given) == ("KMSInvalidSignatureException", "")
