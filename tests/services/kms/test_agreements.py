"""DeriveSharedSecret."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .calls import answer, arn, create, fault, signer

CURVES: dict[str, Any] = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
}


def der(key: Any) -> bytes:
    return bytes(
        key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


@pytest.mark.parametrize("spec", CURVES)
def test_both_sides_agree(kms: Any, spec: str) -> None:
    key = create(kms, spec, "KEY_AGREEMENT")
    theirs = ec.generate_private_key(CURVES[spec]())
    found = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=der(theirs))
    ours = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(ours, ec.EllipticCurvePublicKey)
    assert answer(found) == {
        "KeyId": arn(key),
        "SharedSecret": theirs.exchange(ec.ECDH(), ours),
        "KeyAgreementAlgorithm": "ECDH",
        "KeyOrigin": "AWS_KMS",
    }


def test_public_keys_that_are_none(kms: Any) -> None:
    key = create(kms, "ECC_NIST_P256", "KEY_AGREEMENT")
    point = der(ec.generate_private_key(ec.SECP256R1()))
    for wrong in (
        b"none",
        der(ec.generate_private_key(ec.SECP384R1())),
        der(rsa.generate_private_key(65537, 2048)),
        point[:-1] + bytes((point[-1] ^ 1,)),  # not on the curve
    ):
        given = {"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": wrong}
        assert fault(kms.derive_shared_secret, **given)[0] == "ValidationException"


def test_other_keys_do_not(kms: Any) -> None:
    key = signer(kms)
    given = {"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": b"x"}
    assert fault(kms.derive_shared_secret, **given) == (
        "InvalidKeyUsageException",
        f"{arn(key)} key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.",
    )
